import Catalog
public import Sync

/// What an adoption found and remembered.
public struct AdoptionReport: Sendable {
    /// The plan that was made: its meetings are what was adopted, its operations what differs and is left for a sync.
    public var plan: Plan
    /// Documents that are remembered now and were not before.
    public var adopted: Int
}

extension SyncFlow {
    /// Plans; when there is nothing to do, remembers what both sides agree on by now, as applying the plan would.
    ///
    /// - Returns: the plan, and of how many documents something was remembered.
    /// - Throws: `SyncRunError`.
    public func planRemembering() async throws -> (plan: Plan, remembered: Int) {
        // While another runner is at work there is nothing to remember: it does.
        guard let lock = try? StateLock(path: store.lockPath) else { return (try await plan(), 0) }
        defer { withExtendedLifetime(lock) {} }
        let comparison = try await compareLeast()
        var plan = comparison.plan
        plan.notices += await keeper.notices
        let news = comparison.news
        guard plan.operations.isEmpty, plan.conflicts.isEmpty, !news.isEmpty else { return (plan, 0) }
        try await store.save(
            comparison.proposedState,
            replacing: comparison.isPart ? comparison.state : nil,
            finishing: "",
            as: .finished
        )
        try await noteIfInStep(comparison, isSettled: true)
        try log.append("remembered", ["documents": .int(news.count)])
        return (plan, news.count)
    }

    /// Remembers what both sides have in common, and writes nothing to either: for a destination that was filled by
    /// other means, and for a state that was lost (LS-4).
    ///
    /// What a sync would write, and what is in conflict, is not agreed on and stays for the next plan.
    ///
    /// - Throws: `SyncRunError`.
    public func adopt() async throws -> AdoptionReport {
        let lock = try StateLock(path: store.lockPath)
        defer { withExtendedLifetime(lock) {} }
        let state = try await store.load(for: pair)
        let comparison = try await compare { _ in state }
        let plan = comparison.plan
        let open = Set(plan.operations.map(\.lineage))
        let agreed = comparison.proposedState.keeping(state, for: open)
        let news = Set(agreed.records.keys).subtracting(state.records.keys).count
        try await store.save(agreed, finishing: "", as: .finished)
        return AdoptionReport(plan: plan, adopted: news)
    }
}
