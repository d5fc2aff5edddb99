public import ArgumentParser
import Catalog
import Foundation
import Instances
import Logging
public import Manager
import Server
import Subprocess

enum ManagedKind: String, CaseIterable, ExpressibleByArgument {
    case server, agent

    var kind: InstanceKind { self == .server ? .server : .agent }
}

extension ScriptForm: ExpressibleByArgument {}

struct ManagerCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "manager",
        abstract: "Manage the instances of this machine: on a web page, at a terminal, or by scripts.",
        discussion: """
            Prints a link that opens the page, once, in one browser; only this machine can reach it. On a desktop the browser \
            is opened. Everything that the page does are commands of skerry and skerry-agent, and it shows them as a script \
            before and after they run. The page ends with this command (Ctrl-C).

            With --terminal the same is asked and answered a line at a time, over ssh too. A machine without a person sends \
            the answers through a pipe; the command then ends with 1 when anything was refused or failed.

            With --script nothing is done: the script of an errand is printed. What its page asks for is given as --answer; \
            one that there is not is refused with a list of those that there are. Errands: \
            \(ScriptRequest.errands.joined(separator: ", ")).

            Examples:
              skerry manager --port 8090
              ssh -t HOST skerry manager --terminal
              skerry manager --script create --instance "Group 1" --answer address=http://127.0.0.1:8081/
              skerry manager --script service --kind agent --instance Worker --answer what=renew --as ansible
            """
    )

    @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
    var port = 0

    @Flag(inversion: .prefixedNo, help: "Open the link in a browser. Without this: on a desktop, from a terminal.")
    var open: Bool?

    @Flag(help: "Ask at this terminal instead of serving a page.")
    var terminal = false

    @Option(help: ArgumentHelp("Print the script of this errand, and do nothing.", valueName: "errand"))
    var script: String?

    @Option(help: "With --script: whether it is for a server or an agent.")
    var kind = ManagedKind.server

    @Option(
        help: ArgumentHelp(
            "With --script: the instance that it is about, or the name of the new one.",
            discussion: "Without it: the instance named in SKERRY_INSTANCE, else the default instance.",
            valueName: "name"
        )
    )
    var instance: String?

    @Option(
        name: .customLong("answer"),
        help: ArgumentHelp("With --script: one answer. May be given several times.", valueName: "name=text")
    )
    var answers: [String] = []

    @Option(name: .customLong("as"), help: "With --script: the language of the script.")
    var form = ScriptForm.shell

    /// The directory of work that the manager has begun: another process of this program does it.
    @Option(name: .customLong("carry-out"), help: .hidden) var job: String?

    /// Where the programs are, for a program whose own file an upgrade has removed.
    @Option(help: .hidden) var programs: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes 0 to 65535.") }
        guard !terminal || script == nil else { throw ValidationError("Give either --terminal or --script.") }
        if !terminal, script == nil, instance != nil || !answers.isEmpty {
            throw ValidationError("--instance and --answer belong to --script.")
        }
        for answer in answers where !answer.contains("=") {
            throw ValidationError("--answer \(answer): write it as name=text.")
        }
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
        let core = ManagerCore(runner: runner, paths: paths, version: SkerryVersion.current)
        if let script { return try await printed(script, core) }
        return terminal ? try await atTerminal(core) : try await onPages(core)
    }

    private func printed(_ errand: String, _ core: ManagerCore) async throws -> CommandResult {
        let pairs = answers.map { answer in
            let parts = answer.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
        }
        let variable = ProcessInfo.processInfo.environment["SKERRY_INSTANCE"].flatMap { $0.isEmpty ? nil : $0 }
        let request = ScriptRequest(
            errand: errand,
            kind: kind.kind,
            instance: instance ?? variable,
            answers: Dictionary(pairs) { $1 },
            form: form
        )
        let script = try await core.script(request)
        return CommandResult(
            message: "The script of \(errand).",
            text: script.hasSuffix("\n") ? String(script.dropLast()) : script,
            data: ["script": .string(script)]
        )
    }

    private func atTerminal(_ core: ManagerCore) async throws -> CommandResult {
        if output.isJSON { throw CommandFailure(.usage, "A terminal is for people; for programs there is --script.") }
        if let problem = ManagerTerminal.problem { throw CommandFailure(.usage, problem) }
        var front = TerminalFront(core: core, terminal: ManagerTerminal())
        guard try await front.run() else {
            throw CommandFailure(.failed, "Something was refused or failed; it is said above.")
        }
        return CommandResult(message: "The manager has stopped.")
    }

    private func onPages(_ core: ManagerCore) async throws -> CommandResult {
        var logger = Logger(label: "skerry.manager", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .error
        let manager = ManagerApplication(core: core, port: port, logger: logger)
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
