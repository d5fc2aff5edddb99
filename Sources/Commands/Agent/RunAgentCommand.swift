import Agent
import ArgumentParser
import Catalog
import Foundation
import Instances
import Logging
import Server
import ServiceLifecycle
import UnixSignals

struct RunAgentCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run an agent until it is told to stop.",
        discussion: """
            Prints "listening on https://…" once it answers, and stops at SIGTERM or SIGINT (Ctrl-C). An instance runs \
            once; list-instances shows where.

            Examples:
              skerry-agent run
              skerry-agent run --instance "My Agent"
            """,
        aliases: ["agent"]
    )

    @OptionGroup var instance: InstanceOptions
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let settings = try context.registry.agentConfiguration(of: context.record)
        let identity = try AgentIdentityFile(paths: context.registry.paths, slug: context.record.slug).read()
        let running = try RunningInstance.claim(context.record, in: context.registry)
        try await Self.serve(settings, identity, context, as: running)
        try running.withdraw()
        return CommandResult(
            message: "The instance \"\(context.record.name)\" has stopped.",
            instances: [.init(name: context.record.name)]
        )
    }

    private static func serve(
        _ settings: AgentConfiguration,
        _ identity: AgentIdentity,
        _ context: InstanceContext,
        as running: RunningInstance
    ) async throws {
        var logger = Logger(label: "skerry-agent", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
        logger[metadataKey: "instance"] = "\(context.record.slug)"
        let agent = AgentServer(
            configuration: settings,
            identity: identity,
            version: SkerryVersion.current,
            logger: logger
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: agent), .init(service: Heartbeat(running: running))],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { try announce(try await agent.addresses(), as: running) }
            try await tasks.waitForAll()
        }
    }

    private static func announce(_ addresses: [String], as running: RunningInstance) throws {
        try running.beat()
        try running.publish(
            RunState(
                processID: ProcessInfo.processInfo.processIdentifier,
                isReady: true,
                addresses: addresses,
                version: SkerryVersion.current
            )
        )
        for address in addresses { Console.result("listening on \(address)") }
        if addresses.isEmpty { Console.result("running, and taking no connections") }
        SystemdNotification.send("READY=1")
        StartingCode.letGo()
    }
}

/// Says again and again that the process is well: to systemd, and in a file that `livez` looks at.
private struct Heartbeat: Service {
    let running: RunningInstance

    func run() async throws {
        let period = min(SystemdNotification.watchdogPeriod ?? .seconds(10), .seconds(10))
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: period)
                try? running.beat()
                SystemdNotification.send("WATCHDOG=1")
            }
        }
    }
}
