import APIClient
import Catalog
public import Foundation
import Store
public import Sync

/// Makes a state file of what another one was written out as.
public enum StateImport {
    /// The two spaces that a policy is about, as its servers tell.
    ///
    /// - Throws: `SyncRunError`, when a server cannot be asked.
    public static func pair(ofPolicyAt path: String) async throws -> SyncState.Pair {
        let policy = try PolicyLoading.policy(at: path)
        do {
            async let source = identity(policy.source, policyPath: path)
            async let destination = identity(policy.destination, policyPath: path)
            return try await SyncState.Pair(source: source, destination: destination)
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
    }

    private static func identity(_ endpoint: Policy.Endpoint, policyPath: String) async throws -> ReplicaIdentity {
        let key = try Credentials.key(for: endpoint, policyPath: policyPath)
        return ReplicaIdentity(
            try await SourceClient.connect(to: endpoint.url, key: key, space: endpoint.space).identity
        )
    }

    /// Reads and checks a file; nothing is written.
    ///
    /// - Throws: `SyncRunError.state` with the place of what is wrong.
    public static func document(at path: String) throws -> StateDocument {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw SyncRunError.state(path: path, problem: "the file cannot be read")
        }
        defer { try? handle.close() }
        let data = try handle.read(upToCount: StateDocument.largest + 1) ?? Data()
        guard data.count <= StateDocument.largest else {
            throw SyncRunError.state(path: path, problem: "it is larger than \(StateDocument.largest) bytes")
        }
        do {
            return try StateDocument([UInt8](data))
        } catch let error as StateDocumentError {
            throw SyncRunError.state(
                path: path,
                problem: "\(error); nothing was written. Write it anew with `skerry sync export-state`"
            )
        }
    }

    /// What writing a state did.
    public struct Outcome: Sendable, Hashable {
        /// The name under which a state that was in the way is kept.
        public var aside: String?
        /// The very same state was there: nothing had to be written.
        public var wasThere = false
    }

    /// Writes a whole state in one transaction: whoever kills this finds the state empty or whole, and runs it again.
    ///
    /// Both sides are read whole by the next command: what was read of them elsewhere does not count here.
    ///
    /// - Parameters:
    ///   - path: of a file that is not there, remembers nothing, or just what the document says.
    ///   - replacing: a file that remembers something else is kept under another name.
    /// - Throws: `SyncRunError.refused` for a file that remembers something else, and while a run is at work on it.
    public static func write(
        _ document: StateDocument,
        to path: String,
        replacing: Bool,
        at time: Date = Date()
    ) async throws -> Outcome {
        try makeFolder(of: path)
        let lock = try StateLock(path: StateStore.lockPath(path))
        defer { withExtendedLifetime(lock) {} }
        let crash = CrashPoint()
        var outcome = Outcome()
        if await holds(path, document) {
            outcome.wasThere = true
        } else {
            outcome.aside = try await putAside(path, replacing: replacing, at: time)
            crash.pass()
            try remove(StateStore.replicasPath(path))
            try await fill(path, document, crash)
            crash.pass()
        }
        try log(document, outcome, path, at: time)
        crash.pass()
        return outcome
    }

    private static func fill(_ path: String, _ document: StateDocument, _ crash: CrashPoint) async throws {
        let store = try await StateStore.open(path: path)
        crash.pass()
        do {
            try await store.fill(document, crash)
            crash.pass()
            try await store.close()
        } catch {
            try? await store.close()
            throw SyncRunError.state(path: path, problem: "\(error)")
        }
    }

    /// Once for each import: whoever runs it again after a kill finds the line there, or missing.
    private static func log(_ document: StateDocument, _ outcome: Outcome, _ path: String, at time: Date) throws {
        let log = RunLog(forState: path)
        var details: JSON = [
            "documents": .int(document.records), "runs": .int(document.runCount),
            "newestRun": JSON(document.runs.first?.id), "pair": document.pair?.json ?? .null,
        ]
        if outcome.wasThere, let last = try log.read().entries.last, last.event == "imported" {
            let isThisOne = ["documents", "runs", "newestRun"].allSatisfy { last.details[$0] == details[$0] }
            if isThisOne { return }
        }
        details["replaced"] = JSON(outcome.aside)
        try log.append("imported", details, at: time)
    }

    /// Whether a file remembers just what a document says.
    private static func holds(_ path: String, _ document: StateDocument) async -> Bool {
        guard FileManager.default.fileExists(atPath: path), document.records + document.runCount > 0,
            let store = try? await StateStore.open(path: path)
        else { return false }
        let content = try? await store.remembered(like: document)
        try? await store.close()
        return content == document
    }

