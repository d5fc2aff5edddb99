import APIClient
import Catalog
import Foundation
import Sync

/// Tells both servers of a run, so that each keeps a record of it.
///
/// Only servers with a feed of changes keep such records. Nothing is sent for its own sake where it can go along with a
/// question (``TellingFeed``), and no sync fails because a server could not be told: it is told with the next question.
struct RunReporting: Sendable {
    let flow: SyncFlow
    let record: RunRecord

    init(flow: SyncFlow, file: PlanFile, run: String) async throws {
        self.flow = flow
        let startedAt = try await flow.store.startTime(ofRun: run) ?? flow.serverTime.timestamp
        record = RunRecord(file: file, run: run, startedAt: startedAt)
    }

    /// Writes down what is to be told.
    func note(
        _ state: RunRecord.State,
        _ entries: [Int: JournalEntry],
        _ failure: SyncRunError.PartialFailure? = nil
    ) async throws {
        // A run that does nothing has no record: "nothing to do" writes nothing.
        if record.file.plan.operations.isEmpty { return }
        var records: [ReplicaSide: JSON] = [:]
        let finishedAt: String? =
            switch state {
            case .running, .applied: nil
            case .finished, .partial, .abandoned: flow.serverTime.timestamp
            }
        for side in ReplicaSide.allCases where try await keepsRecords(side) {
            records[side] = record.body(state, for: side, entries, failure, finishedAt: finishedAt)
        }
        try await flow.store.keep(records, ofRun: record.run)
    }

    private func keepsRecords(_ side: ReplicaSide) async throws -> Bool {
        try await flow.keeper.cache.replica(side)?.mark.feed == .changes
    }

    /// Tells both sides now what they were not told yet; what fails goes along with the next question.
    func tell() async {
        async let source: Void = tell(flow.source, .source)
        async let destination: Void = tell(flow.destination, .destination)
        _ = await (source, destination)
    }

    private func tell(_ client: some ReplicaClient, _ side: ReplicaSide) async {
        guard let waiting = try? await flow.store.reports(for: side) else { return }
        try? await flow.store.noteTold(await client.tell(waiting), side)
    }
}

/// The feed of a side, which takes along what the side was not told of runs.
struct TellingFeed: Sendable {
    let store: StateStore
    let side: ReplicaSide

    func answer(of client: some ReplicaClient, since mark: FeedMark?) async throws -> FeedAnswer {
        guard mark?.feed == .changes else { return try await client.feed(since: mark) }
        let waiting = try await store.reports(for: side)
        let answer = try await client.feed(since: mark, telling: waiting)
        try await store.noteTold(answer.told, side)
        return answer
    }
}
