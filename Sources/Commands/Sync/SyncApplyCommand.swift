import ArgumentParser
import Catalog
import Sync
import SyncRun

struct SyncApplyCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Write what a plan lists, then verify that nothing is left to do.",
        discussion: """
            Nothing is written when either side changed after the plan was made. An apply that was cut off goes on \
            where it stopped when the same plan is applied again.

            Example: skerry sync apply team.skplan
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions

    @Argument(help: ArgumentHelp("The plan that `skerry sync plan --out` wrote.", valueName: "plan"))
    var plan: String

    @Option(help: ArgumentHelp("The policy file, when it is no longer where the plan was made.", valueName: "file"))
    var policy: String?

    func perform() async throws -> CommandResult {
        try await syncing {
            let file = try PlanFile.read(at: plan)
            let flow = try await flow.open(policyPath: policy ?? file.policyPath)
            let report = try await flow.apply(file)
            await FlowOptions.tell(flow.readingNotices)
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

    private static func sentence(_ report: ApplyReport) -> String {
        let count = "\(report.operations) operation\(report.operations == 1 ? "" : "s")"
        if report.wasAppliedBefore { return "This plan was applied before (\(count)); both sides are in step." }
        let resumed = report.isResumed ? ", going on with an apply that was cut off" : ""
        return "Applied \(count)\(resumed), and verified: both sides are in step."
    }
}
