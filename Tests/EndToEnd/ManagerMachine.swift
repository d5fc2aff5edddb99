import Catalog
import Foundation
import TestSupport
import Testing

/// A machine with a manager, whose instances are kept by supervisors, as in a container.
enum ManagerMachine {
    static func with(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SkerryProgram) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_SERVICES"] = "supervisor"
            let program = skerry
            try await program.supervise { _ in
                try await program.agent.supervise { _ in try await body(program) }
                _ = try await program.agent.run("service", "--stop", "--all")
                _ = try await program.run("service", "--stop", "--all")
            }
        }
    }

    static func withManager(
        of skerry: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (_ link: String, _ process: RunningProcess) async throws -> Void
    ) async throws {
        try await skerry.start(["manager", "--no-open"]) { process in
            let line = try await process.line("the link") { $0.hasPrefix("Open ") }
            try await body(String(line.dropFirst("Open ".count)), process)
        }
    }

    /// Lets a browser use the manager.
    ///
    /// - Parameter script: a program of the folder `Browser`; prints what it saw as JSON.
    static func browse(
        _ script: String,
        _ arguments: [String],
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Seen {
        var arguments = ["\(BuiltProducts.packageRoot)/Tests/EndToEnd/Browser/\(script).py"] + arguments
        if ProcessInfo.processInfo.environment["SKERRY_SCREENSHOTS"] == "1" {
            arguments.append("\(BuiltProducts.packageRoot)/docs/images")
        }
        let result = try await runPython(arguments, limit: .seconds(900))
        try #require(result.exitCode == 0, "\(result.standardError)\(result.standardOutput)")
        return Seen(json: try JSON.parse(result.standardOutput))
    }

    /// Makes an instance at a free port and starts it.
    static func make(
        _ name: String,
        _ program: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let isServer = program.program == BuiltProducts.skerry
        try await succeed(program, "create-instance", "--instance", name)
        var problem = ""
        // Another program of this machine may take a port between the question and the answer.
        for attempt in 0..<5 where attempt == 0 || !problem.isEmpty {
            let port = try freePort()
            let setting = isServer ? ["--webListenPrefixes", "http://127.0.0.1:\(port)/"] : ["--port", "\(port)"]
            let configured = try await program.run(["configure", "--instance", name] + setting)
            problem = configured.exitCode == 0 ? "" : configured.standardError
        }
        try #require(problem.isEmpty, "\(problem)")
        try await succeed(program, "service", "--install", "--start", "--instance", name)
    }

    private static func succeed(
        _ program: SkerryProgram,
        _ arguments: String...,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let result = try await program.run(arguments)
        try #require(result.exitCode == 0, "\(arguments): \(result.standardError)")
    }

    /// What a browser saw.
    struct Seen: Sendable {
        let json: JSON

        func text(_ name: String) -> String { json[name]?.stringValue ?? "" }

        func lines(_ name: String) -> [String] { json[name]?.stringsValue ?? [] }
    }

    /// Runs an exported script on a machine.
    static func run(
        _ script: String,
        on skerry: SkerryProgram,
        secrets: [String: String] = [:],
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        let folder = BuiltProducts.skerry.split(separator: "/").dropLast().joined(separator: "/")
        var variables = skerry.variables
        for (name, value) in secrets { variables[name] = value }
        variables["PATH"] = "/\(folder):/usr/bin:/bin"
        return try await runProcess("/bin/sh", ["-c", script], environment: variables, input: "", limit: .seconds(240))
    }
}

/// Those who start instances at ports that were proposed to them: one after the other, or two are proposed the same.
actor ProposedPorts {
    static let shared = ProposedPorts()

    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    static func alone(isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void) async throws {
        await shared.take()
        do {
            try await body()
        } catch {
            await shared.giveBack()
            throw error
        }
        await shared.giveBack()
    }

    private func take() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func giveBack() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}
