import ArgumentParser
import Foundation
import Instances
import Logging
import Manager
import Server
import Subprocess

struct ManagerCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "manager",
        abstract: "Serve the web page that manages the instances of this machine.",
        discussion: """
            Prints a link that opens the page, once, in one browser; only this machine can reach it. On a desktop the browser \
            is opened. Everything that the page does are commands of skerry and skerry-agent, and it shows them as a script \
            before and after they run. The page ends with this command (Ctrl-C).

            Example:
              skerry manager --port 8090
            """
    )

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Flag(inversion: .prefixedNo, help: "Open the link in a browser. Without this: on a desktop, from a terminal.")
    var open: Bool?

    /// The directory of work that the manager has begun: another process of this program does it.
    @Option(name: .customLong("carry-out"), help: .hidden) var job: String?

    /// Where the programs are, for a program whose own file an upgrade has removed.
    @Option(help: .hidden) var programs: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes 0 to 65535.") }
    }

    func perform() async throws -> CommandResult {
        let paths = try InstanceContext.registry().paths
        let runner = CommandRunner(
            folder: programs ?? DurableFile.directory(of: ServiceManagers.executable),
            paths: paths
        )
        if let job {
            try await JobWorker(directory: job, runner: runner).run()
            return CommandResult(message: "The work is over.")
        }
        var logger = Logger(label: "skerry.manager", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .error
        let manager = ManagerApplication(
            runner: runner,
            paths: paths,
            version: SkerryVersion.current,
            port: port,
            logger: logger
        )
        let opens = open ?? (isatty(STDOUT_FILENO) == 1 && Self.hasDesktop)
        try await manager.run { link in
            Console.result("Open \(link)")
            Console.note("The link is good for one browser. Stop with Ctrl-C.")
            if opens { await Self.open(link) }
        }
        return CommandResult(message: "The manager has stopped.")
    }

    private static var hasDesktop: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil
    }

    private static func open(_ link: String) async {
        _ = try? await Subprocess.run(
            .name("xdg-open"),
            arguments: [link],
            output: .discarded,
            error: .discarded
        )
    }
}
