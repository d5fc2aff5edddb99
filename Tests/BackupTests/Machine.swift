import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// One machine of its own with instances, and a directory for backups.
struct Machine: Sendable {
    var skerry: SkerryProgram
    var backups: String
    static let passphrase = "a passphrase for tests"
    static let key = "API-ABCDEFGHIJKLMNOPQRSTUVWX"

    var root: String { skerry.root }
    func home(_ slug: String) -> String { "\(root)/var/lib/skerry/server/\(slug)" }
    func masterKey(_ slug: String) -> Data? {
        FileManager.default.contents(atPath: "\(root)/etc/skerry/server/\(slug)/secrets/master-key")
    }

    /// Creates an instance with an administrator, so that it has a database.
    func create(_ name: String, isolation: isolated (any Actor)? = #isolation) async throws {
        try await succeed("create-instance", "--instance", name)
        try await succeed("configure", "--instance", name, "--webListenPrefixes", "http://127.0.0.1:0/")
        try await succeed("admin", "--instance", name, "--username", "admin", "--apiKey", Self.key)
    }

    @discardableResult
    func succeed(
        _ arguments: String...,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        let result = try await skerry.run(arguments)
        try #require(result.exitCode == 0, "\(arguments): \(result.standardError)\(result.standardOutput)")
        return result
    }

    /// Makes a backup without proving it, and returns its path.
    func backUp(_ name: String, isolation: isolated (any Actor)? = #isolation) async throws -> String {
        let before = Set(files())
        try await succeed("backup", "--to", backups, "--no-verify", "--instance", name)
        return try #require(files().first { !before.contains($0) })
    }

    /// The finished backups.
    func files() -> [String] { everything().filter { $0.hasSuffix(".skerry-backup") }.map { "\(backups)/\($0)" } }

    /// All names in the directory of the backups.
    func everything() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: backups)) ?? []).sorted()
    }

    func names(isolation: isolated (any Actor)? = #isolation) async throws -> [String] {
        let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
        return list.compactMap { $0["name"]?.stringValue }
    }

    /// Runs an instance and hands over a client of it.
    func serve<Result>(
        _ name: String,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (DestinationClient) async throws -> Result
    ) async throws -> Result {
        try await skerry.serve(instance: name) { _, address in
            try await body(
                try await DestinationClient.connect(
                    to: address,
                    key: APIKey(Self.key, from: "the test"),
                    space: "Default"
                )
            )
        }
    }
}

func withMachine<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (Machine) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { root in
        var skerry = SkerryProgram(root: "\(root)/machine")
        skerry.environment["SKERRY_ADMIN_PASSWORD"] = "correct horse battery"
        skerry.environment["SKERRY_BACKUP_PASSPHRASE"] = Machine.passphrase
        skerry.environment["SKERRY_SERVICES"] = "supervisor"
        return try await body(Machine(skerry: skerry, backups: "\(root)/backups"))
    }
}
