import ArgumentParser
import Backup
import Catalog
import Foundation
public import Instances
import Store
import SyncRun

/// Turns arguments into a command, and its outcome into output and an exit code.
public enum CommandLineShell {
    /// What has to be decided before the process has a second thread.
    ///
    /// - Parameter arguments: without the name of the program.
    public static func prepare(_ arguments: [String]) {
        if arguments.first == SyncCommand._commandName { HeapMemory.share() }
    }

    /// Runs one command line.
    ///
    /// - Parameters:
    ///   - kind: which of the programs this is.
    ///   - arguments: without the name of the program.
    /// - Returns: the exit code for the process.
    public static func run(_ kind: InstanceKind, _ arguments: [String]) async -> Int32 {
        await Program.$kind.withValue(kind) { await run(arguments) }
    }

    private static var root: any AsyncParsableCommand.Type {
        switch Program.kind {
        case .server: Skerry.self
        case .agent: SkerryAgent.self
        }
    }

    private static func run(_ arguments: [String]) async -> Int32 {
        // Writing to a pipe that was closed (`skerry … | head`) is no reason to die without a word.
        signal(SIGPIPE, SIG_IGN)
        if let failure = unknownCommand(arguments) { return report(failure, asJSON: asksForJSON(arguments)) }
        do {
            var command = try root.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return SkerryExit.ok.rawValue
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            return explain(error, arguments)
        }
    }

    /// Performs a command and prints its outcome.
    static func finish(_ command: some SkerryCommand) async -> Int32 {
        do {
            let result = try await command.perform()
            if command.output.isJSON {
                Console.result(result.json.prettyText())
            } else {
                Console.result(result.text ?? result.message)
            }
            return result.code
        } catch {
            return report(failure(for: error), asJSON: command.output.isJSON)
        }
    }

    private static func report(_ failure: CommandFailure, asJSON: Bool) -> Int32 {
        if asJSON {
            let result = CommandResult(code: failure.code, message: failure.message, data: failure.data)
            Console.result(result.json.prettyText())
        } else {
            Console.error(failure.message)
        }
        return failure.code
    }

    /// Help, a version, or a command line that cannot be understood.
    private static func explain(_ error: any Error, _ arguments: [String]) -> Int32 {
        let text = root.fullMessage(for: error)
        guard root.exitCode(for: error) != .success else {
            Console.result(text)
            return SkerryExit.ok.rawValue
        }
        let advice = joiningAdvice(arguments)
        guard asksForJSON(arguments) else {
            Console.note(text + advice.map { "\n\($0)" }.joined())
            return usageCode(arguments)
        }
        let message = ([root.message(for: error)] + advice).joined(separator: " ")
        return report(CommandFailure(code: usageCode(arguments), message: message), asJSON: true)
    }

    /// For somebody who has an instance named `-x`: such a name has to be joined to its option.
    private static func joiningAdvice(_ arguments: [String]) -> [String] {
        zip(arguments, arguments.dropFirst()).filter { option, value in
            ["--instance", "--new-name", "--from", "--as"].contains(option) && value.hasPrefix("-")
                && !value.hasPrefix("--")
        }.map { "A name that begins with - is joined to its option: \($0)=\($1.prefix(100))" }
    }

    /// The commands of sync have codes of their own, in which 2 means "there are differences".
    private static func usageCode(_ arguments: [String]) -> Int32 {
        arguments.first == SyncCommand._commandName ? SyncExitCode.usage.rawValue : SkerryExit.usage.rawValue
    }

    /// The parser would complain about the first option of a command that it does not know; this names the command.
    private static func unknownCommand(_ arguments: [String]) -> CommandFailure? {
        let commands = root.configuration.subcommands
        let known = commands.map { $0._commandName } + commands.flatMap { $0.configuration.aliases } + ["help"]
        guard let name = arguments.first, !name.hasPrefix("-"), !known.contains(name) else { return nil }
        if let advice = ForeignCommands.advice(for: name, kind: Program.kind) {
            return CommandFailure(.failed, "\(Program.name) has no command \"\(name)\". \(advice)")
        }
        let close = known.filter { $0.hasPrefix(name) || name.hasPrefix($0) || $0.contains(name) }
        let advice =
            close.isEmpty ? "See \(Program.name) --help." : "Did you mean \(close.sorted().joined(separator: " or "))?"
        return CommandFailure(.usage, "There is no command \"\(name.prefix(100))\". \(advice)")
    }

    private static func asksForJSON(_ arguments: [String]) -> Bool {
        if arguments.contains("--json") || arguments.contains("--format=json") { return true }
        return zip(arguments, arguments.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    }

    private static func failure(for error: any Error) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: failure
        case let error as InstanceError: CommandFailure(error.exit, "\(error)")
        case BackupError.passphraseWrong, BackupError.passphraseMissing: CommandFailure(.secret, "\(error)")
        case StoreError.wrongMasterKey: CommandFailure(.secret, "\(error)")
        case is CancellationError: CommandFailure(.failed, "The command was interrupted.")
        default:
            // Typed errors of the other modules describe themselves; anything else is a defect, but still said.
            // (Through Any: the compiler takes the test for always true of an Error, which it is not.)
            (error as Any) is any CustomStringConvertible
                ? CommandFailure(.failed, "\(error)")
                : CommandFailure(.internal, "Something unexpected happened inside skerry: \(error)")
        }
    }
}

extension InstanceError {
    /// The exit code of a command that failed with this error.
    var exit: SkerryExit {
        switch self {
        case .unknown, .noInstance: .instanceMissing
        case .ambiguous: .instanceAmbiguous
        case .broken: .instanceBroken
        case .noPermission, .foreignFiles: .permission
        case .lockTimedOut, .stopTimedOut, .startTimedOut: .timedOut
        case .badSecret: .secret
        case .badRoot, .badName, .nameTaken, .badConfiguration, .badSetting, .portTaken, .portInUse, .homeTaken,
            .databaseTaken, .applicationsTaken,
            .alreadyRunning, .homeNotOurs, .serviceMissing, .serviceProblem, .startFailed, .notAnswering, .unknownUser,
            .fileProblem:
            .failed
        }
    }
}
