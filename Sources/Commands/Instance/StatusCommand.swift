import Agent
import ArgumentParser
import Catalog
import Foundation
import Instances

struct StatusCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "status",
            abstract: "Say how an instance is: state, version, addresses, service, files.",
            discussion: """
                Exit code 0 when every named instance runs, 1 when one does not.

                Examples:
                  \(Program.name) status
                  \(Program.name) status --all --json
                """
        )
    }

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        var statuses: [InstanceStatus] = []
        for context in try selection.contexts() { statuses.append(try await Self.status(context)) }
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

    /// A running agent is asked, and has to prove who it is.
    private static func status(_ context: InstanceContext) async throws -> InstanceStatus {
        var status = try InstanceStatus(of: context.record, in: context.registry)
        guard status.agent != nil, status.overview.state == .running, let address = status.overview.addresses.first
        else { return status }
        do {
            let file = AgentIdentityFile(paths: context.registry.paths, slug: context.record.slug)
            _ = try await AgentProbe.status(at: address, of: try file.read())
        } catch {
            status.overview.state = .starting
            status.overview.problem = .notAnswering(name: context.record.name, address: address, reason: "\(error)")
        }
        return status
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
        ]
        lines +=
            status.agent.map(agentLines) ?? [
                "  database       \(status.databaseBytes.map { "\($0) bytes" } ?? "none yet")"
            ]
        if let problem = overview.problem { lines.append("  problem        \(problem)") }
        return lines.joined(separator: "\n")
    }

    private static func json(_ status: InstanceStatus) -> JSON {
        let overview = status.overview
        var object: JSONObject = [
            "state": .string(overview.state.rawValue), "pid": overview.processID.map { .int(Int($0)) } ?? .null,
            "version": status.version.map(JSON.string) ?? .null, "addresses": JSON(overview.addresses),
            "service": status.service.map(JSON.string) ?? .null,
            "databaseBytes": status.databaseBytes.map(JSON.int) ?? .null,
            "problem": overview.problem.map { .string("\($0)") } ?? .null,
        ]
        if let agent = status.agent {
            object["databaseBytes"] = JSON?.none
            object["thumbprint"] = agent.thumbprint.map(JSON.string) ?? .null
            object["certificateExpires"] = agent.certificateExpires.map { .string($0.formatted(.iso8601)) } ?? .null
            object["applicationDirectory"] = .string(agent.applications)
            object["trustedServers"] = JSON(agent.trustedServers)
        }
        return overview.record.json(with: object)
    }

    private static func agentLines(_ agent: InstanceStatus.Agent) -> [String] {
        [
            "  applications   \(agent.applications)", "  thumbprint     \(agent.thumbprint ?? "unreadable")",
            "  certificate    \(agent.certificateExpires.map { "until \($0.formatted(.iso8601))" } ?? "unreadable")",
            "  trusts         \(agent.trustedServers.isEmpty ? "nobody yet" : agent.trustedServers.joined(separator: ", "))",
        ]
    }
}
