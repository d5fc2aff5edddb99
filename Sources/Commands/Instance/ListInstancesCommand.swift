import ArgumentParser
import Catalog
import Instances

struct ListInstancesCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list-instances",
            abstract: "List the \(Program.kind.rawValue) instances of this machine (or user) with their state.",
            discussion: """
                An instance is running, starting, stopped or broken (its configuration is missing or cannot be read). The \
                default instance is marked with a star. Root is told which users of the machine have instances of their own.

                Examples:
                  \(Program.name) list-instances
                  \(Program.name) list-instances --format json
                """
        )
    }

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let rows = try InstanceContext.registry().overview()
        let message =
            rows.isEmpty
            ? "No instance exists yet. Create one with: \(Program.name) create-instance"
            : "\(Console.counted(rows.count, "instance"))."
        for row in rows { if let problem = row.problem { Console.note("\(problem)") } }
        try OtherUsersNotice.tell(which: "are not in this list", "list-instances")
        return CommandResult(
            message: message,
            text: rows.isEmpty ? message : Self.table(rows),
            instances: rows.map {
                .init(
                    name: $0.record.name,
                    ok: $0.state != .broken,
                    message: $0.problem.map { "\($0)" } ?? $0.state.rawValue
                )
            },
            data: .array(rows.map(Self.json))
        )
    }

    private static func json(_ row: InstanceOverview) -> JSON {
        row.record.json(with: [
            "state": .string(row.state.rawValue), "pid": row.processID.map { .int(Int($0)) } ?? .null,
            "addresses": JSON(row.addresses),
        ])
    }

    private static func table(_ rows: [InstanceOverview]) -> String {
        let cells = rows.map { row in
            [
                (row.record.isDefault ? "* " : "  ") + row.record.name, row.state.rawValue,
                row.addresses.joined(separator: " "), row.record.home,
            ]
        }
        let lines = [["  NAME", "STATE", "ADDRESS", "HOME"]] + cells
        let widths = (0..<4).map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.enumerated().map { index, cells in
            cells.enumerated().map { column, cell in
                let padded = column == 3 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
                return index > 0 && column == 1 ? Console.painted(padded, colour(rows[index - 1].state)) : padded
            }.joined()
        }.joined(separator: "\n")
    }

    private static func colour(_ state: InstanceOverview.State) -> Console.Colour {
        switch state {
        case .running: .green
        case .starting: .yellow
        case .stopped: .bold
        case .broken: .red
        }
    }
}
