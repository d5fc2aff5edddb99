import Catalog
import Store

/// What hangs on a user beside the document: oneself, one's spaces and teams.
enum UserRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("users/me", scope: .system) { request in
            try await request.read { context in
                guard let user = context.user else { throw APIProblem.unauthorized }
                var body = try context.get(.users, idOrSlug: user.id).body
                body["IsRequestor"] = true
                return .json(body)
            }
        }
        routes.get("users/:id/spaces", scope: .system) { request in
            try await request.read { context in
                _ = try self.user(request, context)
                // Until there are permissions, everybody who is signed in sees every space.
                return try context.resources.array(.spaces, query: .empty, in: context)
            }
        }
        routes.get("users/:id/teams", scope: .system) { request in
            try await request.read { .json(.array(try teams(of: try user(request, $0), request, $0))) }
        }
        routes.get("teammembership", scope: .mixed) { request in
            guard let id = request.query["userId"] else { throw APIProblem.invalid("userId is required.") }
            return try await request.read { context in
                let user = try context.resources.visible(.users, id, space: nil, in: context.reader)
                return .json(
                    .array(
                        try teams(of: user.id, request, context).map { team in
                            [
                                "TeamId": team.member("Id"), "TeamName": team.member("Name"),
                                "UserId": .string(user.id), "SpaceId": team.member("SpaceId"),
                                "IsDirectlyAssigned": team.member("IsDirectlyAssigned"),
                                "ExternalSecurityGroups": team.member("ExternalSecurityGroups"),
                            ]
                        }
                    )
                )
            }
        }
        routes.put("users/:id/revoke-sessions", scope: .system, access: .signedIn) { try await revokeSessions($0) }
        routes.post("users/:id/revoke-sessions", scope: .system, access: .signedIn) { try await revokeSessions($0) }
    }

    private static func user(_ request: APIRequest, _ context: ReadContext) throws -> String {
        try context.resources.visible(.users, try request.parameter("id"), space: nil, in: context.reader).id
    }

    private static func teams(of user: String, _ request: APIRequest, _ context: ReadContext) throws -> [JSON] {
        let spaces = request.query.list("spaces").flatMap { list in
            list.contains { $0.lowercased() == "all" } ? nil : Set(list.map { $0.lowercased() })
        }
        let system = try request.query.bool("includeSystem") ?? true
        var result: [JSON] = []
        try context.reader.forEach(DocumentQuery(kind: .teams)) { row in
            let body = try row.withBody { try JSON.parse($0) }
            let isMember = body["MemberUserIds"]?.stringsValue.contains(user) ?? false
            let isWanted = row.space.map { spaces?.contains($0.lowercased()) ?? true } ?? system
            guard isWanted, isMember || row.id == Identity.everyoneTeam else { return }
            result.append([
                "Id": .string(row.id), "Name": .string(row.name), "SpaceId": JSON(row.space),
                "IsDirectlyAssigned": .bool(isMember), "ExternalSecurityGroups": body["ExternalSecurityGroups"] ?? [],
                "Links": body["Links"] ?? [:],
            ])
        }
        return result
    }

    private static func revokeSessions(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        let caller = request.user
        try await request.write { context in
            let user = try context.resources.visible(.users, id, space: nil, in: context.writer)
            guard let caller, caller.isAdministrator || caller.id == user.id else { throw APIProblem.forbidden() }
            try context.writer.deleteSessions(ofUser: user.id)
            try context.writer.record(
                EventDraft("Modified", message: "The sessions of \(user.name) were revoked", documentType: "User"),
                kind: .users,
                id: user.id
            )
        }
        return .empty
    }
}
