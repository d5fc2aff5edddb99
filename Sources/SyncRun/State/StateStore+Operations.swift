import Catalog
import Store
import Sync

/// What runs did, operation by operation.
///
/// All of them keep what ``Sync/Operation/summary`` says of an operation: enough to roll back with the images, and to
/// say who decided. What an operation wrote is kept of the last run alone, and there of those alone whose outcome was
/// not exactly that: the rest can be seen at the servers.
extension StateStore {
    /// Of how many runs it can be said which rule decided what.
    static let rememberedOperations = 500

    static func remember(_ operations: [Sync.Operation], of run: String, _ connection: any SQLConnection) throws {
        for operation in operations {
            try connection.execute(
                "INSERT INTO operations (run, sequence, summary, body) VALUES ($1, $2, $3, $4)",
                [
                    .text(run), .int(operation.sequence), .utf8(operation.summary.json.bytes),
                    .utf8(operation.json.bytes),
                ]
            )
        }
    }

    /// Drops what nobody asks for once a run has begun after those.
    static func forgetOld(before number: Int, _ connection: any SQLConnection) throws {
        try connection.execute("UPDATE operations SET body = NULL WHERE body IS NOT NULL")
        for (table, kept) in [("images", rememberedImages), ("operations", rememberedOperations)] {
            try connection.execute(
                "DELETE FROM \(table) WHERE run IN (SELECT id FROM runs WHERE number <= $1)",
                [.int(number - kept)]
            )
        }
        let last: SQLValue = .int(number - rememberedImages)
        try connection.execute("UPDATE runs SET previous = NULL WHERE previous IS NOT NULL AND number <= $1", [last])
        // Nobody goes on with these any more.
        try connection.execute(
            "UPDATE runs SET status = $1 WHERE status = $2 AND number <= $3",
            [.text(RunStatus.abandoned.rawValue), .text(RunStatus.partial.rawValue), last]
        )
        try connection.execute(
            "UPDATE runs SET proposed = 'null' WHERE status = $1 AND proposed <> 'null'",
            [.text(RunStatus.abandoned.rawValue)]
        )
    }

    /// Drops what was written exactly as planned.
    static func forgetVerified(of run: String, _ connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE operations SET body = NULL WHERE run = $1
                AND sequence IN (SELECT sequence FROM journal WHERE run = $2 AND step = 'verified')
            """,
            [.text(run), .text(run)]
        )
    }

    /// The operations of a run by their sequence, each as whole as it is still known.
    func operations(of run: String) async throws -> [Int: Sync.Operation] {
        let path = path
        return try await driver.read(.long) { connection in
            var result: [Int: Sync.Operation] = [:]
            try connection.query(
                "SELECT sequence, coalesce(body, summary) FROM operations WHERE run = $1",
                [.text(run)]
            ) { row in
                guard let json = try? row.json(1), let operation = Sync.Operation(json: json) else {
                    throw SyncRunError.state(path: path, problem: "operation \(row.int(0)) of run '\(run)' is damaged")
                }
                result[row.int(0)] = operation
            }
            return result
        }
    }

    /// One operation of a run; nil when it is not remembered.
    func operation(_ sequence: Int, of run: String) async throws -> Sync.Operation? {
        try await driver.read { connection in
            try connection.first(
                "SELECT coalesce(body, summary) FROM operations WHERE run = $1 AND sequence = $2",
                [.text(run), .int(sequence)]
            ) { try Sync.Operation(json: $0.json(0)) } ?? nil
        }
    }
}

extension Sync.Operation {
    /// What it was about and which rules decided, without any value.
    var summary: Sync.Operation {
        Sync.Operation(
            sequence: sequence,
            phase: phase,
            action: action,
            key: key,
            lineage: lineage,
            fields: fields.map { FieldChange(path: $0.path, rule: $0.rule) },
            after: .null,
            risks: risks
        )
    }
}
