import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncAdoptCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Remember what two filled servers have in common. Writes nothing to either server.",
        discussion: """
            For a destination that was filled by other means, and for a state file that was lost. What has one name on \
            both sides is remembered as the same thing; what differs is listed and left for the next plan, where the \
            policy (initial:) and you decide. Nothing is overwritten, because nothing is written.

            Example: skerry sync adopt --policy team.policy.yaml
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions
    @OptionGroup var decisions: ResolutionOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Flag(help: "List everything that differs.")
    var long = false

    func perform() async throws -> CommandResult {
        try await syncing {
            var flow = try await flow.open(policyPath: policy)
            flow.settings.resolutions = try decisions.load(policyPath: policy)
            let report = try await flow.adopt()
            try flow.log.append("adopted", ["adopted": .int(report.adopted), "totals": report.plan.totals])
            try await flow.close()
            return Self.result(report, policy: policy, isLong: long)
        }
    }

    private static func result(_ report: AdoptionReport, policy: String, isLong: Bool) -> CommandResult {
        let plan = report.plan
        let same = plan.meetings.reduce(0) { $0 + $1.same }
        let differing = plan.meetings.flatMap(\.differing)
        let message =
            report.adopted == 0
            ? "Nothing new to adopt: all that both sides have is remembered."
            : "Remembered \(PlanText.counted(report.adopted, "document")): \(same) are the same, "
                + "\(differing.count) differ. Nothing was written to either server."
        var lines = [message]
        if !differing.isEmpty {
            lines += ["", "These differ:"]
            lines += differing.prefix(isLong ? .max : 20).map { "  - \($0.title())" }
            if !isLong, differing.count > 20 { lines.append("  … and \(differing.count - 20) more; --long lists all") }
        }
        let left = [
            (plan.operations.count { $0.action == .create }, "to create"),
            (plan.operations.count { $0.action != .create }, "to change"), (plan.conflicts.count, "to decide"),
        ].filter { $0.0 > 0 }
        if !left.isEmpty {
            let what = left.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
            lines += ["", "Left for a sync: \(what). Look at it with: skerry sync plan --policy \(policy)"]
        }
        return CommandResult(
            message: message,
            text: lines.joined(separator: "\n"),
            data: [
                "adopted": .int(report.adopted), "same": .int(same), "differing": .array(differing.map(\.json)),
                "conflicts": .array(plan.conflicts.map(\.json)), "totals": plan.totals,
            ]
        )
    }
}
