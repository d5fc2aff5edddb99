import Catalog
import Foundation
import Store
import Sync
import TestSupport
import Testing

@testable import SyncRun

@Suite("The state of a flow")
struct StateStoreTests {
    @Test("what was saved is loaded by the next process")
    func roundTrip() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/new folder/state.sqlite"
            let store = try await StateStore.open(path: path)
            let run = SyncRunRecord(id: "r1", planID: "p1", status: .running, proposed: state)
            try await store.begin(run, [])
            try await store.save(state, finishing: "r1", as: .finished)
            try await store.close()
            let again = try await StateStore.open(path: path)
            #expect(try await again.load(for: pair) == state)
            #expect(try await again.run(ofPlan: "p1")?.status == .finished)
        }
    }

    @Test("the state of another pair is refused, and the message names both")
    func otherPair() async throws {
        try await withTemporaryDirectory { folder in
            let store = try await StateStore.open(path: "\(folder)/state.sqlite")
            try await store.save(state, finishing: "", as: .finished)
            let other = SyncState.Pair(source: replica("A", "Spaces-1"), destination: replica("C", "Spaces-1"))
            let error = await #expect(throws: SyncRunError.self) { try await store.load(for: other) }
            #expect(error?.exitCode == .guarded)
            #expect(error?.description.contains("Spaces-2 of B") == true)
            #expect(error?.description.contains("Spaces-1 of C") == true)
        }
    }

    @Test("a file that is no database is an error with its path")
    func noDatabase() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/state.sqlite"
            try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
            let error = await #expect(throws: SyncRunError.self) { try await StateStore.open(path: path) }
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test("the journal keeps the last step of each operation")
    func journal() async throws {
        try await withTemporaryDirectory { folder in
            let store = try await StateStore.open(path: "\(folder)/state.sqlite")
            let journal = Journal(store: store, run: "r1", entries: [:])
            try await journal.record(JournalEntry(sequence: 1, step: .intent, hashBefore: "a"))
            try await journal.record(
                JournalEntry(sequence: 1, step: .done, hashAfter: "b", destinationID: "Projects-1")
            )
            try await journal.record(JournalEntry(sequence: 2, step: .intent))
            #expect(
                try await store.journal(of: "r1") == [
                    1: JournalEntry(sequence: 1, step: .done, hashAfter: "b", destinationID: "Projects-1"),
                    2: JournalEntry(sequence: 2, step: .intent),
                ]
            )
            #expect(try await store.journal(of: "r2").isEmpty)
        }
    }

    @Test("a new run abandons one that was cut off, and not one that ended")
    func abandons() async throws {
        try await withTemporaryDirectory { folder in
            let store = try await StateStore.open(path: "\(folder)/state.sqlite")
            for plan in ["p1", "p2", "p3"] {
                let run = SyncRunRecord(id: plan, planID: plan, status: .running, proposed: SyncState())
                try await store.begin(run, [])
                if plan == "p1" { try await store.save(SyncState(), finishing: plan, as: .partial) }
            }
            #expect(try await store.run(ofPlan: "p1")?.status == .partial)
            #expect(try await store.run(ofPlan: "p2")?.status == .abandoned)
            #expect(try await store.run(ofPlan: "p3")?.status == .running)
        }
    }

    @Test("two runners cannot hold one state; the second may when the first is gone")
    func lock() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).lock").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var first: StateLock? = try StateLock(path: path)
        #expect(throws: SyncRunError.self) { try StateLock(path: path) }
        withExtendedLifetime(first) {}
        first = nil
        #expect(throws: Never.self) { try StateLock(path: path) }
    }

    @Test("the state lies beside the policy when nothing else is said")
    func defaultPath() {
        #expect(StateStore.defaultPath(forPolicyAt: "/a/team.policy.yaml") == "/a/team.policy.state/state.sqlite")
    }

    private var pair: SyncState.Pair {
        SyncState.Pair(source: replica("A", "Spaces-1"), destination: replica("B", "Spaces-2"))
    }

    @Test("what a run was going to remember is kept until it has finished", arguments: [RunStatus.partial, .finished])
    func proposal(status: RunStatus) async throws {
        try await withTemporaryDirectory { folder in
            let store = try await StateStore.open(path: "\(folder)/state.sqlite")
            let run = SyncRunRecord(id: "r1", planID: "p1", status: .running, proposed: state)
            try await store.begin(run, [])
            #expect(try await store.run(ofPlan: "p1")?.proposed.records == state.records)
            try await store.save(state, finishing: "r1", as: status)
            #expect(try await store.run(ofPlan: "p1")?.proposed.records.isEmpty == (status == .finished))
            #expect(try await store.load(for: pair).records == state.records)
        }
    }

    private func replica(_ installation: String, _ space: String) -> ReplicaIdentity {
        ReplicaIdentity(url: "", spaceID: space, spaceName: "", serverVersion: "2025.4.1", installationID: installation)
    }

    private var state: SyncState {
        let record = SyncState.Record(
            lineage: "l1",
            sourceKey: EntityKey(.projects, "Web shop"),
            destinationKey: EntityKey(.projects, "Web Shop"),
            sourceID: "Projects-1",
            destinationID: "Projects-7",
            base: ["Description": "a", "Nested": ["Name": nil]],
            variables: ["links": ["a": 1]]
        )
        return SyncState(pair: pair, records: ["l1": record])
    }
}

