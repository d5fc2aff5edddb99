extension KindName {
    public static let lifecycles: KindName = "lifecycles"
}

extension Kind {
    static let lifecycles = Kind(
        .lifecycles,
        type: "Lifecycle",
        title: .init("lifecycle"),
        policyKey: "lifecycles",
        identity: .counted(prefix: "Lifecycles"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text).defaulting(to: ""),
            Field("ReleaseRetentionPolicy", .object(.retention)).ofDestination(),
            Field("TentacleRetentionPolicy", .object(.retention)).ofDestination(),
            Field("Phases", .entries(phase, key: "Name", id: .uuid)).ofDestination(),
        ]),
        filters: [.name, .partialName],
        links: [
            Link("Preview", "/api/{S}/lifecycles/{Id}/preview"),
            Link("Projects", "/api/{S}/lifecycles/{Id}/projects"),
        ],
        permissions: Permissions("Lifecycle"),
        sync: SyncTreatment(.nameOnly, phase: .lifecycles)
    )

    /// A phase without environments takes any.
    private static let phase = Shape([
        Field("Name", .name).required(),
        Field("AutomaticDeploymentTargets", .references(to: .environments, emptyMeansAll: true)),
        Field("OptionalDeploymentTargets", .references(to: .environments, emptyMeansAll: true)),
        Field("MinimumEnvironmentsBeforePromotion", .count),
        Field("IsOptionalPhase", .bool),
        Field("IsPriorityPhase", .bool),
        // Null inherits from the lifecycle.
        Field("ReleaseRetentionPolicy", .optionalObject(.retention)),
        Field("TentacleRetentionPolicy", .optionalObject(.retention)),
    ])
}
