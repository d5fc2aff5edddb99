extension KindName {
    public static let workerPools: KindName = "workerpools"
}

extension Kind {
    static let workerPools = Kind(
        .workerPools,
        type: "WorkerPool",
        title: .init("worker pool"),
        policyKey: "workerPools",
        identity: .counted(prefix: "WorkerPools"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text).ofDestination(),
            Field("WorkerPoolType", .choice(["StaticWorkerPool", "DynamicWorkerPool"])).createOnly(),
            // Of dynamic pools; clients whose model has no such field must not clear it.
            Field("WorkerType", .line).kept().ofDestination(),
            Field("IsDefault", .bool).ofDestination(),
            Field("SortOrder", .count).kept().ofDestination(),
            Field("CanAddWorkers", .bool).defaulting(to: true).readOnly(),
        ]),
        order: .sortOrder,
        filters: [.name, .partialName],
        links: [
            Link(
                "Workers",
                "/api/{S}/workerpools/{Id}/workers{?skip,take,partialName,isDisabled,healthStatuses,commStyles}"
            )
        ],
        permissions: Permissions(editing: "Worker"),
        sync: SyncTreatment(.nameOnly, phase: .scaffolding)
    )
}
