/// A database that speaks the SQL that SQLite and PostgreSQL have in common.
///
/// The store and its migrations use only: placeholders `$1`, `$2`, … that first appear in rising order, `BIGINT` and
/// `TEXT` columns (and ``SQLDialect`` for the rest), `ON CONFLICT`, `RETURNING`. No automatic row numbers, no JSON
/// functions, no full-text search.
public protocol SQLDriver: Sendable {
    /// How this database spells the few things that differ.
    var dialect: SQLDialect { get }

    /// Runs `body` with one unchanging view of the database.
    ///
    /// - Parameters:
    ///   - length: what to expect of `body`; a short read may run on the caller's thread.
    ///   - body: reads only; neither the connection nor a row may leave it.
    /// - Throws: ``SQLError``, or what `body` throws.
    func read<T: Sendable>(
        _ length: ReadLength,
        _ body: @escaping @Sendable (any SQLConnection) throws -> T
    ) async throws -> T

    /// Runs `body` in one transaction, which is rolled back when `body` throws.
    ///
    /// - Throws: ``SQLError``, or what `body` throws.
    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T

    /// A number that changes when somebody other than this driver wrote to the database.
    func externalChangeMarker() async throws -> Int

    /// Waits for running work and closes every connection; later calls throw ``SQLError/Code/closed``.
    func close() async throws
}

extension SQLDriver {
    /// A short read: see ``read(_:_:)``.
    public func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await read(.short, body)
    }
}

/// What a driver should expect of a read.
public enum ReadLength: Sendable {
    /// A few look-ups or one page of a list: a millisecond or less.
    case short
    /// A scan of many rows, which must not hold a thread of the caller.
    case long
}

/// One connection to the database inside a read or a write.
public protocol SQLConnection {
    /// Runs a statement for its effect.
    func execute(_ sql: String, _ arguments: [SQLValue]) throws

    /// Runs a statement and gives each of its rows to `row`, in order.
    func query(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> Void) throws
}

extension SQLConnection {
    public func execute(_ sql: String) throws { try execute(sql, []) }

    /// The first row of a result, if there is one.
    public func first<T>(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> T) throws -> T? {
        var result: T?
        try query(sql, arguments) { current in
            if result == nil { result = try row(current) }
        }
        return result
    }

    /// All rows of a result, each made into a value.
    public func all<T>(_ sql: String, _ arguments: [SQLValue], _ row: (any SQLRow) throws -> T) throws -> [T] {
        var result: [T] = []
        try query(sql, arguments) { result.append(try row($0)) }
        return result
    }
}

/// How one database spells what the common SQL cannot say. Migrations name these in braces.
public struct SQLDialect: Sendable {
    /// `{blob}`: the column type of bytes.
    public var blob: String
    /// `{key}`: the column type of text that is compared and sorted byte by byte.
    public var key: String
    /// `{clustered}`: what follows the closing bracket of a table that is kept in the order of its primary key.
    public var clustered: String

    public init(blob: String, key: String, clustered: String) {
        self.blob = blob
        self.key = key
        self.clustered = clustered
    }

    /// The statement with the names in braces replaced.
    func resolve(_ sql: String) -> String {
        var result = sql
        for (name, text) in [("{blob}", blob), ("{key}", key), ("{clustered}", clustered)] {
            result = result.split(separator: name, omittingEmptySubsequences: false).joined(separator: text)
        }
        return result
    }
}
