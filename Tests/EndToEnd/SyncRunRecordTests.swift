import APIClient
import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// What both servers keep of a run (`sync.md` 2.20).
@Suite("Sync runs on record at both servers")
struct SyncRunRecordTests {
    private static let policy = WeeklyChangeTests.policy

    @Test("2.20: plan, approvals, journal digest and results of a run stand on both servers, and no value does")
    func both() async throws {
        try await SyncPair.withPair { pair in
            let key = "\(pair.folder)/alice.key"
            let made = try await pair.sync("keygen", "--out", key, "--json")
            let publicKey = try JSON.parse(made.standardOutput)["data"]?["key"]?.stringValue ?? ""
            try pair.writePolicy(
                Self.policy + "\napprovals: {required: 1, keys: [{name: Alice, key: \"\(publicKey)\"}]}"
            )
            try await pair.load()
            _ = try await pair.plan()
            _ = try await pair.sync("approve", pair.planPath, "--key", key)
            let applied = try await pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardError)")
            let run = try JSON.parse(applied.standardOutput)["data"]?["run"] ?? .null
            let total = try pair.planFile()["operations"]?.arrayValue?.count ?? 0

            let records = try await (pair.source.syncRuns(), pair.destination.syncRuns())
            for (record, side) in [(records.0.first, "Source"), (records.1.first, "Destination")] {
                let record = try #require(record)
                #expect(record["Name"] == run && record["Side"] == .string(side))
                #expect(record["State"] == "Finished" && record["Purpose"] == "sync")
                #expect(record["OperationCount"] == .int(total))
                #expect(record["Results"]?["Done"] == .int(total) && record["Results"]?["Failed"] == 0)
                #expect(record["Operations"]?.arrayValue?.allSatisfy { $0["State"] != "waiting" } == true)
                #expect(record["Approvals"]?[0]?["Key"] == .string(publicKey))
                #expect(record["JournalDigest"]?.stringValue?.count == 64)
                #expect(record["Source"]?["InstallationId"] == .string(pair.source.client.identity.installationID))
                #expect(record["Destination"]?["SpaceName"] == "Default")
                #expect(record["FinishedAt"]?.stringValue != nil)
                #expect(!record.text.contains("rates.example"), "values stay where they are")
            }
            #expect(records.0.first?["JournalDigest"] == records.1.first?["JournalDigest"])
        }
    }

    @Test("2.20: the record of a single change costs no request: each server is told with the next question")
    func alongWithQuestions() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            try await pair.load()
            try await pair.syncNow()
            try await pair.setVariable("Rate service", "Rates.Url", "https://new.example")
            _ = try await pair.plan()
            #expect(try await pair.apply().exitCode == 0)
            #expect(try await pair.destination.syncRuns().first?["State"] == "Applied")
            #expect(try await pair.source.syncRuns().count == 1, "only the first run")
            #expect(try await pair.verify().exitCode == 0)
            for server in [pair.source, pair.destination] {
                let runs = try await server.syncRuns()
                #expect(runs.map { $0["State"] } == ["Finished", "Finished"])
                #expect(runs.first?["Operations"]?.arrayValue?.count == 1)
            }
        }
    }

    @Test("2.20: a run that was killed is on record as running, and when another plan is applied, as abandoned")
    func killed() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            try await pair.load()
            _ = try await pair.plan()
            _ = try await pair.apply(environment: ["SKERRY_TEST_CRASH_AT": "12"])
            for server in [pair.source, pair.destination] {
                #expect(try await server.syncRuns().map { $0["State"] } == ["Running"])
            }
            try await pair.syncNow()
            for server in [pair.source, pair.destination] {
                #expect(try await server.syncRuns().map { $0["State"] } == ["Finished", "Abandoned"])
            }
        }
    }

    @Test("2.20: a run whose server goes away is told of when it is back, as what it was")
    func unreachable() async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: pair.destination.port) { proxy in
                try pair.writePolicy(Self.policy, destinationAddress: proxy.address)
                try await pair.load()
                _ = try await pair.plan()
                proxy.setRule { request in request.path.contains("/projects") && request.method != "GET" ? .cut : nil }
                #expect(try await pair.apply().exitCode == 5)
                proxy.setRule(nil)
                _ = try await pair.plan()
                for server in [pair.source, pair.destination] {
                    let record = try #require(try await server.syncRuns().first)
                    #expect(record["State"] == "Partial")
                    #expect(record["Results"]?["NotStarted"] != 0)
                }
                #expect(try await pair.apply().exitCode == 0)
            }
        }
    }

    @Test(
        "2.20: a server that keeps no such records, or refuses them, is synced all the same",
        arguments: [404, 403, 500]
    )
    func refused(status: Int) async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: pair.source.port) { proxy in
                try pair.writePolicy(Self.policy, sourceAddress: proxy.address)
                proxy.setRule { $0.isReport ? .answer(status: status, body: "{}") : nil }
                try await pair.load()
                try await pair.syncNow()
                try await pair.setVariable("Rate service", "Rates.Url", "https://new.example")
                try await pair.syncNow()
                #expect(!proxy.reports.isEmpty)
                #expect(try await pair.source.syncRuns().isEmpty)
            }
        }
    }
}

extension TestServer {
    /// The records of runs, the newest first.
    func syncRuns(isolation: isolated (any Actor)? = #isolation) async throws -> [JSON] {
        let place = URL(string: "/api/syncruns", relativeTo: URL(string: address))?.absoluteString ?? ""
        var request = HTTPClientRequest(url: place)
        request.headers.add(name: "X-Octopus-ApiKey", value: key)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        try #require(response.status == .ok)
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return try JSON.parse(Array(bytes.readableBytesView))["Items"]?.arrayValue ?? []
    }
}
