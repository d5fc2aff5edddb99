extension KindName {
    public static let scopedUserRoles: KindName = "scopeduserroles"
}

extension Kind {
    /// A role that a team has, everywhere or within what the lists name.
    static let scopedUserRoles = Kind(
        .scopedUserRoles,
        type: "ScopedUserRole",
        title: .init("role of a team", "roles of teams"),
        policyKey: "scopedUserRoles",
        scope: .mixed,
        identity: .counted(prefix: "ScopedUserRoles"),
        owner: Owner("TeamId", .teams),
        naturalKey: ["UserRoleId", "TeamId"],
        isNaturalKeyUnique: false,
        shape: Shape([
            Field("UserRoleId", .reference(to: .userRoles, required: true)).required(),
            Field("TeamId", .reference(to: .teams, required: true)).required(),
            Field("ProjectIds", .references(to: .projects, emptyMeansAll: true)),
            Field("ProjectGroupIds", .references(to: .projectGroups, emptyMeansAll: true)),
            Field("EnvironmentIds", .references(to: .environments, emptyMeansAll: true)),
            Field("TenantIds", .references(to: .tenants, emptyMeansAll: true)),
        ]),
        order: .field("Id"),
        operations: [.list, .get, .create, .update, .delete],
        permissions: Permissions(view: "TeamView", create: "TeamEdit", edit: "TeamEdit", delete: "TeamEdit"),
        sync: SyncTreatment(.merge, phase: .teamRoles)
    )
}
