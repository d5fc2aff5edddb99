/// One numbered step of a schema.
public struct Migration: Sendable {
    /// Rises by one from 1.
    public var number: Int
    public var name: String
    /// Statements in the common SQL, with the names of ``SQLDialect`` in braces.
    public var statements: [String]

    public init(_ number: Int, _ name: String, _ statements: [String]) {
        self.number = number
        self.name = name
        self.statements = statements
    }
}

/// The forward-only history of a schema, for the store and for any other small database on a driver.
public struct Migrations: Sendable {
    public var steps: [Migration]

    public init(_ steps: [Migration]) { self.steps = steps }

    /// Brings the database up to date, in one transaction.
    ///
    /// - Returns: the number of the schema that the database has now.
    /// - Throws: ``MigrationError`` when the database was written by a newer Skerry or by another history.
    @discardableResult
    public func run(on driver: any SQLDriver) async throws -> Int {
        for (index, step) in steps.enumerated() where step.number != index + 1 {
            throw MigrationError.badNumbering(expected: index + 1, found: step.number)
        }
        let steps = steps
        let dialect = driver.dialect
        return try await driver.write { connection in
            try connection.execute(
                dialect.resolve(
                    "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name {key} NOT NULL)"
                )
            )
            let applied = try Self.applied(connection)
            try Self.check(applied, against: steps)
            for step in steps.dropFirst(applied.count) {
                for statement in step.statements { try connection.execute(dialect.resolve(statement)) }
                try connection.execute(
                    "INSERT INTO migrations (number, name) VALUES ($1, $2)",
                    [.int(step.number), .text(step.name)]
                )
            }
            return steps.count
        }
    }

    private static func applied(_ connection: any SQLConnection) throws -> [String] {
        try connection.all("SELECT name FROM migrations ORDER BY number", []) { $0.text(0) }
    }

    private static func check(_ applied: [String], against steps: [Migration]) throws {
        for (index, name) in applied.enumerated() {
            guard index < steps.count else {
                throw MigrationError.newerSchema(found: applied.count, known: steps.count)
            }
            guard steps[index].name == name else {
                throw MigrationError.otherHistory(number: index + 1, found: name, expected: steps[index].name)
            }
        }
    }
}

/// Why a database's schema cannot be used.
public enum MigrationError: Error, Sendable, Hashable, CustomStringConvertible {
    case newerSchema(found: Int, known: Int)
    case otherHistory(number: Int, found: String, expected: String)
    case badNumbering(expected: Int, found: Int)

    public var description: String {
        switch self {
        case .newerSchema(let found, let known):
            """
            The database has schema \(found), which a newer Skerry wrote; this one knows schemas up to \(known). \
            Run the newer Skerry, or restore a backup from before the upgrade.
            """
        case .otherHistory(let number, let found, let expected):
            """
            Step \(number) of the database's schema is '\(found)', expected '\(expected)': this file belongs to \
            something else. Check the path of the database in the instance's configuration.
            """
        case .badNumbering(let expected, let found):
            "The list of migrations has number \(found) where \(expected) is expected."
        }
    }
}
