extension KindName {
    public static let machines: KindName = "machines"
}

extension Kind {
    /// Deployment targets.
    static let machines = Kind(
        .machines,
        type: "Machine",
        title: .init("target"),
        policyKey: "targets",
        identity: .counted(prefix: "Machines"),
        shape: Shape(
            Field.machine([
                Field("EnvironmentIds", .references(to: .environments, required: true)).required(),
                Field("Roles", .names).required(),
                Field("TenantIds", .references(to: .tenants, emptyMeansAll: true)),
                Field("TenantTags", .tags(emptyMeansAll: true)),
                .tenantedParticipation,
            ])
        ).concludingParticipation(),
        filters: .machines + [
            .init("roles", "Roles", .anyOf),
            .init("environmentIds", "EnvironmentIds", .anyOf),
            .init("tenantIds", "TenantIds", .anyOf),
            .init("tenantTags", "TenantTags", .anyOf),
        ],
        links: [
            Link("Connection", "/api/{S}/machines/{Id}/connection"),
            Link("TasksTemplate", "/api/{S}/machines/{Id}/tasks{?skip,take}"),
        ],
        permissions: Permissions("Machine"),
        sync: SyncTreatment(.forbid, phase: .targets)
    )
}
