import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncExportStateCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-state",
        abstract: "Write what a flow remembers as JSON: identities, agreed values, links, ledger, cursors, runs.",
        discussion: """
            For looking into it, for tools, and to go on on another machine: `skerry sync import-state` reads it back. A \
            state that was lost is found again by `skerry sync adopt`. The file holds values of variables, but no secret; \
            only you can read it.

            Example: skerry sync export-state --policy team.policy.yaml --out state.json
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("The state file, when it is not beside the policy.", valueName: "file"))
    var state: String?

    @Option(help: ArgumentHelp("Where to write it; without it the result holds it.", valueName: "file"))
    var out: String?

    func perform() async throws -> CommandResult {
        try await syncing {
            let path = FlowOptions.absolute(state ?? StateStore.defaultPath(forPolicyAt: FlowOptions.absolute(policy)))
            guard FileManager.default.fileExists(atPath: path) else {
                throw SyncRunError.refused(reason: "there is no state at \(path); the first apply makes it")
            }
            let store = try await StateStore.open(path: path)
            let document = try await store.exported()
            try await store.close()
            let records = document["records"]?.objectValue?.count ?? 0
            let runs = document["runs"]?.arrayValue?.count ?? 0
            let message = "\(PlanText.counted(records, "document")) and \(PlanText.counted(runs, "run"))."
            guard let out else {
                return CommandResult(message: message, text: document.prettyText(), data: document)
            }
            try TextFile.write(document.prettyText() + "\n", to: out, what: "The state", isPrivate: true)
            return CommandResult(message: message, data: ["out": .string(out)])
        }
    }
}
