import Catalog
import Foundation
import TestSupport
import Testing

/// Two servers whose ids do not overlap, a policy between them, and the sync commands of the real program.
struct SyncPair: Sendable {
    var source: TestServer
    var destination: TestServer
    var folder: String
    var policyPath: String
    var planPath: String

    /// - Parameter settings: further options of `configure` for both servers.
    static func withPair<Result>(
        policy: String = "",
        settings: [String] = [],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SyncPair) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { folder in
            try await withServer("DevTest", firstID: 500_001, settings, in: "\(folder)/source") { source in
                try await withServer("Production", firstID: 700_001, settings, in: "\(folder)/destination") {
                    destination in
                    let pair = SyncPair(
                        source: source,
                        destination: destination,
                        folder: folder,
                        policyPath: "\(folder)/policy.yaml",
                        planPath: "\(folder)/sync.skplan"
                    )
                    try pair.writePolicy(policy)
                    return try await body(pair)
                }
            }
        }
    }

    /// Keeps Staging and Production, and what was Test becomes Staging.
    static let environments = """
        environments:
          Development: drop
          Test: [Staging]
          "*": same
        variables: {collision: prefer(Staging)}
        """

    func writePolicy(
        _ settings: String,
        sourceAddress: String? = nil,
        destinationAddress: String? = nil
    ) throws {
        let text = """
            apiVersion: skerry.sync/v1
            source: {url: "\(sourceAddress ?? source.address)", auth: env:SKERRY_SOURCE_KEY}
            destination: {url: "\(destinationAddress ?? destination.address)", auth: env:SKERRY_DESTINATION_KEY}
            \(settings)
            """
        try text.write(toFile: policyPath, atomically: true, encoding: .utf8)
    }

    var program: SkerryProgram {
        var program = SkerryProgram(root: "\(folder)/runner")
        program.environment = ["SKERRY_SOURCE_KEY": source.key, "SKERRY_DESTINATION_KEY": destination.key]
        return program
    }

    func sync(
        _ arguments: String...,
        environment: [String: String] = [:],
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        var program = program
        program.environment.merge(environment.mapValues { $0 }) { $1 }
        return try await program.run(["sync"] + arguments, limit: .seconds(600))
    }

    func plan(isolation: isolated (any Actor)? = #isolation) async throws -> FinishedProcess {
        try await sync("plan", "--policy", policyPath, "--out", planPath, "--json")
    }

    func apply(
        environment: [String: String] = [:],
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        try await sync("apply", planPath, "--json", environment: environment)
    }

    /// Applies, and is killed at the first boundary of the journal and then at one after the other, until an apply comes to its
    /// end.
    ///
    /// - Parameters:
    ///   - most: of kills; more are an error.
    ///   - place: the boundary at which the apply after so many kills is killed.
    /// - Returns: how often it was killed.
    func applyKilled(
        most: Int,
        isolation: isolated (any Actor)? = #isolation,
        at place: (Int) -> Int
    ) async throws -> Int {
        var cuts = 0
        var last = try await apply(environment: ["SKERRY_TEST_CRASH_AT": "1"])
        while last.exitCode != 0 {
            guard case .signalled(9) = last.ending else { throw CommandFailed(arguments: ["apply"], result: last) }
            cuts += 1
            try #require(cuts <= most)
            last = try await apply(environment: ["SKERRY_TEST_CRASH_AT": String(place(cuts))])
        }
        return cuts
    }

    func verify(isolation: isolated (any Actor)? = #isolation) async throws -> FinishedProcess {
        try await sync("verify", "--policy", policyPath, "--json")
    }

    /// Where ``rollback(_:_:)`` writes its plan.
    var undoPath: String { "\(folder)/undo.skplan" }

    /// Plans to take a run back, the newest one when none is named.
    func rollback(
        _ run: String? = nil,
        _ options: String...,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        let run = if let run { run } else { try await newestRun() }
        let arguments = ["sync", "rollback", run, "--policy", policyPath, "--out", undoPath, "--json"]
        return try await program.run(arguments + options, limit: .seconds(600))
    }

    func newestRun(isolation: isolated (any Actor)? = #isolation) async throws -> String {
        let listed = try await sync("runs", "--policy", policyPath, "--json")
        guard let run = try listed.json()["data"]?["runs"]?[0]?["id"]?.stringValue else {
            throw CommandFailed(arguments: ["runs"], result: listed)
        }
        return run
    }

    /// The same servers and rules, on a machine that remembers nothing of them.
    func onMachine(_ name: String) throws -> SyncPair {
        var other = self
        other.folder = "\(folder)/\(name)"
        other.policyPath = "\(other.folder)/policy.yaml"
        other.planPath = "\(other.folder)/sync.skplan"
        try FileManager.default.createDirectory(atPath: other.folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: policyPath, toPath: other.policyPath)
        return other
    }

    /// The plan as it was written to its file.
    func planFile() throws -> JSON {
        let data = try Data(contentsOf: URL(fileURLWithPath: planPath))
        return try JSON.parse([UInt8](data))["plan"] ?? nil
    }

    /// Plans, applies and verifies, and expects all of it to succeed.
    func syncNow(isolation: isolated (any Actor)? = #isolation) async throws {
        let planned = try await plan()
        guard planned.exitCode == 2 || planned.exitCode == 0 else {
            throw CommandFailed(arguments: ["plan"], result: planned)
        }
        let applied = try await apply()
        guard applied.exitCode == 0 else { throw CommandFailed(arguments: ["apply"], result: applied) }
        let verified = try await verify()
        guard verified.exitCode == 0 else { throw CommandFailed(arguments: ["verify"], result: verified) }
    }
}
