import Catalog
import Foundation
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
            try await store.begin(run, plan: planFile())
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
                try await store.begin(run, plan: planFile())
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
            try await store.begin(run, plan: planFile())
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

    private func planFile() -> PlanFile {
        let plan = Plan(source: replica("A", "Spaces-1"), destination: replica("B", "Spaces-2"), policyDigest: "d")
        return PlanFile(plan: plan, createdAt: "", expiresAt: "", engine: "", policyPath: "")
    }
}
