import APIClient
import Catalog
public import Sync

/// Both sides as they were read, and what a sync would do.
struct Comparison: Sendable {
    /// Packages of the source's built-in feed, as its server sent them.
    var sourcePackages: [JSON]
    var destination: RawReplica
    /// Every id of the source that the read showed.
    var sourceIDs: Set<String>
    var plan: Plan
    var proposedState: SyncState
    /// What was agreed before, of the documents that were compared.
    var state = SyncState()
    /// Only these lineages are in `state` and `proposedState`; nil: all that there are.
    var isPart = false
    /// It was found before, of the same replicas, that something else would be remembered.
    var isUnsettled = false
    /// Of the cached replicas, before they were loaded.
    var revisions: [ReplicaSide: String] = [:]

    /// Lineages of which something else would be remembered if the plan was applied.
    var news: Set<String> {
        let (old, new) = (state.records, proposedState.records)
        return Set(new.filter { old[$0.key] != $0.value }.keys).union(old.keys.filter { new[$0] == nil })
    }

    /// A word for people when nothing differs, and not all of that is remembered: after a branch was merged, say.
    fileprivate var notRemembered: [Notice] {
        guard plan.operations.isEmpty, plan.conflicts.isEmpty, isUnsettled || !news.isEmpty else { return [] }
        let count = news.isEmpty ? "some documents" : PlanText.counted(news.count, "document")
        return [
            Notice(
                code: "not-remembered",
                message: """
                    both sides agree on more than is remembered (\(count)); apply this plan, or run `skerry sync apply \
                    --auto`, so that later changes of the two are told apart
                    """
            )
        ]
    }

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

/// The source as planning sees it. What its server sent is let go of: of a large space that is half of all memory.
struct SourceSide: Sendable {
    let replica: Replica
    let packages: [JSON]
    /// What the destination's release does not know.
    let notices: [Notice]
}

extension SyncFlow {
    /// Reads both sides, at the same time, and plans.
    ///
    /// - Parameters:
    ///   - state: what to plan against, given the destination as it was read.
    ///   - explainingSecrets: looks for the steps that would fail without each secret.
    func compare(explainingSecrets: Bool = false, _ state: (Replica) -> SyncState) async throws -> Comparison {
        try await refresh([.source, .destination])
        return try await compareAll(explainingSecrets: explainingSecrets, state)
    }

    func compareAll(explainingSecrets: Bool = false, _ state: (Replica) -> SyncState) async throws -> Comparison {
        let revisions = try await revisions()
        async let readSource = sourceSide()
        async let readDestination = raw(.destination)
        let (source, destination) = try await (readSource, readDestination)
        HeapMemory.giveBack()
        var comparison = try await compare(
            source,
            destination,
            focus: nil,
            explainingSecrets: explainingSecrets,
            state
        )
        comparison.revisions = revisions
        return comparison
    }

    private func sourceSide() async throws -> SourceSide { try await normal(raw(.source)) }

    func normal(_ source: RawReplica) -> SourceSide {
        var source = source
        let notices: [Notice]
        (source.documents, notices) = VersionLimits(destination: destination).limit(source.documents, catalog: catalog)
        return SourceSide(
            replica: source.replica(catalog),
            packages: source.documents[.packages] ?? [],
            notices: notices
        )
    }

    /// Plans from documents that were read.
    func compare(
        _ source: SourceSide,
        _ destination: RawReplica,
        focus: Set<EntityKey>?,
        explainingSecrets: Bool = false,
        _ state: (Replica) -> SyncState
    ) async throws -> Comparison {
        let destinationReplica = destination.replica(catalog)
        let provided = try await secrets.provided()
        var input = PlanningInput(
            source: source.replica,
            destination: destinationReplica,
            state: state(destinationReplica),
            policy: policy,
            catalog: catalog,
            settings: settings,
            focus: focus
        )
        input.provided = provided
        input.explainsSecrets = explainingSecrets
        do throws(PlanningError) {
            var outcome = try await dated(input, makePlan(input))
            outcome.plan.notices += source.notices
            return Comparison(
                sourcePackages: source.packages,
                destination: destination,
                sourceIDs: Set(source.replica.keysByID.keys),
                plan: outcome.plan,
                proposedState: outcome.proposedState,
                state: input.state,
                isPart: focus != nil
            )
        } catch {
            throw SyncRunError.planning(error)
        }
    }

    /// Reads both sides and lists what a sync would do. Writes nothing, here or there.
    ///
    /// - Throws: `SyncRunError`.
    public func plan() async throws -> Plan {
        let comparison = try await compareLeast(settling: false)
        var plan = comparison.plan
        plan.notices += await keeper.notices
        plan.notices += comparison.notRemembered
        return plan
    }

    /// What a person should know about the reading itself.
    public var readingNotices: [Notice] { get async { await keeper.notices } }

    // MARK: - From the cache

    func refresh(_ sides: Set<ReplicaSide>) async throws {
        do {
            try await refreshOnce(sides)
        } catch let error where ReplicaCache.isDamage(error) {
            try await keeper.cache.discard()
            await keeper.note(Notice(code: "cache-damaged", message: ReplicaCache.damageNotice(keeper.cache.path)))
            try await refreshOnce([.source, .destination])
        }
        if await !keeper.readWhole.isEmpty { HeapMemory.giveBack() }
    }

    private func refreshOnce(_ sides: Set<ReplicaSide>) async throws {
        async let first = sides.contains(.source) ? keeper.refresh(.source, asked: policy.source, client: source) : nil
        async let second =
            sides.contains(.destination)
            ? keeper.refresh(.destination, asked: policy.destination, client: destination) : nil
        _ = try await (first, second)
    }

    func revisions() async throws -> [ReplicaSide: String] {
        var revisions: [ReplicaSide: String] = [:]
        for side in ReplicaSide.allCases { revisions[side] = try await keeper.cache.replica(side)?.revision }
        return revisions
    }

    func raw(_ side: ReplicaSide) async throws -> RawReplica {
        var raw = try await replica(side, documents: keeper.cache.documents(side))
        try await readBranches(side, keeper.readSet, into: &raw)
        return raw
    }

    /// What projects keep in Git, where the policy wants that.
    func readBranches(_ side: ReplicaSide, _ readSet: ReadSet, into raw: inout RawReplica) async throws {
        guard policy.options.configAsCode == .branch, let branches = gitBranches[side] else { return }
        let reading = GitReading(
            client: side == .source ? source : destination,
            branch: policy.options.configAsCodeBranch,
            branches: branches,
            withRunbooks: readSet.lists.contains(.runbooks) && !raw.hidden.contains(.runbooks)
        )
        try await reading.read(into: &raw)
    }

    func replica(_ side: ReplicaSide, documents: [KindName: [JSON]]) async throws -> RawReplica {
        var documents = documents
        // None, and not asked for, are two things.
        if keeper.readSet.withPackages, documents[.packages] == nil { documents[.packages] = [] }
        let known = try await keeper.cache.replica(side)
        let identity = side == .source ? source.identity : destination.identity
        return RawReplica(
            identity: ReplicaIdentity(identity),
            documents: documents,
            eventCursor: known?.mark.cursor,
            hidden: known?.hidden ?? [],
            partial: known?.partial ?? [:]
        )
    }
}
