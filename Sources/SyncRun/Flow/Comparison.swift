import Catalog
public import Sync

/// Both sides as they were read, and what a sync would do.
struct Comparison: Sendable {
    var source: RawReplica
    var destination: RawReplica
    /// Every id of the source that the read showed.
    var sourceIDs: Set<String>
    var plan: Plan
    var proposedState: SyncState
}

extension SyncFlow {
    /// Reads both sides, at the same time, and plans.
    ///
    /// - Parameter state: what to plan against, given the destination as it was read.
    func compare(_ state: (Replica) -> SyncState) async throws -> Comparison {
        let readSet = ReadSet(for: policy, catalog: catalog)
        async let sourceRead = ReplicaReading(client: source, readSet: readSet, progress: observer.reading).read()
        async let destinationRead = ReplicaReading(client: destination, readSet: readSet, progress: observer.reading)
            .read()
        var (source, destination) = try await (sourceRead, destinationRead)
        let notices: [Notice]
        (source.documents, notices) = VersionLimits(destination: self.destination)
            .limit(source.documents, catalog: catalog)
        let sourceReplica = source.replica(catalog)
        let destinationReplica = destination.replica(catalog)
        let input = PlanningInput(
            source: sourceReplica,
            destination: destinationReplica,
            state: state(destinationReplica),
            policy: policy,
            catalog: catalog,
            settings: settings
        )
        do throws(PlanningError) {
            var outcome = try await dated(input, makePlan(input))
            outcome.plan.notices += notices
            return Comparison(
                source: source,
                destination: destination,
                sourceIDs: Set(sourceReplica.keysByID.keys),
                plan: outcome.plan,
                proposedState: outcome.proposedState
            )
        } catch {
            throw SyncRunError.planning(error)
        }
    }

    /// Reads both sides and lists what a sync would do. Writes nothing, here or there.
    ///
    /// - Throws: `SyncRunError`.
    public func plan() async throws -> Plan {
        let state = try await store.load(for: pair)
        return try await compare { _ in state }.plan
    }
}
