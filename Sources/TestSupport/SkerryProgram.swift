public import Catalog
import Foundation

/// The built `skerry` program with a `SKERRY_ROOT` of its own: a machine without any instance but those of the test.
public struct SkerryProgram: Sendable {
    /// The directory that stands for `/`.
    public let root: String
    /// `skerry`, or `skerry-agent`.
    public var program = BuiltProducts.skerry
    /// Changes to the environment of every call.
    public var environment: [String: String?] = [:]

    public init(root: String) { self.root = root }

    /// `skerry-agent` on the same machine.
    public var agent: SkerryProgram {
        var agent = self
        agent.program = BuiltProducts.skerryAgent
        return agent
    }

    /// What the environment of every call is changed by.
    public var variables: [String: String?] {
        ["SKERRY_ROOT": root, "SKERRY_INSTANCE": nil, "SKERRY_ADMIN_PASSWORD": nil, "NO_COLOR": "1"]
            .merging(environment) { $1 }
    }

    /// Runs one command to its end.
    public func run(
        _ arguments: String...,
        input: String = "",
        limit: Duration = .seconds(120),
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        try await run(arguments, input: input, limit: limit)
    }

    /// Runs one command to its end.
    public func run(
        _ arguments: [String],
        input: String = "",
        limit: Duration = .seconds(120),
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        try await runProcess(program, arguments, environment: variables, input: input, limit: limit)
    }

    /// Starts a command, runs `body` beside it, then ends it if it still runs.
    public func start<Result>(
        _ arguments: [String],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (RunningProcess) async throws -> Result
    ) async throws -> Result {
        try await withProcess(program, arguments, environment: variables, body)
    }

    /// Runs a supervisor beside `body`, which begins when that is at work; then ends it with all that it keeps.
    public func supervise<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (RunningProcess) async throws -> Result
    ) async throws -> Result {
        let kind = program.hasSuffix("skerry-agent") ? "agent" : "server"
        let state = "\(root)/run/skerry/locks/\(kind)-supervisor.json"
        return try await start(["supervise"]) { process in
            // Before it is, a command that needs one would start another, which outlives the test.
            try await wait(for: "the supervisor") {
                let json = FileManager.default.contents(atPath: state).flatMap { try? JSON.parse(Array($0)) }
                return json?["pid"]?.intValue == Int(process.processID)
            }
            do {
                let result = try await body(process)
                try await end(process)
                return result
            } catch {
                try? await end(process)
                throw error
            }
        }
    }

    private func end(_ process: RunningProcess, isolation: isolated (any Actor)? = #isolation) async throws {
        process.send(signal: SIGTERM)
        try await process.waitForEnd()
    }

    /// Runs an instance's server, waits until it listens, and hands `body` the process and the server's address
    /// (`http://127.0.0.1:41234`).
    public func serve<Result>(
        instance: String,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (_ process: RunningProcess, _ address: String) async throws -> Result
    ) async throws -> Result {
        try await start(["run", "--instance", instance]) { process in
            let marker = "listening on "
            let line = try await process.line("the line with the address") { $0.hasPrefix(marker) }
            return try await body(process, String(line.dropFirst(marker.count)))
        }
    }
}

extension FinishedProcess {
    /// The JSON that the program printed to standard output.
    public func json() throws -> JSON { try JSON.parse(standardOutput) }
}
