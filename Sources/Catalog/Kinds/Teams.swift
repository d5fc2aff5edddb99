extension KindName {
    public static let teams: KindName = "teams"
}

extension Kind {
    /// A team of a space, or of the system when its `SpaceId` is null.
    static let teams = Kind(
        .teams,
        type: "Team",
        title: .init("team"),
        policyKey: "teams",
        scope: .mixed,
        identity: .counted(prefix: "Teams"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text).defaulting(to: ""),
            Field("MemberUserIds", .references(to: .users)).ofDestination(),
            Field("ExternalSecurityGroups", .list(externalGroup)).ofDestination(),
            Field("CanBeDeleted", .bool).defaulting(to: true).readOnly(),
            Field("CanBeRenamed", .bool).defaulting(to: true).readOnly(),
            Field("CanChangeRoles", .bool).defaulting(to: true).readOnly(),
            Field("CanChangeMembers", .bool).defaulting(to: true).readOnly(),
        ]),
        filters: [.name, .partialName],
        links: [Link("ScopedUserRoles", "/api/teams/{Id}/scopeduserroles{?skip,take,spaces,includeSystem}")],
        permissions: Permissions("Team"),
        sync: SyncTreatment(.merge, phase: .scaffolding)
    )

    /// A group of an outside directory; its id means nothing here.
    private static let externalGroup = Shape([
        Field("Id", .line).required(),
        Field("DisplayName", .line),
        Field("DisplayIdAndName", .bool),
    ])
}
