extension KindName {
    public static let projectGroups: KindName = "projectgroups"
}

extension Kind {
    static let projectGroups = Kind(
        .projectGroups,
        type: "ProjectGroup",
        title: .init("project group"),
        policyKey: "projectGroups",
        identity: .counted(prefix: "ProjectGroups"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text).defaulting(to: ""),
            // Of old servers; kept for clients that send them back.
            Field("EnvironmentIds", .references(to: .environments)).ofDestination(),
            Field("RetentionPolicyId", .reference(to: .external)).ofDestination(),
        ]),
        filters: [.name, .partialName],
        links: [Link("Projects", "/api/{S}/projectgroups/{Id}/projects")],
        permissions: Permissions("ProjectGroup"),
        sync: SyncTreatment(.nameOnly, phase: .scaffolding)
    )
}
