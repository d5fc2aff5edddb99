import APIClient
import ArgumentParser
import Catalog
import Foundation
import Sync
import SyncRun

struct SyncBlameCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "blame",
        abstract: "Say who changed something, on which side and when, and which rule decides about it.",
        discussion: """
            From the audit of both servers; for changes that a sync made, also the run, the plan and the rule.

            Examples:
              skerry sync blame "project Database" --policy team.policy.yaml
              skerry sync blame projects/Database.Description --policy team.policy.yaml
              skerry sync blame "variables of project Database.ConnectionString" --policy team.policy.yaml
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var flow: FlowOptions

    @Argument(help: ArgumentHelp("What to look for, as the destination calls it.", valueName: "entity[.field]"))
    var entity: String

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("How many entries of each audit are looked through.", valueName: "count"))
    var limit = 200

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is 1 to 1000.") }
    }

    func perform() async throws -> CommandResult {
        try await syncing {
            let flow = try await flow.open(policyPath: policy)
            let blame = try await flow.blame(entity, limit: limit)
            try await flow.close()
            return CommandResult(
                message: Self.heading(blame),
                text: Self.text(blame),
                data: blame.json
            )
        }
    }

    private static func heading(_ blame: Blame) -> String {
        blame.key.title() + (blame.field.map { " · \($0)" } ?? "")
    }

    private static func text(_ blame: Blame) -> String {
        let decides =
            switch blame.owner.owner {
            case .source: "The source decides about it"
            case .destination: "The destination decides about it"
            case .derived: "The server makes it by itself"
            }
        var lines = [heading(blame), "\(decides) (\(blame.owner.rule)).", ""]
        for side in blame.hidden { lines.append("The audit of the \(side.rawValue) cannot be seen with this key.") }
        if blame.lines.isEmpty { lines.append("The audits tell of no change.") }
        for line in blame.lines { lines += text(line) }
        return lines.joined(separator: "\n")
    }

    private static func text(_ line: Blame.Line) -> [String] {
        let entry = line.entry
        let what = line.paths.isEmpty ? entry.message : line.paths.prefix(8).joined(separator: ", ")
        var result = [
            "\(entry.at.timestamp)  \(line.side.rawValue)  \(entry.user) \(entry.category.lowercased()): \(what)"
                .printable
        ]
        if line.isGuess { result.append("    this or a neighbour: its list was changed since") }
        guard let origin = entry.origin, let run = origin.run else { return result }
        let place = "run \(run)" + (origin.plan.map { " of plan \($0)" } ?? "")
        result.append("    by a sync: \(place)" + (origin.operation.map { ", operation \($0)" } ?? ""))
        for field in line.operation?.fields ?? [] where isMeant(field.path, line.paths) {
            result.append("    \(field.path): \(field.rule)".printable)
        }
        return result
    }

    private static func isMeant(_ path: String, _ paths: [String]) -> Bool {
        let first = path.split(separator: "/").prefix(2).joined(separator: "/")
        return paths.isEmpty || paths.contains { $0.hasPrefix(first) || first.hasPrefix($0) }
    }
}
