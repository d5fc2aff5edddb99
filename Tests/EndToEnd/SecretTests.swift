import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// Secrets between two real servers: entered by a person, set by a provider, rotated, never lost and never shown.
@Suite("Secrets between two servers")
struct SecretTests {
    static let sourceSecret = "the-source-keeps-this"
    static let entered = "a-person-entered-this"

    private func fill(_ server: TestServer, isolation: isolated (any Actor)? = #isolation) async throws {
        for (name, type) in [("Cloud", "Token"), ("Other", "Token")] {
            _ = try await server.client.create(
                .accounts,
                [
                    "Name": .string(name), "AccountType": .string(type),
                    "Token": ["HasValue": true, "NewValue": .string(Self.sourceSecret)],
                ]
            )
        }
        let set = try await server.client.create(.librarySets, ["Name": "Shared", "ContentType": "Variables"])
        try await server.edit(.variableSets, set["VariableSetId"]?.stringValue ?? "") {
            $0["Variables"] = [
                ["Name": "Db.Password", "Type": "Sensitive", "Value": .string(Self.sourceSecret), "Scope": [:]],
                ["Name": "Plain", "Type": "String", "Value": "text", "Scope": [:]],
            ]
        }
    }

    private static let provided = """
        secrets:
          provider: file
          map:
            accounts/Cloud/Token: cloud.secret
            variables/libraryvariablesets/Shared/Variables/Db.Password: db.secret
        """

