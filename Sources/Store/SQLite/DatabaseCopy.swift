import Foundation
import GRDB

/// Copies of databases that others are writing to.
public enum DatabaseCopy {
    /// Copies one moment of a database into a new file, also while a server uses it.
    ///
    /// - Returns: how many rows each table of the copy has.
    /// - Throws: ``SQLError``.
    public static func make(of database: String, at copy: String) async throws -> [String: Int] {
        // SQLite would let others read it.
        let descriptor = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SQLError(.access, "\(copy): cannot be made") }
        close(descriptor)
        try await with(database, readonly: false) { queue in
            try await queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [copy]) }
        }
        return try await with(copy, readonly: true) { queue in try await queue.read(rows) }
    }

    /// How many rows each table of a database has, after a look at whether the file is whole.
    ///
    /// - Throws: ``SQLError``, also when the database is damaged.
    public static func checkedRows(of database: String) async throws -> [String: Int] {
        try await with(database, readonly: true) { queue in
            try await queue.read { connection in
                let verdict = try String.fetchOne(connection, sql: "PRAGMA integrity_check(1)") ?? ""
                guard verdict == "ok" else {
                    throw SQLError(.corrupt, "\(database): the database is damaged: \(verdict)")
                }
                return try rows(connection)
            }
        }
    }

    /// The number of a database's schema; nil when there is no database yet.
    ///
    /// - Throws: ``SQLError``.
    public static func schema(of database: String) async throws -> Int? {
        guard FileManager.default.fileExists(atPath: database) else { return nil }
        return try await with(database, readonly: false) { queue in
            try await queue.read { connection in
                guard try connection.tableExists("migrations") else { return 0 }
                return try Int.fetchOne(connection, sql: "SELECT count(*) FROM migrations")
            }
        }
    }

    private static func rows(_ connection: Database) throws -> [String: Int] {
        let tables = try String.fetchAll(
            connection,
            sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        var rows: [String: Int] = [:]
        for table in tables {
            let name = table.replacing("\"", with: "\"\"")
            rows[table] = try Int.fetchOne(connection, sql: "SELECT count(*) FROM \"\(name)\"") ?? 0
        }
        return rows
    }

    private static func with<Result: Sendable>(
        _ path: String,
        readonly: Bool,
        _ work: (DatabaseQueue) async throws -> Result
    ) async throws -> Result {
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            configuration.readonly = readonly
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let result = try await work(queue)
            try queue.close()
            return result
        } catch let error as DatabaseError {
            throw SQLError(SQLError(error).code, "\(path): \(error.message ?? "cannot be read")")
        }
    }
}
