public import Foundation

/// Reads and writes inside one transaction. Valid only inside ``DocumentStore/write(as:at:_:)``.
///
/// A class, because it collects what the transaction touched; it stays on the one thread of that transaction.
public final class StoreWriter: StoreReading {
    public let access: StoreAccess
    /// Who is named in the events.
    public let author: EventAuthor
    /// What events and documents of this transaction are dated.
    public let time: Date
    var touched = Touched()
    /// Why this transaction must not be committed, if so.
    var broken: (any Error)?

    var connection: any SQLConnection { access.connection }

    init(connection: any SQLConnection, sealer: any SecretSealer, author: EventAuthor, time: Date) {
        access = StoreAccess(connection: connection, sealer: sealer)
        self.author = author
        self.time = time
    }
}

extension StoreWriter {
    /// Runs one write and its event together: when `work` throws, neither is left behind, even if the caller catches
    /// the error and goes on with the transaction.
    func atomically<T>(_ work: () throws -> T) throws -> T {
        try connection.execute("SAVEPOINT one_write")
        do {
            let result = try work()
            try connection.execute("RELEASE SAVEPOINT one_write")
            return result
        } catch {
            do {
                try connection.execute("ROLLBACK TO SAVEPOINT one_write")
                try connection.execute("RELEASE SAVEPOINT one_write")
            } catch let second {
                // Half a write may be left in the transaction, so it must not be committed.
                broken = second
            }
            throw error
        }
    }
}

extension StoreWriter {
    /// The setting that holds the number of the first id of each prefix; 1 when it is not set.
    public static let firstIDSetting = "firstId"

    /// The next id with this prefix, `Projects-12`. Never given twice, even when its document is deleted.
    public func nextID(_ prefix: String) throws -> String {
        let first = try setting(Self.firstIDSetting).flatMap { Int($0) } ?? 1
        return "\(prefix)-\(try nextNumber("ids/\(prefix)", first: first))"
    }

    /// Keeps `nextID` from giving numbers up to this one, for documents whose id is fixed (`Spaces-1`).
    public func reserveIDs(_ prefix: String, through number: Int) throws {
        let first = try setting(Self.firstIDSetting).flatMap { Int($0) } ?? 1
        let next = max(first, number + 1)
        try connection.execute(
            """
            INSERT INTO counters (name, next) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET next = excluded.next WHERE counters.next < excluded.next
            """,
            [.text("ids/\(prefix)"), .int(next)]
        )
    }

    /// Takes a number from a counter. The counter's row stays locked until the commit, on every database.
    func nextNumber(_ counter: String, first: Int) throws -> Int {
        let following = try connection.first(
            """
            INSERT INTO counters (name, next) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET next = counters.next + 1 RETURNING next
            """,
            [.text(counter), .int(first + 1)]
        ) { $0.int(0) }
        guard let following else { throw SQLError(.other, "the counter \(counter) gave no number") }
        return following - 1
    }

    /// Sets a setting; nil removes it.
    public func setSetting(_ key: String, _ value: String?) throws {
        touched.settings = true
        guard let value else {
            return try connection.execute("DELETE FROM settings WHERE key = $1", [.text(key)])
        }
        try connection.execute(
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            [.text(key), .text(value)]
        )
    }
}
