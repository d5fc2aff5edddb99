public import APIClient
public import Catalog
public import Foundation
public import Sync

/// One flow, opened: its policy, a client for each side, and its state.
public struct SyncFlow: Sendable {
    public let policy: Policy
    /// Absolute.
    public let policyPath: String
    public let store: StateStore
    /// What a person should know although it stops nothing.
    public let warnings: [String]
    let catalog: Catalog
    var source: SourceClient
    var destination: DestinationClient
    let observer: SyncObserver
    /// What is asked of this run beside the policy.
    public var settings = PlanSettings()
    /// Both sides as they were read, kept up to date.
    let keeper: ReplicaKeeper
    let secrets: SecretSource
    /// The projects of each side that are kept in Git.
    var gitBranches: [ReplicaSide: GitBranches] = [.source: GitBranches(), .destination: GitBranches()]

    /// Reads the policy, connects to both servers and checks that they can be synced.
    ///
    /// - Parameters:
    ///   - statePath: nil for the default place beside the policy.
    ///   - options: how patient the clients are.
    ///   - reading: how far what was read before is trusted.
    /// - Throws: `SyncRunError`.
    public static func open(
        policyPath: String,
        statePath: String? = nil,
        catalog: Catalog = .standard,
        options: ClientOptions = ClientOptions(),
        reading: ReadingOptions = ReadingOptions(),
        observer: SyncObserver = SyncObserver()
    ) async throws -> SyncFlow {
        let policy = try PolicyLoading.policy(at: policyPath, catalog: catalog)
        var options = options
        options.schemaChanges = try PolicyLoading.schemaChanges(policy, policyPath: policyPath)
        let adapted = options
        let sourceKey = try Credentials.key(for: policy.source, policyPath: policyPath)
        let destinationKey = try Credentials.key(for: policy.destination, policyPath: policyPath)
        let store = try await StateStore.open(path: statePath ?? StateStore.defaultPath(forPolicyAt: policyPath))
        let (cache, damage) = try await ReplicaCache.open(path: store.replicasPath, catalog: catalog)
        let keeper = ReplicaKeeper(
            cache: cache,
            catalog: catalog,
            readSet: ReadSet(for: policy, catalog: catalog),
            options: reading,
            marks: [
                .source: mark(sourceKey, options), .destination: mark(destinationKey, options),
            ],
            store: store,
            isLastRunUnfinished: try await store.isLastRunUnfinished(),
            progress: observer.reading
        )
        do {
            let (source, destination) = try await cache.mended {
                async let source: (client: SourceClient, answer: FeedAnswer?) = Returning.client(
                    .source,
                    policy.source,
                    key: sourceKey,
                    cache: cache,
                    store: store,
                    options: adapted
                )
                async let destination: (client: DestinationClient, answer: FeedAnswer?) = Returning.client(
                    .destination,
                    policy.destination,
                    key: destinationKey,
                    cache: cache,
                    store: store,
                    options: adapted
                )
                return try await (source, destination)
            }
            await keeper.expect(source.answer, from: .source)
            await keeper.expect(destination.answer, from: .destination)
            try refuseSameSpace(source.client.identity, destination.client.identity)
            let warning = try VersionGate.check(source.client.identity, destination.client.identity, policy: policy)
            return SyncFlow(
                policy: policy,
                policyPath: policyPath,
                store: store,
                warnings: [warning, damage].compactMap { $0 },
                catalog: catalog,
                source: source.client,
                destination: destination.client,
                observer: observer,
                keeper: keeper,
                secrets: SecretSource(policy: policy, policyPath: policyPath, keyPath: store.secretKeyPath)
            )
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
    }

    /// Another key may see other documents, and other adapters read them in another way.
    private static func mark(_ key: APIKey, _ options: ClientOptions) -> String {
        let adapters = Fingerprint.hash(Array("\(options.schemaChanges)".utf8))
        return adapters + key.mark { String(Fingerprint.hash($0).prefix(16)) }
    }

    private static func refuseSameSpace(
        _ source: ServerIdentity,
        _ destination: ServerIdentity
    ) throws(SyncRunError) {
        guard source.installationID == destination.installationID, source.spaceID == destination.spaceID else { return }
        throw .refused(
            reason:
                "source and destination are the same space, \(source.spaceName) of \(source.url); correct the policy"
        )
    }

    /// The destination's time: all runners go by one clock, however wrong their own are.
    public var serverTime: Date { destination.serverTime ?? Date() }

    /// A guess at the requests of an apply: two for each operation, each side read twice.
    public func estimatedRequests(_ plan: Plan) -> Int {
        if plan.operations.isEmpty { return 0 }
        return 2 * plan.operations.count + 4 * ReadSet(for: policy, catalog: catalog).lists.count
    }

    public func close() async throws {
        try await keeper.cache.close()
        try await store.close()
    }

    var pair: SyncState.Pair {
        SyncState.Pair(source: ReplicaIdentity(source.identity), destination: ReplicaIdentity(destination.identity))
    }
}

/// Where a long piece of work tells how far it is.
public struct SyncObserver: Sendable {
    public var reading: @Sendable (ReadingProgress) -> Void
    public var applying: @Sendable (ApplyProgress) -> Void

    public init(
        reading: @escaping @Sendable (ReadingProgress) -> Void = { _ in },
        applying: @escaping @Sendable (ApplyProgress) -> Void = { _ in }
    ) {
        self.reading = reading
        self.applying = applying
    }
}

/// One operation has come to its end.
public struct ApplyProgress: Sendable, Hashable {
    public var done: Int
    public var total: Int
    public var phase: SyncPhase
    public var operation: String
}
