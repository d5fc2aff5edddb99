import APIClient
import Sync

/// A client that can be made with and without a question to its server.
protocol ReturningClient: ReplicaClient {
    static func connect(
        to url: String,
        key: APIKey,
        space: String,
        origin: RequestOrigin,
        options: ClientOptions
    ) async throws -> Self

    init(returningTo identity: ServerIdentity, key: APIKey, origin: RequestOrigin, options: ClientOptions) throws

    func known(as identity: ServerIdentity) -> Self
}

extension SourceClient: ReturningClient {}
extension DestinationClient: ReturningClient {}

/// Comes back to a server that was read before: its first answer says whether it is still the same, and what changed.
enum Returning {
    static func client<Client: ReturningClient>(
        _ side: ReplicaSide,
        _ endpoint: Policy.Endpoint,
        key: APIKey,
        cache: ReplicaCache,
        store: StateStore,
        options: ClientOptions
    ) async throws -> (client: Client, answer: FeedAnswer?) {
        let origin = RequestOrigin()
        var answer: FeedAnswer?
        if let known = try await known(side, endpoint, cache) {
            let client = try Client(returningTo: known.identity, key: key, origin: origin, options: options)
            answer = try await TellingFeed(store: store, side: side).answer(of: client, since: known.mark)
            if let identity = identity(answer, known) { return (client.known(as: identity), answer) }
        }
        let client = try await Client.connect(
            to: endpoint.url,
            key: key,
            space: endpoint.space,
            origin: origin,
            options: options
        )
        return (client, answer)
    }

    private static func known(
        _ side: ReplicaSide,
        _ endpoint: Policy.Endpoint,
        _ cache: ReplicaCache
    ) async throws -> CachedReplica? {
        guard let known = try await cache.replica(side), known.askedURL == endpoint.url,
            known.askedSpace == endpoint.space, known.mark.feed != .none
        else { return nil }
        return known
    }

    /// Who it is now; nil when it has to introduce itself: it may be another server, or a feed that does not tell who
    /// answers has news.
    private static func identity(_ answer: FeedAnswer?, _ known: CachedReplica) -> ServerIdentity? {
        guard let answer, answer.gap == nil, answer.mark.feed == known.mark.feed else { return nil }
        if let identity = answer.identity { return identity.isSameSpace(as: known.identity) ? identity : nil }
        return answer.mark.feed == .changes || answer.changes.isEmpty ? known.identity : nil
    }
}
