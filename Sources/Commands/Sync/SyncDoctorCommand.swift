import ArgumentParser
import Catalog
import Foundation
import SyncRun

struct SyncDoctorCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check all that a sync depends on, before it is needed. Writes nothing.",
        discussion: """
            Reachability, spaces, versions, clocks, the state file, and what the two API keys may do: the exact \
            permissions that this policy needs and the keys lack, and those that they have and should not. With \
            --roles FILE it writes two role definitions that grant exactly what is needed; POST each to /api/userroles, \
            or make the roles by hand.

            Example: skerry sync doctor --policy team.policy.yaml --roles roles.json

            Ends with 0 when nothing is in the way, else with the code of the first problem (8: permissions).
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: ArgumentHelp("The policy file.", valueName: "file"))
    var policy: String

    @Option(help: ArgumentHelp("The state file, when it is not beside the policy.", valueName: "file"))
    var state: String?

    @Option(help: ArgumentHelp("Where to write the two role definitions, as JSON.", valueName: "file"))
    var roles: String?

    @OptionGroup var requests: RequestLogOptions

    func perform() async throws -> CommandResult {
        try await syncing {
            let doctor = try Doctor(
                policyPath: FlowOptions.absolute(policy),
                statePath: state.map(FlowOptions.absolute),
                options: try requests.logged()
            )
            let diagnosis = await doctor.diagnose()
            let definitions = JSON.array(diagnosis.roles)
            if let roles {
                do {
                    try Data((definitions.prettyText() + "\n").utf8).write(
                        to: URL(fileURLWithPath: roles),
                        options: .atomic
                    )
                } catch {
                    throw CommandFailure(.failed, "\(roles) cannot be written: \(error.localizedDescription)")
                }
            }
            let problems = diagnosis.findings.count { $0.level == .problem }
            return CommandResult(
                code: diagnosis.exitCode.rawValue,
                message: problems == 0 ? "Nothing is in the way." : "\(problems) problem\(problems == 1 ? "" : "s").",
                text: Self.text(diagnosis, roles: roles),
                data: [
                    "findings": .array(
                        diagnosis.findings.map { finding in
                            [
                                "side": .string(finding.side), "check": .string(finding.check),
                                "level": .string(finding.level.rawValue), "text": .string(finding.text),
                            ]
                        }
                    ),
                    "roles": definitions,
                ]
            )
        }
    }

    private static func text(_ diagnosis: Diagnosis, roles: String?) -> String {
        var lines = diagnosis.findings.map { finding in
            let mark =
                switch finding.level {
                case .ok: Console.painted("ok      ", .green)
                case .warning: Console.painted("warning ", .yellow)
                case .problem: Console.painted("problem ", .red)
                }
            return "\(mark) \(finding.side) \(finding.check): \(finding.text)"
        }
        if let roles {
            lines.append("The roles that grant exactly what is needed are in \(roles).")
        } else if diagnosis.exitCode == .permissions {
            lines.append("--roles FILE writes roles that grant exactly what is needed.")
        }
        return lines.joined(separator: "\n")
    }
}
