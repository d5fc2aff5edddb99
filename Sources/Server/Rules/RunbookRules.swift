import Catalog
import Store

/// A runbook is made with an empty process, whose id it keeps whatever a client sends.
struct RunbookRules: ResourceRules {
    let kind = KindName.runbooks

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body["RunbookProcessId"] = JSON(context.catalog[.runbookProcesses]?.id(ofOwner: body.text("Id") ?? ""))
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        if let project = document.owner, context.leaving.contains(project) { return }
        try Self.refuseInGit(project: body.text("ProjectId"), in: context)
    }

    /// What the database holds of runbooks that moved to Git stays as it was.
    ///
    /// - Throws: `APIProblem` that says where they are written.
    static func refuseInGit(project id: String?, in context: WriteContext) throws {
        guard let id, let project = try context.find(.projects, id),
            GitSettings(project: project.body)?.holdsRunbooks == true
        else { return }
        throw APIProblem.invalid(
            "The project '\(project.name)' keeps its runbooks in Git: use projects/\(project.id)/{branch}/runbooks, and "
                + "…/{branch}/runbookProcesses."
        )
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        try Self.refuseInGit(project: body.text("ProjectId"), in: context)
        guard old == nil else { return }
        try context.create(
            .runbookProcesses,
            [
                "RunbookId": .string(document.id), "ProjectId": body.member("ProjectId"), "Steps": [],
                "LastSnapshotId": nil,
            ],
            id: body.text("RunbookProcessId"),
            inSpace: document.space
        )
    }
}
