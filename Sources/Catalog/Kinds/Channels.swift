extension KindName {
    public static let channels: KindName = "channels"
}

extension Kind {
    static let channels = Kind(
        .channels,
        type: "Channel",
        title: .init("channel"),
        policyKey: "channels",
        identity: .counted(prefix: "Channels"),
        owner: Owner("ProjectId", .projects),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text),
            Field("ProjectId", .reference(to: .projects, required: true)).required().createOnly(),
            // Null inherits that of the project.
            Field("LifecycleId", .reference(to: .lifecycles)),
            Field("IsDefault", .bool),
            Field("Rules", .entries(rule, key: "Id", id: .uuid)).inPhase(.channelRules),
            Field("GitReferenceRules", .strings),
            Field("GitResourceRules", .entries(gitResourceRule, key: "Id", id: .uuid)).inPhase(.channelRules),
            Field("TenantTags", .tags(emptyMeansAll: true)).kept(),
            Field("Type", .choice(["Lifecycle", "EphemeralEnvironment"])),
            Field("ParentEnvironmentId", .reference(to: .environments)),
            Field("EphemeralEnvironmentNameTemplate", .line),
            Field("AutomaticEphemeralEnvironmentDeployments", .bool),
            Field("CustomFieldDefinitions", .entries(customField, key: "FieldName", id: .none)),
        ]),
        filters: [.name, .partialName],
        links: [
            Link("Releases", "/api/{S}/channels/{Id}/releases{/version}{?skip,take,searchByVersion}"),
            Link("Project", "/api/{S}/projects/{ProjectId}"),
        ],
        // Channels have no permissions of their own: they belong to the process.
        permissions: Permissions(editing: "Process"),
        sync: SyncTreatment(.merge, phase: .channels)
    )

    /// Which versions of packages a release of the channel may have. Actions are named by name.
    private static let rule = Shape([
        Field("VersionRange", .line),
        Field("Tag", .line),
        Field("ActionPackages", .list(.actionPackage)),
        // Old form of the same: `Action` or `Action:Package`.
        Field("Actions", .reference(Reference(to: .actions, form: .name, format: .list))),
        Field("VersioningStrategy", .choice(["SemVer", "MostRecentlyPublished"])),
        Field("VersionTagRegex", .line),
    ])

    private static let gitResourceRule = Shape([
        Field(
            "GitDependencyActions",
            .list(Shape([Field("DeploymentActionSlug", .action(.slug)), Field("GitDependencyName", .line)]))
        ),
        Field("Rules", .strings),
    ])

    private static let customField = Shape([
        Field("FieldName", .name).required(),
        Field("Description", .text).defaulting(to: ""),
    ])
}
