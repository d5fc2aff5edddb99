public import Catalog
import Synchronization

/// Numbers that grow when something was committed, for caches: read the number, then the store, and keep what was
/// read for as long as the number stays the same.
///
/// Counts the writes of this ``DocumentStore`` only; for those of other processes see
/// ``DocumentStore/externalChangeMarker()``.
public final class Changes: Sendable {
    private struct Numbers {
        var kinds: [KindName: Int] = [:]
        // Added to every number, so that all can be made to grow at once.
        var everything = 0
        var commits = 0
        var credentials = 0
        var settings = 0
    }

    private let numbers = Mutex(Numbers())

    init() {}

    /// Grows when a document of the kind was written, its secrets and blob included.
    public func generation(of kind: KindName) -> Int {
        numbers.withLock { $0.everything + $0.kinds[kind, default: 0] }
    }

    /// Grows when an API key, a password or a session was written.
    public var credentials: Int { numbers.withLock { $0.everything + $0.credentials } }

    /// Grows when a setting was written.
    public var settings: Int { numbers.withLock { $0.everything + $0.settings } }

    /// Grows with every commit that changed anything.
    public var total: Int { numbers.withLock { $0.everything + $0.commits } }

    /// Makes every number grow: for a cache that must not trust what it has (another process wrote).
    public func invalidateAll() { numbers.withLock { $0.everything += 1 } }

    func note(_ touched: Touched) {
        guard !touched.isEmpty else { return }
        numbers.withLock { numbers in
            for kind in touched.kinds { numbers.kinds[kind, default: 0] += 1 }
            numbers.commits += 1
            if touched.credentials { numbers.credentials += 1 }
            if touched.settings { numbers.settings += 1 }
        }
    }
}

/// What one write changed.
struct Touched: Sendable {
    var kinds: Set<KindName> = []
    var credentials = false
    var settings = false
    var events = false

    var isEmpty: Bool { kinds.isEmpty && !credentials && !settings && !events }
}
