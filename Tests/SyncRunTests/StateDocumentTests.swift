import Catalog
import Foundation
import Store
import Sync
import TestSupport
import Testing

@testable import SyncRun

@Suite("A state as a document, and back")
struct StateDocumentTests {
    @Test("2.20: all that a state remembers comes back from its export: records, ledger, runs, journal, images")
    func roundTrip() async throws {
        try await withTemporaryDirectory { folder in
            let document = try await Self.filled("\(folder)/old.sqlite")
            let path = "\(folder)/new/state.sqlite"
            let written = try await StateImport.write(StateDocument(document.bytes), to: path, replacing: false)
            #expect(written == StateImport.Outcome())
            let again = try await StateImport.write(StateDocument(document.bytes), to: path, replacing: false)
            #expect(again == StateImport.Outcome(wasThere: true))
            let store = try await StateStore.open(path: path)
            #expect(try await store.exported() == document)
            #expect(try await store.run(ofPlan: "p2")?.status == .running)
            #expect(try await store.run(ofPlan: "p2")?.proposed.records.count == 1)
            #expect(try await store.journal(of: "r2")[1]?.step == .intent)
            #expect(try await store.history(of: "r1")?.images.first?.before?["Description"] == "old")
            try await store.close()
            let log = try RunLog(forState: path).read()
            #expect(log.entries.map(\.event) == ["imported"] && log.brokenAt == nil)
        }
    }

    @Test(
        "2.20: a document that is not whole is refused with the place of what is wrong",
        arguments: [
            ("format", "skerry.sync.state/v9", "format should be"),
            ("pair/sourceSpace", 7, "pair.sourceSpace should be a text"),
            ("pair", nil, "pair should be an object"),
            ("records/l1/sourceKey/kind", "wagons", "records[l1].sourceKey.kind should be a kind"),
            ("records/l1/destinationID", nil, "records[l1].destinationID should be a text"),
            ("records/l1/base", [], "records[l1].base should be an object"),
            ("records/l1/variables", ["base": ["adopting": 1]], "records[l1].variables.base.adopting should be"),
            ("records/l1/parts", [["a", "b"]], "records[l1].parts[0] should be a path"),
            ("records/l1/invented", 1, "records[l1] should be without 'invented'"),
            ("secrets/0/row", ["state": "lost"], "secrets[0].row should be"),
            ("runs/0/status", "asleep", "runs[0].status should be running, finished"),
            ("runs/1/status", "running", "runs[1].status should be ended"),
            ("runs/1/id", "r2", "runs[1].id should be another id"),
            ("runs/1/startedAt", "yesterday", "runs[1].startedAt should be a time"),
            ("runs/1/journal/0/sequence", 0, "runs[1].journal[0].sequence should be a number"),
            ("runs/1/journal/0/step", "sent", "runs[1].journal[0].step should be intent"),
            ("runs/1/operations/0/key", "Shop", "runs[1].operations[0] should be an operation"),
            ("runs/1/images/0/before", "gone", "runs[1].images[0].before should be a document"),
            ("runs/0/proposed/records/l1/sourceID", "", "runs[0].proposed.records[l1].sourceID should be"),
            ("news", 1, "the file should be without 'news'"),
        ] as [(String, JSON, String)]
    )
    func damaged(way: String, value: JSON, expected: String) async throws {
        try await withTemporaryDirectory { folder in
            let document = Self.setting(
                way.split(separator: "/")[...],
                value,
                in: try await Self.filled("\(folder)/old.sqlite")
            )
            let error = #expect(throws: StateDocumentError.self) { try StateDocument(document.bytes) }
            #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
        }
    }

    @Test("2.20: text that is no JSON, too deep or cut off is refused, and nothing is made")
    func noDocument() async throws {
        try await withTemporaryDirectory { folder in
            let whole = try await Self.filled("\(folder)/old.sqlite").bytes
            let deep = String(repeating: "[", count: 100_000)
            for text in [Array("PK".utf8), Array(whole.dropLast(9)), Array(deep.utf8), []] {
                let path = "\(folder)/state.json"
                try Data(text).write(to: URL(fileURLWithPath: path))
                let error = #expect(throws: SyncRunError.self) { try StateImport.document(at: path) }
                #expect(error?.description.contains(path) == true)
            }
        }
    }

