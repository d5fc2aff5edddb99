import APIClient
import Catalog
import Foundation
import Sync

/// Brings the cache up to date with both servers, by as few requests as the feeds allow (`sync.md` 2.16).
///
/// | what the feed says | requests |
/// |---|---|
/// | nothing changed | the one that asked |
/// | these documents changed | that one, and one for each document that it does not bring along |
/// | not enough, or it is time to verify | everything is read |
actor ReplicaKeeper {
    let cache: ReplicaCache
    let catalog: Catalog
    let readSet: ReadSet
    private let options: ReadingOptions
    /// Another text when the same answers would be read another way, or with another key.
    private let marks: [ReplicaSide: String]
    private let store: StateStore
    private let progress: @Sendable (ReadingProgress) -> Void
    private var isLastRunUnfinished: Bool
    /// Answers that were got when the flow was opened.
    private var pending: [ReplicaSide: FeedAnswer] = [:]
    /// Sides that were read whole by this process.
    private(set) var readWhole: Set<ReplicaSide> = []
    private(set) var notices: [Notice] = []

    init(
        cache: ReplicaCache,
        catalog: Catalog,
        readSet: ReadSet,
        options: ReadingOptions,
        marks: [ReplicaSide: String] = [:],
        store: StateStore,
        isLastRunUnfinished: Bool,
        progress: @escaping @Sendable (ReadingProgress) -> Void
    ) {
        self.cache = cache
        self.catalog = catalog
        self.readSet = readSet
        self.options = options
        self.marks = marks
        self.store = store
        self.isLastRunUnfinished = isLastRunUnfinished
        self.progress = progress
    }

    func expect(_ answer: FeedAnswer?, from side: ReplicaSide) { pending[side] = answer }

    func note(_ notice: Notice) { notices.append(notice) }

    /// - Parameter asked: how the policy names the replica.
    /// - Throws: `SyncRunError`.
    @discardableResult
    func refresh(_ side: ReplicaSide, asked: Policy.Endpoint, client: any ReplicaClient) async throws -> CachedReplica {
        do {
            let known = try await cache.replica(side)
            let isSame = known.map { $0.identity.isSameSpace(as: client.identity) } ?? false
            let answer: FeedAnswer
            if let opened = pending.removeValue(forKey: side) {
                answer = opened
            } else {
                answer = try await TellingFeed(store: store, side: side).answer(
                    of: client,
                    since: isSame ? known?.mark : nil
                )
            }
            var replica = CachedReplica(
                askedURL: asked.url,
                askedSpace: asked.space,
                identity: answer.identity ?? client.identity,
                readSet: readSet.digest + (marks[side] ?? ""),
                mark: answer.mark,
                revision: known?.revision ?? "",
                readAt: known?.readAt ?? .distantPast,
                widened: known?.widened ?? [],
                hidden: known?.hidden ?? [],
                partial: known?.partial ?? [:]
            )
            if let known, isSame, reason(side, known, answer, replica) == nil {
                if let result = try await follow(side, client, answer, known, replica) { return result }
            }
            let earlier = isSame ? known : nil
            if !isSame {
                replica.widened = []
                replica.revision = ""
            }
            return try await readAll(side, client, answer, earlier, replica)
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
    }

    /// Why everything has to be read.
    private func reason(
        _ side: ReplicaSide,
        _ known: CachedReplica,
        _ answer: FeedAnswer,
        _ now: CachedReplica
    ) -> String? {
        if known.readSet != now.readSet { return "the policy or the program asks for something else than last time" }
        if let gap = answer.gap { return gap }
        if answer.mark.feed == .none { return "there is no feed of changes" }
        if readSet.withPackages { return "no feed tells of packages" }
        if readSet.withLogoContent, answer.mark.feed == .events, !answer.changes.isEmpty {
            return "the events do not tell of pictures"
        }
        if known.identity.version != now.identity.version { return "the server was upgraded" }
        if readWhole.contains(side) { return nil }
        return isVerification(known) ? "everything is verified" : nil
    }

    /// Nothing says that something is amiss; it is looked at all the same.
    private func isVerification(_ known: CachedReplica) -> Bool {
        let age = Date().timeIntervalSince(known.readAt)
        return options.isFull || isLastRunUnfinished || age < 0 || age >= options.verifyAfter / .seconds(1)
    }

    // MARK: - What the feed tells

    /// Nil when there is too much to follow.
    private func follow(
        _ side: ReplicaSide,
        _ client: any ReplicaClient,
        _ answer: FeedAnswer,
        _ known: CachedReplica,
        _ replica: CachedReplica
    ) async throws -> CachedReplica? {
        if answer.changes.isEmpty, known.widened.isEmpty {
            let isUnmoved =
                known.mark == replica.mark && known.identity == replica.identity
                && known.askedURL == replica.askedURL && known.askedSpace == replica.askedSpace
            return isUnmoved ? known : try await cache.store(side, replica, []).replica
        }
        var following = ChangeFollowing(
            side: side,
            client: client,
            cache: cache,
            catalog: catalog,
            readSet: readSet,
            isTold: answer.mark.feed == .changes
        )
        guard let changes = try await following.documents(answer.changes, widened: known.widened) else { return nil }
        var replica = replica
        // Gone, or no longer seen: a feed tells both the same way.
        if changes.contains(where: { $0.document == nil }) {
            replica.partial = try await PartialView.kinds(seenBy: client, readSet, catalog: catalog)
        }
        return try await cache.store(side, replica, changes).replica
    }

    // MARK: - Everything

    private func readAll(
        _ side: ReplicaSide,
        _ client: any ReplicaClient,
        _ answer: FeedAnswer,
        _ known: CachedReplica?,
        _ replica: CachedReplica
    ) async throws -> CachedReplica {
        var replica = replica
        let readAt = Date()
        let raw = try await ReplicaReading(client: client, readSet: readSet, progress: progress)
            .read(cursor: answer.mark.cursor)
        if let known, known.readSet == replica.readSet, known.identity.version == replica.identity.version,
            answer.gap == nil, answer.mark.feed != .none
        {
            let missed = try await FeedDefects(
                side: side,
                client: client,
                cache: cache,
                catalog: catalog,
                answer: answer,
                widened: Set(known.widened)
            ).missed(in: raw)
            for (kind, names) in missed.sorted(by: { $0.key < $1.key }) {
                notices.append(FeedDefects.notice(kind, names, replica.identity.url, catalog))
                replica.widened.append(kind)
            }
        }
        replica.readAt = readAt
        replica.hidden = raw.hidden
        replica.partial = raw.partial
        readWhole.insert(side)
        let documents = catalog.kinds.flatMap { kind in
            (raw.documents[kind.name] ?? []).map { document in
                (place: DocumentPlace(document, kind), document: JSON?.some(document))
            }
        }
        // Packages are no documents of a kind, and are kept with them all the same.
        let packages = (raw.documents[.packages] ?? []).map { package in
            (
                place: DocumentPlace(kind: .packages, id: "#" + Fingerprint.hash(package)),
                document: JSON?.some(package)
            )
        }
        return try await cache.store(side, replica, documents + packages, isWhole: true).replica
    }
}
