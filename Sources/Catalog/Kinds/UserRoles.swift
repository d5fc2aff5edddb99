extension KindName {
    public static let userRoles: KindName = "userroles"
}

extension Kind {
    static let userRoles = Kind(
        .userRoles,
        type: "UserRole",
        title: .init("user role"),
        policyKey: "userRoles",
        scope: .system,
        identity: .counted(prefix: "UserRoles"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Description", .text).defaulting(to: "").ofDestination(),
            Field("GrantedSpacePermissions", .names).ofDestination(),
            Field("GrantedSystemPermissions", .names).ofDestination(),
            Field("SupportedRestrictions", .names).readOnly(),
            Field("SpacePermissionDescriptions", .strings).readOnly(),
            Field("SystemPermissionDescriptions", .strings).readOnly(),
            Field("CanBeDeleted", .bool).defaulting(to: true).readOnly(),
        ]),
        filters: [.name, .partialName],
        permissions: Permissions(editing: "UserRole"),
        sync: SyncTreatment(.skip, phase: .never)
    )
}
