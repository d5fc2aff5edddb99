import APIClient
import Catalog
import Foundation
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
    /// Fields that the destination keeps otherwise than this apply sent them: `skerry sync learn` says which.
    public var keptOtherwise = 0
    /// The branch that waits for people to merge it, and the projects in whose repositories it is.
    public var waiting: (branch: String, projects: [String])?
}

/// How a plan is to be applied.
public struct ApplyOptions: Sendable {
    public var onFailure = FailurePolicy.stopPhase
    /// Operations under way at once, at most; the client may allow fewer requests.
    public var breadth = 16
    /// Deletions of environments, tenants and projects that are meant, as `type/name`.
    public var confirmedDeletions: [String] = []

    public init() {}
}

extension SyncFlow {
    /// Applies a plan: checks that nothing moved since it was made, does its operations phase by phase, then plans
    /// again, which must find nothing. A plan whose apply was cut off is gone on with.
    ///
    /// - Throws: `SyncRunError`; after `.stale`, `.conflicts` and `.refused` nothing was written.
    public func apply(_ file: PlanFile, _ options: ApplyOptions = ApplyOptions()) async throws -> ApplyReport {
        guard settings == file.plan.settings else {
            var flow = self
            flow.settings = file.plan.settings
            return try await flow.apply(file, options)
        }
        guard file.plan.policyDigest == policy.digest else {
            throw SyncRunError.stale(reason: "the policy was changed after the plan was made", moved: [])
        }
        guard file.catalogDigest == catalog.digest else {
            throw SyncRunError.stale(reason: "the plan was made by another version of skerry", moved: [])
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
        try refuseQuietHours()
        try await store.check(pair)
        let earlier = try await store.run(ofPlan: file.planID)
        let id = earlier.flatMap { $0.status == .abandoned ? nil : $0.id } ?? Self.newRunID()
        await gitBranches[.destination]?.aim(at: file)
        return try await marked(run: id, plan: file.planID).apply(file, options, id: id, earlier: earlier)
    }

    private func apply(
        _ file: PlanFile,
        _ options: ApplyOptions,
        id: String,
        earlier: SyncRunRecord?
    ) async throws -> ApplyReport {
        var run: RunOfPlan
        switch earlier?.status {
        case .finished: return try await confirmApplied(file, run: id)
        case .running, .partial:
            try refuseUnapproved(file, options)
            run = try await resume(file, run: earlier)
        case .abandoned, nil:
            try refuseUnapproved(file, options)
            run = try await begin(file, id: id)
        }
        run.onFailure = options.onFailure
        run.breadth = options.breadth
        return try await run.finish()
    }

    private func refuseQuietHours() throws(SyncRunError) {
        guard let window = policy.quietHours.window(at: serverTime) else { return }
        throw .refused(
            reason: """
                these are quiet hours (\(window.text), \(policy.quietHours.zone), by the destination's clock); nothing was \
                written; run the same command when they are over
                """
        )
    }

    /// The same flow, whose requests name the run and the plan.
    private func marked(run: String, plan: String) -> SyncFlow {
        let origin = RequestOrigin(run: run, plan: String(plan.prefix(12)))
        var copy = self
        copy.source = source.from(origin)
        copy.destination = destination.from(origin)
        return copy
    }

    /// Planning what the plan is for, from what is there now.
    ///
    /// - Parameter known: what is agreed on, where it was loaded already: then both sides are compared whole.
    func compare(for purpose: PlanFile.Purpose, _ known: SyncState? = nil) async throws -> Comparison {
        switch purpose {
        case .sync:
            if let known { return try await compare { _ in known } }
            return try await compareLeast()
        case .rollback(let run, let leavesChanged):
            let loaded = known == nil ? try await store.load(for: pair) : nil
            let state = known ?? loaded ?? SyncState()
            var comparison = try await compareRollback(of: run, leavesChanged: leavesChanged, state: state)
            comparison.state = state
            return comparison
        }
    }

    private func refuseUnapproved(_ file: PlanFile, _ options: ApplyOptions) throws {
        let check = ApprovalCheck(
            file,
            rule: policy.approvals,
            at: serverTime.timestamp,
            confirmed: options.confirmedDeletions
        )
        let unapproved = check.unapproved
        guard unapproved.isEmpty else {
            let list = SyncRunError.list(unapproved.map { "\($0.action.rawValue) \($0.key)" })
            throw SyncRunError.refused(
                reason: """
                    the policy asks for \(policy.approvals.required) approval\(policy.approvals.required == 1 ? "" : "s") \
                    (approvals.required), which these operations do not have; nothing was written. Approve the plan \
                    with `skerry sync approve`:
                    \(list)
                    """
            )
        }
        let unnamed = check.unnamedDeletions
        guard unnamed.isEmpty else {
            let way = policy.approvals.required > 0 ? "skerry sync approve --delete" : "--delete"
            throw SyncRunError.refused(
                reason: """
                    environments, tenants and projects are deleted only when somebody names them, because deployments, \
                    releases and targets may hang on them that sync cannot see; nothing was written. Name each with \
                    `\(way) TYPE/NAME`:
                    \(SyncRunError.list(unnamed.map(\.key.description)))
                    """
            )
        }
    }

    /// The same plan a second time: fine as long as there is nothing to do.
    private func confirmApplied(_ file: PlanFile, run: String) async throws -> ApplyReport {
        let now = try await compare(for: file.purpose).plan
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

    private func begin(_ file: PlanFile, id: String) async throws -> RunOfPlan {
        guard file.plan.conflicts.isEmpty else { throw SyncRunError.conflicts(file.plan.conflicts) }
        guard let expiry = Date(timestamp: file.expiresAt), expiry > serverTime else {
            throw SyncRunError.stale(
                reason: "the plan expired at \(file.expiresAt), by the destination's clock",
                moved: []
            )
        }
        let comparison = try await compare(for: file.purpose)
        try refuseMoved(file.plan, comparison.plan)
        var previous = SyncState()
        for operation in file.plan.operations {
            previous.records[operation.lineage] = comparison.state.records[operation.lineage]
        }
        let record = SyncRunRecord(
            id: id,
            planID: file.planID,
            status: .running,
            proposed: comparison.proposedState,
            isPart: comparison.isPart,
            previous: previous
        )
        try await store.begin(record, file.plan.operations, at: serverTime)
        return RunOfPlan(flow: self, file: file, record: record, comparison: comparison, entries: [:])
    }

    private func resume(_ file: PlanFile, run: SyncRunRecord?) async throws -> RunOfPlan {
        guard var run else { throw SyncRunError.refused(reason: "the run of this plan is not in the state") }
        let state = try await store.load(for: pair)
        if run.isPart { run.proposed = state.carryingOut(run.proposed, from: SyncState()) }
        let entries = try await store.journal(of: run.id)
        let comparison = try await compare(for: file.purpose, state)
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
