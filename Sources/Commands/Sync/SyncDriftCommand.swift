import APIClient
import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncDriftCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Say what the destination changed since the last sync, without asking the source. Writes nothing.",
        discussion: """
            Compares the destination with what both sides last agreed on, and names who changed it and when as far as \
            its audit tells. What only the destination has is its own and no drift.

            Example: skerry sync drift --policy team.policy.yaml

            Ends with 0 when the destination is as it was agreed, with 2 when it drifted.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Flag(help: "Also list what only the destination has.")
    var long = false

    func perform() async throws -> CommandResult {
        try await syncing {
            let flow = try await DriftFlow.open(
                policyPath: FlowOptions.absolute(policy),
                statePath: self.flow.state.map(FlowOptions.absolute),
                observer: SyncProgress(isVerbose: self.flow.verbose).observer
            )
            let drift = try await flow.drift()
            try await flow.close()
            let code: SyncExitCode = drift.report.isDrifted ? .differences : .done
            return CommandResult(
                code: code.rawValue,
                message: Self.summary(drift.report),
                text: Self.text(drift, isLong: long),
                data: Self.json(drift)
            )
        }
    }

    static func summary(_ report: DriftReport) -> String {
        let compared =
            "\(PlanText.counted(report.documents, "document")) and \(PlanText.counted(report.variables, "variable"))"
        let counts = DriftReport.Item.Sort.allCases.map { sort in report.items.count { $0.sort == sort } }
        if !report.isDrifted { return "The destination is as it was agreed on (\(compared) compared)." }
        let parts = [(counts[0], "changed"), (counts[1], "missing")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return "The destination drifted: \(parts.joined(separator: ", ")) (\(compared) compared)."
    }

    private static func text(_ drift: DriftWithAuthors, isLong: Bool) -> String {
        var lines = [summary(drift.report)]
        for item in drift.report.items where item.sort != .extra {
            lines += ["", "  \(item.key.title()) — \(item.sort.rawValue)\(author(drift.authors[item.key]))"]
            for field in item.fields.prefix(isLong ? .max : 10) {
                let from = field.from.map(PlanText.short) ?? "(none)"
                let to = field.to.map(PlanText.short) ?? "(none)"
                lines.append("      \(field.path.printable): \(from) → \(to)")
            }
            if !isLong, item.fields.count > 10 { lines.append("      … and \(item.fields.count - 10) more") }
        }
        let extras = drift.report.items.filter { $0.sort == .extra }
        if isLong, !extras.isEmpty {
            lines += ["", "Only the destination has these (\(extras.count)); they are its own:"]
            lines += extras.map { "  - \($0.key.title())" }
        }
        return lines.joined(separator: "\n")
    }

    private static func author(_ entry: HistoryEntry?) -> String {
        guard let entry else { return "" }
        return ", last by \(entry.user.printable) at \(entry.at.timestamp)"
    }

    private static func json(_ drift: DriftWithAuthors) -> JSON {
        var json = drift.report.json
        json["items"] = .array(
            zip(drift.report.items, json["items"]?.arrayValue ?? []).map { item, line in
                guard let entry = drift.authors[item.key] else { return line }
                var line = line
                line["lastChange"] = [
                    "user": .string(entry.user), "at": .string(entry.at.timestamp), "event": .string(entry.id),
                    "userAgent": .string(entry.userAgent),
                ]
                return line
            }
        )
        return json
    }
}
