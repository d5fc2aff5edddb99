import APIClient
import Catalog
import Foundation
import Sync

/// Plans as little as will do (decision 18).
///
/// | since both sides were last seen in step | what is planned |
/// |---|---|
/// | nothing changed, nor the policy, the state, the program | nothing |
/// | documents of a few projects or tenants, in ways that matter to no other | those projects and tenants |
/// | anything else | everything |
extension SyncFlow {
    /// Changed documents beyond which everything is planned.
    static let mostChanges = 200

    /// Reads both sides, and plans what can have changed.
    ///
    /// - Parameter settling: what the plan would remember is wanted, too, and not only what it would do.
    func compareLeast(settling: Bool = true) async throws -> Comparison {
        try await store.check(pair)
        try await refresh([.source, .destination])
        if let comparison = try await compareChanges(settling: settling, { state, _ in state }) { return comparison }
        let state = try await store.load(for: pair)
        let comparison = try await compareAll { _ in state }
        let isSettled = comparison.proposedState.records == state.records
        try await noteIfInStep(comparison, isSettled: isSettled)
        return comparison
    }

    /// Plans once more after writes at the destination, against the source as it was read before them.
    ///
    /// - Parameter state: what is agreed on if the plan was carried out, given what was agreed before and the
    ///   destination as it is now.
    func compareAfterWrites(_ state: (SyncState, Replica) -> SyncState) async throws -> Comparison {
        try await refresh([.destination])
        if let comparison = try await compareChanges(state) { return comparison }
        let before = try await store.load(for: pair)
        var comparison = try await compareAll { state(before, $0) }
        comparison.state = before
        return comparison
    }

    /// Nil when everything has to be planned.
    func compareChanges(
        settling: Bool = true,
        _ state: (SyncState, Replica) -> SyncState
    ) async throws -> Comparison? {
        // What is asked of one run alone is planned with everything.
        guard settings == PlanSettings() else { return nil }
        // A provider may have another version of a secret although neither server changed.
        guard policy.secrets.provider == .none else { return nil }
        // No feed tells of commits.
        guard policy.options.configAsCode != .branch else { return nil }
        let cache = keeper.cache
        let revisions = try await revisions()
        guard let baseline = try await cache.baseline(), try await baseline.inputs == planInputs(),
            baseline.state == (try await store.generation()), baseline.isSettled || !settling
        else { return nil }
        let changes = try await (
            cache.changed(.source, limit: Self.mostChanges), cache.changed(.destination, limit: Self.mostChanges)
        )
        if changes.0.isEmpty, changes.1.isEmpty {
            var comparison = try await unchanged(baseline)
            comparison.revisions = revisions
            return comparison
        }
        guard baseline.isSettled, !keeper.readSet.withPackages,
            max(changes.0.count, changes.1.count) <= Self.mostChanges
        else { return nil }
        let scope = PlanScope(cache: cache, catalog: catalog, policy: policy, readSet: keeper.readSet, store: store)
        guard let part = try await scope.part(source: changes.0, destination: changes.1, pair: pair) else { return nil }
        var comparison = try await compare(
            normal(replica(.source, documents: part.source)),
            replica(.destination, documents: part.destination),
            focus: part.focus
        ) { state(part.state, $0) }
        comparison.state = part.state
        comparison.plan = baseline.plan.replacing(part.keys, by: comparison.plan)
        comparison.revisions = revisions
        return comparison
    }

    private func unchanged(_ baseline: Baseline) async throws -> Comparison {
        let (source, destination) = try await (
            replica(.source, documents: [:]), replica(.destination, documents: [:])
        )
        var plan = baseline.plan
        plan.source = source.identity
        plan.destination = destination.identity
        plan.sourceCursor = source.eventCursor
        plan.destinationCursor = destination.eventCursor
        let state = SyncState(pair: pair)
        return Comparison(
            sourcePackages: [],
            destination: destination,
            sourceIDs: [],
            plan: plan,
            proposedState: state,
            state: state,
            isPart: true,
            isUnsettled: !baseline.isSettled
        )
    }

    /// Everything that a plan depends on besides the replicas and the state. Whoever gives planning another input adds
    /// it here.
    func planInputs() async throws -> String {
        var parts = [policy.digest, keeper.readSet.digest]
        for side in ReplicaSide.allCases {
            let partial = try await keeper.cache.replica(side)?.partial ?? [:]
            parts += partial.map { "\(side) \($0.key) \($0.value)" }.sorted()
        }
        return Fingerprint.hash(Array(parts.joined(separator: "\n").utf8))
    }

    /// Remembers that there was nothing to do, so that as long as nothing changes nothing is planned.
    ///
    /// - Parameter isSettled: applying the plan would not change the state either.
    func noteIfInStep(_ comparison: Comparison, isSettled: Bool) async throws {
        let plan = comparison.plan
        guard settings == PlanSettings(), plan.operations.isEmpty, plan.conflicts.isEmpty,
            let source = comparison.revisions[.source],
            let destination = comparison.revisions[.destination]
        else { return }
        try await keeper.cache.set(
            Baseline(
                inputs: try await planInputs(),
                sourceRevision: source,
                destinationRevision: destination,
                state: try await store.generation(),
                isSettled: isSettled,
                plan: plan
            )
        )
    }
}
