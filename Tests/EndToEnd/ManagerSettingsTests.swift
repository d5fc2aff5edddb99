import Catalog
import Foundation
import TestSupport
import Testing

/// Settings, certificates, trust and services by the manager's pages; their scripts do the same on another machine.
@Suite("The manager sets up instances", .enabled(if: Browser.exists, "needs chromium and python3"))
struct ManagerSettingsTests {
    @Test(
        """
        I-7, I-13, I-17, I-18, I-23, I-36: settings, certificates, trust and services of servers and agents are checked before \
        they change, taken back when the instance does not start with them, and their scripts make an equal instance
        """
    )
    func settings() async throws {
        try await ManagerMachine.with { skerry in
            try await fill(skerry)
            let files = try await makeFiles(in: "\(skerry.root)/files")
            let ports = try [freePort(), freePort(), freePort()].map(String.init)
            let taken = try await address(of: "Group 1", on: skerry)
            let others = try await configurations(skerry, ["group-1", "worker-1"])
            var seen = ManagerMachine.Seen(json: .null)
            try await ManagerMachine.withManager(of: skerry) { link, _ in
                seen = try await ManagerMachine.browse("manager-settings", [link] + ports + [taken] + files)
            }
            checkServer(seen, ports)
            checkAgent(seen, ports)
            #expect(try await configurations(skerry, ["group-1", "worker-1"]) == others, "no other one was touched")
            let made = try await configurations(skerry, ["group-2", "worker-2"])
            _ = try await skerry.agent.run("service", "--stop", "--all")
            _ = try await skerry.run("service", "--stop", "--all")
            try await replay(seen.json["scripts"]?.stringsValue ?? [], from: skerry.root, expecting: made)
        }
    }

    /// Two servers and two agents, which run at any free ports.
    private func fill(_ skerry: SkerryProgram) async throws {
        for number in ["1", "2"] {
            try await ManagerMachine.make("Group \(number)", skerry)
            try await ManagerMachine.make("Worker \(number)", skerry.agent)
        }
    }

    /// - Returns: a certificate for HTTPS, its key, and the identity of an agent.
    private func makeFiles(in folder: String) async throws -> [String] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (certificate, key) = ("\(folder)/cert.pem", "\(folder)/key.pem")
        let made = try await runProcess(
            "/usr/bin/env",
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                "-keyout", key, "-out", certificate,
            ]
        )
        try #require(made.exitCode == 0, "\(made.standardError)")
        let elsewhere = SkerryProgram(root: "\(folder)/elsewhere").agent
        try #require(try await elsewhere.run("create-instance").exitCode == 0)
        return [certificate, key, "\(folder)/elsewhere/etc/skerry/agent/main/secrets/identity.pem"]
    }

    private func address(of name: String, on skerry: SkerryProgram) async throws -> String {
        let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
        let address = list.first { $0["name"]?.stringValue == name }?["addresses"]?.stringsValue.first
        return try #require(address?.split(separator: ":").last.map { $0.filter(\.isNumber) }, "\(list)")
    }

    private func checkServer(_ seen: ManagerMachine.Seen, _ ports: [String]) {
        #expect(seen.json["contrast"] == ["light": [], "dark": []])
        #expect(seen.text("unchanged").contains("no setting is another than before"))
        for refused in ["takenPort", "plain", "negative", "badNumber", "badAccount"] {
            #expect(seen.text(refused).contains("This would fail"), "\(refused): \(seen.text(refused))")
        }
        #expect(seen.text("takenPort").contains("Group 1"), "\(seen.text("takenPort"))")
        #expect(seen.text("settings") == "Done.", "\(seen.text("settings page"))")
        #expect(seen.lines("address").contains { $0.contains("http://127.0.0.1:\(ports[0])") })
        #expect(seen.text("noCertificate").hasPrefix("Failed.") && seen.text("stillRuns") == "running")
        #expect(seen.text("certificate") == "Done.", "\(seen.text("certificate page"))")
        #expect(seen.lines("tls").contains { $0.contains("https://127.0.0.1:\(ports[1])") })
        #expect(seen.text("noAccount").contains("the account is missing"))
        #expect(seen.text("renew") == "Done.", "\(seen.text("renew page"))")
        #expect(seen.text("default") == "Done.")
    }

    private func checkAgent(_ seen: ManagerMachine.Seen, _ ports: [String]) {
        for refused in ["badPort", "agentTaken", "badTrust", "badIdentity"] {
            #expect(seen.text(refused).contains("This would fail"), "\(refused): \(seen.text(refused))")
        }
        #expect(seen.text("agentSettings") == "Done.", "\(seen.text("agentSettings page"))")
        #expect(seen.text("trust") == "Done.", "\(seen.text("trust page"))")
        #expect(seen.text("identityChange") == "Done.", "\(seen.text("identityChange page"))")
        let agent = seen.lines("agent")
        #expect(agent.contains { $0.hasPrefix("Trusts: ") && $0.contains(String(repeating: "0F", count: 20)) })
        let thumbprint = agent.first { $0.hasPrefix("Thumbprint: ") }
        #expect(thumbprint != nil && thumbprint != seen.lines("identity").first, "another one: \(agent)")
        #expect(agent.contains { $0.contains(":\(ports[2])") })
        #expect(seen.text("newIdentity") == "Done.", "\(seen.text("newIdentity page"))")
        #expect(seen.text("removed") == "Done.", "\(seen.text("removed page"))")
        #expect(seen.lines("withoutService").contains("Service: none"))
        #expect(seen.lines("missing").allSatisfy { $0 == "Not Found" }, "\(seen.lines("missing"))")
        let rows = (seen.json["rows"]?.arrayValue ?? []).map(\.stringsValue)
        #expect(rows.map { $0[2] } == ["running", "running", "running", "stopped"], "\(rows)")
        #expect(rows.contains { $0[0].contains("Group 2") && $0[0].contains("default") })
    }

    private func configurations(_ skerry: SkerryProgram, _ slugs: [String]) async throws -> [JSON] {
        var found: [JSON] = []
        for slug in slugs {
            let program = slug.hasPrefix("worker") ? skerry.agent : skerry
            var data = try await program.run("show-configuration", "--instance", slug, "--json").json()["data"] ?? .null
            // Which one is the default is the registry's business.
            if slug.hasSuffix("1") { data["instance"]?["isDefault"] = .null }
            found.append(data)
        }
        return found
    }

    private func replay(_ scripts: [String], from root: String, expecting made: [JSON]) async throws {
        #expect(scripts.count == 7)
        try await ManagerMachine.with { other in
            try await fill(other)
            for script in scripts {
                #expect(script.components(separatedBy: "INSTANCE=").count == 2, "\(script)")
                let result = try await ManagerMachine.run(script, on: other)
                #expect(result.exitCode == 0, "\(script)\(result.standardError)\(result.standardOutput)")
            }
            let again = try await configurations(other, ["group-2", "worker-2"])
            // The certificate's files are where they were; all else is below the other machine's root.
            func told(_ json: JSON, _ from: String) -> String {
                json.text.replacing("\(root)/files/", with: "FILES/").replacing(from, with: "ROOT")
            }
            #expect(again.map { told($0, other.root) } == made.map { told($0, root) })
        }
    }
}
