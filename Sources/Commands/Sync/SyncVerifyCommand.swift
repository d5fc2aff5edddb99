import ArgumentParser
import Catalog
import Sync
import SyncRun

struct SyncVerifyCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Say whether both sides are in step as the policy means it. Writes nothing.",
        discussion: """
            Example: skerry sync verify --policy team.policy.yaml

            Ends with 0 when they are, with 2 when they are not, with 3 when they are in conflict.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions
    @OptionGroup var decisions: ResolutionOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    func perform() async throws -> CommandResult {
        try await syncing {
            var flow = try await flow.open(policyPath: policy)
            flow.settings.resolutions = try decisions.load(policyPath: policy)
            let plan = try await flow.plan()
            await FlowOptions.tell(flow.readingNotices)
            try await flow.close()
            return Self.result(plan)
        }
    }

    private static func result(_ plan: Plan) -> CommandResult {
        let data: JSON = [
            "operations": .array(plan.operations.map(\.json)), "conflicts": .array(plan.conflicts.map(\.json)),
            "secrets": .array(plan.secrets.map(\.json)),
        ]
        if plan.operations.isEmpty, plan.conflicts.isEmpty {
            return CommandResult(message: "Both sides are in step.", data: data)
        }
        let lines = plan.operations.map { "  \($0.action.rawValue) \($0.key.title())" }
        let conflicts = plan.conflicts.map { "  conflict \($0.key.title()) · \($0.path): \($0.message)".printable }
        let shown = (conflicts + lines).prefix(50).joined(separator: "\n")
        let operations = PlanText.counted(plan.operations.count, "operation")
        let message = "Not in step: \(operations), \(PlanText.counted(plan.conflicts.count, "conflict"))."
        let code: SyncExitCode = plan.conflicts.isEmpty ? .differences : .conflicts
        return CommandResult(code: code.rawValue, message: message, text: "\(message)\n\(shown)", data: data)
    }
}
