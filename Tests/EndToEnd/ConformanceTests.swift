import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// What the guide says about servers as a whole, with real ones.
@Suite("Servers in step, by the guide")
struct ConformanceTests {
    @Test("LS-1, S-25: the source is read and never written, in every command, whatever the destination changed")
    func oneWay() async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: pair.source.port) { proxy in
                try pair.writePolicy(WeeklyChangeTests.policy, sourceAddress: proxy.address)
                try await pair.load()
                let loaded = try await pair.source.events()
                try await pair.syncNow()
                #expect(try await pair.source.changes(since: loaded) == [])

                // Both sides go on living; what the destination changes stays there.
                try await pair.changeSample()
                for (name, description) in [("Database", "ours"), ("Rate service", "ours, too")] {
                    let project = try #require(try await pair.destination.document(.projects, name))
                    try await pair.destination.edit(.projects, project["Id"]?.stringValue ?? "") {
                        $0["Description"] = .string(description)
                    }
                }
                let changed = try await pair.source.events()
                try await pair.syncNow()
                for command in ["status", "drift"] {
                    let result = try await pair.sync(command, "--policy", pair.policyPath)
                    #expect([0, 2].contains(result.exitCode), "\(command): \(result.standardError)")
                }
                #expect(try await pair.source.changes(since: changed) == [])
                #expect(try await pair.source.document(.projects, "Database")?["Description"] != "ours")
                #expect(proxy.requests.count > 20)
                #expect(proxy.writes.map { "\($0.method) \($0.path)" } == [])
            }
        }
    }

    @Test("LS-20: two spaces of one server are kept in step with one key, each with ids of its own")
    func spaces() async throws {
        try await withTemporaryDirectory { folder in
            try await withServer("Main", in: "\(folder)/server") { server in
                try await addSpace("Harbour", to: server)
                let pair = SyncPair(
                    source: server,
                    destination: server,
                    folder: folder,
                    policyPath: "\(folder)/policy.yaml",
                    planPath: "\(folder)/sync.skplan"
                )
                let policy = """
                    apiVersion: skerry.sync/v1
                    source: {url: "\(server.address)", space: Default, auth: env:SKERRY_SOURCE_KEY}
                    destination: {url: "\(server.address)", space: Harbour, auth: env:SKERRY_SOURCE_KEY}
                    \(WeeklyChangeTests.policy)
                    """
                try policy.write(toFile: pair.policyPath, atomically: true, encoding: .utf8)
                try await pair.load()
                let loaded = try await server.events()
                try await pair.syncNow()
                #expect(try await server.changes(since: loaded) == [], "nothing in the source's space was changed")
                let harbour = try await DestinationClient.connect(
                    to: server.address,
                    key: APIKey(server.key, from: "the test"),
                    space: "Harbour"
                )
                try await expectSameNames(server.client, harbour, [.projects, .runbooks, .tenants, .projectGroups])
                try await pair.changeSample()
                try await pair.syncNow()
                try await expectSameNames(server.client, harbour, [.projects, .runbooks, .channels])
                #expect(try await pair.plan().exitCode == 0)
            }
        }
    }

    private func expectSameNames(
        _ source: DestinationClient,
        _ destination: DestinationClient,
        _ kinds: [KindName],
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        for kind in kinds {
            let theirs = try await source.list(kind)
            let ours = try await destination.list(kind)
            #expect(!ours.isEmpty)
            #expect(Set(ours.map { $0["Name"] }).isSubset(of: Set(theirs.map { $0["Name"] })), "\(kind)")
            #expect(Set(ours.map { $0["Id"] }).isDisjoint(with: Set(theirs.map { $0["Id"] })), "\(kind)")
            if kind == .projects { #expect(ours.count == theirs.count) }
        }
    }

    /// Sync never makes spaces, so its client cannot either.
    private func addSpace(
        _ name: String,
        to server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let script = """
            import json, sys, urllib.request
            body = json.dumps({"Name": sys.argv[2], "SpaceManagersTeamMembers": [], \
            "SpaceManagersTeams": ["teams-administrators"]}).encode()
            headers = {"X-Octopus-ApiKey": sys.argv[3], "Content-Type": "application/json"}
            urllib.request.urlopen(urllib.request.Request(sys.argv[1] + "/api/spaces", body, headers))
            """
        let result = try await runPython(["-c", script, server.address, name, server.key])
        try #require(result.exitCode == 0, "\(result.standardError)")
    }
}
