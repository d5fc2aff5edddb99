import Foundation
import GRDB

/// SQLite in write-ahead mode: one writer, several readers that never wait for it.
///
/// Committed transactions survive the death of the process; on a power cut the last ones may be lost, but the file
/// stays whole (`synchronous = NORMAL`). Other processes may use the same file.
public final class SQLiteDriver: SQLDriver {
    private let pool: DatabasePool
    private let readers: InlineReaders

    public let dialect = SQLDialect(blob: "BLOB", key: "TEXT", clustered: "WITHOUT ROWID")

    /// Opens or creates a database file, readable for its owner only.
    ///
    /// - Parameters:
    ///   - path: the file; its folder must exist.
    ///   - readers: how many reads may run at once (at least 1).
    ///   - busyTimeout: seconds to wait for a lock that another process holds.
    ///   - survivesPowerCuts: each commit waits for the disk (`synchronous = FULL`): for a journal that says what is
    ///     about to be done elsewhere.
    /// - Throws: ``SQLError``.
    public static func open(
        path: String,
        readers: Int = 4,
        busyTimeout: Double = 10,
        survivesPowerCuts: Bool = false
    ) throws -> SQLiteDriver {
        try SQLiteDriver(
            path: path,
            readers: max(readers, 1),
            busyTimeout: busyTimeout,
            survivesPowerCuts: survivesPowerCuts
        )
    }

    private init(path: String, readers: Int, busyTimeout: Double, survivesPowerCuts: Bool) throws {
        try Self.createPrivately(path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout)
        configuration.maximumReaderCount = readers
        configuration.foreignKeysEnabled = false
        configuration.label = "skerry.store"
        configuration.prepareDatabase { database in
            let level = survivesPowerCuts ? "FULL" : "NORMAL"
            try database.execute(sql: "PRAGMA synchronous = \(level); PRAGMA journal_size_limit = 67108864")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
        } catch let error as DatabaseError {
            throw SQLError(SQLError(error).code, "\(path): \(error.message ?? "cannot be opened")")
        }
        configuration.readonly = true
        self.readers = InlineReaders(path: path, configuration: configuration, limit: readers)
    }

    public func read<T: Sendable>(
        _ length: ReadLength,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        try await translatingErrors {
            if length == .short, let reader = try readers.take() {
                // In WAL mode a look-up waits for nobody; two thread changes would cost more than the work.
                defer { readers.give(reader) }
                return try reader.snapshot(body)
            }
            return try await pool.read { try body(SQLiteConnection(database: $0)) }
        }
    }

    public func write<T: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T {
        try await translatingErrors {
            try await pool.write { try body(SQLiteConnection(database: $0)) }
        }
    }

    public func externalChangeMarker() async throws -> Int {
        // `data_version` counts the commits of other connections, so it must be asked on the one that writes.
        try await translatingErrors {
            try await pool.writeWithoutTransaction { database in
                try SQLiteConnection(database: database, needsTransaction: false).first("PRAGMA data_version", []) {
                    $0.int(0)
                } ?? 0
            }
        }
    }

    /// Writes the file anew when a quarter of it and more than `bytes` are free; the space goes back to the disk.
    ///
    /// Can be killed at any point. Meanwhile readers go on, writers wait.
    ///
    /// - Throws: ``SQLError``, also when another process holds the file.
    public func compact(beyond bytes: Int) async throws {
        try await translatingErrors {
            let (pages, free, size) = try await pool.read { database in
                func number(_ name: String) throws -> Int {
                    try SQLiteConnection(database: database).first("PRAGMA \(name)", []) { $0.int(0) } ?? 0
                }
                return (try number("page_count"), try number("freelist_count"), try number("page_size"))
            }
            guard free * size > bytes, free * 4 > pages else { return }
            try await pool.vacuum()
        }
    }

    public func close() async throws {
        try await translatingErrors {
            try readers.close()
            // The pool would close its readers last, and only a writer that is the last one tidies the log away.
            pool.releaseMemory()
            try pool.close()
        }
    }

    private func translatingErrors<T>(_ work: () async throws -> T) async throws -> T {
        do {
            return try await work()
        } catch let error as DatabaseError {
            throw SQLError(error)
        } catch let error as SQLError where error.code == .interrupted && Task.isCancelled {
            throw CancellationError()
        }
    }

    /// Makes the file before SQLite does, because SQLite would let the group and others read it.
    private static func createPrivately(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { return }
        let made = FileManager.default.createFile(
            atPath: path,
            contents: nil,
            attributes: [.posixPermissions: 0o600]
        )
        guard made else { throw SQLError(.access, "\(path): cannot be created") }
    }
}
