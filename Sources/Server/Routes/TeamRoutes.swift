import Catalog
import Store

/// The roles of teams, and what users may do.
enum TeamRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("teams/:id/scopeduserroles", scope: .mixed) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                let team = try context.get(.teams, idOrSlug: id).id
                return try context.page(
                    .scopedUserRoles,
                    path: "/api/teams/\(team)/scopeduserroles",
                    query: request.query,
                    owner: team
                )
            }
        }
        routes.get("permissions/all", scope: .mixed) { _ in .json(PermissionList.standard.document) }
        routes.get("users/:id/permissions", scope: .system) { try await permissions($0) }
        routes.get("users/:id/permissions/configuration", scope: .system) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                _ = try context.resources.visible(.users, id, space: nil, in: context.reader)
                return .json(PermissionList.standard.document)
            }
        }
        routes.get("users/:id/permissions/export", scope: .system) { _ in
            throw APIProblem.notSupportedYet("Exporting permissions")
        }
        routes.get("users/authentication", scope: .system) { _ in .json(authentication(of: nil)) }
        routes.get("users/authentication/:id", scope: .system) { .json(authentication(of: try $0.parameter("id"))) }
        routes.get("users/external-search", scope: .system) { _ in .json([]) }
        routes.get("users/identity-metadata", scope: .system) { _ in .json([]) }
    }

    /// Only the built-in sign-in by user name and password exists.
    private static func authentication(of user: String?) -> JSON {
        let path = user.map { "/api/users/authentication/\(PercentCoding.encode($0))" } ?? "/api/users/authentication"
        return [
            "AuthenticationProviders": [], "CanCurrentUserEditIdentitiesForUser": false,
            "Links": ["Self": .string(path)],
        ]
    }

    /// What the roles of a user's teams grant, each permission with the scopes that it holds in.
    private static func permissions(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let user = try context.resources.visible(.users, id, space: nil, in: context.reader).id
            var teams: [Stored] = []
            try context.reader.forEach(DocumentQuery(kind: .teams)) { row in
                let document = row.document
                let team = Stored(document: document, body: try context.resources.body(of: document))
                if team.id == Identity.everyoneTeam || team.body.strings("MemberUserIds").contains(user) {
                    teams.append(team)
                }
            }
            var granted = GrantedPermissions()
            for team in teams {
                let query = DocumentQuery(kind: .scopedUserRoles, owners: [team.id])
                for role in try context.reader.page(query).items {
                    let scope = try context.resources.body(of: role)
                    guard let role = try context.find(.userRoles, scope.text("UserRoleId") ?? "") else { continue }
                    granted.add(role.body, within: scope)
                }
                // Administrators need no role: they may do everything.
                if team.id == Identity.administratorsTeam { granted.addEverything() }
            }
            return .json([
                "Id": .string(user), "SpacePermissions": granted.space,
                "SystemPermissions": JSON(granted.system.sorted()), "Teams": .array(teams.map(\.idAndName)),
                "IsPermissionsComplete": true, "IsTeamsComplete": true,
                "Links": ["Self": .string("/api/users/\(user)/permissions")],
            ])
        }
    }
}

/// Permissions as they add up.
private struct GrantedPermissions {
    private var scopes: [String: [JSON]] = [:]
    private(set) var system: Set<String> = []

    var space: JSON {
        .object(JSONObject(scopes.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value)) }))
    }

    mutating func add(_ role: JSON, within scope: JSON) {
        let restriction: JSON = [
            "RestrictedToProjectIds": scope["ProjectIds"] ?? [],
            "RestrictedToEnvironmentIds": scope["EnvironmentIds"] ?? [],
            "RestrictedToTenantIds": scope["TenantIds"] ?? [],
            "RestrictedToProjectGroupIds": scope["ProjectGroupIds"] ?? [], "SpaceId": scope.member("SpaceId"),
        ]
        for name in role.strings("GrantedSpacePermissions") { scopes[name, default: []].append(restriction) }
        system.formUnion(role.strings("GrantedSystemPermissions"))
    }

    mutating func addEverything() {
        add(
            [
                "GrantedSpacePermissions": JSON(PermissionList.standard.spaceNames),
                "GrantedSystemPermissions": JSON(PermissionList.standard.systemNames),
            ],
            within: .null
        )
    }
}
