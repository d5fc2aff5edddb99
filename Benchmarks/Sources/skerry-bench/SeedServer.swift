import APIClient
import ArgumentParser
import Catalog

/// Fills a running server with projects of a usual size.
struct SeedServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seed",
        abstract: "Create projects at a server; the key comes from SKERRY_API_KEY."
    )

    @Option(help: "The address of the server.")
    var url: String

    @Option(help: "How many projects.")
    var projects = 60

    func run() async throws {
        let key = try BenchKey.fromEnvironment("SKERRY_API_KEY")
        let client = try await DestinationClient.connect(to: url, key: key, space: "Default")
        let group = try await client.list(.projectGroups)[0]["Id"] ?? nil
        let lifecycle = try await client.list(.lifecycles)[0]["Id"] ?? nil
        for number in 1...projects {
            _ = try await client.create(
                .projects,
                [
                    "Name": .string("Project \(number)"), "Description": "For measuring", "ProjectGroupId": group,
                    "LifecycleId": lifecycle,
                ]
            )
        }
        print("\(projects) projects")
    }
}
