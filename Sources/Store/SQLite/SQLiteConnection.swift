import GRDB
import GRDBSQLite

/// One SQLite connection inside a read or a write.
///
/// GRDB owns the connection, its thread and its transactions; statements are bound and stepped directly, so that
/// bodies go from the page cache to the caller with a single copy and no boxing.
struct SQLiteConnection: SQLConnection {
    let database: Database
    /// Whether statements may run only inside the transaction that this connection was given out with. SQLite itself
    /// ends a transaction after some failures (a cancelled task, a full disk); what a caller that caught the error
    /// still writes must not be committed on its own.
    var needsTransaction = true

    func execute(_ sql: String, _ arguments: [SQLValue]) throws {
        try query(sql, arguments) { _ in }
    }

    func query(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Void) throws {
        if needsTransaction {
            try Task.checkCancellation()
            guard database.isInsideTransaction else {
                throw SQLError(.interrupted, "the transaction was rolled back by an earlier failure", statement: sql)
            }
        }
        let statement = try prepared(sql)
        let handle = statement.sqliteStatement
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        try bind(arguments, to: handle, sql)
        let current = SQLiteRow(statement: handle)
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try row(current)
            case SQLITE_DONE: return
            case let code: throw failure(code, sql)
            }
        }
    }

    /// The cached statement, or a fresh one when the cached one is being stepped by a query further out.
    private func prepared(_ sql: String) throws -> Statement {
        do {
            let statement = try database.cachedStatement(sql: sql)
            if sqlite3_stmt_busy(statement.sqliteStatement) == 0 { return statement }
            return try database.makeStatement(sql: sql)
        } catch let error as DatabaseError {
            throw SQLError(error)
        }
    }

    private func bind(_ arguments: [SQLValue], to handle: OpaquePointer, _ sql: String) throws {
        guard sqlite3_bind_parameter_count(handle) == arguments.count else {
            throw SQLError(.other, "\(arguments.count) values for another number of placeholders", statement: sql)
        }
        // The bytes are copied by SQLite: a row closure may outlive this frame's strings.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (index, argument) in zip(Int32(1)..., arguments) {
            let code =
                switch argument {
                case .null: sqlite3_bind_null(handle, index)
                case .int(let value): sqlite3_bind_int64(handle, index, Int64(value))
                case .text(let value): bindText(Array(value.utf8), handle, index, transient)
                case .utf8(let value): bindText(value, handle, index, transient)
                case .blob(let value) where value.isEmpty: sqlite3_bind_zeroblob(handle, index, 0)
                case .blob(let value): sqlite3_bind_blob64(handle, index, value, UInt64(value.count), transient)
                }
            guard code == SQLITE_OK else { throw failure(code, sql) }
        }
    }

    private func bindText(
        _ bytes: [UInt8],
        _ handle: OpaquePointer,
        _ index: Int32,
        _ transient: sqlite3_destructor_type
    ) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            // A null pointer would bind null instead of the empty text.
            guard let start = buffer.baseAddress, !buffer.isEmpty else {
                return sqlite3_bind_text(handle, index, "", 0, transient)
            }
            let text = start.assumingMemoryBound(to: CChar.self)
            return sqlite3_bind_text64(handle, index, text, UInt64(buffer.count), transient, UInt8(SQLITE_UTF8))
        }
    }

    private func failure(_ code: Int32, _ sql: String) -> SQLError {
        let message = database.sqliteConnection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
        return SQLError(SQLError.Code(sqlite: code), message ?? "SQLite error \(code)", statement: sql)
    }
}

/// The row that a statement stands on.
struct SQLiteRow: SQLRow {
    let statement: OpaquePointer

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    func int(_ column: Int) -> Int { Int(sqlite3_column_int64(statement, Int32(column))) }

    func text(_ column: Int) -> String { withBytes(column) { String(decoding: $0, as: UTF8.self) } }

    func withBytes<T>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        // For text, `column_blob` gives its UTF-8 without a conversion; the pointer lives until the next step.
        let start = sqlite3_column_blob(statement, Int32(column))
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}

extension SQLError {
    init(_ error: DatabaseError) {
        self.init(
            Code(sqlite: error.extendedResultCode.rawValue),
            error.message ?? "SQLite error \(error.resultCode.rawValue)",
            statement: error.sql
        )
    }
}

extension SQLError.Code {
    init(sqlite code: Int32) {
        // The low byte is the primary code, the rest tells more.
        self =
            switch code & 0xFF {
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CONSTRAINT: .constraint
            case SQLITE_FULL: .full
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_IOERR, SQLITE_AUTH: .access
            case SQLITE_INTERRUPT, SQLITE_ABORT: .interrupted
            case SQLITE_MISUSE: .closed
            default: .other
            }
    }
}
