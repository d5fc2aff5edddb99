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

            Example: skerry sync apply team.skplan

            When an operation fails, nothing more is begun (stopPhase); --on-failure continueIndependent still does \
            everything that does not depend on it, stopNow gives up what is under way as well.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions

    @Argument(help: ArgumentHelp("The plan that `skerry sync plan --out` wrote.", valueName: "plan"))
    var plan: String

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
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let file = try PlanFileAccess.read(plan)
            let flow = try await flow.open(policyPath: policy ?? file.policyPath)
            var options = ApplyOptions()
            options.onFailure = onFailure
            options.breadth = parallel
            options.confirmedDeletions = deletions
            let report = try await flow.apply(file, options)
            try await flow.close()
            return CommandResult(
                message: Self.sentence(report),
                data: [
                    "run": .string(report.runID), "operations": .int(report.operations),
                    "resumed": .bool(report.isResumed), "appliedBefore": .bool(report.wasAppliedBefore),
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

    private static func sentence(_ report: ApplyReport) -> String {
        let count = "\(report.operations) operation\(report.operations == 1 ? "" : "s")"
        if report.wasAppliedBefore { return "This plan was applied before (\(count)); both sides are in step." }
        let resumed = report.isResumed ? ", going on with an apply that was cut off" : ""
        return "Applied \(count)\(resumed), and verified: both sides are in step. Run \(report.runID)."
    }
}
