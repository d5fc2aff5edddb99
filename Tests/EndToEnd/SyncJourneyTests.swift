import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// The journey of the first issue, with real processes on real ports.
@Suite("Two servers in step", .enabled(if: Shared.exists, "needs ../shared"))
struct SyncJourneyTests {
    @Test("S-3, S-33: a filled server goes to an empty one: planned, applied, verified; then there is nothing to do")
    func firstSync() async throws {
        try await SyncPair.withPair(policy: SyncPair.environments) { pair in
            let filled = try await Shared.fill(pair.source, projects: 100, tenants: 50, templates: 100)
            try #require(filled.exitCode == 0, "\(filled.standardError)")
            let port = try #require(URL(string: pair.destination.address)?.port)
            try await addSecrets(to: pair.source)
            try await RecordingProxy.with(upstreamPort: port) { proxy in try await journey(pair, proxy) }
        }
    }

    private func journey(
        _ pair: SyncPair,
        _ proxy: RecordingProxy,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        try pair.writePolicy(SyncPair.environments, destinationAddress: proxy.address)
        let before = try await pair.destination.events()
        let planned = try await pair.plan()
        #expect(planned.exitCode == 2, "\(planned.standardError)")
        #expect(try await pair.destination.events() == before, "planning must not write")

        let applied = try await pair.apply()
        try #require(applied.exitCode == 0, "\(applied.standardError)\(applied.standardOutput.suffix(4000))")
        let verified = try await pair.verify()
        #expect(verified.exitCode == 0, "\(verified.standardError)\(verified.standardOutput.suffix(4000))")

        try await expectNoForeignIDs(proxy, pair)
        try await expectMapping(pair)
        try expectSecretsLedger(pair)
        try await expectNothingToDo(pair)
    }

    /// Every id of the source is at least 500,001 and below 700,000; every id of the destination is above. Free text
    /// may quote anything and is left out.
    private func expectNoForeignIDs(
        _ proxy: RecordingProxy,
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let writes = proxy.writes
        #expect(writes.count > 300)
        for write in writes {
            let leaked = write.bodyText.matches(of: /\b[A-Za-z]+-5[0-9]{5}\b/).map { String($0.output) }
            #expect(leaked.isEmpty, "\(write.method) \(write.path) holds \(leaked)")
        }
    }

    private func expectMapping(
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let names = try await pair.destination.documents(.environments).compactMap { $0["Name"]?.stringValue }
        #expect(names == ["Production", "Staging"])
        #expect(try await pair.destination.client.list(.projects).count == 100)
        let source = try await pair.source.documents(.projects).map { $0["Name"] }
        let destination = try await pair.destination.documents(.projects).map { $0["Name"] }
        #expect(source == destination)
    }

    /// The real data holds no account and no sensitive value.
    private func addSecrets(to server: TestServer, isolation: isolated (any Actor)? = #isolation) async throws {
        _ = try await server.client.create(
            .accounts,
            [
                "Name": "Cloud", "AccountType": "AmazonWebServicesAccount", "AccessKey": "AKIA",
                "SecretKey": ["HasValue": true, "NewValue": "never leaves the source"],
            ]
        )
        let set = try #require(try await server.document(.librarySets, "Global"))
        try await server.edit(.variableSets, set["VariableSetId"]?.stringValue ?? "") {
            let secret: JSON = [
                "Name": "Global.Secret", "Type": "Sensitive", "Value": "neither does this", "Scope": [:],
            ]
            $0["Variables"] = .array(($0["Variables"]?.arrayValue ?? []) + [secret])
        }
    }

    private func expectSecretsLedger(_ pair: SyncPair) throws {
        let ledger = try pair.planFile()["secretsLedger"]?.arrayValue ?? []
        for (kind, path) in [("accounts", "SecretKey"), ("variables", "Global.Secret")] {
            #expect(
                ledger.contains {
                    $0["state"] == "unset" && $0["key"]?["kind"] == .string(kind)
                        && $0["path"]?.stringValue?.contains(path) == true
                },
                "\(kind) \(path)"
            )
        }
    }

    private func expectNothingToDo(
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let before = try await pair.destination.events()
        let planned = try await pair.plan()
        #expect(planned.exitCode == 0, "\(planned.standardOutput.suffix(2000))")
        #expect(try pair.planFile()["operations"]?.arrayValue?.isEmpty == true)
        let applied = try await pair.apply()
        #expect(applied.exitCode == 0)
        #expect(try await pair.destination.events() == before, "an empty plan must not write")
    }
}
