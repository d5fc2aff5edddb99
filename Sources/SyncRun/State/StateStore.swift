import Catalog
import Foundation
import Store
public import Sync

/// The state of one flow in its file: what both sides looked like when they last agreed, the runs, the journal.
public struct StateStore: Sendable {
    public let path: String
    let driver: SQLiteDriver

    /// Opens or creates the file, and its folder. Commits wait for the disk: the journal must not forget what was sent.
    ///
    /// - Throws: `SyncRunError.state`.
    public static func open(path: String) async throws -> StateStore {
        do {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            let driver = try SQLiteDriver.open(path: path, readers: 1, survivesPowerCuts: true)
            try await Migrations.syncState.run(on: driver)
            try await StateGeneration.install(on: driver)
            return StateStore(path: path, driver: driver)
        } catch {
            throw SyncRunError.state(path: path, problem: "\(error)")
        }
    }

    /// Where a policy's state is when nothing else is said: `team.policy.yaml` → `team.policy.state/state.sqlite`.
    public static func defaultPath(forPolicyAt path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().path + ".state/state.sqlite"
    }

    /// Gives the space back that a large run took, and closes the file.
    public func close() async throws {
        // Somebody else may be reading, or the disk be full: then the space stays free inside the file.
        try? await driver.compact(beyond: Self.tolerableFreeBytes)
        try await driver.close()
    }

    /// Free space inside the file that is not worth writing the file anew.
    private static let tolerableFreeBytes = 2 << 20

    var lockPath: String { Self.lockPath(path) }

    static func lockPath(_ path: String) -> String { path + ".lock" }

    /// Both sides as they were last read.
    var replicasPath: String { Self.replicasPath(path) }

    static func replicasPath(_ path: String) -> String { path + ".replicas" }

    /// The key of the versions of provided secrets.
    var secretKeyPath: String { Self.secretKeyPath(forState: path) }

    public static func secretKeyPath(forState path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("secrets.key").path
    }

    /// - Throws: `SyncRunError.refused` when the file belongs to another pair of spaces.
    public func load(for pair: SyncState.Pair) async throws -> SyncState {
        let state = try await load()
        if let known = state.pair, known != pair {
            throw SyncRunError.refused(
                reason: """
                    the state \(path) is about another pair of servers or spaces (\(known.text)) than the policy \
                    names now (\(pair.text)); give another file with --state, or correct the policy
                    """
            )
        }
        return SyncState(pair: pair, records: state.records, secrets: state.secrets)
    }

    func load() async throws -> SyncState {
        let path = path
        return try await driver.read(.long) { connection in
            let pair = try connection.first(
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
            var state = SyncState(pair: pair)
            try connection.query("SELECT lineage, body FROM records", []) { row in
                let lineage = row.text(0)
                guard let json = try? row.json(1), let record = SyncState.Record(lineage: lineage, json: json) else {
                    throw SyncRunError.state(path: path, problem: "the record \(lineage) is damaged")
                }
                state.records[lineage] = record
            }
            try connection.query("SELECT lineage, path, body FROM secrets", []) { row in
                let place = SecretPlace(lineage: row.text(0), path: row.text(1))
                guard let json = try? row.json(2), let secret = SecretRow(json: json) else {
                    throw SyncRunError.state(path: path, problem: "the row of the secret \(place.path) is damaged")
                }
                state.secrets[place] = secret
            }
            return state
        }
    }

    /// Replaces what is known of secrets.
    func save(secrets: [SecretPlace: SecretRow]) async throws {
        try await driver.write { connection in try Self.write(secrets, connection) }
    }

    private static func write(_ secrets: [SecretPlace: SecretRow], _ connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM secrets")
        for (place, row) in secrets {
            try connection.execute(
                "INSERT INTO secrets (lineage, path, body) VALUES ($1, $2, $3)",
                [.text(place.lineage), .text(place.path), .utf8(row.json.bytes)]
            )
        }
    }

    /// Replaces all that is agreed on.
    static func write(_ state: SyncState, _ connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM pair")
        if let pair = state.pair {
            try connection.execute(
                """
                INSERT INTO pair (id, source_installation, source_space, destination_installation, destination_space)
                VALUES (1, $1, $2, $3, $4)
                """,
                [
                    .text(pair.sourceInstallation), .text(pair.sourceSpace), .text(pair.destinationInstallation),
                    .text(pair.destinationSpace),
                ]
            )
        }
        try connection.execute("DELETE FROM records")
        for record in state.records.values {
            try connection.execute(
                "INSERT INTO records (lineage, body) VALUES ($1, $2)",
                [.text(record.lineage), .utf8(record.json.bytes)]
            )
        }
        try write(state.secrets, connection)
    }

    /// Replaces the state, and ends the run, in one transaction.
    func save(_ state: SyncState, finishing run: String, as status: RunStatus, at time: Date = Date()) async throws {
        try await driver.write { connection in
            var state = state
            state.secrets = state.secrets.stamped(time.timestamp)
            try Self.write(state, connection)
            try Self.close(run, as: status, at: time, connection)
        }
    }
}

extension SyncState.Pair {
    /// For messages.
    public var text: String {
        "\(sourceSpace) of \(sourceInstallation) → \(destinationSpace) of \(destinationInstallation)"
    }
}

extension StateStore {
    /// The last run of a plan, if it was ever begun.
    func run(ofPlan planID: String) async throws -> SyncRunRecord? {
        try await driver.read(.long) { connection in
            try connection.first(
                "SELECT id, status, proposed FROM runs WHERE plan_id = $1 ORDER BY number DESC LIMIT 1",
                [.text(planID)]
            ) { row -> SyncRunRecord in
                let proposed = try row.json(2)
                return SyncRunRecord(
                    id: row.text(0),
                    planID: planID,
                    status: RunStatus(rawValue: row.text(1)) ?? .running,
                    proposed: SyncState(json: proposed) ?? SyncState(),
                    isPart: proposed["isPart"] == true
                )
            }
        }
    }