    @Test("2.20: a state that remembers something is kept: refused, or put aside under another name")
    func replacing() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/state.sqlite"
            let before = try await Self.filled(path)
            let other = try StateDocument(
                (["format": .string(StateDocument.format), "pair": nil, "records": [:], "secrets": [], "runs": []]
                    as JSON)
                    .bytes
            )
            let refused = await #expect(throws: SyncRunError.self) {
                try await StateImport.write(other, to: path, replacing: false)
            }
            #expect(refused?.exitCode == .guarded)
            #expect(refused?.description.contains("remembers 1 document and 2 runs") == true)
            try Data("x".utf8).write(to: URL(fileURLWithPath: path + ".replicas"))
            let aside = try #require(try await StateImport.write(other, to: path, replacing: true).aside)
            let kept = try await StateStore.open(path: aside)
            #expect(try await kept.exported() == before)
            try await kept.close()
            // Nothing that was read before counts any more.
            #expect(!FileManager.default.fileExists(atPath: path + ".replicas"))
            // An empty one is in nobody's way.
            let filled = try await StateImport.write(StateDocument(before.bytes), to: path, replacing: false)
            #expect(filled == StateImport.Outcome())
            let lock = try StateLock(path: path + ".lock")
            await #expect(throws: SyncRunError.self) {
                try await StateImport.write(other, to: path, replacing: true)
            }
            withExtendedLifetime(lock) {}
        }
    }

    // MARK: - A state with one of everything

    private static func setting(_ way: ArraySlice<Substring>, _ value: JSON, in json: JSON) -> JSON {
        guard let step = way.first else { return value }
        var json = json
        if let position = Int(step) {
            json[position] = setting(way.dropFirst(), value, in: json[position] ?? .null)
        } else {
            json[String(step)] = setting(way.dropFirst(), value, in: json[String(step)] ?? .null)
        }
        return json
    }

    private static func filled(_ path: String) async throws -> JSON {
        let store = try await StateStore.open(path: path)
        let operation = Operation(
            sequence: 1,
            phase: .scaffolding,
            action: .update,
            key: EntityKey(.projects, "Shop"),
            lineage: "l1",
            fields: [FieldChange(path: "Description", from: "old", to: "new", rule: "policy line 3")],
            after: ["Description": "new"]
        )
        let time = try #require(Date(timestamp: "2026-01-31T12:00:00Z"))
        try await store.begin(
            SyncRunRecord(id: "r1", planID: "p1", status: .running, proposed: state, previous: state),
            [operation],
            at: time
        )
        try await store.record(
            JournalEntry(sequence: 1, step: .verified, hashBefore: "a", hashAfter: "b", destinationID: "Projects-7"),
            images: [
                OperationImage(kind: .projects, id: "Projects-7", moment: .before, document: ["Description": "old"]),
                OperationImage(kind: .projects, id: "Projects-7", moment: .after, document: ["Description": "new"]),
            ],
            run: "r1",
            at: time
        )
        try await store.save(state, finishing: "r1", as: .finished, at: time)
        try await store.begin(
            SyncRunRecord(id: "r2", planID: "p2", status: .running, proposed: state),
            [operation],
            at: time
        )
        try await store.record(JournalEntry(sequence: 1, step: .intent, hashBefore: "b"), run: "r2", at: time)
        let document = try await store.exported()
        try await store.close()
        return document
    }

    private static var state: SyncState {
        let pair = SyncState.Pair(source: replica("A"), destination: replica("B"))
        let record = SyncState.Record(
            lineage: "l1",
            sourceKey: EntityKey(.projects, "Web shop"),
            destinationKey: EntityKey(.projects, "Shop"),
            sourceID: "Projects-1",
            destinationID: "Projects-7",
            base: ["Description": "new"],
            parts: [SyncState.Part(path: ["Steps", "Deploy"], sourceID: "1", destinationID: "2")],
            createdHash: "c"
        )
        let secret = SecretPlace(lineage: "l1", path: "Password")
        return SyncState(
            pair: pair,
            records: ["l1": record],
            secrets: [secret: SecretRow(state: .setAtDestination, version: "v", since: "2026-01-31T12:00:00Z")]
        )
    }

    private static func replica(_ installation: String) -> ReplicaIdentity {
        ReplicaIdentity(
            url: "",
            spaceID: "Spaces-1",
            spaceName: "",
            serverVersion: "2025.4.1",
            installationID: installation
        )
    }
}
