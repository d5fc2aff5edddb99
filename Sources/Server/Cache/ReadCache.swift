import Catalog
import NIOCore
import Synchronization

/// Answers to reads, kept in memory as the bytes that go out.
///
/// An answer is good as long as no document of the kinds that it was made from was written since: each entry carries
/// the sum of their generations. Entries that are not asked for fall out when the newer half of the cache is full, so
/// that a look-up costs one hash.
final class ReadCache: Sendable {
    struct Entry: Sendable {
        var response: APIResponse
        var kinds: [KindName]
        var generation: UInt64
        var bytes: Int
    }

    private struct State {
        var young: [String: Entry] = [:]
        var old: [String: Entry] = [:]
        var youngBytes = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: bytes of all answers together.
    init(capacity: Int) { self.capacity = capacity }

    /// - Parameter generation: the present sum of the generations of kinds.
    func response(for key: String, generation: ([KindName]) -> UInt64) -> APIResponse? {
        let entry = state.withLock { state -> Entry? in
            if let entry = state.young[key] { return entry }
            guard let entry = state.old[key] else { return nil }
            insert(entry, key, &state)
            return entry
        }
        guard let entry, entry.generation == generation(entry.kinds) else { return nil }
        return entry.response
    }

    func insert(_ response: APIResponse, for key: String, kinds: [KindName], generation: UInt64) {
        let bytes = response.byteCount + key.utf8.count + 256
        // One long list must not push out everything else.
        guard bytes <= capacity / 8 else { return }
        let entry = Entry(response: response.prepared, kinds: kinds, generation: generation, bytes: bytes)
        state.withLock { insert(entry, key, &$0) }
    }

    func removeAll() { state.withLock { $0 = State() } }

    private func insert(_ entry: Entry, _ key: String, _ state: inout State) {
        if let replaced = state.young.updateValue(entry, forKey: key) { state.youngBytes -= replaced.bytes }
        state.youngBytes += entry.bytes
        if state.youngBytes > capacity / 2 {
            state.old = state.young
            state.young = [:]
            state.youngBytes = 0
        }
    }
}
