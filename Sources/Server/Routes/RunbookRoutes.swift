import Catalog
import Store

/// Runbooks: the copy of one, and the environments that it may run in.
enum RunbookRoutes {
    static func register(in routes: inout RouteTable) {
        routes.post("runbooks", scope: .space) { request in
            let (sent, source) = (try request.objectBody(), request.query["clone"])
            return .created(
                try await request.write { context in
                    let body = try context.resources.plan(.runbooks).request(sent)
                    guard let source else { return try context.served(context.create(.runbooks, body)) }
                    let id = try context.document(.runbooks, idOrSlug: source).id
                    return try context.served(clone(id, body, context))
                }
            )
        }
        routes.get("runbooks/:id/environments", scope: .space) { try await environments($0) }
    }

    private static func clone(_ id: String, _ sent: JSON, _ context: WriteContext) throws -> Stored {
        let source = try context.get(.runbooks, id)
        var body = source.body
        for name in ["Slug", "Id"] { body[name] = nil }
        body["PublishedRunbookSnapshotId"] = .null
        for name in ["Name", "Description"] where !sent.isAbsent(name) { body[name] = sent[name] }
        let clone = try context.create(.runbooks, body, inSpace: source.document.space)
        try SecretCopy(in: context).copy(
            .runbookProcesses,
            "Steps",
            fromOwner: id,
            toOwner: clone.id,
            ids: [id: clone.id]
        )
        return clone
    }

    /// Where the runbook may run.
    private static func environments(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { try environments(of: $0.get(.runbooks, idOrSlug: id).body, $0) }
    }

    static func environments(of runbook: JSON, _ context: ReadContext) throws -> APIResponse {
        let all = try context.all(.environments, inSpace: context.space?.id)
        let named: Set<String>?
        switch runbook.text("EnvironmentScope") {
        case "Specified": named = Set(runbook.strings("Environments"))
        case "FromProjectLifecycles":
            named = try lifecycleEnvironments(of: runbook.text("ProjectId") ?? "", context)
        default: named = nil
        }
        return .json(.array(all.filter { named?.contains($0.id) ?? true }.map(\.body)))
    }

    /// Nil for all environments: a lifecycle without phases takes each of them.
    private static func lifecycleEnvironments(of project: String, _ context: ReadContext) throws -> Set<String>? {
        guard let found = try context.find(.projects, project) else { return nil }
        let channels = try context.all(.channels, inSpace: found.document.space, owner: project)
        let ids = [found.body.text("LifecycleId")] + channels.map { $0.body.text("LifecycleId") }
        var result = Set<String>()
        for id in Set(ids.compactMap { $0 }) {
            guard let phases = try context.find(.lifecycles, id)?.body["Phases"]?.arrayValue else { continue }
            if phases.isEmpty { return nil }
            for phase in phases {
                result.formUnion(phase.strings("AutomaticDeploymentTargets"))
                result.formUnion(phase.strings("OptionalDeploymentTargets"))
            }
        }
        return result
    }
}
