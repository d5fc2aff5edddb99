import APIClient
import Catalog
public import Sync

extension SyncFlow {
    /// The plan that undoes a run. Reads the destination only; writes nothing.
    ///
    /// - Parameter leavesChanged: what somebody changed since the run is left as it is, instead of being a conflict.
    /// - Throws: `SyncRunError.refused` for a run that is unknown, or still goes on.
    public func rollbackPlan(of run: String, leavesChanged: Bool) async throws -> Plan {
        let state = try await store.load(for: pair)
        return try await compareRollback(of: run, leavesChanged: leavesChanged, state: state).plan
    }

    func compareRollback(of run: String, leavesChanged: Bool, state: SyncState) async throws -> Comparison {
        guard let history = try await store.history(of: run) else {
            throw SyncRunError.refused(
                reason: "there is no run '\(run)' in \(store.path); `skerry sync runs` lists those that there are"
            )
        }
        guard !history.images.isEmpty || !history.packages.isEmpty else {
            throw SyncRunError.refused(
                reason: """
                    what run '\(run)' found is not remembered: it wrote nothing, or more than \
                    \(StateStore.rememberedImages) runs came after it
                    """
            )
        }
        var readSet = ReadSet.everything(catalog)
        readSet.withLogoContent = history.images.contains { $0.kind == .logos }
        var raw = try await ReplicaReading(client: destination, readSet: readSet, progress: observer.reading).read()
        try await readBranches(.destination, into: &raw)
        // What the links tell needs no fetching.
        raw.documents[.logos] = raw.documents[.logos] ?? LogoTag.documents(raw.documents, catalog: catalog)
        let outcome = makeRollbackPlan(
            RollbackInput(
                images: history.images,
                packages: history.packages,
                documents: raw.documents,
                source: ReplicaIdentity(source.identity),
                destination: raw.identity,
                eventCursor: raw.eventCursor,
                policyDigest: policy.digest,
                state: state,
                previous: history.previous,
                leavesChanged: leavesChanged,
                catalog: catalog
            )
        )
        return Comparison(
            sourcePackages: [],
            destination: raw,
            // What goes back comes from the destination: it holds no ids of the source.
            sourceIDs: [],
            plan: outcome.plan,
            proposedState: outcome.proposedState.completed(with: raw.replica(catalog))
        )
    }
}

extension ReadSet {
    /// All that a key may see: whoever deletes must know all that refers to it.
    static func everything(_ catalog: Catalog) -> ReadSet {
        var result = ReadSet(lists: [], required: [], withVariableSets: true, withTenantVariables: true)
        let own: Set<KindName> = [.spaces, .events, .users, .variableSets, .tenantVariables, .deploymentSettings]
        result.lists = catalog.kinds.filter { kind in
            kind.operations.contains(.list) && !own.contains(kind.name) && kind.sync.mode != .impossible
        }.map(\.name)
        return result
    }
}
