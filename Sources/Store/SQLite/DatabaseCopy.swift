import Foundation
import GRDB

/// Copies of databases that others are writing to.
public enum DatabaseCopy {
    /// Copies one moment of a database into a new file, also while a server uses it.
    ///
    /// - Returns: how many rows each table of the copy has.
    /// - Throws: ``SQLError``.
    public static func make(of database: String, at copy: String) async throws -> [String: Int] {
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            let source = try DatabaseQueue(path: database, configuration: configuration)
            try await source.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [copy]) }
            try source.close()
            guard chmod(copy, 0o600) == 0 else { throw SQLError(.access, "\(copy): cannot be closed to others") }
            return try await rows(of: copy)
        } catch let error as DatabaseError {
            throw SQLError(SQLError(error).code, "\(database): \(error.message ?? "cannot be copied")")
        }
    }

    /// How many rows each table of a database has, after a look at whether the file is whole.
    ///
    /// - Throws: ``SQLError``, also when the database is damaged.
    public static func rows(of database: String) async throws -> [String: Int] {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: database, configuration: configuration)
            defer { try? queue.close() }
            return try await queue.read { database in
                let verdict = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") ?? ""
                guard verdict == "ok" else { throw SQLError(.corrupt, "the database is damaged: \(verdict)") }
                let tables = try String.fetchAll(
                    database,
                    sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                )
                var rows: [String: Int] = [:]
                for table in tables {
                    rows[table] = try Int.fetchOne(database, sql: "SELECT count(*) FROM \"\(table)\"") ?? 0
                }
                return rows
            }
        } catch let error as DatabaseError {
            throw SQLError(SQLError(error).code, "\(database): \(error.message ?? "cannot be read")")
        }
    }
}
