import APIClient
import Sync

/// Comes back to a server that was read before: its first answer says whether it is still the same, and what changed.
enum Returning {
    static func source(
        _ endpoint: Policy.Endpoint,
        key: APIKey,
        cache: ReplicaCache,
        options: ClientOptions
    ) async throws -> (client: SourceClient, answer: FeedAnswer?) {
        var answer: FeedAnswer?
        if let known = try await known(.source, endpoint, cache) {
            let client = try SourceClient(returningTo: known.identity, key: key, options: options)
            answer = try await client.feed(since: known.mark)
            if let identity = identity(answer, known) { return (client.known(as: identity), answer) }
        }
        let client = try await SourceClient.connect(
            to: endpoint.url,
            key: key,
            space: endpoint.space,
            options: options
        )
        return (client, answer)
    }

    static func destination(
        _ endpoint: Policy.Endpoint,
        key: APIKey,
        cache: ReplicaCache,
        options: ClientOptions
    ) async throws -> (client: DestinationClient, answer: FeedAnswer?) {
        var answer: FeedAnswer?
        if let known = try await known(.destination, endpoint, cache) {
            let client = try DestinationClient(returningTo: known.identity, key: key, options: options)
            answer = try await client.feed(since: known.mark)
            if let identity = identity(answer, known) { return (client.known(as: identity), answer) }
        }
        let client = try await DestinationClient.connect(
            to: endpoint.url,
            key: key,
            space: endpoint.space,
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
