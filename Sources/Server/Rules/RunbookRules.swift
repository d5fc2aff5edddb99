import Catalog
import Store

/// A runbook is made with an empty process, whose id it keeps whatever a client sends.
struct RunbookRules: ResourceRules {
    let kind = KindName.runbooks

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body["RunbookProcessId"] = JSON(context.catalog[.runbookProcesses]?.id(ofOwner: body.text("Id") ?? ""))
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
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
