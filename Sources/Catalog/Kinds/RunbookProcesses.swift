extension KindName {
    public static let runbookProcesses: KindName = "runbookprocesses"
}

extension Kind {
    static let runbookProcesses = Kind(
        .runbookProcesses,
        type: "RunbookProcess",
        title: .init("runbook process", "runbook processes"),
        policyKey: "runbookProcesses",
        // The case of the prefix matters to Terraform.
        identity: .ofOwner(prefix: "RunbookProcess-"),
        owner: Owner("RunbookId", .runbooks),
        naturalKey: [],
        shape: .process([
            Field("RunbookId", .reference(to: .runbooks, required: true)).readOnly(),
            Field("ProjectId", .reference(to: .projects, required: true)).readOnly(),
        ]),
        order: .field("Id"),
        operations: [.list, .get, .update],
        links: [
            Link("Project", "/api/{S}/projects/{ProjectId}"),
            Link(
                "RunbookSnapshotTemplate",
                "/api/{S}/runbookProcesses/{Id}/runbookSnapshotTemplate{?runbookSnapshotId}"
            ),
        ],
        isVersioned: true,
        permissions: Permissions(editing: "Runbook"),
        sync: SyncTreatment(.merge, phase: .runbookProcesses)
    )
}
