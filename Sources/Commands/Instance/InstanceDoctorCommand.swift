import ArgumentParser
import Catalog
import Instances
import Server
import Store

struct InstanceDoctorCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "doctor",
            abstract: "Look for what is most likely wrong with instances, and say what to do.",
            discussion: """
                Looks at the machine and at every instance, or at those that are named, and changes nothing. Each fault \
                has a name, for monitoring. Exit code 1 when something keeps an instance from working; warnings alone \
                are no failure. Faults: \(Fault.allCases.map(\.rawValue).joined(separator: ", ")).

                Examples:
                  \(Program.name) doctor
                  \(Program.name) doctor --instance production --json
                """
        )
    }

    @Option(help: ArgumentHelp("Only this instance; '*' for all, as without it.", valueName: "name"))
    var instance: String?

    @Flag(help: "All instances of this kind, as without it.")
    var all = false

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        let chosen = try instance.flatMap { $0 == "*" ? nil : try InstanceContext(named: $0).record.slug }
        let examination = Examination(
            registry: registry,
            manager: try ServiceManagers.standard(for: registry),
            version: SkerryVersion.current,
            newestSchema: DocumentStore.newestSchema,
            database: Self.look
        )
        let findings = await examination.findings(of: chosen.map { [$0] })
        let faults = findings.filter { !$0.fault.isWarning }
        return CommandResult(
            code: faults.isEmpty ? SkerryExit.ok.rawValue : SkerryExit.failed.rawValue,
            message: findings.isEmpty
                ? "Nothing is wrong."
                : "\(Console.counted(faults.count, "fault")), \(Console.counted(findings.count - faults.count, "warning")).",
            text: findings.isEmpty ? nil : findings.map(Self.text).joined(separator: "\n\n"),
            instances: Self.outcomes(findings),
            data: .array(findings.map(Self.json))
        )
    }

    private static func look(_ path: String) async -> Examination.Database {
        do {
            return .schema(try await DatabaseCopy.schema(of: path) ?? 0)
        } catch {
            return .damaged("\(error)")
        }
    }

    private static func text(_ finding: Finding) -> String {
        let mark = Console.painted(finding.fault.rawValue, finding.fault.isWarning ? .yellow : .red)
        let place = finding.instance.map { " (\($0))" } ?? ""
        return "\(mark)\(place)\n  \(finding.message).\n  \(finding.advice)."
    }

    private static func outcomes(_ findings: [Finding]) -> [CommandResult.InstanceOutcome] {
        Dictionary(grouping: findings.filter { $0.instance != nil }) { $0.instance ?? "" }
            .sorted { $0.key < $1.key }
            .map { name, found in
                .init(
                    name: name,
                    ok: found.allSatisfy(\.fault.isWarning),
                    message: found.map(\.fault.rawValue).joined(separator: ", ")
                )
            }
    }

    private static func json(_ finding: Finding) -> JSON {
        [
            "fault": .string(finding.fault.rawValue), "level": finding.fault.isWarning ? "warning" : "error",
            "instance": finding.instance.map(JSON.string) ?? .null, "message": .string(finding.message),
            "advice": .string(finding.advice),
        ]
    }
}
