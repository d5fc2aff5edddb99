extension KindName {
    public static let environments: KindName = "environments"
}

extension Kind {
    static let environments = Kind(
        .environments,
        type: "Environment",
        title: .init("environment"),
        policyKey: "environments",
        identity: .counted(prefix: "Environments"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text).defaulting(to: "").ofDestination(),
            Field("SortOrder", .count).kept().ofDestination(),
            Field("UseGuidedFailure", .bool).ofDestination(),
            Field("AllowDynamicInfrastructure", .bool).ofDestination(),
            Field("EnvironmentTags", .tags()).ofDestination(),
            Field("ExtensionSettings", .list(.extensionSettings)).ofDestination(),
        ]),
        order: .sortOrder,
        filters: [.name, .partialName],
        links: [
            Link(
                "Machines",
                "/api/{S}/environments/{Id}/machines{?skip,take,partialName,roles,isDisabled,healthStatuses,commStyles,tenantIds,tenantTags}"
            ),
            Link("SinglyScopedVariableDetails", "/api/{S}/environments/{Id}/singlyScopedVariableDetails"),
            Link("Metadata", "/api/{S}/environments/{Id}/metadata"),
        ],
        permissions: Permissions("Environment"),
        sync: SyncTreatment(.nameOnly, phase: .scaffolding)
    )
}

extension Kind.Filter {
    static let name = Kind.Filter("name", "Name", .equals)
    static let partialName = Kind.Filter("partialName", "Name", .contains)
}

extension Shape {
    /// Settings of extensions, opaque but for their id.
    static let extensionSettings = Shape([
        Field("ExtensionId", .line).required(),
        Field("Values", .opaque).defaulting(to: [:]),
    ])
}
