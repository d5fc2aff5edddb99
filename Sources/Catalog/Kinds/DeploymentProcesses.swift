extension KindName {
    public static let deploymentProcesses: KindName = "deploymentprocesses"
}

extension Kind {
    static let deploymentProcesses = Kind(
        .deploymentProcesses,
        type: "DeploymentProcess",
        title: .init("deployment process", "deployment processes"),
        policyKey: "processes",
        identity: .ofOwner(prefix: "deploymentprocess-"),
        owner: Owner("ProjectId", .projects),
        naturalKey: [],
        shape: .process([
            Field("ProjectId", .reference(to: .projects, required: true)).readOnly()
        ]),
        order: .field("Id"),
        operations: [.list, .get, .update],
        links: [
            Link("Project", "/api/{S}/projects/{ProjectId}"),
            Link("Template", "/api/{S}/projects/{ProjectId}/deploymentprocesses/template{?channel,releaseId}"),
        ],
        isVersioned: true,
        permissions: Permissions(editing: "Process"),
        sync: SyncTreatment(.merge, phase: .deploymentProcesses)
    )
}
