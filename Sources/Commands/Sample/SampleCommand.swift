import APIClient
import ArgumentParser
import Catalog
import Foundation
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

/// Where the sample goes.
struct SampleTarget: ParsableArguments {
    @Option(help: ArgumentHelp("The address of the server.", valueName: "url"))
    var url: String

    @Option(help: ArgumentHelp("The space, by name or id.", valueName: "space"))
    var space = "Default"

    @Option(
        name: .customLong("apiKeyEnvironment"),
        help: ArgumentHelp("The environment variable that holds the API key.", valueName: "name")
    )
    var keyVariable = "SKERRY_API_KEY"

    func connect() async throws -> DestinationClient {
        guard let text = ProcessInfo.processInfo.environment[keyVariable], !text.isEmpty else {
            throw CommandFailure(
                .usage,
                "The API key is missing. Put it into the environment variable \(keyVariable)."
            )
        }
        let key = try APIKey(text, from: "the environment variable \(keyVariable)")
        return try await DestinationClient.connect(
            to: url,
            key: key,
            space: space,
            origin: RequestOrigin(program: "skerry-sample")
        )
    }
}

struct SampleLoadCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Create the sample company.",
        discussion: "Example:\n  SKERRY_API_KEY=API-… skerry sample load --url http://127.0.0.1:8065"
    )

    @OptionGroup var target: SampleTarget
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        var loader = SampleLoader(client: try await target.connect(), progress: Console.note)
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

    @OptionGroup var target: SampleTarget
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        var loader = SampleLoader(client: try await target.connect(), progress: Console.note)
        try await loader.change()
        return CommandResult(message: "The second week of OctoFX is at \(target.url), space \(target.space).")
    }
}
