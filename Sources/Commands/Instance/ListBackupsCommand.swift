import ArgumentParser
import Backup
import Catalog
import Foundation
import Instances

struct ListBackupsCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list-backups",
            abstract: "Say which instances have a recent, verified backup, and which do not.",
            discussion: """
                Exit code 1 when an instance has none that is younger than --older-than hours: for monitoring.

                Example:
                  \(Program.name) list-backups --older-than 25
                """
        )
    }

    @Option(
        name: .customLong("older-than"),
        help: ArgumentHelp("From which age on a backup is too old.", valueName: "hours")
    )
    var hours = 48.0

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !(hours > 0) { throw ValidationError("--older-than takes a number of hours above 0.") }
    }

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        let limit = Date.now.addingTimeInterval(-hours * 3_600)
        var outcomes: [CommandResult.InstanceOutcome] = []
        var data: [JSON] = []
        for record in try registry.records() {
            let log = BackupLog(home: record.home)
            let newest = try log.newestVerified()
            let isRecent = newest.map { $0.created >= limit } ?? false
            let message = newest.map { "\($0.created.formatted(.iso8601)) \($0.path)" } ?? "no verified backup"
            outcomes.append(.init(name: record.name, ok: isRecent, message: message))
            data.append(
                record.json(with: [
                    "backup": newest?.json ?? .null, "isRecent": .bool(isRecent),
                    "backups": .array(try log.entries().map(\.json)),
                ])
            )
        }
        try OtherUsersNotice.tell(which: "are not in this list", "list-backups")
        let missing = outcomes.count { !$0.ok }
        return CommandResult(
            code: missing == 0 ? SkerryExit.ok.rawValue : SkerryExit.failed.rawValue,
            message: message(outcomes.count, missing),
            text: outcomes.isEmpty ? nil : outcomes.map(Self.line).joined(separator: "\n"),
            instances: outcomes,
            data: .array(data)
        )
    }

    private static func line(_ outcome: CommandResult.InstanceOutcome) -> String {
        let mark = outcome.ok ? Console.painted("ok     ", .green) : Console.painted("MISSING", .red)
        return "\(mark) \(outcome.name): \(outcome.message)"
    }

    private func message(_ all: Int, _ missing: Int) -> String {
        if all == 0 { return "No instance exists yet." }
        if missing == 0 { return "Every instance has a recent verified backup." }
        let limit = "\(hours)".replacing(/\.0$/, with: "")
        return "\(missing) of \(all) instances have no verified backup of the last \(limit) hours."
    }
}
