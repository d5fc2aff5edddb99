import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncLogCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show what was done with a flow, by whom and with what result.",
        discussion: """
            The log is beside the state. Each line holds the hash of the one before, so that a line that was changed or \
            taken out shows.

            Example: skerry sync log --policy team.policy.yaml

            Ends with 9 when a line was changed after it was written.
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("The state file, when it is not beside the policy.", valueName: "file"))
    var state: String?

    @Option(help: ArgumentHelp("How many entries to show, the newest last.", valueName: "count"))
    var last = 20

    func validate() throws {
        guard last > 0 else { throw ValidationError("--last is at least 1.") }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let path = state ?? StateStore.defaultPath(forPolicyAt: FlowOptions.absolute(policy))
            let log = RunLog(forState: FlowOptions.absolute(path))
            let contents = try log.read()
            let broken = contents.brokenAt.map { "Line \($0) of \(log.path) was changed after it was written." }
            let shown = contents.entries.suffix(last)
            var lines = shown.flatMap(Self.text)
            if lines.isEmpty { lines = ["Nothing was done yet."] }
            if let broken { lines.append("\nwarning: \(broken)") }
            return CommandResult(
                code: (broken == nil ? SyncExitCode.done : .guarded).rawValue,
                message: broken
                    ?? PlanText.counted(contents.entries.count, "entry").replacing("entrys", with: "entries"),
                text: lines.joined(separator: "\n"),
                data: [
                    "path": .string(log.path), "entries": .array(shown.map(\.json)),
                    "brokenAt": contents.brokenAt.map(JSON.int) ?? .null,
                ]
            )
        }
    }

    private static func text(_ entry: RunLog.Entry) -> [String] {
        let details = entry.details
        var parts: [String] = []
        if let plan = details["plan"]?.stringValue { parts.append("plan \(plan.prefix(12))") }
        if let run = details["run"]?.stringValue { parts.append("run \(run)") }
        if let count = details["totals"]?["operations"]?.intValue ?? details["operations"]?.intValue {
            parts.append(PlanText.counted(count, "operation"))
        }
        if let count = details["resolutions"]?.arrayValue?.count, count > 0 {
            parts.append(PlanText.counted(count, "decision"))
        }
        if let count = details["documents"]?.intValue { parts.append(PlanText.counted(count, "document")) }
        if let count = details["cleanUp"]?.arrayValue?.count, count > 0 { parts.append("\(count) to fill in") }
        var lines = ["\(entry.at)  \(entry.who)  \(entry.event)  \(parts.joined(separator: ", "))".printable]
        if let problem = details["problem"]?.stringValue {
            lines.append("    \(problem.split(separator: "\n").first ?? "")".printable)
        }
        return lines
    }
}
