import Catalog
import Foundation
import TestSupport
import Testing

/// `skerry-agent` as a managed program.
@Suite("Agents") struct AgentTests {
    /// A machine with agents, each on a free port of the loopback interface.
    private func machine(
        _ names: [String],
        _ body: (SkerryProgram) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            var agent = SkerryProgram(root: root).agent
            agent.environment["SKERRY_SERVICES"] = "supervisor"
            for name in names {
                #expect(try await agent.run("create-instance", "--instance", name).exitCode == 0)
                let local = ["configure", "--instance", name, "--port", "0", "--listenIpAddress", "127.0.0.1"]
                #expect(try await agent.run(local).exitCode == 0)
            }
            try await body(agent)
        }
    }

    private func served(_ names: [String], _ body: (SkerryProgram) async throws -> Void) async throws {
        try await machine(names) { agent in
            try await agent.supervise { _ in
                let started = try await agent.run("service", "--install", "--start", "--all", "--timeout", "120")
                #expect(started.exitCode == 0, "\(started.standardError)")
                try await body(agent)
                _ = try await agent.run("service", "--stop", "--all")
            }
        }
    }

    @Test("I-4, I-16, I-36: ten agents run at once on one machine, each healthy, with its own port and identity")
    func ten() async throws {
        try await served((1...10).map { "Agent \($0)" }) { agent in
            let status = try await agent.run("status", "--all", "--json")
            #expect(status.exitCode == 0, "\(status.standardOutput)")
            let rows = try status.json()["data"]?.arrayValue ?? []
            #expect(rows.count == 10 && rows.allSatisfy { $0["state"] == "running" })
            #expect(Set(rows.compactMap { $0["addresses"]?[0]?.stringValue }).count == 10)
            #expect(Set(rows.compactMap { $0["thumbprint"]?.stringValue }).count == 10)
        }
    }

    @Test("I-1: a first agent is created, started and asked without a name, with one service command")
    func withoutName() async throws {
        try await withTemporaryDirectory { root in
            var agent = SkerryProgram(root: root).agent
            agent.environment["SKERRY_SERVICES"] = "supervisor"
            let program = agent
            #expect(try await program.run("create-instance").exitCode == 0)
            let local = ["configure", "--port", "0", "--listenIpAddress", "127.0.0.1"]
            #expect(try await program.run(local).exitCode == 0)
            try await program.supervise { _ in
                let started = try await program.run("service", "--install", "--start")
                #expect(started.exitCode == 0, "\(started.standardError)")
                #expect(try await program.run("status").exitCode == 0)
                #expect(try await program.run("livez").exitCode == 0)
                #expect(try await program.run("service", "--stop").exitCode == 0)
                #expect(try await program.run("livez").exitCode == 1)
                #expect(try await program.run("status").exitCode == 1)
            }
        }
    }

    @Test("I-20, I-22: service --stop --start --instance \"My Agent\" does both, in that order; the other runs on")
    func stopAndStart() async throws {
        try await served(["My Agent", "other"]) { agent in
            func row(_ name: String) async throws -> JSON {
                let rows = try await agent.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
                return rows.first { $0["name"]?.stringValue == name } ?? .null
            }
            let before = try await row("My Agent")["pid"]
            let other = try await row("other")["pid"]
            let identity = try await agent.run("show-thumbprint", "--instance", "My Agent").standardOutput
            let again = try await agent.run("service", "--stop", "--start", "--instance", "My Agent")
            #expect(again.exitCode == 0 && again.standardOutput.contains("My Agent: stopped, running as process"))
            let after = try await row("My Agent")
            #expect(after["state"] == "running" && after["pid"] != before)
            #expect(try await row("other")["pid"] == other)
            #expect(try await agent.run("show-thumbprint", "--instance", "My Agent").standardOutput == identity)
        }
    }

    @Test("an agent shows its own certificate, answers its status over TLS, and stops cleanly")
    func status() async throws {
        try await machine(["one"]) { agent in
            try await agent.start(["run"]) { process in
                let marker = "listening on "
                let line = try await process.line("the line with the address") { $0.hasPrefix(marker) }
                let address = String(line.dropFirst(marker.count))
                let answer = try await runProcess("/usr/bin/curl", ["-sk", "\(address)/status"])
                let thumbprint = try await agent.run("show-thumbprint").standardOutput.trimmed
                #expect(try JSON.parse(answer.standardOutput)["Thumbprint"] == .string(thumbprint))
                let page = try await runProcess("/usr/bin/curl", ["-sk", address])
                #expect(page.standardOutput.contains(thumbprint))
                let plain = address.replacing("https:", with: "http:")
                #expect(try await runProcess("/usr/bin/curl", ["-s", plain]).exitCode != 0, "never without TLS")
                let shown = try await runProcess(
                    "/bin/bash",
                    [
                        "-c",
                        "openssl s_client -connect \(address.dropFirst("https://".count)) </dev/null 2>/dev/null "
                            + "| openssl x509 -noout -fingerprint -sha1",
                    ]
                )
                let digits = shown.standardOutput.trimmed.split(separator: "=").last?.filter { $0 != ":" }
                #expect(digits.map { String($0) } == thumbprint)
                let second = try await agent.run("run")
                #expect(second.exitCode == 1 && second.standardError.contains("is running as process"))
                process.send(signal: SIGTERM)
                let ending = try await process.waitForEnd()
                #expect(ending == .exited(0))
            }
            #expect(try await agent.run("list-instances", "--json").json()["data"]?[0]?["state"] == "stopped")
        }
    }

    @Test("a new identity is another agent: said, the old one kept, and a running agent that has the old one is told")
    func identity() async throws {
        try await served(["one"]) { agent in
            let secrets = "\(agent.root)/etc/skerry/agent/one/secrets"
            let first = try await agent.run("show-thumbprint").standardOutput
            #expect(try await agent.run("new-certificate", "--if-blank").exitCode == 0)
            #expect(try await agent.run("new-certificate", "--dry-run").exitCode == 0)
            #expect(try await agent.run("show-thumbprint").standardOutput == first)
            let renewed = try await agent.run("new-certificate")
            #expect(renewed.exitCode == 0 && renewed.standardError.contains("identity.previous.pem"))
            #expect(try await agent.run("show-thumbprint").standardOutput != first)
            let status = try await agent.run("status")
            #expect(status.exitCode == 1 && status.standardOutput.contains("another certificate"))
            let old = ["import-certificate", "--from-file", "\(secrets)/identity.previous.pem"]
            #expect(try await agent.run(old).exitCode == 0)
            #expect(try await agent.run("show-thumbprint").standardOutput == first)
            #expect(try await agent.run("status").exitCode == 0)
            let mode = try FileManager.default.attributesOfItem(atPath: "\(secrets)/identity.pem")[.posixPermissions]
            #expect(mode as? Int == 0o600)
            chmod("\(secrets)/identity.pem", 0o644)
            #expect(try await agent.run("show-thumbprint").exitCode == 42)
        }
    }

    @Test(
        "a certificate comes from a PKCS #12 file too, with its password, whatever sort of key it has",
        arguments: ["ec", "rsa"]
    )
    func pkcs12(sort: String) async throws {
        try await machine(["one"]) { agent in
            let options = sort == "ec" ? "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1" : "-newkey rsa:2048"
            let script = """
                cd '\(agent.root)' && openssl req -x509 \(options) -nodes -days 30 -subj /CN=agent -keyout k.pem -out c.pem &&
                openssl pkcs12 -export -in c.pem -inkey k.pem -out agent.pfx -passout pass:open-sesame &&
                openssl x509 -in c.pem -noout -fingerprint -sha1
                """
            let made = try await runProcess("/bin/bash", ["-c", script])
            #expect(made.exitCode == 0, "\(made.standardError)")
            let thumbprint = made.standardOutput.trimmed.split(separator: "=").last?.filter { $0 != ":" } ?? ""
            let before = try await agent.run("show-thumbprint").standardOutput
            let file = "\(agent.root)/agent.pfx"
            for wrong in [[], ["--pfx-password", "wrong"]] {
                let refused = try await agent.run(["import-certificate", "--from-file", file] + wrong)
                #expect(refused.exitCode == 42 && refused.standardError.contains(file), "\(refused.standardError)")
                #expect(try await agent.run("show-thumbprint").standardOutput == before)
            }
            var knowing = agent
            knowing.environment["SKERRY_PFX_PASSWORD"] = "open-sesame"
            let imported = try await knowing.run("import-certificate", "--from-file", file)
            #expect(imported.exitCode == 0, "\(imported.standardError)")
            #expect(try await agent.run("show-thumbprint").standardOutput.trimmed == thumbprint)
            try await agent.start(["run"]) { process in
                _ = try await process.line("the address") { $0.hasPrefix("listening on ") }
            }
        }
    }

    @Test("I-19, I-20: other names of commands and options, as people know them, mean the same")
    func otherNames() async throws {
        try await machine(["one"]) { agent in
            let places = ["configure", "--homedir", "\(agent.root)/h", "--appdir", "\(agent.root)/a"]
            #expect(try await agent.run(places).exitCode == 0)
            let moved = try await agent.run("show-configuration", "--json").json()["data"]
            #expect(moved?["home"]?.stringValue == "\(agent.root)/h")
            #expect(moved?["applicationDirectory"]?.stringValue == "\(agent.root)/a", "\(moved?.text ?? "")")
            #expect(try await agent.run("configure", "--app", "\(agent.root)/b").exitCode == 0)
            let first = try await agent.run("show-thumbprint").standardOutput
            #expect(try await agent.run("new-certificate", "-b").exitCode == 0)
            #expect(try await agent.run("show-thumbprint").standardOutput == first)
            #expect(try await agent.run("new-certificate").exitCode == 0)
            let old = "\(agent.root)/etc/skerry/agent/one/secrets/identity.previous.pem"
            #expect(try await agent.run("import-certificate", "-f", old, "--pw", "not needed").exitCode == 0)
            #expect(try await agent.run("show-thumbprint").standardOutput == first)
            #expect(try await agent.run("service", "--install", "--username", "root", "--dry-run").exitCode == 0)
            try await agent.start(["agent"]) { process in
                _ = try await process.line("the address") { $0.hasPrefix("listening on ") }
                #expect(try await agent.run("livez", "--max-age", "3600").exitCode == 0)
            }
            let backups = "\(agent.root)/backups"
            let saved = try await agent.run("export-instance", "--to", backups, "--without-key", "--no-verify")
            #expect(saved.exitCode == 0, "\(saved.standardError)")
            let file = try #require(FileManager.default.contentsOfDirectory(atPath: backups).first)
            let again = ["import-instance", "\(backups)/\(file)", "--as", "two", "--dry-run"]
            let restored = try await agent.run(again)
            #expect(restored.exitCode == 0, "\(restored.standardError)")
            #expect(restored.standardOutput.contains("so it gets one in its home"), "\(restored.standardOutput)")
        }
    }

    @Test(
        "D-6: what no agent has is wrong usage, and names the nearest",
        arguments: [["configure", "--hom", "/x"], ["agnt"], ["livez", "--max-age", "x"]]
    )
    func unknown(arguments: [String]) async throws {
        try await machine(["one"]) { agent in
            let refused = try await agent.run(arguments)
            #expect(refused.exitCode == 2 && !refused.standardError.isEmpty, "\(refused.standardError)")
        }
    }

    @Test(
        "a certificate that cannot be an agent's is refused, with the reason",
        arguments: ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    )
    func badCertificate(text: String) async throws {
        try await machine(["one"]) { agent in
            let before = try await agent.run("show-thumbprint").standardOutput
            let file = "\(agent.root)/other.pem"
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let refused = try await agent.run("import-certificate", "--from-file", file)
            #expect(refused.exitCode == 42 || refused.exitCode == 1)
            #expect(refused.standardError.contains(file))
            #expect(try await agent.run("show-thumbprint").standardOutput == before)
        }
    }

    @Test("I-13, I-36, I-37: what another instance has is refused before anything changes, servers included")
    func conflicts() async throws {
        try await withTemporaryDirectory { root in
            let agent = SkerryProgram(root: root).agent
            let server = SkerryProgram(root: root)
            #expect(try await server.run("create-instance").exitCode == 0)
            for name in ["a", "b"] {
                #expect(try await agent.run("create-instance", "--instance", name).exitCode == 0)
            }
            func files() throws -> [String?] {
                try ["agent/a", "agent/b", "server/main"].map {
                    try String(contentsOfFile: "\(root)/etc/skerry/\($0)/config.json", encoding: .utf8)
                }
            }
            let before = try files()
            let portOfA = try await agent.run("show-configuration", "--instance", "a", "--json").json()["data"]?["port"]
            let portOfServer = try await server.run("list-instances", "--json").json()["data"]?[0]?["addresses"]?[0]?
                .stringValue?.split(separator: ":").last?.dropLast()
            let other = try await ScriptedServer { _ in .init(200) }
            for (options, reason) in [
                (["--port", "\(portOfA?.intValue ?? 0)"], "the instance \"a\" listens"),
                (["--port", String(portOfServer ?? "")], "the instance \"main\" listens"),
                (["--port", "\(other.port)"], "another program listens"),
                (["--port", "70000"], "not a port"),
                (["--app", "\(root)/var/lib/skerry/agent/a/applications"], "application directory"),
                (["--app", "\(root)/var/lib/skerry/agent/a/applications/x"], "application directory"),
                (["--app", "\(root)/var/lib/skerry/server/main"], "overlaps with the home"),
                (["--home", "\(root)/var/lib/skerry/server/main/inner"], "overlaps with the home"),
                (["--listenIpAddress", "somewhere"], "neither an IP address"),
                (["--app", "relative"], "absolute path"),
            ] {
                let refused = try await agent.run(["configure", "--instance", "b"] + options)
                #expect(refused.exitCode == 1 && refused.standardError.contains(reason), "\(options)")
            }
            #expect(try files() == before)
            let mine = ["configure", "--instance", "b", "--app", "\(root)/srv/b"]
            #expect(try await agent.run(mine + ["--dry-run"]).exitCode == 0)
            #expect(try files() == before)
            #expect(try await agent.run(mine).exitCode == 0)
            let after = try files()
            #expect(after[0] == before[0] && after[2] == before[2] && after[1] != before[1])
            let names = try await agent.run("show-configuration", "--instance", "a", "--json").json()["data"]
            #expect(names?["applicationDirectory"]?.stringValue?.hasSuffix("/agent/a/applications") == true)
        }
    }

    @Test("I-30: on one machine each server can have an agent of its own, which trusts that server and no other")
    func oneForEach() async throws {
        let servers = ["for one": String(repeating: "A1", count: 20), "for two": String(repeating: "B2", count: 20)]
        try await machine(servers.keys.sorted()) { agent in
            for (name, server) in servers {
                #expect(try await agent.run("configure", "--instance", name, "--trust", server).exitCode == 0)
            }
            var identities: Set<String> = []
            for (name, server) in servers {
                let shown = try await agent.run("show-configuration", "--instance", name, "--json").json()["data"]
                let trusted = shown?["trustedServers"]?.arrayValue ?? []
                #expect(trusted.compactMap { $0["thumbprint"]?.stringValue } == [server])
                identities.insert(try await agent.run("show-thumbprint", "--instance", name).standardOutput)
            }
            #expect(identities.count == 2)
            let first = try #require(servers["for one"])
            #expect(try await agent.run("configure", "--instance", "for one", "--remove-trust", first).exitCode == 0)
            let other = try await agent.run("show-configuration", "--instance", "for two", "--json").json()["data"]
            #expect(other?["trustedServers"]?.arrayValue?.count == 1)
        }
    }

    @Test("I-30: one agent trusts several servers; trust is given, exchanged and taken away, and repeating is no harm")
    func trust() async throws {
        try await machine(["one"]) { agent in
            let a = String(repeating: "A1", count: 20)
            let b = String(repeating: "B2", count: 20)
            let c = String(repeating: "C3", count: 20)
            func trusted() async throws -> [String] {
                let servers = try await agent.run("show-configuration", "--json").json()["data"]?["trustedServers"]
                return (servers?.arrayValue ?? []).compactMap { $0["thumbprint"]?.stringValue }
            }
            let none = try await trusted()
            #expect(none.isEmpty)
            for _ in 0..<2 {
                let typed = a.lowercased().enumerated().map { $0 % 2 == 0 && $0 > 0 ? ":\($1)" : "\($1)" }.joined()
                #expect(try await agent.run("configure", "--trust", typed, "--trust", b).exitCode == 0)
                #expect(try await trusted() == [a, b])
            }
            for _ in 0..<2 {
                let update = ["update-trust", "--oldThumbprint", b, "--newThumbprint", c]
                #expect(try await agent.run(update).exitCode == 0)
                #expect(try await trusted() == [a, c])
            }
            let unknown = ["update-trust", "--oldThumbprint", b, "--newThumbprint", String(repeating: "D4", count: 20)]
            #expect(try await agent.run(unknown).exitCode == 1)
            #expect(try await agent.run("clear-trusted-servers", "--keep", "x,\(c)", "--dry-run").exitCode == 0)
            #expect(try await trusted() == [a, c])
            #expect(try await agent.run("clear-trusted-servers", "--keep", "x,\(c)").exitCode == 0)
            #expect(try await trusted() == [c])
            #expect(try await agent.run("configure", "--remove-trust", c).exitCode == 0)
            #expect(try await trusted().isEmpty)
            #expect(try await agent.run("configure", "--trust", "12").exitCode == 2)
        }
    }

    @Test(
        "what the agent of the other product can and this one cannot is refused with what to do instead",
        arguments: ["register-with", "register-worker", "deregister-from", "poll-server", "server-comms", "watchdog"]
    )
    func foreign(command: String) async throws {
        try await withTemporaryDirectory { root in
            let refused = try await SkerryProgram(root: root).agent.run(command, "--instance", "x", "--json")
            #expect(refused.exitCode == 1)
            #expect(try refused.json()["message"]?.stringValue?.contains("skerry-agent has no command") == true)
        }
    }

    @Test("an agent that takes no connections runs, is ready and stops")
    func deaf() async throws {
        try await machine(["one"]) { agent in
            #expect(try await agent.run("configure", "--noListen", "true").exitCode == 0)
            try await agent.start(["run"]) { process in
                _ = try await process.line("readiness") { $0.contains("no connections") }
                #expect(try await agent.run("wait-ready").exitCode == 0)
                process.send(signal: SIGTERM)
                #expect(try await process.waitForEnd() == .exited(0))
            }
        }
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
