import ArgumentParser
import Catalog
import Instances

struct RunCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the server of an instance until it is told to stop.",
        discussion: """
            Prints "listening on http://…" for each address once it answers requests, and stops at SIGTERM or SIGINT \
            (Ctrl-C) after the requests at hand are done. An instance runs once; list-instances shows where.

            Examples:
              skerry run
              skerry run --instance production
            """
    )

    @OptionGroup var instance: InstanceOptions
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let prepared = try PreparedInstance(try InstanceContext(instance))
        let running = try RunningInstance.claim(prepared.record, in: prepared.registry)
        try await prepared.serve(as: running)
        try running.withdraw()
        return CommandResult(
            message: "The instance \"\(prepared.record.name)\" has stopped.",
            instances: [.init(name: prepared.record.name)]
        )
    }
}