/// What a state keeps of runs, and for how long.
@Suite("The size of a state")
struct StateSizeTests {
    @Test("what was written exactly as planned is dropped when its run ends; what decided stays, and so do its images")
    func finished() async throws {
        try await withTemporaryDirectory { folder in
            let store = try await StateStore.open(path: "\(folder)/state.sqlite")
            try await Self.run("r1", steps: [.verified, .done], store)
            let operations = try await store.operations(of: "r1")
            #expect(operations[1]?.after.isNull == true && operations[1]?.fields.first?.rule == "line 3")
            #expect(operations[1]?.fields.first?.to == nil)
            // Of what the server made something else of, `learn` needs what was sent.
            #expect(operations[2]?.after == Self.document && operations[2]?.fields.first?.to == "new")
            let history = try #require(try await store.history(of: "r1"))
            #expect(history.images.map(\.after) == [Self.document, Self.document])
            try await Self.run("r2", steps: [.verified], store)
            #expect(try await store.operations(of: "r1")[2]?.after.isNull == true)
            #expect(try await store.operation(2, of: "r1")?.key == EntityKey(.projects, "Project 2"))
            #expect(try await store.operation(3, of: "r1") == nil)
        }
    }

    @Test("images are kept of 50 runs, rules of 500; a run that nobody goes on with keeps no proposal")
    func bounds() async throws {
        try await withTemporaryDirectory { folder in
            let store = try await StateStore.open(path: "\(folder)/state.sqlite")
            let proposal = SyncState(records: ["l": Self.record])
            try await store.begin(
                SyncRunRecord(id: "cut", planID: "cut", status: .running, proposed: proposal),
                []
            )
            try await store.end("cut", as: .partial)
            for number in 1...StateStore.rememberedOperations {
                try await Self.run("r\(number)", steps: [.verified], store)
            }
            #expect(try await store.history(of: "r1")?.images.isEmpty == true)
            #expect(try await store.operations(of: "r1").count == 1)
            let last = StateStore.rememberedOperations - StateStore.rememberedImages
            #expect(try await store.history(of: "r\(last)")?.images.isEmpty == true)
            #expect(try await store.history(of: "r\(last + 1)")?.images.count == 1)
            #expect(try await store.run(ofPlan: "cut")?.status == .abandoned)
            #expect(try await store.run(ofPlan: "cut")?.proposed.records.isEmpty == true)
            try await Self.run("more", steps: [.verified], store)
            try await Self.run("still more", steps: [.verified], store)
            #expect(try await store.operations(of: "r1").isEmpty)
            #expect(try await store.runs(limit: .max).count == StateStore.rememberedOperations + 3)
        }
    }

