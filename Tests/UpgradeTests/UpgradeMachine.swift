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
        let program = "\(directory)/bin/\(script == nil ? "skerry" : "skerry-real")"
        let copied = try await runProcess("/bin/cp", [try Self.renumbered(version), program])
        try #require(copied.exitCode == 0, "\(copied.standardError)")
        if let script {
            // What the script does not handle, the real program does.
            let text =
                "#!/bin/sh\nreal=$(dirname \"$(readlink -f \"$0\")\")/skerry-real\n\(script)\nexec \"$real\" \"$@\"\n"
            let file = "\(directory)/bin/skerry"
            _ = try await runProcess("/bin/sh", ["-c", "cat > '\(file)' && chmod 755 '\(file)'"], input: text)
        }
        return directory
    }

    /// The built program with another number in it, of the same length, made once.
    private static func renumbered(_ version: String) throws -> String {
        guard version != old else { return BuiltProducts.skerry }
        return try made.get()
    }

    private static let made = Result {
        let path = "\(NSTemporaryDirectory())/skerry-\(new)-\(getpid())"
        var data = try Data(contentsOf: URL(filePath: BuiltProducts.skerry))
        var start = data.startIndex
        while let range = data.range(of: Data(old.utf8), in: start..<data.endIndex) {
            data.replaceSubrange(range, with: Data(new.utf8))
            start = range.upperBound
        }
        try data.write(to: URL(filePath: path))
        chmod(path, 0o755)
        return path
    }

    /// Name, state, version and schema of every instance, and the link.
    func picture(isolation: isolated (any Actor)? = #isolation) async throws -> [String] {
        let status = try await skerry("status", "--all", "--json").json()
        let rows = status["data"]?.arrayValue ?? []
        return [linked ?? "no link"]
            + rows.map { row in
                let name = row["name"]?.stringValue ?? ""
                return "\(name) \(row["state"]?.stringValue ?? "") \(row["version"]?.stringValue ?? "-")"
            }
    }

    func stopAll(isolation: isolated (any Actor)? = #isolation) async throws {
        _ = try await skerry("service", "--stop", "--all")
        // The supervisor of this machine, and no other: it holds the lock.
        let lock = "\(root)/run/skerry/locks/server-supervisor.lock"
        for process in holders(of: lock) { kill(process, SIGTERM) }
        try await wait(for: "the end of the supervisor") { holders(of: lock).isEmpty }
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
    isolation: isolated (any Actor)? = #isolation,
    _ body: (UpgradeMachine) async throws -> Void
) async throws {
    try await withTemporaryDirectory { folder in
        let machine = UpgradeMachine(root: root ?? "\(folder)/machine", incoming: "\(folder)/incoming")
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
