import Synchronization

/// A number of places; who finds none free is refused rather than queued.
final class Admission: Sendable {
    private let limit: Int
    private let taken = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// True when a place was free; then `leave` must follow.
    func enter() -> Bool {
        if taken.add(1, ordering: .relaxed).newValue <= limit { return true }
        taken.subtract(1, ordering: .relaxed)
        return false
    }

    func leave() { taken.subtract(1, ordering: .relaxed) }
}
