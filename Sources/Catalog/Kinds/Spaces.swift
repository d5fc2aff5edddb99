extension KindName {
    public static let spaces: KindName = "spaces"
}

extension Kind {
    static let spaces = Kind(
        .spaces,
        type: "Space",
        title: .init("space"),
        policyKey: "spaces",
        scope: .system,
        identity: .counted(prefix: "Spaces"),
        shape: Shape([
            Field("Name", .string(maxLength: 50)).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text).defaulting(to: ""),
            Field("IsDefault", .bool),
            Field("IsPrivate", .bool).readOnly(),
            Field("TaskQueueStopped", .bool),
            Field("SpaceManagersTeams", .references(to: .teams)),
            Field("SpaceManagersTeamMembers", .references(to: .users)),
            Field("Icon", .optionalObject(.icon)),
        ]),
        filters: [.name, .partialName],
        links: [
            Link("SpaceHome", "/api/{Id}"),
            // Command-line clients cut at "/app#/".
            Link("Web", "/app#/spaces/{Id}"),
        ],
        hasLogo: true,
        permissions: Permissions("Space"),
        sync: SyncTreatment(.forbid, phase: .never)
    )
}
