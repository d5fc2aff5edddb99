extension KindName {
    public static let deploymentSettings: KindName = "deploymentsettings"
}

extension Kind {
    /// A second view of values that the project holds (for a project in the database); sync moves the project.
    static let deploymentSettings = Kind(
        .deploymentSettings,
        type: "DeploymentSettings",
        title: .init("deployment settings", "deployment settings"),
        policyKey: "deploymentSettings",
        identity: .ofOwner(prefix: "deploymentsettings-"),
        owner: Owner("ProjectId", .projects),
        naturalKey: [],
        shape: Shape([
            Field("ProjectId", .reference(to: .projects, required: true)).readOnly(),
            // The project calls the same value `ProjectConnectivityPolicy`.
            Field("ConnectivityPolicy", .object(.connectivity())),
            Field("DefaultGuidedFailureMode", .guidedFailureMode),
            Field("VersioningStrategy", .object(.versioning)),
            Field("ReleaseNotesTemplate", .text),
            Field("DeploymentChangesTemplate", .text),
            Field("DefaultToSkipIfAlreadyInstalled", .bool),
            Field("ForcePackageDownload", .bool),
            Field("FailTargetDiscovery", .bool),
            Field("CancelQueuedTasks", .bool),
            Field("CancelRunningTasks", .bool),
            Field("ChangeDescription", .text).writeOnly(),
        ]),
        order: .field("Id"),
        operations: [.get, .update],
        links: [Link("Self", "/api/{S}/projects/{ProjectId}/deploymentsettings")],
        permissions: Permissions(editing: "Project"),
        sync: SyncTreatment(.skip, phase: .never)
    )
}
