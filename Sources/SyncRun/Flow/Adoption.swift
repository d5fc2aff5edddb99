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
