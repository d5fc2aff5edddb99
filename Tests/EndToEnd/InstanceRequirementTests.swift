import Catalog
import Foundation
import TestSupport
import Testing

/// Requirements of the reference of instances that no other suite is about.
@Suite("Instances, by their requirements")
struct InstanceRequirementTests {
    /// A server instance that runs.
    private struct Running {
        let name: String
        let processID: Int32
        let address: String
        let key: String
    }

    /// Runs several servers of one machine, each on a port of its own.
    private func withServers(
        _ names: [String],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SkerryProgram, [Running]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_ADMIN_PASSWORD"] = TestServer.password
            for name in names {
                for line in [
                    ["create-instance", "--instance", name],
                    ["configure", "--instance", name, "--webListenPrefixes", "http://127.0.0.1:0/"],
                    ["admin", "--instance", name, "--username", "admin", "--apiKey", Self.key(name)],
                ] {
                    let result = try await skerry.run(line)
                    try #require(result.exitCode == 0, "\(result.standardError)")
                }
            }
            try await run(names[...], [], skerry, body)
        }
    }

    private func run(
        _ names: ArraySlice<String>,
        _ running: [Running],
        _ skerry: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SkerryProgram, [Running]) async throws -> Void
    ) async throws {
        guard let name = names.first else { return try await body(skerry, running) }
        try await skerry.serve(instance: name) { process, address in
            let one = Running(name: name, processID: process.processID, address: address, key: Self.key(name))
            try await run(names.dropFirst(), running + [one], skerry, body)
        }
    }

    private static func key(_ name: String) -> String {
        "API-\(name.uppercased())00000000000000000000"
    }

    /// What a server answers, with the status.
    private func ask(
        _ server: Running,
        _ method: String,
        _ path: String,
        _ body: JSON? = nil,
        key: String? = nil,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> (status: Int, body: JSON) {
        var arguments = [
            "-s", "-X", method, "-w", "\n%{http_code}", "-H", "X-Octopus-ApiKey: \(key ?? server.key)",
            "\(server.address)\(path)",
        ]
        if let body { arguments += ["-d", body.text] }
        let result = try await runProcess("/usr/bin/curl", arguments)
        let lines = result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.dropLast().joined(separator: "\n")
        return (Int(lines.last ?? "") ?? 0, text.isEmpty ? .null : try JSON.parse(text))
    }

    @Test("I-3, I-24, I-28: three servers run at once; each answers its own API, at its own address, to its own keys")
    func three() async throws {
        let names = ["one", "two", "three"]
        try await withServers(names) { skerry, servers in
            let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(list.compactMap { $0["name"]?.stringValue }.sorted() == names.sorted())
            #expect(list.allSatisfy { $0["state"] == "running" })
            #expect(Set(list.compactMap { $0["addresses"]?[0]?.stringValue }) == Set(servers.map(\.address)))
            var installations: Set<String> = []
            for server in servers {
                let made = try await ask(
                    server,
                    "POST",
                    "/api/Spaces-1/environments",
                    ["Name": .string("Only in \(server.name)")]
                )
                #expect(made.status == 201)
                installations.insert(try await ask(server, "GET", "/api").body["InstallationId"]?.stringValue ?? "")
            }
            #expect(installations.count == 3)
            for server in servers {
                let all = try await ask(server, "GET", "/api/Spaces-1/environments/all")
                #expect(all.body.arrayValue?.compactMap { $0["Name"]?.stringValue } == ["Only in \(server.name)"])
                for other in servers where other.name != server.name {
                    #expect(try await ask(server, "GET", "/api/users/me", key: other.key).status == 401)
                }
            }
        }
    }

    @Test(
        "I-21: a command without a name means the default instance, also when nine others exist",
        arguments: [BuiltProducts.skerry, BuiltProducts.skerryAgent]
    )
    func defaultInstance(path: String) async throws {
        try await withTemporaryDirectory { root in
            var program = SkerryProgram(root: root)
            program.program = path
            for name in ["the first"] + (2...10).map({ "other \($0)" }) {
                let made = try await program.run("create-instance", "--instance", name)
                #expect(made.exitCode == 0)
            }
            #expect(try await changed(by: program) == ["the-first"])
            program.environment["SKERRY_INSTANCE"] = "other 4"
            #expect(try await changed(by: program) == ["other-4"])
            program.environment["SKERRY_INSTANCE"] = .some(nil)
            #expect(try await program.run("set-default-instance", "--instance", "other 7").exitCode == 0)
            #expect(try await changed(by: program) == ["other-7"])
        }
    }

    /// The instances whose configurations another setting changes, given without a name.
    private func changed(
        by program: SkerryProgram,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [String] {
        let isAgent = program.program == BuiltProducts.skerryAgent
        let folder = "\(program.root)/etc/skerry/\(isAgent ? "agent" : "server")"
        func configurations() throws -> [String: Data] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            let pairs = names.compactMap { name in
                FileManager.default.contents(atPath: "\(folder)/\(name)/config.json").map { (name, $0) }
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
        let before = try configurations()
        let setting = isAgent ? ["--noListen", "true"] : ["--webListenPrefixes", "http://127.0.0.1:0/"]
        let result = try await program.run(["configure"] + setting)
        #expect(result.exitCode == 0, "\(result.standardError)")
        return try configurations().filter { before[$0.key] != $0.value }.keys.sorted()
    }

    @Test("I-27: no server has another's database open, and one that is pointed at another's is refused, however")
    func databases() async throws {
        try await withServers(["one", "two"]) { skerry, servers in
            let homes = "\(skerry.root)/var/lib/skerry/server"
            for server in servers {
                let files = "/proc/\(server.processID)/fd"
                let open = try FileManager.default.contentsOfDirectory(atPath: files)
                    .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(files)/\($0)") }
                    .filter { $0.hasPrefix("\(homes)/") }
                #expect(open.contains { $0.hasSuffix("/skerry.db") })
                #expect(open.allSatisfy { $0.hasPrefix("\(homes)/\(server.name)/") }, "\(open)")
            }
            let database = "\(homes)/one/skerry.db"
            let symbolic = "\(skerry.root)/symbolic.db"
            let hard = "\(skerry.root)/hard.db"
            try FileManager.default.createSymbolicLink(atPath: symbolic, withDestinationPath: database)
            try FileManager.default.linkItem(atPath: database, toPath: hard)
            #expect(try await skerry.run("create-instance", "--instance", "thief").exitCode == 0)
            let secrets = "\(skerry.root)/etc/skerry/server"
            // Even who has the key.
            try FileManager.default.removeItem(atPath: "\(secrets)/thief/secrets/master-key")
            try FileManager.default.copyItem(
                atPath: "\(secrets)/one/secrets/master-key",
                toPath: "\(secrets)/thief/secrets/master-key"
            )
            for path in [database, symbolic, hard] {
                let refused = try await skerry.run("configure", "--instance", "thief", "--database", path)
                #expect(refused.exitCode == 1 && refused.standardError.contains("one"), "\(path)")
                let file = "\(secrets)/thief/config.json"
                let kept = try String(contentsOfFile: file, encoding: .utf8)
                var settings = try JSON.parse(kept)
                settings["database"] = .string(path)
                try settings.text.write(toFile: file, atomically: true, encoding: .utf8)
                for command in ["run", "admin"] {
                    let arguments = [command, "--instance", "thief"] + (command == "admin" ? ["--username", "x"] : [])
                    let result = try await skerry.run(arguments)
                    #expect(result.exitCode == 1, "\(path): \(result.standardError)")
                    #expect(result.standardError.contains("\"one\""), "\(path): \(result.standardError)")
                }
                try kept.write(toFile: file, atomically: true, encoding: .utf8)
            }
            #expect(try await ask(servers[0], "GET", "/api/users/me").status == 200)
        }
    }

    @Test("I-2: a server keeps targets that need no agent on a machine without one; agents beside it change nothing")
    func withoutAgents() async throws {
        try await withServers(["one"]) { skerry, servers in
            let server = servers[0]
            #expect(try await skerry.agent.run("list-instances", "--json").json()["data"] == [])
            let environment = try await ask(server, "POST", "/api/Spaces-1/environments", ["Name": "Production"])
            let account = try await ask(
                server,
                "POST",
                "/api/Spaces-1/accounts",
                [
                    "Name": "root of the web server", "AccountType": "UsernamePassword", "Username": "deploy",
                    "Password": ["HasValue": true, "NewValue": "a password"],
                ]
            )
            #expect(account.status == 201, "\(account.body)")
            let id = account.body["Id"] ?? .null
            let endpoints: [JSON] = [
                [
                    "CommunicationStyle": "Ssh", "AccountId": id, "Host": "web.example", "Port": 22,
                    "Fingerprint": "SHA256:abc", "DotNetCorePlatform": "linux-x64",
                ],
                ["CommunicationStyle": "AwsEcsCluster", "ClusterName": "shop", "Region": "eu-central-1"],
                ["CommunicationStyle": "None"],
            ]
            for (number, endpoint) in endpoints.enumerated() {
                let made = try await ask(
                    server,
                    "POST",
                    "/api/Spaces-1/machines",
                    [
                        "Name": .string("Target \(number)"), "Roles": ["web"],
                        "EnvironmentIds": [environment.body["Id"] ?? .null], "Endpoint": endpoint,
                    ]
                )
                #expect(made.status == 201, "\(made.body)")
            }
            let before = try await ask(server, "GET", "/api/Spaces-1/machines/all").body
            #expect(before.arrayValue?.count == 3)
            for name in ["a", "b"] {
                #expect(try await skerry.agent.run("create-instance", "--instance", name).exitCode == 0)
            }
            let local = ["configure", "--instance", "a", "--port", "0", "--listenIpAddress", "127.0.0.1"]
            #expect(try await skerry.agent.run(local).exitCode == 0)
            try await skerry.agent.start(["run", "--instance", "a"]) { process in
                _ = try await process.line("the address") { $0.hasPrefix("listening on ") }
                #expect(try await ask(server, "GET", "/api/Spaces-1/machines/all").body == before)
            }
        }
    }

    @Test("I-41, I-47: a machine policy names the account that upgrades agents, and that account only")
    func updateAccount() async throws {
        try await withServers(["one"]) { _, servers in
            let server = servers[0]
            let account = try await ask(
                server,
                "POST",
                "/api/Spaces-1/accounts",
                [
                    "Name": "Upgrades", "AccountType": "UsernamePassword", "Username": "upgrader",
                    "Password": ["HasValue": true, "NewValue": "a password"],
                ]
            )
            let id = try #require(account.body["Id"])
            var policy = try await ask(server, "GET", "/api/Spaces-1/machinepolicies/template").body
            policy["Name"] = "Upgraded by an account of its own"
            var update = policy["MachineUpdatePolicy"] ?? [:]
            update["TentacleUpdateBehavior"] = "Update"
            update["TentacleUpdateAccountId"] = id
            policy["MachineUpdatePolicy"] = update
            let made = try await ask(server, "POST", "/api/Spaces-1/machinepolicies", policy)
            #expect(made.status == 201, "\(made.body)")
            let path = "/api/Spaces-1/machinepolicies/\(made.body["Id"]?.stringValue ?? "")"
            let read = try await ask(server, "GET", path).body
            #expect(read["MachineUpdatePolicy"]?["TentacleUpdateAccountId"] == id)
            // Nothing else of the policy has to do with it.
            var rest = read
            rest["MachineUpdatePolicy"] = .null
            #expect(!rest.text.contains(id.stringValue ?? "?"))
            let standard = try await ask(server, "GET", "/api/Spaces-1/machinepolicies/all").body.arrayValue?.first {
                $0["IsDefault"] == true
            }
            #expect(standard?["MachineUpdatePolicy"]?["TentacleUpdateAccountId"]?.stringValue == nil)
            update["TentacleUpdateAccountId"] = "Accounts-4711"
            policy["Name"] = "By nobody"
            policy["MachineUpdatePolicy"] = update
            let nobody = try await ask(server, "POST", "/api/Spaces-1/machinepolicies", policy)
            #expect(nobody.status == 400, "\(nobody.body)")
            let inUse = try await ask(server, "DELETE", "/api/Spaces-1/accounts/\(id.stringValue ?? "")")
            #expect(inUse.status == 400, "the policy would lose its account: \(inUse.body)")
            #expect(try await ask(server, "DELETE", path).status == 200)
            #expect(try await ask(server, "DELETE", "/api/Spaces-1/accounts/\(id.stringValue ?? "")").status == 200)
        }
    }

    @Test("D-5: who reads waits for nobody; who changes waits for the one lock of the machine, agents included")
    func lock() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            #expect(try await skerry.run("create-instance", "--instance", "one").exitCode == 0)
            let lock = "\(root)/run/skerry/locks/registry.lock"
            try await withProcess("/usr/bin/flock", ["--no-fork", lock, "sleep", "600"]) { holder in
                try await wait(for: "the lock") {
                    try await runProcess("/usr/bin/flock", ["--nonblock", lock, "true"]).exitCode == 1
                }
                try await skerry.start(["create-instance", "--instance", "two"]) { server in
                    try await skerry.agent.start(["create-instance", "--instance", "three"]) { agent in
                        for _ in 0..<3 {
                            let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue
                            #expect(list?.compactMap { $0["name"]?.stringValue } == ["one"])
                            #expect(try await skerry.run("show-configuration").exitCode == 0)
                            #expect(try await skerry.agent.run("list-instances", "--json").json()["data"] == [])
                        }
                        #expect(server.ending == nil && agent.ending == nil, "they wait")
                        holder.send(signal: SIGKILL)
                        #expect(try await server.waitForEnd() == .exited(0))
                        #expect(try await agent.waitForEnd() == .exited(0))
                    }
                }
            }
            let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(list.compactMap { $0["name"]?.stringValue } == ["one", "two"])
        }
    }
}
