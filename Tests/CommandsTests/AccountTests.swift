import Catalog
import Foundation
import TestSupport
import Testing

@Suite("Instances under different accounts", .enabled(if: geteuid() == 0, "needs root")) struct AccountTests {
    /// Two accounts that every Debian has.
    private static let accounts = ["one": "daemon", "two": "nobody"]

    /// Runs a program as another account.
    private func run(
        as account: String,
        _ arguments: String...,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> FinishedProcess {
        try await runProcess("/usr/sbin/runuser", ["-u", account, "--"] + arguments)
    }

    @Test(
        "I-5, I-29, D-4: two instances run under two accounts, and neither can read the other's home, key or database",
        arguments: [InstanceKindName.server, .agent]
    )
    func apart(kind: InstanceKindName) async throws {
        try await withTemporaryDirectory { folder in
            // Both accounts have to come by here.
            chmod(folder, 0o755)
            let root = "\(folder)/machine"
            var program = kind == .agent ? SkerryProgram(root: root).agent : SkerryProgram(root: root)
            program.environment["SKERRY_SERVICES"] = "supervisor"
            program.environment["SKERRY_ADMIN_PASSWORD"] = "Correct-Horse-1"
            for (name, account) in Self.accounts {
                #expect(try await program.run("create-instance", "--instance", name).exitCode == 0)
                let free =
                    kind == .agent
                    ? ["--port", "0", "--listenIpAddress", "127.0.0.1"]
                    : ["--webListenPrefixes", "http://127.0.0.1:0/"]
                #expect(try await program.run(["configure", "--instance", name] + free).exitCode == 0)
                let foreign = try await program.run("service", "--install", "--user", account, "--instance", name)
                #expect(foreign.exitCode == 6, "its files are root's")
                let given = ["service", "--install", "--user", account, "--fix", "--instance", name]
                #expect(try await program.run(given).exitCode == 0)
            }
            let machine = program
            try await machine.supervise { _ in
                let started = try await machine.run("service", "--start", "--timeout", "120", "--all")
                #expect(started.exitCode == 0, "\(started.standardOutput)\(started.standardError)")
                let rows = try await machine.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
                for (name, account) in Self.accounts {
                    let row = try #require(rows.first { $0["name"]?.stringValue == name })
                    let process = try #require(row["pid"]?.intValue)
                    let owner = try await runProcess("/usr/bin/stat", ["-c", "%U", "/proc/\(process)"])
                    #expect(owner.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines) == account)
                }
                try await expectApart(root, kind)
                #expect(try await machine.run("service", "--stop", "--all").exitCode == 0)
            }
        }
    }

    private func expectApart(
        _ root: String,
        _ kind: InstanceKindName,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        for (name, account) in Self.accounts {
            let other = Self.accounts.values.first { $0 != account } ?? ""
            let home = "\(root)/var/lib/skerry/\(kind.rawValue)/\(name)"
            let configuration = "\(root)/etc/skerry/\(kind.rawValue)/\(name)"
            let secret = kind == .agent ? "identity.pem" : "master-key"
            var files = ["\(configuration)/config.json", "\(configuration)/secrets/\(secret)"]
            if kind == .server { files.append("\(home)/skerry.db") }
            for file in files {
                #expect(try await run(as: account, "cat", file).exitCode == 0, "\(file)")
                #expect(try await run(as: other, "cat", file).exitCode != 0, "\(file)")
            }
            #expect(try await run(as: account, "ls", home).exitCode == 0)
            #expect(try await run(as: other, "ls", home).exitCode != 0)
            #expect(try await run(as: other, "ls", "\(configuration)/secrets").exitCode != 0)
        }
    }

    enum InstanceKindName: String, Sendable { case server, agent }

    @Test("port 80 without rights is refused with what to do")
    func lowPort() async throws {
        try await withTemporaryDirectory { folder in
            chmod(folder, 0o755)
            let root = "\(folder)/machine"
            let environment = ["env", "SKERRY_ROOT=\(root)", "SKERRY_INSTANCE="]
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            _ = try await runProcess("/usr/bin/chown", ["nobody", root])
            func skerry(_ arguments: [String]) async throws -> FinishedProcess {
                try await runProcess(
                    "/usr/sbin/runuser",
                    ["-u", "nobody", "--"] + environment + [BuiltProducts.skerry] + arguments
                )
            }
            // A kernel may let everybody have low ports, as containers do.
            let first = try String(contentsOfFile: "/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding: .utf8)
            guard first.trimmingCharacters(in: .whitespacesAndNewlines) == "1024" else { return }
            #expect(try await skerry(["create-instance"]).exitCode == 0)
            #expect(try await skerry(["configure", "--webListenPrefixes", "http://127.0.0.1:80/"]).exitCode == 0)
            let refused = try await skerry(["run"])
            #expect(refused.exitCode == 1 && refused.standardError.contains("permission denied"))
            let doctor = try await skerry(["doctor"])
            #expect(doctor.standardOutput.contains("port-needs-rights"))
        }
    }
}
