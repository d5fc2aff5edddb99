import ArgumentParser
import Catalog
import Foundation
import FrontDoor
import Instances
import Logging
import Server
import ServiceLifecycle
import UnixSignals

struct FrontDoorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "front-door",
        abstract: "Let several servers share one host and one port.",
        discussion: """
            Servers share a port when their addresses differ in the path or in the host name:

              skerry configure --instance one --webListenPrefixes http://my-octopus/group1
              skerry configure --instance two --webListenPrefixes http://my-octopus/group2

            The front door owns such ports and passes requests on; it follows what is configured, created and deleted \
            without dropping a request. nginx can do the same: skerry front-door nginx prints the site for it. Servers \
            that are alone on their port need neither.
            """,
        subcommands: [FrontDoorRunCommand.self, FrontDoorShowCommand.self, FrontDoorNginxCommand.self],
        defaultSubcommand: FrontDoorRunCommand.self
    )
}

struct FrontDoorRunCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the front door of this machine until it is told to stop.",
        discussion: """
            Stops at SIGTERM or SIGINT (Ctrl-C) after the requests at hand are done. With systemd, \
            skerry service --install of a server that shares a port installs it as skerry-front-door.service; the \
            supervisor runs it whenever it is needed.

            Example:
              skerry front-door
            """
    )

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        let claim = try FrontDoorClaim(registry, version: SkerryVersion.current)
        var logger = Logger(label: "skerry-front-door", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .info
        let door = FrontDoor(logger: logger) { try registry.frontDoorPlan() }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: door)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        SystemdNotification.send("READY=1")
        StartingCode.letGo()
        try await group.run()
        withExtendedLifetime(claim) {}
        return CommandResult(message: "The front door has stopped.")
    }
}

struct FrontDoorShowCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Say which addresses are shared, and by which servers.",
        discussion: """
            Example:
              skerry front-door show --json
            """
    )

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        let plan = try registry.frontDoorPlan()
        let state = registry.hasFrontDoor ? "The front door runs." : "The front door does not run."
        let message = plan.isNeeded ? state : "No server shares its address with another: no front door is needed."
        return CommandResult(
            message: message,
            text: ([message] + plan.routes.map { "  \($0.prefix)  \($0.name)" }).joined(separator: "\n"),
            instances: plan.routes.map { .init(name: $0.name, message: "\($0.prefix)") },
            data: [
                "running": .bool(registry.hasFrontDoor), "listeners": JSON(plan.listeners.map(\.url)),
                "routes": .array(
                    plan.routes.map { route in
                        [
                            "address": .string("\(route.prefix)"), "instance": .string(route.slug),
                            "socket": .string(route.socket),
                        ]
                    }
                ),
            ]
        )
    }
}

struct FrontDoorNginxCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "nginx",
        abstract: "Print a site for nginx that does what the front door does.",
        discussion: """
            The user of nginx must be able to reach the sockets that the site names. Make the site anew when instances or \
            their addresses change.

            Example:
              skerry front-door nginx > /etc/nginx/sites-enabled/skerry && nginx -t && nginx -s reload
            """
    )

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let plan = try InstanceContext.registry().frontDoorPlan()
        guard plan.isNeeded else {
            throw CommandFailure(
                .failed,
                "No server shares its address with another. Give servers a path or a host name each: skerry configure "
                    + "--webListenPrefixes http://my-octopus/group1"
            )
        }
        let text = try NginxSite(plan).text
        return CommandResult(message: "A site for nginx.", text: text, data: ["site": .string(text)])
    }
}
