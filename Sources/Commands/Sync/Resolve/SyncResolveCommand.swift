import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncResolveCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Decide conflicts, one by one at a terminal or all at once. Writes to neither server.",
        discussion: """
            Shows what both sides last agreed on, what the source and what the destination has, and asks which holds. \
            Each answer is on the disk before the next question. The next plan goes by the answers, as long as nobody \
            changes the same thing again.

            Examples:
              skerry sync resolve --policy team.policy.yaml
              skerry sync resolve --policy team.policy.yaml --take source --conflict 3fa9c1d2e4b5
              skerry sync resolve --policy team.policy.yaml --value "Both teams" --conflict 3fa9c1d2e4b5
              skerry sync resolve --policy team.policy.yaml --take destination --all

            Ends with 0 when every conflict is decided, with 3 when some are open.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions
    @OptionGroup var decisions: ResolutionOptions
    @OptionGroup var switches: SwitchOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("Which side holds: source, destination, base or merge.", valueName: "side"))
    var take: String?

    @Option(help: ArgumentHelp("What is to be there instead; for one conflict.", valueName: "text"))
    var value: String?

    @Option(
        help: ArgumentHelp(
            "The conflict that is meant, as the plan shows it. May be given several times.",
            valueName: "id"
        )
    )
    var conflict: [String] = []

    @Flag(help: "Every conflict that can be answered so; not those that the policy marks manual or ask.")
    var all = false

    func validate() throws {
        guard take == nil || value == nil else { throw ValidationError("Give either --take or --value.") }
        if let take, ConflictResolution.Choice.Word(rawValue: take) == nil || take == "value" {
            throw ValidationError("--take is source, destination, base or merge.")
        }
        if take != nil || value != nil, all == !conflict.isEmpty {
            throw ValidationError("Say which conflicts are meant: --conflict ID, or --all.")
        }
        if value != nil, conflict.count != 1 { throw ValidationError("--value is for one --conflict.") }
        if take == nil, value == nil, all || !conflict.isEmpty {
            throw ValidationError("Say what holds: --take source, destination, base or merge, or --value TEXT.")
        }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let isAtTerminal = take == nil && value == nil
            if isAtTerminal, output.isJSON || !WorkbenchTerminal.isThere {
                throw CommandFailure(.usage, "There is no terminal to ask at; decide with --take or --value.")
            }
            let store = decisions.store(policyPath: policy)
            let known =
                try decisions.resolutions.map { FileManager.default.fileExists(atPath: $0) } == false
                ? [] : store.load()
            var flow = try await flow.open(policyPath: policy)
            flow.settings = switches.settings
            flow.settings.resolutions = known
            let plan = try await flow.plan()
            try await flow.close()
            if plan.conflicts.isEmpty {
                return CommandResult(message: "There is no open conflict.", data: ["decided": [], "open": []])
            }
            return isAtTerminal
                ? try atTerminal(plan, flow.policy, flow.policyPath, store, known)
                : try atOnce(plan, flow.policy, store, known)
        }
    }

    // MARK: - At a terminal

    private func atTerminal(
        _ plan: Plan,
        _ policy: Policy,
        _ policyPath: String,
        _ store: ResolutionStore,
        _ known: [ConflictResolution]
    ) throws -> CommandResult {
        var bench = Workbench(
            conflicts: plan.conflicts,
            policy: policy,
            policyPath: policyPath,
            store: store,
            resolutions: known,
            terminal: WorkbenchTerminal()
        )
        try bench.run()
        return result(plan, open: bench.open, store, written: bench.resolutions)
    }

    // MARK: - All at once

    private func atOnce(
        _ plan: Plan,
        _ policy: Policy,
        _ store: ResolutionStore,
        _ known: [ConflictResolution]
    ) throws -> CommandResult {
        let meant = try all ? plan.conflicts.filter { !policy.isAnsweredAlone($0) } : named(plan)
        var written = known
        for conflict in meant {
            guard let choice = choice(for: conflict) else {
                if all { continue }
                let possible = conflict.choices.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(
                    code: SyncExitCode.conflicts.rawValue,
                    message: "\(conflict.id) (\(conflict.key.title())) cannot be decided so; "
                        + (possible.isEmpty ? "only the policy can decide it." : "possible: \(possible).")
                )
            }
            written = Workbench.adding(Workbench.resolution(conflict, choice), to: written)
        }
        try store.save(written)
        let decided = Set(written.map(\.conflictID))
        let open = plan.conflicts.filter { conflict in
            !decided.contains(conflict.id)
                || !written.contains { $0.conflictID == conflict.id && $0.decidedOn == conflict.digest }
        }
        return result(plan, open: open, store, written: written)
    }

    private func named(_ plan: Plan) throws -> [Conflict] {
        try conflict.map { id in
            guard let found = plan.conflicts.first(where: { $0.id == id }) else {
                throw CommandFailure(
                    code: SyncExitCode.conflicts.rawValue,
                    message: "There is no open conflict \(id.prefix(40)); `skerry sync plan` lists them."
                )
            }
            return found
        }
    }

    private func choice(for conflict: Conflict) -> ConflictResolution.Choice? {
        if let value {
            let typed: JSON =
                switch conflict.source {
                case .int: Int(value).map(JSON.int) ?? .string(value)
                case .bool: Bool(value).map(JSON.bool) ?? .string(value)
                default: .string(value)
                }
            guard conflict.choices.contains(.value), let accepted = conflict.accepted(typed) else { return nil }
            return .value(accepted)
        }
        guard let word = take.flatMap(ConflictResolution.Choice.Word.init(rawValue:)), conflict.choices.contains(word)
        else { return nil }
        return ConflictResolution.Choice(word)
    }

    private func result(
        _ plan: Plan,
        open: [Conflict],
        _ store: ResolutionStore,
        written: [ConflictResolution]
    ) -> CommandResult {
        let decided = plan.conflicts.count - open.count
        let message =
            open.isEmpty
            ? "All \(PlanText.counted(plan.conflicts.count, "conflict")) decided; plan again: "
                + "skerry sync plan --policy \(policy)"
            : "\(decided) of \(PlanText.counted(plan.conflicts.count, "conflict")) decided; \(open.count) open."
        let ids = Set(plan.conflicts.map(\.id)).subtracting(open.map(\.id))
        return CommandResult(
            code: (open.isEmpty ? SyncExitCode.done : .conflicts).rawValue,
            message: message,
            data: [
                "resolutions": .string(store.path),
                "decided": .array(written.filter { ids.contains($0.conflictID) }.map(\.json)),
                "open": .array(open.map(\.json)),
            ]
        )
    }
}
