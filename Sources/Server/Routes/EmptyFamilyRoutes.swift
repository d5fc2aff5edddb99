import Catalog
import HTTPTypes
import Store

/// Families of resources that Skerry does not make yet. Their lists are truly empty; making one is refused in words.
enum EmptyFamilyRoutes {
    private struct Family: Sendable {
        var path: String
        var type: String
        /// What a person calls them.
        var title: String
        var scope = RouteTable.Scope.space
    }

    private static let families = [
        Family(path: "releases", type: "Release", title: "Releases"),
        Family(path: "deployments", type: "Deployment", title: "Deployments"),
        Family(path: "tasks", type: "Task", title: "Tasks", scope: .mixed),
        Family(path: "artifacts", type: "Artifact", title: "Artifacts"),
        Family(path: "interruptions", type: "Interruption", title: "Interruptions", scope: .mixed),
        Family(path: "build-information", type: "BuildInformation", title: "Build information"),
        Family(path: "subscriptions", type: "Subscription", title: "Subscriptions", scope: .mixed),
        Family(path: "runbookSnapshots", type: "RunbookSnapshot", title: "Runbook snapshots"),
        Family(path: "runbookRuns", type: "RunbookRun", title: "Runbook runs"),
    ]

    /// Lists of such things below a document.
    private static let below: [(parent: KindName, path: String, type: String)] = [
        (.projects, "releases", "Release"),
        (.projects, "runbookSnapshots", "RunbookSnapshot"),
        (.projects, "runbookRuns", "RunbookRun"),
        (.channels, "releases", "Release"),
        (.runbooks, "runbookSnapshots", "RunbookSnapshot"),
    ]

    static func register(in routes: inout RouteTable) {
        for family in families { register(family, in: &routes) }
        for (parent, path, type) in below {
            routes.get("\(parent)/:id/\(path)", scope: .space) { request in
                let id = try request.parameter("id")
                let owner = try await request.read { try $0.get(parent, idOrSlug: id).id }
                return try request.page(of: [], type: type, path: request.spacePath("\(parent)/\(owner)/\(path)"))
            }
        }
        routes.get("tasks/taskTypes", scope: .mixed) { _ in .json([]) }
        routes.get("dashboard", scope: .space) { try await dashboard($0) }
        routes.get("dashboard/dynamic", scope: .space) { try await dashboard($0) }
        routes.get("projects/pulse", scope: .space) { _ in .json([]) }
        routes.get("scheduledprojecttriggers", scope: .space) { try await scheduled($0) }
        routes.get("retentionpolicies", scope: .space) { try retention($0) }
        routes.put("retentionpolicies/:id", scope: .space) { _ in
            throw APIProblem.notSupportedYet("Changing the default retention of a space")
        }
    }

    /// Nothing is deleted by age yet, so everything is kept for ever.
    private static func retention(_ request: APIRequest) throws -> APIResponse {
        let types = ["LifecycleRelease", "LifecycleTentacle", "RunbookRetention", "MachinePackageCache"]
        let asked = request.query["retentionType"] ?? types[0]
        guard let type = types.first(where: { $0.lowercased() == asked.lowercased() }) else {
            throw APIProblem.invalid("retentionType must be one of \(types.joined(separator: ", ")).")
        }
        let stem = type == "RunbookRetention" ? type : "\(type)Retention"
        let id = "\(stem)Default-\(request.space?.id ?? "")"
        return .json([
            "Id": .string(id), "SpaceId": JSON(request.space?.id), "Name": .string("\(type) default"),
            "RetentionType": .string(type), "Strategy": "Forever", "QuantityToKeep": 0, "Unit": "Items",
            "Links": ["Self": .string(request.spacePath("retentionpolicies/\(id)"))],
        ])
    }

    private static func register(_ family: Family, in routes: inout RouteTable) {
        let path = family.path
        routes.get(path, scope: family.scope) { request in
            let base = request.space.map { "/api/\($0.id)/\(path)" } ?? "/api/\(path)"
            return try request.page(of: [], type: family.type, path: base)
        }
        routes.get("\(path)/all", scope: family.scope) { _ in .json([]) }
        routes.get("\(path)/:id", scope: family.scope) { request in
            throw APIProblem.notFound(family.title.lowercased(), try request.parameter("id"))
        }
        routes.post(path, scope: family.scope) { _ in throw APIProblem.notSupportedYet(family.title) }
        for action in ["raw", "bulk"] {
            routes.post("\(path)/\(action)", scope: family.scope) { _ in throw APIProblem.notSupportedYet(family.title)
            }
        }
    }

    /// Projects and environments without a deployment in any place.
    private static func dashboard(_ request: APIRequest) async throws -> APIResponse {
        try await request.read { context in
            let space = request.space?.id
            func items(_ kind: KindName, _ fields: [String]) throws -> JSON {
                .array(
                    try context.all(kind, inSpace: space).map { stored in
                        .object(JSONObject(fields.map { ($0, stored.body.member($0)) }))
                    }
                )
            }
            return .json([
                "Id": "Dashboard",
                "Projects": try items(
                    .projects,
                    ["Id", "Name", "Slug", "ProjectGroupId", "IsDisabled", "TenantedDeploymentMode", "Links"]
                ),
                "ProjectGroups": try items(.projectGroups, ["Id", "Name", "EnvironmentIds", "Links"]),
                "Environments": try items(.environments, ["Id", "Name", "Links"]),
                "Tenants": try items(.tenants, ["Id", "Name", "ProjectEnvironments", "TenantTags", "Links"]),
                "Items": [], "PreviousItems": [], "ProjectLimit": nil, "IsFiltered": false,
                "Links": ["Self": .string(request.spacePath("dashboard"))],
            ])
        }
    }

    private static func scheduled(_ request: APIRequest) async throws -> APIResponse {
        try await request.read { context in
            try context.page(
                .triggers,
                path: request.spacePath("scheduledprojecttriggers"),
                query: request.query
            ) { $0["Filter"]?.text("FilterType")?.hasSuffix("Schedule") ?? false }
        }
    }
}
