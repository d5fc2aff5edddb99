extension KindName {
    public static let tenants: KindName = "tenants"
}

extension Kind {
    static let tenants = Kind(
        .tenants,
        type: "Tenant",
        title: .init("tenant"),
        policyKey: "tenants",
        identity: .counted(prefix: "Tenants"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text).defaulting(to: ""),
            Field("TenantTags", .tags()),
            // The environments of each project to which the tenant is connected.
            Field(
                "ProjectEnvironments",
                .map(key: Reference(to: .projects), value: .references(to: .environments))
            ).inPhase(.tenantProjects),
            Field("ClonedFromTenantId", .reference(to: .tenants)).createOnly().derived(),
            Field("IsDisabled", .bool).ofDestination(),
            Field("Icon", .optionalObject(.icon)),
        ]),
        filters: [
            .name, .partialName, .isDisabled,
            .init("projectId", "ProjectEnvironments", .anyOf),
            .init("tags", "TenantTags", .anyOf),
            .init("clonedFromTenantId", "ClonedFromTenantId", .equals),
        ],
        links: [
            Link("Variables", "/api/{S}/tenants/{Id}/variables"),
            Link("Web", "/app#/{S}/tenants/{Id}"),
        ],
        hasLogo: true,
        permissions: Permissions("Tenant"),
        sync: SyncTreatment(.merge, phase: .tenants)
    )
}

extension Kind.Filter {
    static let isDisabled = Kind.Filter("isDisabled", "IsDisabled", .bool)
}
