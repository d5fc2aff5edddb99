import Synchronization

/// Slows down who guesses passwords: after some failures of one name from one address, each further try has to wait
/// longer. A success forgets the failures, so that a client which signs in before every request is never slowed.
final class LoginThrottle: Sendable {
    private struct Record {
        var failures: Int
        var blockedUntil: ContinuousClock.Instant
        var last: ContinuousClock.Instant
    }

    private struct Key: Hashable {
        var name: String
        var address: String
    }

    private static let longestWait = Duration.seconds(300)
    private static let memory = 10_000

    private let free: Int
    private let records = Mutex<[Key: Record]>([:])

    /// - Parameter free: failures that cost nothing.
    init(free: Int) { self.free = free }

    /// How long this name has to wait at this address; nil for not at all.
    func wait(name: String, address: String, now: ContinuousClock.Instant = .now) -> Duration? {
        let key = Key(name: name.lowercased(), address: address)
        return records.withLock { records in
            guard let record = records[key], record.blockedUntil > now else { return nil }
            return record.blockedUntil - now
        }
    }

    func failed(name: String, address: String, now: ContinuousClock.Instant = .now) {
        let key = Key(name: name.lowercased(), address: address)
        records.withLock { records in
            var record = records[key] ?? Record(failures: 0, blockedUntil: now, last: now)
            record.failures += 1
            record.last = now
            if record.failures >= free {
                let wait = min(Self.longestWait, .seconds(1 << min(record.failures - free, 9)))
                record.blockedUntil = now + wait
            }
            if records.count >= Self.memory { Self.forgetOldest(&records) }
            records[key] = record
        }
    }

    func succeeded(name: String, address: String) {
        let key = Key(name: name.lowercased(), address: address)
        records.withLock { $0[key] = nil }
    }

    private static func forgetOldest(_ records: inout [Key: Record]) {
        let limit = records.values.map(\.last).sorted()[records.count / 2]
        records = records.filter { $0.value.last > limit }
    }
}
