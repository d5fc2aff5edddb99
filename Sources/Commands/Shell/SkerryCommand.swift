public import ArgumentParser
import Catalog
import Foundation

/// A command of `skerry`. It returns what it found; the shell prints it as text or JSON and sets the exit code.
public protocol SkerryCommand: AsyncParsableCommand {
    var output: OutputOptions { get }

    /// Does the work. Results are returned, progress goes to ``Console``, problems are thrown: a ``CommandFailure``, or
    /// any error whose description tells people what to do.
    func perform() async throws -> CommandResult
}

extension SkerryCommand {
    public mutating func run() async throws {
        throw ExitCode(await CommandLineShell.finish(self))
    }
}

public enum OutputFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
    case text, json
}

/// How a command prints its result. Every command has these options.
public struct OutputOptions: ParsableArguments {
    @Option(help: "How the result is printed: text for people, or json for programs.")
    public var format = OutputFormat.text

    @Flag(name: .customLong("json"), help: "The same as --format json.")
    public var wantsJSON = false

    public init() {}

    public var isJSON: Bool { wantsJSON || format == .json }
}

/// Which instance a command is for. Every command for one instance has this option.
public struct InstanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The name of the instance.",
            discussion: "Without it: the instance named in SKERRY_INSTANCE, else the default instance.",
            valueName: "name"
        )
    )
    public var instance: String?

    public init() {}
}

/// Every command that changes something takes this.
public struct DryRunOption: ParsableArguments {
    @Flag(name: .customLong("dry-run"), help: "Check everything, say what would be done, and change nothing.")
    public var isOn = false

    public init() {}
}
