import APIClient
import ArgumentParser
import Foundation

/// The server that a command writes to over the REST API, and the key that it uses there.
struct ServerTarget: ParsableArguments {
    @Option(help: ArgumentHelp("The address of the server.", valueName: "url"))
    var url: String

    @Option(help: ArgumentHelp("The space, by name or id.", valueName: "space"))
    var space = "Default"

    @Option(
        name: .customLong("apiKeyEnvironment"),
        help: ArgumentHelp("The environment variable that holds the API key.", valueName: "name")
    )
    var keyVariable = "SKERRY_API_KEY"

    /// - Parameter program: what the server's audit log calls the client.
    func connect(as program: String) async throws -> DestinationClient {
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
            origin: RequestOrigin(program: program)
        )
    }
}
