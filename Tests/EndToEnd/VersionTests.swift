import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// A destination of the release before: a proxy that knows other fields than the server behind it.
@Suite("Two servers of neighbouring releases")
struct VersionTests {
    static let changes = """
        [{"kind": "projects", "since": "2026.1", "renamed": "Remark", "to": "Description"},
         {"kind": "projects", "since": "2026.1", "added": "IsDisabled", "standard": false},
         {"kind": "tagsets", "since": "2026.1", "dropped": "Colour", "filling": "blue"},
         {"kind": "tagsets", "since": "2026.1", "path": ["Tags", "*"], "field": "Name", "word": "New word"}]
        """
    static let policy = "environments: {\"*\": same}\nversions: {changes: changes.json, allowMajor: false}"

    @Test("S-37, S-39, E-112: a field added, a field dropped, a field renamed: all of it arrives, and nothing is left")
    func neighbours() async throws {
        try await withOlderDestination { pair, proxy in
            let project = try await RollbackTests.project("Shop", on: pair.source)
            try await pair.source.edit(.projects, project) {
                $0["Description"] = "Sells things"
                $0["IsDisabled"] = true
            }
            _ = try await pair.source.client.create(
                .tagSets,
                ["Name": "Ring", "Tags": [["Name": "One", "Color": "#333333"]]]
            )
            let planned = try await pair.plan()
            #expect(planned.exitCode == 2, "\(planned.standardOutput.prefix(2000))")
            let notices = try pair.planFile()["notices"]?.arrayValue ?? []
            #expect(
                notices.contains { $0["code"] == "older-destination" && $0["path"] == "IsDisabled" },
                "\(notices)"
            )
            let applied = try await pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardOutput.prefix(3000))")
            #expect(try await pair.verify().exitCode == 0)
            let there = try #require(try await pair.destination.document(.projects, "Shop"))
            #expect(there["Description"] == "Sells things")
            let sent = proxy.writes.filter { $0.path.hasSuffix("/projects") }
            #expect(sent.allSatisfy { $0.bodyText.contains("Remark") && !$0.bodyText.contains("IsDisabled") })
            #expect(!sent.isEmpty)
        }
    }

    @Test(
        "S-42, E-74: what the older release refuses names both versions and the remedy; the rest goes on if asked for"
    )
    func refused() async throws {
        try await withOlderDestination { pair, proxy in
            _ = try await RollbackTests.project("Shop", on: pair.source)
            _ = try await pair.source.client.create(
                .tagSets,
                ["Name": "Words", "Tags": [["Name": "New word", "Color": "#333333"]]]
            )
            _ = try await pair.source.client.create(.environments, ["Name": "Odd"])
            _ = try await pair.plan()
            proxy.setRule { request in
                request.method == "POST" && request.bodyText.contains("\"Odd\"")
                    ? .answer(status: 400, body: #"{"ErrorMessage": "Unknown member SortOrder"}"#) : nil
            }
            let applied = try await pair.sync("apply", pair.planPath, "--on-failure", "continueIndependent", "--json")
            #expect(applied.exitCode == 5)
            let failed = try ApplyTrustTests.data(applied)["failed"]?.arrayValue ?? []
            let problems = failed.compactMap { $0["problem"]?.stringValue }
            #expect(problems.count == 2, "\(problems)")
            #expect(problems.allSatisfy { $0.contains("2026.1.0") && $0.contains("2026.0.9") })
            #expect(problems.allSatisfy { $0.contains("the usual remedy is to upgrade the older one") })
            #expect(problems.contains { $0.contains("'New word'") })
            #expect(try await pair.destination.document(.projects, "Shop") != nil)
        }
    }

    @Test("S-40, LS-2, LS-6: releases that are too far apart are refused, and the text names both")
    func gate() async throws {
        try await withOlderDestination(version: "2024.3.1") { pair, _ in
            let planned = try await pair.plan()
            #expect(planned.exitCode == 7)
            #expect(planned.standardOutput.contains("2024.3.1") && planned.standardOutput.contains("2026.1.0"))
        }
    }

    // MARK: - Parts

    /// The same year as the source says, so that the gate lets it pass; the server behind it is of 2026.1.
    private func withOlderDestination(
        version: String = "2026.0.9",
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SyncPair, RecordingProxy) async throws -> Void
    ) async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: ApplyTrustTests.port(pair.destination)) { proxy in
                try Self.changes.write(toFile: "\(pair.folder)/changes.json", atomically: true, encoding: .utf8)
                try pair.writePolicy(Self.policy, destinationAddress: proxy.address)
                proxy.setTranslation(Self.older(version))
                try await body(pair, proxy)
            }
        }
    }

    /// A server that calls the description a remark, does not know that projects can be disabled, and wants a colour.
    private static func older(_ version: String) -> RecordingProxy.Translation {
        var translation = RecordingProxy.Translation()
        translation.request = { request in
            guard request.path.contains("/projects"), request.method != "GET",
                var body = try? JSON.parse(request.body)
            else { return request.body }
            body["Description"] = body["Remark"]
            body["Remark"] = nil
            return body.bytes
        }
        translation.answer = { request, answer in
            var answer = answer
            let text = String(decoding: answer.body, as: UTF8.self)
            if request.path == "/api" {
                answer.body = Array(text.replacing("2026.1.0", with: version).utf8)
            } else if request.path.contains("/changes?") {
                // Other servers have no feed of changes.
                answer.status = 404
                answer.body = Array("{\"ErrorMessage\": \"not found\"}".utf8)
            } else if request.path.contains("/projects") {
                answer.body = Array(
                    text.replacing("\"Description\"", with: "\"Remark\"").replacing("\"IsDisabled\":false,", with: "")
                        .utf8
                )
            }
            return answer
        }
        return translation
    }
}
