import Catalog
import Store

/// Deployment processes and runbook processes: made with their owner, locked by version, deleted only with their owner.
struct ProcessRules: ResourceRules {
    let kind: KindName

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        var steps = ProcessBody(replacing: old, newID: context.newUUID)
        try steps.normalise(&body)
        if let old {
            var secrets = ParameterSecrets(kind, in: context)
            try secrets.carry(into: &body, replacing: old)
        }
        try BuiltInFeedAlias.resolve(&body, of: kind, in: context)
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        guard kind == .runbookProcesses, old == nil, let runbook = body.text("RunbookId") else { return }
        body["ProjectId"] = try context.get(.runbooks, runbook).body["ProjectId"]
    }
}
