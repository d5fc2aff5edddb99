import APIClient
import Catalog
import Foundation
import TestSupport

/// A real `skerry run` on a real port, with an administrator.
struct TestServer: Sendable {
    var program: SkerryProgram
    var instance: String
    var process: RunningProcess
    var address: String
    var key: String
    var client: DestinationClient

    static let password = "correct horse battery"

    /// Documents of a kind, sorted by name.
    func documents(_ kind: KindName, isolation: isolated (any Actor)? = #isolation) async throws -> [JSON] {
        try await client.list(kind).sorted { ($0["Name"]?.stringValue ?? "") < ($1["Name"]?.stringValue ?? "") }
    }

    func document(_ kind: KindName, _ name: String, isolation: isolated (any Actor)? = #isolation) async throws -> JSON?
    {
        try await documents(kind).first { $0["Name"] == .string(name) }
    }

    /// How many events were written so far: what a sync must not raise when it has nothing to do.
    func events(isolation: isolated (any Actor)? = #isolation) async throws -> Int {
        try await client.eventCursor() ?? 0
    }

    /// What changed in the space since so many events were written, the records of syncs left out.
    func changes(since event: Int, isolation: isolated (any Actor)? = #isolation) async throws -> [String] {
        try await client.feed(since: FeedMark(feed: .changes, cursor: event)).changes.map(\.id)
    }

    /// The variables of a project or a library set.
    func variables(of owner: JSON, isolation: isolated (any Actor)? = #isolation) async throws -> [JSON] {
        let set = try await client.get(.variableSets, id: owner["VariableSetId"]?.stringValue ?? "")
        return set["Variables"]?.arrayValue ?? []
    }

    /// Reads a document, changes it, writes it back.
    func edit(
        _ kind: KindName,
        _ id: String,
        isolation: isolated (any Actor)? = #isolation,
        _ change: (inout JSON) -> Void
    ) async throws {
        var document = try await client.get(kind, id: id)
        change(&document)
        _ = try await client.update(kind, id: id, document)
    }
}

/// Runs one instance in a root of its own.
///
/// - Parameters:
///   - firstID: where its ids begin, so that ids of two servers can be told apart.
///   - settings: further options of `configure`.
///   - environment: what the server's differs by from this process's.
func withServer<Result>(
    _ instance: String,
    firstID: Int = 1,
    _ settings: [String] = [],
    environment: [String: String?] = [:],
    in root: String,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (TestServer) async throws -> Result
) async throws -> Result {
    var program = SkerryProgram(root: root)
    for (name, value) in environment { program.environment[name] = value }
    program.environment["SKERRY_ADMIN_PASSWORD"] = TestServer.password
    let key = "API-" + UUID().uuidString.filter { $0 != "-" }
    for arguments in [
        ["create-instance", "--instance", instance],
        [
            "configure", "--instance", instance, "--webListenPrefixes", "http://127.0.0.1:0/", "--firstId",
            String(firstID),
        ] + settings,
        ["admin", "--instance", instance, "--username", "admin", "--apiKey", key],
    ] {
        let result = try await program.run(arguments)
        guard result.exitCode == 0 else { throw CommandFailed(arguments: arguments, result: result) }
    }
    return try await program.serve(instance: instance) { process, address in
        let client = try await DestinationClient.connect(
            to: address,
            key: APIKey(key, from: "the test"),
            space: "Default"
        )
        return try await body(
            TestServer(
                program: program,
                instance: instance,
                process: process,
                address: address,
                key: key,
                client: client
            )
        )
    }
}

struct CommandFailed: Error, CustomStringConvertible {
    var arguments: [String]
    var result: FinishedProcess
    var description: String {
        "skerry \(arguments.joined(separator: " ")) ended with \(result.exitCode): \(result.standardError)\(result.standardOutput)"
    }
}

/// One server in a temporary directory.
func withTemporaryDirectoryServer<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (TestServer) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { folder in try await withServer("Main", in: folder, body) }
}