    private func write(_ secret: String, _ file: String, _ pair: SyncPair) throws {
        let path = "\(pair.folder)/\(file)"
        try secret.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    private func secrets(
        _ pair: SyncPair,
        _ arguments: String...,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> (result: FinishedProcess, states: [String: String]) {
        var program = pair.program
        program.environment["SKERRY_NOTHING"] = ""
        let result = try await program.run(["sync", "secrets", "--policy", pair.policyPath, "--json"] + arguments)
        let list = try JSON.parse(result.standardOutput)["data"]?["secrets"]?.arrayValue ?? []
        let states = list.map { ($0["name"]?.stringValue ?? "", $0["state"]?.stringValue ?? "") }
        return (result, Dictionary(states) { first, _ in first })
    }

    private func hasValue(_ pair: SyncPair, isolation: isolated (any Actor)? = #isolation) async throws -> [Bool?] {
        let account = try await pair.destination.document(.accounts, "Cloud")
        let set = try await pair.destination.document(.librarySets, "Shared") ?? [:]
        let variable = try await pair.destination.variables(of: set).first { $0["Name"] == "Db.Password" }
        return [account?["Token"]?["HasValue"]?.boolValue, variable?["HasValue"]?.boolValue]
    }

    static let accountName = "accounts/Cloud/Token"
    static let variableName = "variables/libraryvariablesets/Shared/Variables/Db.Password"

    @Test(
        "LS-3, X13: a person's secrets: listed, entered, seen as entered by the server's word, and they survive every sync"
    )
    func person() async throws {
        try await SyncPair.withPair { pair in
            try await fill(pair.source)
            try await pair.syncNow()
            var (result, states) = try await secrets(pair)
            #expect(result.exitCode == 2, "\(result.standardError)")
            #expect(states[Self.accountName] == "unset" && states[Self.variableName] == "unset")
            #expect(try await hasValue(pair) == [false, false])
            let refused = try await secrets(pair, "--done", Self.accountName).result
            #expect(refused.exitCode == 9 && refused.standardOutput.contains("has no value"))

            let account = try await pair.destination.document(.accounts, "Cloud")?["Id"]?.stringValue ?? ""
            try await pair.destination.edit(.accounts, account) {
                $0["Token"] = ["HasValue": true, "NewValue": .string(Self.entered)]
            }
            let set = try await pair.destination.document(.librarySets, "Shared")?["VariableSetId"]?.stringValue ?? ""
            try await pair.destination.edit(.variableSets, set) {
                $0["Variables"]?[0]?["Value"] = .string(Self.entered)
            }
            states = try await secrets(pair).states
            #expect(states[Self.accountName] == "setAtDestination" && states[Self.variableName] == "setAtDestination")

            // Everything around them changes at the source, the name of the account and the value of the secret too.
            let own = try await pair.source.document(.accounts, "Cloud")?["Id"]?.stringValue ?? ""
            try await pair.source.edit(.accounts, own) {
                $0["Name"] = "Cloud 2"
                $0["Token"] = ["HasValue": true, "NewValue": "another"]
            }
            let ownSet = try await pair.source.document(.librarySets, "Shared")?["VariableSetId"]?.stringValue ?? ""
            try await pair.source.edit(.variableSets, ownSet) {
                $0["Variables"]?[0]?["Description"] = "changed"
                $0["Variables"]?[1]?["Value"] = "changed"
            }
            let port = try #require(URL(string: pair.destination.address)?.port)
            try await RecordingProxy.with(upstreamPort: port) { proxy in
                try pair.writePolicy("", destinationAddress: proxy.address)
                try await pair.syncNow()
                let sent = proxy.writes.map(\.bodyText).joined()
                #expect(sent.contains("changed") && !sent.contains(Self.entered) && !sent.contains(Self.sourceSecret))
                #expect(!sent.contains("\"NewValue\":\""))
            }
            let again = try await pair.destination.client.get(.accounts, id: account)
            #expect(again["Name"] == "Cloud 2" && again["Token"]?["HasValue"] == true)
            #expect(try await hasValue(pair)[1] == true)
        }
    }

    @Test(
        "S-104, S-107: a provider sets what is missing, once, and again after a rotation; its values are in no file, plan or message"
    )
    func provider() async throws {
        try await SyncPair.withPair { pair in
            try await fill(pair.source)
            try pair.writePolicy(Self.provided)
            try write("provider-one", "cloud.secret", pair)
            try write("provider-two", "db.secret", pair)
            try await pair.syncNow()
            #expect(try await hasValue(pair) == [true, true])
            var states = try await secrets(pair).states
            #expect(states[Self.accountName] == "providerSet" && states[Self.variableName] == "providerSet")
            #expect(states["accounts/Other/Token"] == "unset")

            try write("provider-three", "cloud.secret", pair)
            let planned = try await pair.plan()
            #expect(planned.exitCode == 2)
            let operations = try pair.planFile()["operations"]?.arrayValue ?? []
            #expect(operations.count == 1 && operations[0]["risk"] == ["S"], "\(operations)")
            let port = try #require(URL(string: pair.destination.address)?.port)
            try await RecordingProxy.with(upstreamPort: port) { proxy in
                try pair.writePolicy(Self.provided, destinationAddress: proxy.address)
                try await pair.syncNow()
                #expect(proxy.writes.map(\.bodyText).joined().contains("\"NewValue\":\"provider-three\""))
                // The lease that keeps other runners out is written, too.
                #expect(proxy.writes.count { $0.path.contains("/accounts/") } == 1)
            }
            try pair.writePolicy(Self.provided)
            #expect(try await pair.plan().exitCode == 0)
            // Rotated between plan and apply: the plan is stale.
            try write("provider-four", "cloud.secret", pair)
            #expect(try await pair.plan().exitCode == 2)
            try write("provider-five", "cloud.secret", pair)
            #expect(try await pair.apply().exitCode == 4)
            states = try await secrets(pair, "--all").states
            #expect(states[Self.accountName] == "providerSet")
            try expectNowhere(
                ["provider-one", "provider-two", "provider-three", "provider-four", "provider-five"],
                pair
            )
        }
    }

    /// Everything that sync wrote, the state with its journal included.
    private func expectNowhere(_ secrets: [String], _ pair: SyncPair) throws {
        let files = try FileManager.default.subpathsOfDirectory(atPath: pair.folder).filter {
            !$0.hasSuffix(".secret") && !$0.hasPrefix("source") && !$0.hasPrefix("destination")
        }
        #expect(files.contains { $0.hasSuffix("state.sqlite") } && files.contains("sync.skplan"))
        for file in files {
            guard let data = FileManager.default.contents(atPath: "\(pair.folder)/\(file)") else { continue }
            for secret in secrets { #expect(data.range(of: Data(secret.utf8)) == nil, "\(file) holds \(secret)") }
        }
    }

    @Test("a provider's secret is set however the apply was cut off")
    func cutOff() async throws {
        try await SyncPair.withPair { pair in
            try await fill(pair.source)
            try pair.writePolicy(Self.provided)
            try write("provider-one", "cloud.secret", pair)
            try write("provider-two", "db.secret", pair)
            #expect(try await pair.plan().exitCode == 2)
            for boundary in 1...40 {
                let result = try await pair.apply(environment: ["SKERRY_TEST_CRASH_AT": String(boundary % 5 + 1)])
                if result.exitCode == 0 { break }
            }
            #expect(try await pair.apply().exitCode == 0)
            #expect(try await hasValue(pair) == [true, true])
            #expect(try await pair.verify().exitCode == 0)
        }
    }

    @Test(
        "LS-3: a server that insists on a value gets a random dummy that says what it is; the ledger calls it a placeholder"
    )
    func dummies() async throws {
        try await SyncPair.withPair { pair in
            try await fill(pair.source)
            let port = try #require(URL(string: pair.destination.address)?.port)
            try await RecordingProxy.with(upstreamPort: port) { proxy in
                proxy.setRule { request in
                    guard request.method == "POST", request.path.contains("/accounts"),
                        !request.bodyText.contains("\"NewValue\":\"")
                    else { return nil }
                    return .answer(status: 400, body: "{\"ErrorMessage\":\"Token is required\"}")
                }
                try pair.writePolicy("", destinationAddress: proxy.address)
                try await pair.syncNow()
                let dummies = proxy.writes.map(\.bodyText).flatMap {
                    $0.matches(of: /"NewValue":"(skerry-placeholder-[0-9a-z]{30,})"/).map { String($0.output.1) }
                }
                #expect(dummies.count == 2 && Set(dummies).count == 2)
                let (result, states) = try await secrets(pair)
                #expect(result.exitCode == 2 && states[Self.accountName] == "placeholder")
                #expect(try await secrets(pair).states[Self.accountName] == "placeholder", "it stays one")
                try expectNowhere(dummies, pair)
                let done = try await secrets(pair, "--done", Self.accountName)
                #expect(done.states[Self.accountName] == "setAtDestination")
                #expect(try await secrets(pair).states[Self.accountName] == "setAtDestination")
            }
        }
    }

    @Test("a server's error that quotes a secret is not shown")
    func quoted() async throws {
        try await SyncPair.withPair { pair in
            try await fill(pair.source)
            try write("provider-one", "cloud.secret", pair)
            try write("provider-two", "db.secret", pair)
            let port = try #require(URL(string: pair.destination.address)?.port)
            try await RecordingProxy.with(upstreamPort: port) { proxy in
                proxy.setRule { request in
                    guard request.method == "POST", request.bodyText.contains("provider-one") else { return nil }
                    return .answer(status: 400, body: "{\"ErrorMessage\":\"'provider-one' is no token\"}")
                }
                try pair.writePolicy(Self.provided, destinationAddress: proxy.address)
                #expect(try await pair.plan().exitCode == 2)
                let applied = try await pair.apply()
                #expect(applied.exitCode == 5)
                #expect(applied.standardOutput.contains("quotes a secret"))
                #expect(!(applied.standardOutput + applied.standardError).contains("provider-one"))
                try expectNowhere(["provider-one", "provider-two"], pair)
            }
        }
    }
}
