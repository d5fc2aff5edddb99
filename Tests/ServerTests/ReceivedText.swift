import Synchronization

/// What a raw connection has received so far.
final class ReceivedText: Sendable {
    private let state = Mutex("")

    var text: String { state.withLock { $0 } }

    func append(_ more: String) { state.withLock { $0 += more } }
}
