import Catalog
import Store

/// What hangs on feeds. Skerry stores no packages yet, so the built-in feed truly holds none; other feeds are not asked.
enum FeedRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("feeds/stats", scope: .space) { _ in .json(["TotalPackages": 0]) }
        routes.get("feeds/:id/packages", scope: .space) { request in
            try await ofBuiltIn(request) { _ in .json([]) }
        }
        routes.get("feeds/:id/packages/search", scope: .space) { request in
            try await ofBuiltIn(request) {
                try request.page(
                    of: [],
                    type: "PackageDescription",
                    path: request.spacePath("feeds/\($0)/packages/search")
                )
            }
        }
        routes.get("feeds/:id/packages/versions", scope: .space) { request in
            try await ofBuiltIn(request) {
                try request.page(
                    of: [],
                    type: "PackageVersion",
                    path: request.spacePath("feeds/\($0)/packages/versions")
                )
            }
        }
        routes.get("feeds/:id/packages/notes", scope: .space) { request in
            try await ofBuiltIn(request) { _ in throw APIProblem.notFound("package") }
        }
    }

    private static func ofBuiltIn(
        _ request: APIRequest,
        _ answer: @escaping @Sendable (String) throws -> APIResponse
    ) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let feed = try context.get(.feeds, idOrSlug: id)
            guard ["BuiltIn", "OctopusProject"].contains(feed.body.text("FeedType")) else {
                throw APIProblem.notSupportedYet("Searching a feed of type \(feed.body.text("FeedType") ?? "")")
            }
            return try answer(feed.id)
        }
    }
}
