import ArgumentParser
import Catalog
import Sync
import SyncRun

struct SyncApplyCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Write what a plan lists, then verify that nothing is left to do.",
        discussion: """
            Nothing is written when either side changed after the plan was made, when the plan has expired, or when the \
            policy asks for approvals that it does not have. An apply that was cut off goes on where it stopped when \
            the same plan is applied again.

            When an operation fails, nothing more is begun (stopPhase); --on-failure continueIndependent still does \
            everything that does not depend on it, stopNow gives up what is under way as well.

            With --auto it plans and applies in one go, for a timer: nothing that is in conflict, widens, was paired by \
            a guess or changes a type is written then (it ends with 3 or 9), and nothing is deleted without --prune.

            Examples:
              skerry sync apply team.skplan
              skerry sync apply --auto --policy team.policy.yaml
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions
    @OptionGroup var decisions: ResolutionOptions
    @OptionGroup var switches: SwitchOptions

    @Flag(help: "Plan and apply in one go, and refuse what a person should see first.")
    var auto = false

    @Argument(help: ArgumentHelp("The plan that `skerry sync plan --out` wrote.", valueName: "plan"))
    var plan: String?

    @Option(help: ArgumentHelp("The policy file, when it is no longer where the plan was made.", valueName: "file"))
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "What happens when an operation fails: stopPhase, continueIndependent or stopNow.",
            valueName: "what"
        ),
        transform: Self.failurePolicy
    )
    var onFailure = FailurePolicy.stopPhase

    @Option(
        name: .customLong("delete"),
        help: ArgumentHelp(
            "An environment, tenant or project whose deletion is meant, as environments/NAME. May be repeated.",
            discussion: "Only where the policy asks for no approvals; else they are named in an approval.",
            valueName: "type/name"
        )
    )
    var deletions: [String] = []

    @Option(help: ArgumentHelp("At most how many operations are under way at once.", valueName: "count"))
    var parallel = 16

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel is 1 to 64.") }
        if auto {
            guard plan == nil, policy != nil else { throw ValidationError("--auto takes --policy and no plan.") }
        } else {
            guard plan != nil else { throw ValidationError("Name the plan, or give --auto and --policy.") }
            guard !switches.heal, !switches.prune, decisions.resolutions == nil else {
                throw ValidationError("--heal, --prune and --resolutions belong to the plan: skerry sync plan.")
            }
        }
    }

    private var options: ApplyOptions {
        var options = ApplyOptions()
        options.onFailure = onFailure
        options.breadth = parallel
        options.confirmedDeletions = deletions
        return options
    }

    func perform() async throws -> CommandResult {
        if auto { return try await unattended(policy ?? "") }
        let plan = plan ?? ""
        return try await syncing {
            let file = try PlanFileAccess.read(plan)
            let flow = try await flow.open(policyPath: policy ?? file.policyPath)
            let report = try await flow.applyLogged(file, options)
            await FlowOptions.tell(flow.readingNotices)
            try await flow.close()
            return CommandResult(
                message: Self.sentence(report),
                data: [
                    "run": .string(report.runID), "operations": .int(report.operations),
                    "keptOtherwise": .int(report.keptOtherwise),
                    "resumed": .bool(report.isResumed), "appliedBefore": .bool(report.wasAppliedBefore),
                    "branches": Self.branches(report),
                    "secrets": .array(file.plan.secrets.map(\.json)),
                ]
            )
        }
    }

    private static func failurePolicy(_ text: String) throws -> FailurePolicy {
        guard let policy = FailurePolicy(rawValue: text) else {
            let words = FailurePolicy.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is none of \(words).")
        }
        return policy
    }

    private func unattended(_ policy: String) async throws -> CommandResult {
        try await syncing {
            var settings = switches.settings
            settings.resolutions = try decisions.load(policyPath: policy)
            let flow = try await flow.open(policyPath: policy)
            let outcome = try await UnattendedSync(policyPath: policy, settings: settings).run(flow, options)
            try await flow.close()
            guard case .applied(let file, let report) = outcome else { return Self.nothing(outcome) }
            return CommandResult(
                message: Self.sentence(report),
                data: [
                    "run": .string(report.runID), "operations": .int(report.operations),
                    "keptOtherwise": .int(report.keptOtherwise), "branches": Self.branches(report),
                    "secrets": .array(file.plan.secrets.map(\.json)),
                ]
            )
        }
    }

    private static func nothing(_ outcome: UnattendedSync.Outcome) -> CommandResult {
        guard case .nothingToDo(let remembered) = outcome, remembered > 0 else {
            return CommandResult(message: "Nothing to do.", data: ["operations": 0, "remembered": 0])
        }
        return CommandResult(
            message: "Nothing to do. Both sides agree on \(PlanText.counted(remembered, "document")) that they did not "
                + "agree on before; that is remembered.",
            data: ["operations": 0, "remembered": .int(remembered)]
        )
    }

    private static func sentence(_ report: ApplyReport) -> String {
        let count = "\(report.operations) operation\(report.operations == 1 ? "" : "s")"
        if report.wasAppliedBefore { return "This plan was applied before (\(count)); both sides are in step." }
        let resumed = report.isResumed ? ", going on with an apply that was cut off" : ""
        let otherwise =
            report.keptOtherwise == 0
            ? ""
            : " The destination keeps \(PlanText.counted(report.keptOtherwise, "field")) otherwise than sent; "
                + "`skerry sync learn` says which."
        return "Applied \(count)\(resumed), and verified: both sides are in step. Run \(report.runID)."
            + "\(otherwise)\(waiting(report))"
    }

    /// What is committed takes effect when people merge it.
    private static func waiting(_ report: ApplyReport) -> String {
        guard let waiting = report.waiting else { return "" }
        return
            " What the repository holds is on the branch \(waiting.branch) (\(waiting.projects.joined(separator: ", "))): "
            + "review and merge it."
    }

    private static func branches(_ report: ApplyReport) -> JSON {
        guard let waiting = report.waiting else { return [] }
        return .array(waiting.projects.map { ["project": .string($0), "branch": .string(waiting.branch)] })
    }
}
