import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncImportStateCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-state",
        abstract: "Make a state file of what export-state wrote, to go on with a flow on another machine.",
        discussion: """
            The whole file is checked before anything is written. With --policy both servers are asked who they are: the \
            state of another pair is refused. Both sides are read whole by the next command. Whoever is interrupted gives \
            the same command again.

            The log of what was done (state.runs.jsonl) and, with a provider of secrets, secrets.key lie beside the \
            state file that was exported; copy them too.

            Example: skerry sync import-state state.json --policy team.policy.yaml
            """
    )

    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("What `skerry sync export-state` wrote.", valueName: "file"))
    var file: String

    @Option(
        help: ArgumentHelp("The policy file: its servers are the ones that the state must be about.", valueName: "file")
    )
    var policy: String?

    @Option(help: ArgumentHelp("The state file to make, when it is not to be beside the policy.", valueName: "file"))
    var state: String?

    @Flag(help: "Put the imported state in the place of one that remembers something; that one is kept beside it.")
    var replace = false

    func validate() throws {
        guard policy != nil || state != nil else {
            throw ValidationError("Say which state to make: with --policy, or with --state.")
        }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let document = try StateImport.document(at: FlowOptions.absolute(file))
            try await refuseOtherPair(document)
            let path = FlowOptions.absolute(
                state ?? StateStore.defaultPath(forPolicyAt: FlowOptions.absolute(policy ?? ""))
            )
            let outcome = try await StateImport.write(document, to: path, replacing: replace)
            let hints = hints(document, path)
            let what =
                "\(PlanText.counted(document.records, "document")) and \(PlanText.counted(document.runCount, "run"))"
            let message = "\(what) are remembered in \(path)\(outcome.wasThere ? " already" : "")."
            let kept = outcome.aside.map { ["What was there is kept as \($0)."] } ?? []
            return CommandResult(
                message: message,
                text: ([message] + kept + hints).joined(separator: "\n"),
                data: [
                    "state": .string(path), "documents": .int(document.records), "runs": .int(document.runCount),
                    "replaced": JSON(outcome.aside), "wasThere": .bool(outcome.wasThere), "hints": JSON(hints),
                ]
            )
        }
    }

    private func refuseOtherPair(_ document: StateDocument) async throws {
        guard let policy, let known = document.pair else { return }
        let pair = try await StateImport.pair(ofPolicyAt: FlowOptions.absolute(policy))
        guard known != pair else { return }
        throw SyncRunError.refused(
            reason: """
                \(file) is about another pair of servers or spaces (\(known.text)) than the policy names (\(pair.text)); \
                nothing was written. Give the policy of that pair
                """
        )
    }

    /// What a person should know or do next.
    private func hints(_ document: StateDocument, _ path: String) -> [String] {
        var hints: [String] = []
        if let run = document.unfinishedRun {
            hints.append(
                """
                Run \(run.id) had not come to its end: apply the file of its plan (\(run.plan.prefix(12))) here to go on \
                with it, or make a new plan and apply that, which gives it up.
                """
            )
        }
        let key = StateStore.secretKeyPath(forState: path)
        if document.knowsProvidedSecrets, !FileManager.default.fileExists(atPath: key) {
            hints.append(
                """
                Secrets of a provider were set: copy secrets.key from beside the old state to \(key), or they are all \
                set once more.
                """
            )
        }
        return hints
    }
}
