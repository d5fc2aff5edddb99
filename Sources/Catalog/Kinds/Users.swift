extension KindName {
    public static let users: KindName = "users"
}

extension Kind {
    static let users = Kind(
        .users,
        type: "User",
        title: .init("user"),
        policyKey: "users",
        scope: .system,
        identity: .counted(prefix: "Users"),
        naturalKey: ["Username"],
        shape: Shape([
            Field("Username", .string(maxLength: 64)).required(),
            Field("DisplayName", .string(maxLength: 64)).required(),
            Field("EmailAddress", .string(maxLength: 256)),
            Field("Password", .line).writeOnly(),
            Field("IsActive", .bool).defaulting(to: true),
            Field("IsService", .bool).createOnly(),
            Field("Identities", .list(identity)),
            Field("CanPasswordBeEdited", .bool).defaulting(to: true).readOnly(),
            // True for the one who asks: never stored as such.
            Field("IsRequestor", .bool).readOnly(),
        ]),
        order: .field("Username"),
        filters: [
            .init("filter", "Username", .contains),
            .init("filter", "DisplayName", .contains),
        ],
        links: [
            Link("Permissions", "/api/users/{Id}/permissions"),
            Link("PermissionsConfiguration", "/api/users/{Id}/permissions/configuration"),
            Link("ApiKeys", "/api/users/{Id}/apikeys{/id}{?skip,take}"),
            Link("Teams", "/api/users/{Id}/teams{?spaces,includeSystem}"),
            Link("Spaces", "/api/users/{Id}/spaces"),
            Link("RevokeSessions", "/api/users/{Id}/revoke-sessions"),
            Link("AccessToken", "/api/users/{Id}/access-token"),
        ],
        permissions: Permissions(editing: "User"),
        sync: SyncTreatment(.forbid, phase: .never)
    )

    /// A login at an outside provider.
    private static let identity = Shape([
        Field("IdentityProviderName", .line).required(),
        Field(
            "Claims",
            .map(
                key: nil,
                value: .object(Shape([Field("Value", .line), Field("IsIdentifyingClaim", .bool)]))
            )
        ),
    ])
}
