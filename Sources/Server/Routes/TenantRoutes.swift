import Catalog
import Store

/// Tags, clones, and values that are missing.
enum TenantRoutes {
    static func register(in routes: inout RouteTable) {
        routes.post("tenants", scope: .space) { try await create($0) }
        routes.get("tenants", scope: .space) { request in
            try await request.read { context in
                try context.page(
                    .tenants,
                    path: request.spacePath("tenants"),
                    query: try withTagNames(request.query, inSpace: request.space?.id, context)
                )
            }
        }
        routes.get("tenants/all", scope: .space) { request in
            try await request.read { context in
                let query = try withTagNames(request.query, inSpace: request.space?.id, context)
                return try context.resources.array(.tenants, query: query, in: context)
            }
        }
        routes.get("tenants/status", scope: .space) { _ in .json(["Enabled": true]) }
        routes.get("tenants/tag-test", scope: .space) { try await tagTest($0) }
        routes.get("tenants/variables-missing", scope: .space) { try await missing($0) }
    }

    /// The query with the ids in its `tags` replaced by names, as tenants hold them.
    private static func withTagNames(_ query: Query, inSpace space: String?, _ context: ReadContext) throws -> Query {
        guard let asked = query.list("tags"), asked.contains(where: { $0.lowercased().hasPrefix("tagsets-") }) else {
            return query
        }
        var names: [String: String] = [:]
        for tag in try context.all(.tagSets, inSpace: space).flatMap({ $0.body["Tags"]?.arrayValue ?? [] }) {
            if let id = tag.text("Id"), let name = tag.text("CanonicalTagName") { names[id.lowercased()] = name }
        }
        return query.replacing("tags", with: [asked.map { names[$0.lowercased()] ?? $0 }.joined(separator: ",")])
    }

    // MARK: Clones

    private static func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.objectBody()
        let source = request.query["clone"]
        return .created(
            try await request.write { context in
                let sent = try context.resources.plan(.tenants).request(body)
                guard let source else { return try context.served(context.create(.tenants, sent)) }
                let id = try context.document(.tenants, idOrSlug: source).id
                return try context.served(clone(id, sent, context))
            }
        )
    }

    /// Projects, tags and variables with their secrets, under the name that was sent.
    private static func clone(_ id: String, _ sent: JSON, _ context: WriteContext) throws -> Stored {
        let source = try context.get(.tenants, id)
        var body = source.body
        for name in ["Slug", "Id"] { body[name] = nil }
        body["Name"] = sent["Name"]
        if !sent.isAbsent("Description") { body["Description"] = sent["Description"] }
        body["ClonedFromTenantId"] = .string(id)
        let clone = try context.create(.tenants, body, inSpace: source.document.space)
        for part in ["ProjectVariables", "LibraryVariables", "ScopedValues"] {
            try SecretCopy(in: context).copy(.tenantVariables, part, fromOwner: id, toOwner: clone.id)
        }
        return clone
    }

    // MARK: Tags and missing values

    private static func tagTest(_ request: APIRequest) async throws -> APIResponse {
        let (ids, tags) = (request.query.list("tenantIds"), request.query.list("tags") ?? [])
        return try await request.read { context in
            let tenants = try context.all(.tenants, inSpace: request.space?.id)
                .filter { tenant in ids.map { $0.contains(tenant.id) } ?? true }
            return .json(
                .object(
                    JSONObject(
                        tenants.map { tenant in
                            let missing = TagMatch.missing(tags, from: tenant.body.strings("TenantTags"))
                            let reason =
                                missing.isEmpty ? "" : "The tenant has none of the tags asked for in a tag set."
                            return (
                                tenant.id,
                                [
                                    "IsMatched": .bool(missing.isEmpty), "Reason": .string(reason),
                                    "MissingTags": JSON(missing),
                                ]
                            )
                        }
                    )
                )
            )
        }
    }

    private static func missing(_ request: APIRequest) async throws -> APIResponse {
        let query = request.query
        let withDetails = try query.bool("includeDetails") ?? false
        return try await request.read { context in
            let tenants = try context.all(.tenants, inSpace: request.space?.id)
                .filter { tenant in query["tenantId"].map { $0 == tenant.id } ?? true }
            let found = try tenants.compactMap { tenant -> JSON? in
                let scope = try TenantTemplates(of: tenant, in: context.reader, context.resources)
                let id = context.catalog[.tenantVariables]?.id(ofOwner: tenant.id) ?? ""
                let values = try context.find(.tenantVariables, id)?.body ?? .null
                let missing = scope.missing(
                    values: values,
                    project: query["projectId"],
                    environment: query["environmentId"]
                )
                guard !missing.isEmpty else { return nil }
                return [
                    "TenantId": .string(tenant.id), "MissingVariables": withDetails ? .array(missing) : [],
                    "Links": [:],
                ]
            }
            return .json(.array(found))
        }
    }
}

/// Which tags match: within one tag set any of those asked for is enough, and every tag set has to match.
enum TagMatch {
    /// The tags asked for of those sets that do not match.
    static func missing(_ asked: [String], from own: [String]) -> [String] {
        let own = Set(own.map { $0.lowercased() })
        let bySet = Dictionary(grouping: asked) { $0.split(separator: "/").first.map { $0.lowercased() } ?? "" }
        return bySet.sorted { $0.key < $1.key }.filter { !$0.value.contains { own.contains($0.lowercased()) } }
            .flatMap(\.value)
    }
}
