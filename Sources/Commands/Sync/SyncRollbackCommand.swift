import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncRollbackCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Plan how to undo a run. Writes nothing to either server.",
        discussion: """
            What the run changed goes back to what it was, what it deleted is made again (its secrets must be put in \
            by hand, and are listed), what it made is deleted unless something uses it. What somebody changed since \
            then is a conflict; --leave-changed leaves such things alone.

            The result is a plan like any other: read it, have it approved, apply it.

              skerry sync runs --policy team.policy.yaml
              skerry sync rollback 7f3a91c2 --policy team.policy.yaml --out undo.skplan
              skerry sync apply undo.skplan
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions

    @Argument(help: ArgumentHelp("The run, as `skerry sync runs` lists it.", valueName: "run"))
    var run: String

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("Where to write the plan.", valueName: "file"))
    var out: String?

    @Option(help: ArgumentHelp("After how many hours the plan may no longer be applied.", valueName: "hours"))
    var expires = 24

    @Flag(help: "Leave alone what somebody changed since the run.")
    var leaveChanged = false

    @Flag(help: "List everything, however long.")
    var long = false

    func validate() throws {
        guard (1...8760).contains(expires) else { throw ValidationError("--expires is 1 to 8760 hours.") }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let flow = try await flow.open(policyPath: policy)
            let plan = try await flow.rollbackPlan(of: run, leavesChanged: leaveChanged)
            let file = flow.file(
                plan,
                purpose: .rollback(run: run, leavesChanged: leaveChanged),
                expires: expires
            )
            try await flow.close()
            if let out { try PlanFileAccess.write(file, to: out) }
            return SyncPlanCommand.result(
                file,
                out: out,
                style: .init(isColoured: isatty(STDOUT_FILENO) == 1, isLong: long)
            )
        }
    }
}

struct SyncRunsCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List what was applied, the newest first.",
        discussion: "Example: skerry sync runs --policy team.policy.yaml"
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(
        help: ArgumentHelp("The file that remembers the runs, when it is not beside the policy.", valueName: "file")
    )
    var state: String?

    func perform() async throws -> CommandResult {
        try await syncing {
            let path =
                state.map(FlowOptions.absolute) ?? StateStore.defaultPath(forPolicyAt: FlowOptions.absolute(policy))
            guard FileManager.default.fileExists(atPath: path) else {
                return CommandResult(message: "Nothing was applied yet.", data: ["runs": []])
            }
            let store = try await StateStore.open(path: path)
            let runs = try await store.runs()
            try await store.close()
            return CommandResult(
                message: runs.isEmpty ? "Nothing was applied yet." : "\(runs.count) runs.",
                text: runs.isEmpty ? nil : Self.table(runs),
                data: ["runs": .array(runs.map(Self.json))]
            )
        }
    }

    private static func table(_ runs: [RunSummary]) -> String {
        runs.map { run in
            let operations = "\(run.done) operation\(run.done == 1 ? "" : "s")"
            let rollback = run.hasImages ? "can be rolled back" : ""
            return [run.id, run.startedAt, run.status, operations, "plan \(run.planID.prefix(12))", rollback]
                .filter { !$0.isEmpty }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func json(_ run: RunSummary) -> JSON {
        [
            "id": .string(run.id), "planId": .string(run.planID), "startedAt": .string(run.startedAt),
            "finishedAt": JSON(run.finishedAt), "status": .string(run.status), "operations": .int(run.done),
            "canBeRolledBack": .bool(run.hasImages),
        ]
    }
}
