import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncStatusCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say project by project how far both sides are in step. Writes nothing.",
        discussion: """
            up to date           nothing to do
            source ahead         the source changed; a sync would bring it over
            destination drifted  the destination changed something that sync leaves alone
            diverged             both, in different places
            conflict             both changed the same; `skerry sync resolve` asks you which holds

            Examples:
              skerry sync status --policy team.policy.yaml
              skerry sync status --policy team.policy.yaml --html status.html

            Ends with 0 when everything is up to date, with 2 when it is not, with 3 when there are conflicts.
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions
    @OptionGroup var decisions: ResolutionOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Flag(help: "Also list what is up to date, and every line of the rest.")
    var long = false

    @Option(
        help: ArgumentHelp(
            "Also write it as one page for a browser: nothing to install, no network.",
            valueName: "file"
        )
    )
    var html: String?

    func perform() async throws -> CommandResult {
        try await syncing {
            var flow = try await flow.open(policyPath: policy)
            flow.settings.resolutions = try decisions.load(policyPath: policy)
            let status = try await flow.status()
            try await flow.close()
            if let html {
                try TextFile.write(StatusPage.html(of: status, at: Date().timestamp), to: html, what: "The page")
            }
            let code: SyncExitCode =
                switch status.state {
                case .upToDate: .done
                case .conflict: .conflicts
                default: .differences
                }
            return CommandResult(
                code: code.rawValue,
                message: StatusText.summary(status),
                text: StatusText.text(status, isLong: long),
                data: status.json
            )
        }
    }
}

/// A status as a table.
enum StatusText {
    static func summary(_ status: SyncStatus) -> String {
        let counts = SyncStatus.State.allCases.compactMap { state -> String? in
            let count = status.count(state)
            return count == 0 ? nil : "\(count) \(state.title)"
        }
        let projects = PlanText.counted(status.projects.count, "project")
        let shared = status.shared.filter { $0.state != .upToDate }.map(\.name)
        return "\(projects): \(counts.isEmpty ? "none" : counts.joined(separator: ", "))."
            + (shared.isEmpty ? "" : " Shared things to look at: \(shared.joined(separator: ", ")).")
    }

    static func text(_ status: SyncStatus, isLong: Bool) -> String {
        var lines = [
            "From \(status.source.url), space \(status.source.spaceName)",
            "to   \(status.destination.url), space \(status.destination.spaceName)", "", summary(status),
        ]
        lines += table("Project", status.projects, isLong)
        lines += table("Shared", status.shared, isLong)
        return lines.joined(separator: "\n")
    }

    private static func table(_ title: String, _ all: [SyncStatus.Subject], _ isLong: Bool) -> [String] {
        let shown = isLong ? all : all.filter { $0.state != .upToDate || $0.secrets > 0 }
        guard !shown.isEmpty else { return [] }
        let width = min(max(shown.map(\.name.count).max() ?? 0, title.count), 50)
        var lines = [
            "", row(title, "State", ["changes", "drift", "conflicts", "to fill in"], width),
        ]
        for subject in shown {
            let counts = [subject.changes, subject.drifts, subject.conflicts, subject.secrets]
            let line = row(
                subject.name.printable,
                subject.state.title,
                counts.map { $0 == 0 ? "" : String($0) },
                width
            )
            lines.append(Console.painted(line, subject.state.colour))
            let details = subject.lines.filter { isLong || $0.sort == .conflict || $0.sort == .drift }
            lines += details.prefix(isLong ? .max : 3).map { "    \($0.subject): \($0.text)".printable }
            if !isLong, details.count > 3 { lines.append("    … and \(details.count - 3) more; --long lists all") }
        }
        return lines
    }

    private static func row(_ name: String, _ state: String, _ counts: [String], _ width: Int) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
        }
        let line =
            "  \(padded(name, width))  \(padded(state, 19))  "
            + counts.map { padded($0, 10) }.joined(separator: " ")
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}

extension SyncStatus.State {
    fileprivate var colour: Console.Colour {
        switch self {
        case .upToDate: .green
        case .conflict: .red
        default: .yellow
        }
    }
}
