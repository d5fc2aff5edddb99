import Catalog
import Foundation
import Store
import Sync

/// The state in parts: what a run about a few documents reads and writes of it.
extension StateStore {
    /// Another word after every change of the records; empty while there was none.
    func generation() async throws -> String {
        try await driver.read { connection in
            try connection.first("SELECT word FROM generation WHERE id = 1", []) { $0.text(0) } ?? ""
        }
    }

    /// The run that was begun last was not brought to its end.
    func isLastRunUnfinished() async throws -> Bool {
        let status = try await driver.read { connection in
            try connection.first("SELECT status FROM runs ORDER BY number DESC LIMIT 1", []) { $0.text(0) }
        }
        return status.map { $0 != RunStatus.finished.rawValue } ?? false
    }

    /// The records of these documents.
    ///
    /// - Throws: `SyncRunError.refused` when the file belongs to another pair of spaces.
    func load(
        for pair: SyncState.Pair,
        sourceIDs: Set<String>,
        destinationIDs: Set<String>
    ) async throws -> SyncState {
        try await check(pair)
        let path = path
        return try await driver.read(.long) { connection in
            var state = SyncState(pair: pair)
            func find(_ column: String, _ id: String) throws {
                try connection.query(
                    "SELECT lineage, body FROM records WHERE json_extract(body, '$.\(column)') = $1",
                    [.text(id)]
                ) { row in
                    let lineage = row.text(0)
                    if state.records[lineage] != nil { return }
                    guard let json = try? row.json(1), let record = SyncState.Record(lineage: lineage, json: json)
                    else { throw SyncRunError.state(path: path, problem: "the record \(lineage) is damaged") }
                    state.records[lineage] = record
                }
            }
            for id in sourceIDs { try find("sourceID", id) }
            for id in destinationIDs { try find("destinationID", id) }
            for lineage in state.records.keys {
                try connection.query("SELECT path, body FROM secrets WHERE lineage = $1", [.text(lineage)]) { row in
                    let place = SecretPlace(lineage: lineage, path: row.text(0))
                    guard let json = try? row.json(1), let secret = SecretRow(json: json) else {
                        throw SyncRunError.state(path: path, problem: "the row of the secret \(place.path) is damaged")
                    }
                    state.secrets[place] = secret
                }
            }
            return state
        }
    }

    /// - Throws: `SyncRunError.refused` when the file belongs to another pair of spaces (E-96).
    func check(_ pair: SyncState.Pair) async throws {
        let known = try await driver.read { connection in
            try connection.first(
                """
                SELECT source_installation, source_space, destination_installation, destination_space FROM pair WHERE id = 1
                """,
                []
            ) { row in
                SyncState.Pair(
                    sourceInstallation: row.text(0),
                    sourceSpace: row.text(1),
                    destinationInstallation: row.text(2),
                    destinationSpace: row.text(3)
                )
            }
        }
        guard let known, known != pair else { return }
        throw SyncRunError.refused(
            reason: """
                the state \(path) is about another pair of servers or spaces (\(known.text)) than the policy \
                names now (\(pair.text)); give another file with --state, or correct the policy
                """
        )
    }

    /// Writes the state, and ends the run, in one transaction.
    ///
    /// - Parameter part: what these records were before; all others stay as they are. Nil: the state is all that there
    ///   is.
    func save(
        _ state: SyncState,
        replacing part: SyncState?,
        finishing run: String,
        as status: RunStatus,
        at time: Date = Date()
    ) async throws {
        guard let part else { return try await save(state, finishing: run, as: status, at: time) }
        try await driver.write { connection in
            for record in state.records.values where part.records[record.lineage] != record {
                try connection.execute(
                    """
                    INSERT INTO records (lineage, body) VALUES ($1, $2)
                    ON CONFLICT (lineage) DO UPDATE SET body = excluded.body
                    """,
                    [.text(record.lineage), .utf8(record.json.bytes)]
                )
            }
            for lineage in part.records.keys where state.records[lineage] == nil {
                try connection.execute("DELETE FROM records WHERE lineage = $1", [.text(lineage)])
            }
            let secrets = state.secrets.stamped(time.timestamp)
            for place in part.secrets.keys where secrets[place] == nil {
                try connection.execute(
                    "DELETE FROM secrets WHERE lineage = $1 AND path = $2",
                    [.text(place.lineage), .text(place.path)]
                )
            }
            for (place, row) in secrets where part.secrets[place] != row {
                try connection.execute(
                    """
                    INSERT INTO secrets (lineage, path, body) VALUES ($1, $2, $3)
                    ON CONFLICT (lineage, path) DO UPDATE SET body = excluded.body
                    """,
                    [.text(place.lineage), .text(place.path), .utf8(row.json.bytes)]
                )
            }
            try Self.close(run, as: status, at: time, connection)
        }
    }
}

extension SyncRunRecord {
    /// Of a part only what it changes is needed later.
    var storedProposal: JSON {
        var json = proposed.json
        if isPart { json["isPart"] = true }
        return json
    }
}
