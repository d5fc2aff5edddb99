import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncPlanCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "List what a sync would write. Writes nothing to either server.",
        discussion: """
            Examples:
              skerry sync plan --policy team.policy.yaml --out team.skplan
              skerry sync plan --policy team.policy.yaml --out team.skplan --html plan.html

            Ends with 0 when there is nothing to do, with 2 when there is, with 3 when there are conflicts.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions
    @OptionGroup var decisions: ResolutionOptions
    @OptionGroup var switches: SwitchOptions
    @OptionGroup var renderings: PlanRenderings

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("Where to write the plan, for `skerry sync apply`.", valueName: "file"))
    var out: String?

    @Option(help: ArgumentHelp("After how many hours the plan may no longer be applied.", valueName: "hours"))
    var expires = 24

    @Option(
        help: ArgumentHelp(
            "An older plan: show what is different now, and keep its approvals for what is not.",
            valueName: "plan"
        )
    )
    var rebase: String?

    @Flag(help: "List everything, however long.")
    var long = false

    func validate() throws {
        guard (1...8760).contains(expires) else { throw ValidationError("--expires is 1 to 8760 hours.") }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let old = try rebase.map(PlanFileAccess.read)
            var flow = try await flow.open(policyPath: policy)
            flow.settings = switches.settings
            flow.settings.resolutions = try decisions.load(policyPath: policy)
            let plan = try await flow.plan()
            let file = flow.file(plan, expires: expires, approvals: old.map { $0.approvals } ?? [])
            try await flow.close()
            if let out { try PlanFileAccess.write(file, to: out) }
            try renderings.write(file)
            let style = PlanText.Style(isColoured: isatty(STDOUT_FILENO) == 1, isLong: long)
            let difference = old.map { PlanDifference(from: $0.plan, to: plan) }
            return Self.result(file, difference, out: out, style: style)
        }
    }

    private static func json(_ difference: PlanDifference) -> JSON {
        func list(_ operations: [Sync.Operation]) -> JSON {
            .array(operations.map { ["op": .string($0.action.rawValue), "key": $0.key.json] })
        }
        return [
            "added": list(difference.added), "changed": list(difference.changed), "dropped": list(difference.dropped),
            "unchanged": .int(difference.unchanged),
        ]
    }

    static func result(
        _ file: PlanFile,
        _ difference: PlanDifference? = nil,
        out: String?,
        style: PlanText.Style
    ) -> CommandResult {
        let plan = file.plan
        let code: SyncExitCode =
            !plan.conflicts.isEmpty ? .conflicts : plan.operations.isEmpty ? .done : .differences
        var text = PlanText.text(of: plan, catalog: .standard, style: style)
        if let out, code == .differences { text += "\nApply it with: skerry sync apply \(out)" }
        if let difference { text += "\n" + difference.text }
        if code == .conflicts { text += "\nDecide them with: skerry sync resolve --policy \(file.policyPath)" }
        let message =
            switch code {
            case .done: "Nothing to do."
            case .conflicts:
                "\(PlanText.counted(plan.conflicts.count, "conflict")) must be decided first (skerry sync resolve)."
            default: "\(PlanText.counted(plan.operations.count, "operation"))."
            }
        return CommandResult(code: code.rawValue, message: message, text: text)
            .making { data(file, difference, out) }
    }

    private static func data(_ file: PlanFile, _ difference: PlanDifference?, _ out: String?) -> JSON {
        var data: JSON = ["planId": .string(file.planID), "out": JSON(out), "plan": file.plan.json]
        if let difference { data["difference"] = json(difference) }
        return data
    }
}
