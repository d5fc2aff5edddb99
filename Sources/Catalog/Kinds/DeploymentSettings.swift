extension KindName {
    public static let deploymentSettings: KindName = "deploymentsettings"
}

/// Values that a project and its deployment settings have in common: one document is another view of the other.
public enum DeploymentSettingsFields {
    /// By their name in the settings and their name in the project.
    public static let shared: [(settings: String, project: String)] = [
        ("ConnectivityPolicy", "ProjectConnectivityPolicy"),
        ("DefaultGuidedFailureMode", "DefaultGuidedFailureMode"),
        ("VersioningStrategy", "VersioningStrategy"),
        ("ReleaseNotesTemplate", "ReleaseNotesTemplate"),
        ("DeploymentChangesTemplate", "DeploymentChangesTemplate"),
        ("DefaultToSkipIfAlreadyInstalled", "DefaultToSkipIfAlreadyInstalled"),
        ("ForcePackageDownload", "ForcePackageDownload"),
    ]
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
