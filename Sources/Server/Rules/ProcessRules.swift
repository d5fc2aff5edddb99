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

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        if kind == .runbookProcesses { try RunbookRules.refuseInGit(project: body.text("ProjectId"), in: context) }
        guard kind == .deploymentProcesses, let owner = document.owner,
            let project = try context.find(.projects, owner), GitSettings(project: project.body) != nil
        else { return }
        throw APIProblem.invalid(
            "The project '\(project.name)' keeps its process in Git: use PUT "
                + "projects/\(owner)/{branch}/deploymentprocesses."
        )
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        guard kind == .runbookProcesses, old == nil, let runbook = body.text("RunbookId") else { return }
        body["ProjectId"] = try context.get(.runbooks, runbook).body["ProjectId"]
    }
}
