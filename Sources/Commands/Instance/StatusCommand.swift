import ArgumentParser
import Catalog
import Instances

struct StatusCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say how an instance is: state, version, addresses, service, files.",
        discussion: """
            Exit code 0 when every named instance runs, 1 when one does not.

            Examples:
              skerry status
              skerry status --all --json
            """
    )

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let statuses = try selection.contexts().map { try InstanceStatus(of: $0.record, in: $0.registry) }
        let down = statuses.filter { $0.overview.state != .running }
        return CommandResult(
            code: down.isEmpty ? SkerryExit.ok.rawValue : SkerryExit.failed.rawValue,
            message: down.isEmpty ? "Running." : "\(down.count) of \(statuses.count) instances do not run.",
            text: statuses.map(Self.text).joined(separator: "\n\n"),
            instances: statuses.map {
                .init(
                    name: $0.overview.record.name,
                    ok: $0.overview.state == .running,
                    message: $0.overview.state.rawValue
                )
            },
            data: .array(statuses.map(Self.json))
        )
    }

    private static func text(_ status: InstanceStatus) -> String {
        let overview = status.overview
        let process = overview.processID.map { " (process \($0))" } ?? ""
        var lines = [
            Console.painted(overview.record.name, .bold) + (overview.record.isDefault ? ", the default instance" : ""),
            "  state          \(overview.state.rawValue)\(process)",
            "  version        \(status.version ?? "-")",
            "  addresses      \(overview.addresses.joined(separator: ", "))",
            "  service        \(status.service ?? "none")",
            "  runs as        \(overview.record.user)",
            "  configuration  \(overview.record.configurationFile)",
            "  home           \(overview.record.home)",
            "  database       \(status.databaseBytes.map { "\($0) bytes" } ?? "none yet")",
        ]
        if let problem = overview.problem { lines.append("  problem        \(problem)") }
        return lines.joined(separator: "\n")
    }

    private static func json(_ status: InstanceStatus) -> JSON {
        let overview = status.overview
        return overview.record.json(with: [
            "state": .string(overview.state.rawValue), "pid": overview.processID.map { .int(Int($0)) } ?? .null,
            "version": status.version.map(JSON.string) ?? .null, "addresses": JSON(overview.addresses),
            "service": status.service.map(JSON.string) ?? .null,
            "databaseBytes": status.databaseBytes.map(JSON.int) ?? .null,
            "problem": overview.problem.map { .string("\($0)") } ?? .null,
        ])
    }
}
