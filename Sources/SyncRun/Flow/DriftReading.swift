public import APIClient
public import Catalog
public import Sync

/// One change of the destination, with who made it as far as the events tell.
public struct DriftWithAuthors: Sendable {
    public var report: DriftReport
    /// The newest change of each document that no sync made, by its key at the destination.
    public var authors: [EntityKey: HistoryEntry]
}

/// The destination alone, opened for looking at it.
public struct DriftFlow: Sendable {
    let policy: Policy
    let store: StateStore
    let catalog: Catalog
    let destination: DestinationClient
    let observer: SyncObserver

    /// Connects to the destination and to nothing else.
    ///
    /// - Throws: `SyncRunError`.
    public static func open(
        policyPath: String,
        statePath: String? = nil,
        catalog: Catalog = .standard,
        options: ClientOptions = ClientOptions(),
        observer: SyncObserver = SyncObserver()
    ) async throws -> DriftFlow {
        let policy = try PolicyLoading.policy(at: policyPath, catalog: catalog)
        do {
            let destination = try await DestinationClient.connect(
                to: policy.destination.url,
                key: try Credentials.key(for: policy.destination, policyPath: policyPath),
                space: policy.destination.space,
                options: options
            )
            let store = try await StateStore.open(
                path: statePath ?? StateStore.defaultPath(forPolicyAt: policyPath)
            )
            return DriftFlow(
                policy: policy,
                store: store,
                catalog: catalog,
                destination: destination,
                observer: observer
            )
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
    }

    public func close() async throws { try await store.close() }

    /// Compares the destination with what both sides last agreed on.
    ///
    /// - Throws: `SyncRunError`; `.refused` when nothing was ever agreed on.
    public func drift() async throws -> DriftWithAuthors {
        let state = try await store.load()
        guard let pair = state.pair, !state.records.isEmpty else {
            throw SyncRunError.refused(
                reason:
                    "nothing was synced yet, so there is nothing to have drifted from; begin with `skerry sync plan`"
                    + " or, for servers that are both filled, `skerry sync adopt`"
            )
        }
        let identity = ReplicaIdentity(destination.identity)
        guard pair.destinationInstallation == identity.installationID, pair.destinationSpace == identity.spaceID else {
            throw SyncRunError.refused(
                reason: "the state \(store.path) is about another destination than the policy names now"
            )
        }
        let reading = ReplicaReading(
            client: destination,
            readSet: ReadSet(for: policy, catalog: catalog),
            progress: observer.reading
        )
        let replica = try await reading.read().replica(catalog)
        do throws(PlanningError) {
            let report = try DriftReport(destination: replica, state: state, policy: policy, catalog: catalog)
            return DriftWithAuthors(report: report, authors: await authors(report))
        } catch {
            throw SyncRunError.planning(error)
        }
    }

    /// A report of thousands of changes is told by its number; asking after each would take longer than reading.
    private static let mostAuthors = 200

    private func authors(_ report: DriftReport) async -> [EntityKey: HistoryEntry] {
        var result: [EntityKey: HistoryEntry] = [:]
        for item in report.items.filter({ $0.sort != .extra && !$0.id.isEmpty }).prefix(Self.mostAuthors) {
            guard let entries = try? await destination.history(of: item.id, limit: 30) else { continue }
            result[item.key] = entries.first { $0.origin?.run == nil }
        }
        return result
    }
}