    /// Writes down what a run is going to do, before it does any of it.
    func begin(_ run: SyncRunRecord, _ operations: [Sync.Operation], at time: Date = Date()) async throws {
        try await driver.write { connection in
            try Self.abandonReports(connection)
            try connection.execute(
                "UPDATE runs SET status = $1, finished_at = $2 WHERE status = $3",
                [.text(RunStatus.abandoned.rawValue), .text(time.timestamp), .text(RunStatus.running.rawValue)]
            )
            let number = try connection.first("SELECT coalesce(max(number), 0) + 1 FROM runs", []) { $0.int(0) } ?? 1
            try connection.execute(
                """
                INSERT INTO runs (id, number, plan_id, started_at, finished_at, status, proposed, previous)
                VALUES ($1, $2, $3, $4, NULL, $5, $6, $7)
                """,
                [
                    .text(run.id), .int(number), .text(run.planID), .text(time.timestamp), .text(run.status.rawValue),
                    PackedJSON.value(run.storedProposal), PackedJSON.value(run.previous.json),
                ]
            )
            try Self.forgetOld(before: number, connection)
            try Self.remember(operations, of: run.id, connection)
        }
    }

    /// Ends a run whose result nobody could look at: what was agreed on stays as it was.
    func end(_ run: String, as status: RunStatus, at time: Date = Date()) async throws {
        try await driver.write { connection in
            try Self.close(run, as: status, at: time, connection)
        }
    }

    static func close(
        _ run: String,
        as status: RunStatus,
        at time: Date,
        _ connection: any SQLConnection
    ) throws {
        // What it was going to remember is as large as its plan, and only whoever goes on with it needs that.
        let proposed = status == .finished ? ", proposed = 'null'" : ""
        try connection.execute(
            "UPDATE runs SET status = $1, finished_at = $2\(proposed) WHERE id = $3",
            [.text(status.rawValue), .text(time.timestamp), .text(run)]
        )
        try forgetVerified(of: run, connection)
    }

    func reopen(_ run: String) async throws {
        try await driver.write { connection in
            try connection.execute(
                "UPDATE runs SET status = $1, finished_at = NULL WHERE id = $2",
                [.text(RunStatus.running.rawValue), .text(run)]
            )
        }
    }

    /// How many runs can be rolled back.
    static let rememberedImages = 50

    func record(
        _ entry: JournalEntry,
        images: [OperationImage] = [],
        run: String,
        at time: Date = Date()
    ) async throws {
        try await driver.write { connection in
            for image in images { try Self.record(image, entry.sequence, run, connection) }
            try Self.write(entry, of: run, at: time.timestamp, connection)
        }
    }

    static func write(
        _ entry: JournalEntry,
        of run: String,
        at time: String,
        _ connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO journal (run, sequence, step, hash_before, hash_after, destination_id, problem, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (run, sequence) DO UPDATE SET step = excluded.step, hash_before = excluded.hash_before,
                hash_after = excluded.hash_after, destination_id = excluded.destination_id,
                problem = excluded.problem, at = excluded.at
            """,
            [
                .text(run), .int(entry.sequence), .text(entry.step.rawValue), .text(entry.hashBefore),
                .text(entry.hashAfter), .text(entry.destinationID), .text(entry.problem), .text(time),
            ]
        )
    }

    private static func record(
        _ image: OperationImage,
        _ sequence: Int,
        _ run: String,
        _ connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO images (run, sequence, kind, id, before, after) VALUES ($1, $2, $3, $4, NULL, NULL)
            ON CONFLICT (run, sequence, kind, id) DO NOTHING
            """,
            [.text(run), .int(sequence), .text(image.kind.rawValue), .text(image.id)]
        )
        // Of several attempts the first found the document as it was.
        let change = image.moment == .before ? "before = coalesce(before, $1)" : "after = $1"
        try connection.execute(
            "UPDATE images SET \(change) WHERE run = $2 AND sequence = $3 AND kind = $4 AND id = $5",
            [
                PackedJSON.value(image.document), .text(run), .int(sequence), .text(image.kind.rawValue),
                .text(image.id),
            ]
        )
    }

    /// What the first attempt of an operation found.
    func before(_ image: OperationImage, _ sequence: Int, run: String) async throws -> JSON? {
        try await driver.read { connection in
            try connection.all(
                "SELECT before FROM images WHERE run = $1 AND sequence = $2 AND kind = $3 AND id = $4",
                [.text(run), .int(sequence), .text(image.kind.rawValue), .text(image.id)]
            ) { try $0.optionalJSON(0) }.first.flatMap(\.self)
        }
    }

    func journal(of run: String) async throws -> [Int: JournalEntry] {
        try await driver.read(.long) { connection in
            let entries = try connection.all(
                """
                SELECT sequence, step, hash_before, hash_after, destination_id, problem FROM journal WHERE run = $1
                """,
                [.text(run)]
            ) { row in
                JournalEntry(
                    sequence: row.int(0),
                    step: JournalEntry.Step(rawValue: row.text(1)) ?? .intent,
                    hashBefore: row.text(2),
                    hashAfter: row.text(3),
                    destinationID: row.text(4),
                    problem: row.text(5)
                )
            }
            return Dictionary(entries.map { ($0.sequence, $0) }) { _, last in last }
        }
    }
}
