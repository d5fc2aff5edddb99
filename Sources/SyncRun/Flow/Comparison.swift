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

    /// Where a provider sets a secret.
    var providedPlaces: Set<SecretPlace> {
        Set(
            plan.operations.flatMap { operation in
                operation.fields.filter { ProvidedSecret.isOne($0.to) }.map {
                    SecretPlace(lineage: operation.lineage, path: $0.path)
                }
            }
        )
    }
}

extension SyncFlow {
    /// Reads both sides, at the same time, and plans.
    ///
    /// - Parameters:
    ///   - state: what to plan against, given the destination as it was read.
    ///   - explainingSecrets: looks for the steps that would fail without each secret.
    func compare(explainingSecrets: Bool = false, _ state: (Replica) -> SyncState) async throws -> Comparison {
        let readSet = ReadSet(for: policy, catalog: catalog)
        async let sourceRead = ReplicaReading(client: source, readSet: readSet, progress: observer.reading).read()
        async let destinationRead = ReplicaReading(client: destination, readSet: readSet, progress: observer.reading)
            .read()
        let (source, destination) = try await (sourceRead, destinationRead)
        let sourceReplica = source.replica(catalog)
        let destinationReplica = destination.replica(catalog)
        let provided = try await secrets.provided()
        var input = PlanningInput(
            source: sourceReplica,
            destination: destinationReplica,
            state: state(destinationReplica),
            policy: policy,
            catalog: catalog
        )
        input.provided = provided
        input.explainsSecrets = explainingSecrets
        do throws(PlanningError) {
            let outcome = try makePlan(input)
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
