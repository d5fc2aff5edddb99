import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// What goes wrong in practice: each with a message that says what to do, an exit code, and nothing written.
@Suite("Sync and bad input")
struct BadInputTests {
    private func withPolicy(
        source: String,
        destination: String,
        settings: String = "",
        keys: [String: String],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (FinishedProcess) throws -> Void
    ) async throws {
        try await withTemporaryDirectory { folder in
            let policy = """
                apiVersion: skerry.sync/v1
                source: {url: "\(source)", auth: env:SKERRY_SOURCE_KEY}
                destination: {url: "\(destination)", auth: env:SKERRY_DESTINATION_KEY}
                \(settings)
                """
            try policy.write(toFile: "\(folder)/policy.yaml", atomically: true, encoding: .utf8)
            var program = SkerryProgram(root: folder)
            program.environment = keys.mapValues { $0 }
            let result = try await program.run(
                "sync",
                "plan",
                "--policy",
                "\(folder)/policy.yaml",
                "--out",
                "\(folder)/x.skplan",
                "--json"
            )
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/x.skplan"))
            try body(result)
        }
    }

    private static let someKey = "API-AAAABBBBCCCCDDDDEEEE"
    private static let bothKeys = ["SKERRY_SOURCE_KEY": someKey, "SKERRY_DESTINATION_KEY": someKey]

    private func message(_ result: FinishedProcess) throws -> String {
        try result.json()["message"]?.stringValue ?? ""
    }

    @Test("a misspelt key of the policy is refused with its line")
    func misspelt() async throws {
        try await withPolicy(
            source: "http://127.0.0.1:1",
            destination: "http://127.0.0.1:1",
            settings: "wideningg: refuse",
            keys: Self.bothKeys
        ) { result in
            #expect(result.exitCode == 6)
            let text = try message(result)
            #expect(text.contains("line 4"), "\(text)")
            #expect(text.contains("widening"), "\(text)")
        }
    }

    @Test("a server that cannot be reached is named")
    func unreachable() async throws {
        try await withPolicy(
            source: "http://127.0.0.1:1",
            destination: "http://127.0.0.1:1",
            keys: Self.bothKeys
        ) { result in
            #expect(result.exitCode == 1)
            let text = try message(result)
            #expect(text.contains("http://127.0.0.1:1"), "\(text)")
        }
    }

    @Test("a missing key says which variable to set")
    func missingKey() async throws {
        try await withTemporaryDirectoryServer { server in
            try await withPolicy(source: server.address, destination: server.address, keys: [:]) { result in
                #expect(result.exitCode == 6)
                let text = try message(result)
                #expect(text.contains("SKERRY_SOURCE_KEY"), "\(text)")
            }
        }
    }

    @Test("a wrong key is refused by the server, and does not come back in the message")
    func wrongKey() async throws {
        try await withTemporaryDirectoryServer { server in
            try await withPolicy(
                source: server.address,
                destination: server.address,
                keys: Self.bothKeys
            ) { result in
                #expect(result.exitCode == 8)
                #expect(!result.standardOutput.contains(Self.someKey))
                #expect(!result.standardError.contains(Self.someKey))
            }
        }
    }

    @Test(
        "what answers but is no such server is recognised",
        arguments: [
            ("<html><body>Welcome</body></html>", "text/html"), ("{\"hello\": \"world\"}", "application/json"),
            ("[1, 2", "application/json"),
        ]
    )
    func noSuchServer(body: String, type: String) async throws {
        let server = try await ScriptedServer { _ in .init(200, body, contentType: type) }
        try await withPolicy(source: server.url, destination: server.url, keys: Self.bothKeys) { result in
            #expect(result.exitCode == 1)
            let text = try message(result)
            #expect(text.contains(server.url), "\(text)")
        }
        try await server.stop()
    }