    @Test("the space that a large run took goes back to the disk when the file is closed")
    func space() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/state.sqlite"
            let store = try await StateStore.open(path: path)
            let text = String((0..<20_000).map { Character(UnicodeScalar(UInt8(97 + $0 * $0 % 26))) })
            let operations = (1...400).map { Self.operation($0, ["Text": .string(text)]) }
            try await store.begin(
                SyncRunRecord(id: "r", planID: "p", status: .running, proposed: SyncState()),
                operations
            )
            for number in 1...400 { try await store.record(JournalEntry(sequence: number, step: .verified), run: "r") }
            try await store.end("r", as: .finished)
            try await store.close()
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(size ?? .max < 1 << 20)
            let again = try await StateStore.open(path: path)
            #expect(try await again.operations(of: "r").count == 400)
        }
    }

    @Test("a state of the schema before, which kept whole plans, is brought over with its rules, and shrinks")
    func migration() async throws {
        try await withTemporaryDirectory { folder in
            let path = "\(folder)/state.sqlite"
            let old = try SQLiteDriver.open(path: path)
            try await Migrations(Array(Migrations.syncState.steps.prefix(3))).run(on: old)
            let replica = ReplicaIdentity(
                url: "",
                spaceID: "Spaces-1",
                spaceName: "",
                serverVersion: "2025.4.1",
                installationID: "A"
            )
            var plan = Plan(source: replica, destination: replica, policyDigest: "d")
            plan.operations = [Self.operation(1, Self.document), Self.operation(2, Self.document)]
            let file = PlanFile(plan: plan, createdAt: "", expiresAt: "", engine: "", policyPath: "")
            try await old.write { connection in
                for (id, text) in [("r1", file.bytes), ("damaged", Array("{".utf8))] {
                    try connection.execute(
                        """
                        INSERT INTO runs (id, number, plan_id, started_at, finished_at, status, plan, proposed, previous)
                        VALUES ($1, 1, 'p', 't', 't', 'finished', $2, 'null', $3)
                        """,
                        [.text(id), .utf8(text), .utf8(SyncState(records: ["l": Self.record]).json.bytes)]
                    )
                }
                try connection.execute("INSERT INTO journal VALUES ('r1', 1, 'verified', '', '', '', '', 't')")
                try connection.execute("INSERT INTO journal VALUES ('r1', 2, 'done', '', '', '', '', 't')")
                try connection.execute(
                    "INSERT INTO images VALUES ('r1', 1, 'projects', 'Projects-1', '{\"Name\":\"Old\"}', NULL)"
                )
            }
            try await old.close()
            let store = try await StateStore.open(path: path)
            let operations = try await store.operations(of: "r1")
            #expect(operations[1] == plan.operations[0].summary)
            #expect(operations[2] == plan.operations[1])
            let history = try #require(try await store.history(of: "r1"))
            #expect(history.images.map(\.before) == [["Name": "Old"]])
            #expect(history.previous.records.count == 1)
            #expect(try await store.history(of: "damaged")?.images.isEmpty == true)
        }
    }

    @Test("a text is the same after it was compressed; one that is damaged is an error")
    func packed() throws {
        for text in [
            "", "short", String(repeating: "long ", count: 100_000), "é𝄞\u{0}" + String(repeating: "\r\n", count: 999),
        ] {
            let json: JSON = ["Text": .string(text)]
            switch PackedJSON.value(json) {
            case .utf8(let bytes): #expect(bytes == json.bytes && bytes.count < 256)
            case .blob(let bytes):
                #expect(bytes.count < json.bytes.count)
                #expect(try bytes.withUnsafeBytes { try PackedJSON.unpacked($0) } == json.bytes)
                #expect(throws: SQLError.self) {
                    try bytes.dropLast(bytes.count / 2).withUnsafeBytes { try PackedJSON.unpacked($0) }
                }
            default: Issue.record("neither text nor bytes")
            }
        }
    }

    // MARK: - Runs

    private static let document: JSON = ["Name": "Shop", "Text": .string(String(repeating: "a line\n", count: 100))]

    private static func operation(_ number: Int, _ after: JSON) -> Sync.Operation {
        Operation(
            sequence: number,
            phase: .scaffolding,
            action: .update,
            key: EntityKey(.projects, "Project \(number)"),
            lineage: "l\(number)",
            fields: [FieldChange(path: "Name", to: "new", rule: "line 3")],
            after: after,
            risks: [.widening]
        )
    }

    private static func run(_ id: String, steps: [JournalEntry.Step], _ store: StateStore) async throws {
        try await store.begin(
            SyncRunRecord(id: id, planID: id, status: .running, proposed: SyncState()),
            steps.indices.map { operation($0 + 1, document) }
        )
        for (position, step) in steps.enumerated() {
            let image = OperationImage(kind: .projects, id: "Projects-\(position)", moment: .after, document: document)
            try await store.record(JournalEntry(sequence: position + 1, step: step), images: [image], run: id)
        }
        try await store.end(id, as: .finished)
    }

    private static var record: SyncState.Record {
        SyncState.Record(
            lineage: "l",
            sourceKey: EntityKey(.projects, "A"),
            destinationKey: EntityKey(.projects, "A"),
            sourceID: "Projects-1",
            destinationID: "Projects-2",
            base: [:]
        )
    }
}
