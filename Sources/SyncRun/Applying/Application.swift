import APIClient
import Catalog
public import Foundation
public import Sync

/// How an apply ended.
public struct ApplyReport: Sendable {
    public var runID: String
    /// Operations that are done now, those of an earlier attempt of the same plan included.
    public var operations: Int
    /// This apply went on with one that had been cut off.
    public var isResumed: Bool
    /// The plan had been applied before; both sides are still in step.
    public var wasAppliedBefore: Bool
}

extension SyncFlow {
    /// Applies a plan: checks that nothing moved since it was made, does its operations phase by phase, then plans
    /// again, which must find nothing. A plan whose apply was cut off is gone on with.
    ///
    /// - Throws: `SyncRunError`; after `.stale`, `.conflicts` and `.refused` nothing was written.
    public func apply(_ file: PlanFile, at time: Date = Date()) async throws -> ApplyReport {
        guard file.plan.policyDigest == policy.digest else {
            throw SyncRunError.stale(reason: "the policy was changed after the plan was made", moved: [])
        }
        let lock = try StateLock(path: store.lockPath)
        defer { withExtendedLifetime(lock) {} }
        let pair = SyncState.Pair(source: file.plan.source, destination: file.plan.destination)
        guard pair == self.pair else {
            throw SyncRunError.stale(
                reason: "the plan is about other servers or spaces than the policy names now",
                moved: []
            )
        }
        try await store.check(pair)
        let earlier = try await store.run(ofPlan: file.planID)
        let run: RunOfPlan
        switch earlier?.status {
        case .finished: return try await confirmApplied(file, run: earlier?.id ?? "")
        case .running, .partial: run = try await resume(file, run: earlier)
        case .abandoned, nil: run = try await begin(file, at: time)
        }
        return try await run.finish()
    }

    /// The same plan a second time: fine as long as there is nothing to do.
    private func confirmApplied(_ file: PlanFile, run: String) async throws -> ApplyReport {
        let now = try await compareLeast().plan
        guard now.operations.isEmpty, now.conflicts.isEmpty else {
            throw SyncRunError.stale(
                reason: "this plan was applied before, and there are new differences",
                moved: now.operations.map(\.key)
            )
        }
        return ApplyReport(
            runID: run,
            operations: file.plan.operations.count,
            isResumed: false,
            wasAppliedBefore: true
        )
    }

    private func begin(_ file: PlanFile, at time: Date) async throws -> RunOfPlan {
        guard file.plan.conflicts.isEmpty else { throw SyncRunError.conflicts(file.plan.conflicts) }
        guard let expiry = Date(timestamp: file.expiresAt), expiry > time else {
            throw SyncRunError.stale(reason: "the plan expired at \(file.expiresAt)", moved: [])
        }
        let comparison = try await compareLeast()
        try refuseMoved(file.plan, comparison.plan)
        let record = SyncRunRecord(
            id: Self.newRunID(),
            planID: file.planID,
            status: .running,
            proposed: comparison.proposedState,
            isPart: comparison.isPart
        )
        try await store.begin(record, plan: file, at: time)
        return RunOfPlan(flow: self, file: file, record: record, comparison: comparison, entries: [:])
    }

    private func resume(_ file: PlanFile, run: SyncRunRecord?) async throws -> RunOfPlan {
        guard var run else { throw SyncRunError.refused(reason: "the run of this plan is not in the state") }
        let state = try await store.load(for: pair)
        if run.isPart { run.proposed = state.carryingOut(run.proposed, from: SyncState()) }
        let entries = try await store.journal(of: run.id)
        let comparison = try await compare { _ in state }
        try await store.reopen(run.id)
        return RunOfPlan(flow: self, file: file, record: run, comparison: comparison, entries: entries)
    }

    /// Planning again must give the same operations, to the last value.
    private func refuseMoved(_ old: Plan, _ new: Plan) throws {
        guard old.source.serverVersion == new.source.serverVersion,
            old.destination.serverVersion == new.destination.serverVersion
        else { throw SyncRunError.stale(reason: "a server was upgraded after the plan was made", moved: []) }
        guard old.operations != new.operations || !new.conflicts.isEmpty else { return }
        let moved = Set(old.operations).symmetricDifference(new.operations).map(\.key) + new.conflicts.map(\.key)
        throw SyncRunError.stale(
            reason: "source or destination changed after the plan was made",
            moved: Set(moved).sorted()
        )
    }

    private static func newRunID() -> String { String(UUID().uuidString.lowercased().prefix(8)) }
}