    @Test("LS-2: servers of another major version are kept apart, and the message names both versions")
    func versions() async throws {
        try await withTemporaryDirectoryServer { server in
            let old = try await ScriptedServer { request in
                switch request.path {
                case "/api", "/api/":
                    .init(
                        200,
                        """
                        {"Application":"Octopus Deploy","Version":"2020.1.3","ApiVersion":"3.0.0",
                         "InstallationId":"0d9e6f3e-7f0c-4a0e-9a57-1f6a2a6a7c11","Links":{}}
                        """
                    )
                case "/api/spaces/all": .init(200, "[{\"Id\":\"Spaces-1\",\"Name\":\"Default\",\"IsDefault\":true}]")
                case "/api/users/me": .init(200, "{\"Id\":\"Users-1\",\"Username\":\"u\"}")
                default: .init(200, "{\"Items\":[],\"TotalResults\":0}")
                }
            }
            let keys = ["SKERRY_SOURCE_KEY": Self.someKey, "SKERRY_DESTINATION_KEY": server.key]
            try await withPolicy(source: old.url, destination: server.address, keys: keys) { result in
                #expect(result.exitCode == 7, "\(result.standardOutput)")
                let text = try message(result)
                #expect(text.contains("2020.1.3"), "\(text)")
            }
            try await old.stop()
        }
    }

    @Test("a space that does not exist is named, with the spaces that do")
    func missingSpace() async throws {
        try await SyncPair.withPair { pair in
            let policy = try String(contentsOfFile: pair.policyPath, encoding: .utf8)
                .replacing("SKERRY_DESTINATION_KEY}", with: "SKERRY_DESTINATION_KEY, space: Harbour}")
            try policy.write(toFile: pair.policyPath, atomically: true, encoding: .utf8)
            let result = try await pair.plan()
            #expect(result.exitCode == 6)
            let text = try message(result)
            #expect(text.contains("Harbour"), "\(text)")
            #expect(text.contains("Default"), "\(text)")
        }
    }

    @Test("two source entities for one destination name are an error, not a guess")
    func ambiguousTarget() async throws {
        let policy = """
            environments: {"*": same}
            types: {projectGroups: {alias: {One: Shared, Two: Shared}}}
            """
        try await SyncPair.withPair(policy: policy) { pair in
            for name in ["One", "Two"] {
                _ = try await pair.source.client.create(.projectGroups, ["Name": .string(name)])
            }
            let result = try await pair.plan()
            #expect(result.exitCode == 3)
            #expect(result.standardOutput.contains("Shared"))
        }
    }

    @Test("E-97: a destination that moved after planning: exit code 4, nothing written")
    func stale() async throws {
        try await SyncPair.withPair(policy: "environments: {\"*\": same}") { pair in
            _ = try await pair.source.client.create(.projectGroups, ["Name": "Trading"])
            #expect(try await pair.plan().exitCode == 2)
            _ = try await pair.destination.client.create(.projectGroups, ["Name": "Trading"])
            let before = try await pair.destination.events()
            let applied = try await pair.apply()
            #expect(applied.exitCode == 4, "\(applied.standardOutput)")
            #expect(applied.standardOutput.contains("Trading"))
            #expect(try await pair.destination.events() == before)
        }
    }

    @Test("2.11: a policy that changed after planning: exit code 4, nothing written")
    func stalePolicy() async throws {
        try await SyncPair.withPair(policy: "environments: {\"*\": same}") { pair in
            _ = try await pair.source.client.create(.projectGroups, ["Name": "Trading"])
            #expect(try await pair.plan().exitCode == 2)
            try pair.writePolicy("environments: {\"*\": same}\nwidening: allow")
            let before = try await pair.destination.events()
            #expect(try await pair.apply().exitCode == 4)
            #expect(try await pair.destination.events() == before)
        }
    }

    @Test("S-27: a plan that somebody edited is refused")
    func editedPlan() async throws {
        try await SyncPair.withPair(policy: "environments: {\"*\": same}") { pair in
            _ = try await pair.source.client.create(.projectGroups, ["Name": "Trading"])
            #expect(try await pair.plan().exitCode == 2)
            let text = try String(contentsOfFile: pair.planPath, encoding: .utf8)
            try text.replacing("\"Trading\"", with: "\"Treading\"")
                .write(toFile: pair.planPath, atomically: true, encoding: .utf8)
            let applied = try await pair.apply()
            #expect(applied.exitCode == 6, "\(applied.standardOutput)")
            #expect(try await pair.destination.document(.projectGroups, "Treading") == nil)
        }
    }
}
