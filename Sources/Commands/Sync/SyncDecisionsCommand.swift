import ArgumentParser
import Catalog
import Sync
import SyncRun

struct SyncDecisionsCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions",
        abstract: "Print every decision that a policy makes, its value, and who made it.",
        discussion: """
            Keeping two servers in step takes dozens of decisions. A policy states the few that are yours; the others \
            have a default. This prints all of them, so that they can be reviewed. Needs no server.

            Examples:
              skerry sync decisions --policy team.policy.yaml            what differs from the defaults
              skerry sync decisions --policy team.policy.yaml --all      everything
              skerry sync decisions --policy team.policy.yaml steps      one section
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Flag(help: "The settings that nobody set, too. JSON has them always.")
    var all = false

    @Argument(help: ArgumentHelp("Only settings of this section: steps, types.lifecycles.", valueName: "section"))
    var section: String?

    func perform() async throws -> CommandResult {
        try await syncing {
            let loaded = try PolicyLoading.policy(at: FlowOptions.absolute(policy))
            let decisions = loaded.decisions().filter { isAsked($0.path) }
            if let section, decisions.isEmpty {
                throw CommandFailure(
                    code: SyncExitCode.policy.rawValue,
                    message: "A policy has no section '\(section)'; `skerry sync decisions` without one lists all."
                )
            }
            let shown = all || section != nil ? decisions : decisions.filter { $0.origin != .standard }
            let unset = decisions.count { $0.origin == .standard }
            return CommandResult(
                message: "\(decisions.count) decisions, \(unset) of them by default.",
                text: Self.text(shown, unset: all || section != nil ? 0 : unset),
                data: ["decisions": .array(decisions.map(\.json))]
            )
        }
    }

    private func isAsked(_ path: String) -> Bool {
        guard let section else { return true }
        return path == section || path.hasPrefix(section + ".")
    }

    /// Paths, values and their makers in columns.
    private static func text(_ decisions: [PolicyDecision], unset: Int) -> String {
        let rows = decisions.map { decision in
            let value = decision.value.stringValue ?? decision.value.text
            let shown = value.count > 40 ? String(value.prefix(39)) + "…" : value
            let answers = decision.answers.isEmpty ? "" : "  [\(decision.answers.joined(separator: " "))]"
            return (decision.path, shown, decision.origin.description, "\(decision.meaning)\(answers)")
        }
        let widths = (
            rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0, rows.map(\.2.count).max() ?? 0
        )
        var lines = rows.map { row in
            [padded(row.0, widths.0), padded(row.1, widths.1), padded(row.2, widths.2), row.3].joined(separator: "  ")
        }
        if unset > 0 { lines.append("\(unset) more decisions have their default; list them with --all.") }
        return lines.joined(separator: "\n")
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
