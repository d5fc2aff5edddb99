import APIClient
import Catalog
import Store
import Sync

/// What servers are to be told of runs: kept here until they were, because a run may end when a server cannot be
/// reached.
extension StateStore {
    /// Puts a newer record in the place of what was to be told.
    func keep(_ records: [ReplicaSide: JSON], ofRun run: String) async throws {
        try await driver.write { connection in
            for (side, record) in records {
                try connection.execute(
                    """
                    INSERT INTO reports (run, side, body, is_told) VALUES ($1, $2, $3, 0)
                    ON CONFLICT (run, side) DO UPDATE SET body = excluded.body, is_told = 0
                    """,
                    [.text(run), .text(side.rawValue), .utf8(record.bytes)]
                )
            }
        }
    }

    /// What a side was not told yet, the newest run last.
    func reports(for side: ReplicaSide) async throws -> [RunReport] {
        try await driver.read { connection in
            try connection.all(
                """
                SELECT reports.run, reports.body FROM reports JOIN runs ON runs.id = reports.run
                WHERE side = $1 AND is_told = 0 ORDER BY runs.number
                """,
                [.text(side.rawValue)]
            ) { RunReport(run: $0.text(0), body: try $0.json(1)) }
        }
    }

    /// A record that was replaced in the meantime is still to be told.
    func noteTold(_ reports: [RunReport], _ side: ReplicaSide) async throws {
        if reports.isEmpty { return }
        try await driver.write { connection in
            for report in reports {
                try connection.execute(
                    "UPDATE reports SET is_told = 1 WHERE run = $1 AND side = $2 AND body = $3",
                    [.text(report.run), .text(side.rawValue), .utf8(report.body.bytes)]
                )
            }
        }
    }

    /// Before another run begins: runs that nobody will go on with are called so, and what was told of those that
    /// have ended is not needed any more.
    static func abandonReports(_ connection: any SQLConnection) throws {
        let running = "SELECT id FROM runs WHERE status = '\(RunStatus.running.rawValue)'"
        try connection.execute(
            """
            UPDATE reports SET body = json_set(body, '$.State', '\(RunRecord.State.abandoned.rawValue)'), is_told = 0
            WHERE run IN (\(running))
            """
        )
        try connection.execute("DELETE FROM reports WHERE is_told = 1")
    }

    /// RFC 3339; nil for an unknown run.
    func startTime(ofRun run: String) async throws -> String? {
        try await driver.read { connection in
            try connection.first("SELECT started_at FROM runs WHERE id = $1", [.text(run)]) { $0.text(0) }
        }
    }
}
