import ArgumentParser
import Sample

/// `skerry sample`: the made-up company that the guides and the demo use.
struct SampleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Fill a server with the sample company OctoFX.",
        discussion: """
            OctoFX trades currencies. Its server holds four environments, lifecycles, projects with processes, channels
            and runbooks, variables, tenants, accounts, feeds: enough to try everything that Skerry does.

            Documents that are there already stay as they are, so that both commands can be run again.

            Example:
              SKERRY_API_KEY=API-… skerry sample load --url http://127.0.0.1:8065
            """,
        subcommands: [SampleLoadCommand.self, SampleChangeCommand.self]
    )
}

struct SampleLoadCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Create the sample company.",
        discussion: "Example:\n  SKERRY_API_KEY=API-… skerry sample load --url http://127.0.0.1:8065"
    )

    @OptionGroup var target: ServerTarget
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        var loader = SampleLoader(client: try await target.connect(as: "skerry-sample"), progress: Console.note)
        try await loader.load()
        return CommandResult(message: "The sample company OctoFX is at \(target.url), space \(target.space).")
    }
}

struct SampleChangeCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "change",
        abstract: "Change the sample company as developers would in its second week.",
        discussion: "Example:\n  SKERRY_API_KEY=API-… skerry sample change --url http://127.0.0.1:8065"
    )

    @OptionGroup var target: ServerTarget
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        var loader = SampleLoader(client: try await target.connect(as: "skerry-sample"), progress: Console.note)
        try await loader.change()
        return CommandResult(message: "The second week of OctoFX is at \(target.url), space \(target.space).")
    }
}
