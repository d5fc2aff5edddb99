import Catalog
import Foundation
import Instances
import TestSupport
import Testing

/// One machine with versions of Skerry side by side, and instances whose services run from the link.
struct UpgradeMachine: Sendable {
    static let old = "2026.1.0"
    static let new = "2026.9.9"

    let root: String
    /// Where new versions are unpacked.
    let incoming: String
    /// Whether the versions have `skerry-agent`, too.
    var hasAgents = false

    var programs: String { "\(root)/opt/skerry" }
    var linked: String? { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(programs)/current") }
    var environment: [String: String?] {
        [
            "SKERRY_ROOT": root, "SKERRY_SERVICES": "supervisor", "SKERRY_INSTANCE": nil,
            "SKERRY_ADMIN_PASSWORD": "correct horse battery", "NO_COLOR": "1",
        ]
    }

    /// Runs the program that the link names.
    func skerry(_ arguments: String..., isolation: isolated (any Actor)? = #isolation) async throws -> FinishedProcess {
        try await runProcess(
            "\(programs)/current/bin/skerry",
            arguments,
            environment: environment,
            limit: .seconds(240)
        )
    }

    @discardableResult
    func succeed(_ arguments: String..., isolation: isolated (any Actor)? = #isolation) async throws -> FinishedProcess
    {
        let result = try await runProcess(
            "\(programs)/current/bin/skerry",
            arguments,
            environment: environment,
            limit: .seconds(240)
        )
        try #require(result.exitCode == 0, "\(arguments): \(result.standardError)\(result.standardOutput)")
        return result
    }

    /// A version that is the built program under another number.
    ///
    /// Programs are written by other processes: one that this process has open for writing, be it in a child that is just
    /// being made, cannot be run.
    func makeVersion(
        _ version: String,
        script: String? = nil,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> String {
        let directory = "\(incoming)/\(version)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: "\(directory)/bin", withIntermediateDirectories: true)
        if hasAgents {
            let source = try version == Self.old ? BuiltProducts.skerryAgent : Self.madeAgent.get()
            let copied = try await runProcess("/bin/cp", [source, "\(directory)/bin/skerry-agent"])
            try #require(copied.exitCode == 0, "\(copied.standardError)")
        }
        let program = "\(directory)/bin/\(script == nil ? "skerry" : "skerry-real")"
        let copied = try await runProcess("/bin/cp", [try Self.renumbered(version), program])
        try #require(copied.exitCode == 0, "\(copied.standardError)")
        if let script {
            // What the script does not handle, the real program does.
            let text =
                "#!/bin/sh\nreal=$(dirname \"$(readlink -f \"$0\")\")/skerry-real\n\(script)\nexec \"$real\" \"$@\"\n"
            try await writeProgram(text, to: "\(directory)/bin/skerry")
        }
        return directory
    }

    /// The built program with another number in it, of the same length, made once.
    private static func renumbered(_ version: String) throws -> String {
        guard version != old else { return BuiltProducts.skerry }
        return try made.get()
    }

    private static let made = Result { try renumber(BuiltProducts.skerry) }
    private static let madeAgent = Result { try renumber(BuiltProducts.skerryAgent) }

    private static func renumber(_ program: String) throws -> String {
        let path = "\(NSTemporaryDirectory())/\(URL(filePath: program).lastPathComponent)-\(new)-\(getpid())"
        var data = try Data(contentsOf: URL(filePath: program))
        var start = data.startIndex
        while let range = data.range(of: Data(old.utf8), in: start..<data.endIndex) {
            data.replaceSubrange(range, with: Data(new.utf8))
            start = range.upperBound
        }
        try data.write(to: URL(filePath: path))
        chmod(path, 0o755)
        return path
    }

    /// What `skerry-agent` of the link answers.
    func agent(_ arguments: String..., isolation: isolated (any Actor)? = #isolation) async throws -> FinishedProcess {
        let program = "\(programs)/current/bin/skerry-agent"
        return try await runProcess(program, arguments, environment: environment, limit: .seconds(240))
    }

    /// Name, state and version of every agent.
    func pictureOfAgents(isolation: isolated (any Actor)? = #isolation) async throws -> [String] {
        rows(try await agent("status", "--all", "--json"))
    }

    /// The versions of the supervisors and of the front door, as far as they run.
    var companions: [String: String] {
        var versions: [String: String] = [:]
        for name in ["server-supervisor", "agent-supervisor", "front-door"] {
            let place = "\(root)/run/skerry/locks/\(name)"
            guard !holders(of: "\(place).lock").isEmpty,
                let data = FileManager.default.contents(atPath: "\(place).json"),
                let json = try? JSON.parse(Array(data))
            else { continue }
            versions[name] = json["version"]?.stringValue
        }
        return versions
    }

    private func rows(_ status: FinishedProcess) -> [String] {
        ((try? status.json())?["data"]?.arrayValue ?? []).map { row in
            let name = row["name"]?.stringValue ?? ""
            return "\(name) \(row["state"]?.stringValue ?? "") \(row["version"]?.stringValue ?? "-")"
        }
    }

    /// Name, state, version and schema of every instance, and the link.
    func picture(isolation: isolated (any Actor)? = #isolation) async throws -> [String] {
        [linked ?? "no link"] + rows(try await skerry("status", "--all", "--json"))
    }

    func stopAll(isolation: isolated (any Actor)? = #isolation) async throws {
        _ = try await skerry("service", "--stop", "--all")
        if hasAgents { _ = try await agent("service", "--stop", "--all") }
        // Those of this machine, and no others: they hold the locks.
        for name in ["server-supervisor", "agent-supervisor", "front-door"] {
            let lock = "\(root)/run/skerry/locks/\(name).lock"
            for process in holders(of: lock) { kill(process, SIGTERM) }
            try await wait(for: "the end of the \(name)") { holders(of: lock).isEmpty }
        }
    }

    private func holders(of path: String) -> [pid_t] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
        return processes.filter { process in
            let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []
            return files.contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")) == path
            }
        }
    }
}

/// A machine at the old version: `one` and `two` run as services, `three` is stopped.
///
/// - Parameter root: where it is; nil for a place of its own.
func withUpgradeMachine(
    at root: String? = nil,
    hasAgents: Bool = false,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (UpgradeMachine) async throws -> Void
) async throws {
    try await withTemporaryDirectory { folder in
        let place = root ?? "\(folder)/machine"
        let machine = UpgradeMachine(root: place, incoming: "\(folder)/incoming", hasAgents: hasAgents)
        let first = try await machine.makeVersion(UpgradeMachine.old)
        let installed = try await runProcess(
            "\(first)/bin/skerry",
            ["upgrade", first],
            environment: machine.environment
        )
        try #require(installed.exitCode == 0, "\(installed.standardError)")
        for name in ["one", "two", "three"] {
            try await machine.succeed("create-instance", "--instance", name)
            try await machine.succeed("configure", "--instance", name, "--webListenPrefixes", "http://127.0.0.1:0/")
            try await machine.succeed("admin", "--instance", name, "--username", "admin")
            try await machine.succeed("service", "--install", "--instance", name)
        }
        do {
            for name in ["one", "two"] { try await machine.succeed("service", "--start", "--instance", name) }
            try await body(machine)
        } catch {
            try? await machine.stopAll()
            throw error
        }
        try await machine.stopAll()
    }
}