    private static func makeFolder(of path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw SyncRunError.state(path: path, problem: error.localizedDescription)
        }
    }

    /// SQLite's own files belong to the one that they are named after.
    private static let companions = ["", "-wal", "-shm"]

    private static func putAside(_ path: String, replacing: Bool, at time: Date) async throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let content = await content(of: path)
        guard let content else { return nil }
        guard replacing else {
            throw SyncRunError.refused(
                reason: """
                    the state \(path) \(content); nothing was written. Name another file with --state, or give --replace, \
                    which keeps that one under another name
                    """
            )
        }
        let aside = freeName(path, at: time)
        for ending in companions where FileManager.default.fileExists(atPath: path + ending) {
            guard rename(path + ending, aside + ending) == 0 else {
                throw SyncRunError.state(
                    path: path,
                    problem: "it cannot be put aside: " + String(cString: strerror(errno))
                )
            }
        }
        return aside
    }

    /// What a file has in it, for people; nil for one that remembers nothing.
    private static func content(of path: String) async -> String? {
        do {
            let store = try await StateStore.open(path: path)
            let (records, secrets, runs) = try await store.counts()
            try await store.close()
            if records + secrets + runs == 0 { return nil }
            return "remembers \(PlanText.counted(records, "document")) and \(PlanText.counted(runs, "run"))"
        } catch {
            return "is there and cannot be read (\(error))"
        }
    }

    /// `state.sqlite.2026-01-31T12-00-00Z`
    private static func freeName(_ path: String, at time: Date) -> String {
        let name = path + "." + Date.ISO8601FormatStyle().format(time).replacing(":", with: "-")
        let names = [name] + (2...).lazy.prefix(1_000).map { "\(name)-\($0)" }
        return names.first { !FileManager.default.fileExists(atPath: $0) } ?? name + "-" + UUID().uuidString
    }

    private static func remove(_ path: String) throws {
        for ending in companions where FileManager.default.fileExists(atPath: path + ending) {
            try FileManager.default.removeItem(atPath: path + ending)
        }
    }
}

extension StateStore {
    fileprivate func counts() async throws -> (records: Int, secrets: Int, runs: Int) {
        try await driver.read(.long) { connection in
            func count(_ table: String) throws -> Int {
                try connection.first("SELECT count(*) FROM \(table)", []) { $0.int(0) } ?? 0
            }
            return (try count("records"), try count("secrets"), try count("runs"))
        }
    }

    /// What this remembers; nil when it cannot be what the document says, as far as counting tells.
    fileprivate func remembered(like document: StateDocument) async throws -> StateDocument? {
        let (records, _, runs) = try await counts()
        guard records == document.records, runs == document.runCount else { return nil }
        return try StateDocument(try await exported().bytes)
    }

    /// Fills an empty state.
    fileprivate func fill(_ document: StateDocument, _ crash: CrashPoint) async throws {
        try await driver.write { connection in
            try Self.write(document.state, connection)
            for (position, run) in document.runs.enumerated() {
                try Self.write(run, number: document.runs.count - position, connection)
                crash.pass()
            }
        }
    }

    private static func write(
        _ run: StateDocument.Run,
        number: Int,
        _ connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO runs (id, number, plan_id, started_at, finished_at, status, proposed, previous)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(run.id), .int(number), .text(run.planID), .text(run.startedAt),
                run.finishedAt.map(SQLValue.text) ?? .null, .text(run.status.rawValue),
                PackedJSON.value(run.proposed), run.previous.isNull ? .null : PackedJSON.value(run.previous),
            ]
        )
        for entry in run.journal { try write(entry, of: run.id, at: run.startedAt, connection) }
        for operation in run.operations {
            // One that is whole is one whose outcome was another than planned.
            try connection.execute(
                "INSERT INTO operations (run, sequence, summary, body) VALUES ($1, $2, $3, $4)",
                [
                    .text(run.id), .int(operation.sequence), .utf8(operation.summary.json.bytes),
                    operation == operation.summary ? .null : .utf8(operation.json.bytes),
                ]
            )
        }
        for image in run.images {
            try connection.execute(
                "INSERT INTO images (run, sequence, kind, id, before, after) VALUES ($1, $2, $3, $4, $5, $6)",
                [
                    .text(run.id), .int(image.sequence), .text(image.kind.rawValue), .text(image.id),
                    image.before.map(PackedJSON.value) ?? .null, image.after.map(PackedJSON.value) ?? .null,
                ]
            )
        }
    }
}
