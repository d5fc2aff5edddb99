import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncSecretsCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets",
        abstract: "List what a person must still enter at the destination, and which steps fail without it.",
        discussion: """
            No server tells its secrets, so sync brings accounts, feeds and sensitive variables without them. This is \
            the list of what is missing, by project. Writes to neither server.

            Examples:
              skerry sync secrets --policy team.policy.yaml
              skerry sync secrets --policy team.policy.yaml --done "variables/projects/Shop/Variables/Db.Password"
              skerry sync secrets --policy team.policy.yaml --hand-over accounts/Cloud/SecretKey

            --done is for destinations that do not tell whether a sensitive variable has a value. --hand-over lets the \
            policy's provider replace a value that a person entered; without it that stays.

            Ends with 0 when nothing is missing, with 2 when something is.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("It is entered at the destination. May be given several times.", valueName: "name"))
    var done: [String] = []

    @Option(help: ArgumentHelp("The provider may replace what stands at the destination.", valueName: "name"))
    var handOver: [String] = []

    @Flag(help: "List also what is set.")
    var all = false

    func perform() async throws -> CommandResult {
        try await syncing {
            let flow = try await flow.open(policyPath: policy)
            let marks = done.map(SecretMark.done) + handOver.map(SecretMark.handOver)
            let report = try await flow.secretReport(marking: marks)
            try await flow.close()
            for warning in report.warnings { Console.note("warning: \(warning)") }
            return result(report)
        }
    }

    private func result(_ report: SecretReport) -> CommandResult {
        let open = report.items.filter { $0.need.isOpen }
        let waiting = open.filter { !report.planned.contains($0.need.place) }
        let message =
            open.isEmpty
            ? "Nothing is missing at the destination."
            : "\(PlanText.counted(open.count, "value")) missing at the destination"
                + (waiting.count < open.count ? "; a provider has \(open.count - waiting.count) of them." : ".")
        let code: SyncExitCode = open.isEmpty ? .done : .differences
        return CommandResult(
            code: code.rawValue,
            message: message,
            text: listing(all ? report.items : open, report).text(catalog: .standard) + message,
            data: [
                "open": .int(open.count), "provided": .int(open.count - waiting.count),
                "secrets": .array(report.items.map { Self.json($0, report) }),
                "warnings": JSON(report.warnings),
            ]
        )
    }

    private func listing(_ items: [SecretReport.Item], _ report: SecretReport) -> SecretListing {
        let since = Dictionary(items.map { ($0.need.place, $0.since) }) { first, _ in first }
        return SecretListing(items.map(\.need), since: since, planned: report.planned)
    }

    private static func json(_ item: SecretReport.Item, _ report: SecretReport) -> JSON {
        var json = item.need.json
        json["name"] = .string(item.need.name)
        json["since"] = .string(item.since)
        json["willBeProvided"] = .bool(report.planned.contains(item.need.place))
        json["neededBy"] = .array(item.need.neededBy.map(\.json))
        json["needCount"] = .int(item.need.needCount)
        return json
    }
}
