extension KindName {
    public static let workers: KindName = "workers"
}

extension Kind {
    static let workers = Kind(
        .workers,
        type: "Worker",
        title: .init("worker"),
        policyKey: "workers",
        identity: .counted(prefix: "Workers"),
        shape: Shape(
            Field.machine([
                Field("WorkerPoolIds", .references(to: .workerPools, required: true)).required()
            ])
        ),
        filters: .machines + [.init("workerPoolIds", "WorkerPoolIds", .anyOf)],
        links: [Link("Connection", "/api/{S}/workers/{Id}/connection")],
        permissions: Permissions(editing: "Worker"),
        sync: SyncTreatment(.forbid, phase: .workers)
    )
}
