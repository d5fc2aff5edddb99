import APIClient
import Catalog
import Foundation
import Store
import Sync

/// The file holds something that this program did not write there.
struct CacheDamaged: Error {}

/// Both sides of a flow as they were last read, in a file of its own beside the state: it can always be made again, so
/// it is thrown away when anything is wrong with it.
///
/// Documents and the place in the feed up to which they are right are written in one transaction.
actor ReplicaCache {
    let path: String
    private var driver: SQLiteDriver
    private let catalog: Catalog

    /// - Returns: the cache, and what a person should know when it had to be made anew.
    /// - Throws: `SyncRunError.state` when the file cannot be made either.
    static func open(path: String, catalog: Catalog) async throws -> (cache: ReplicaCache, notice: String?) {
        if let driver = try? await opened(path) {
            return (ReplicaCache(path: path, driver: driver, catalog: catalog), nil)
        }
        do {
            try remove(path)
            let cache = ReplicaCache(path: path, driver: try await opened(path), catalog: catalog)
            return (cache, damageNotice(path))
        } catch {
            throw SyncRunError.state(path: path, problem: "\(error)")
        }
    }

    static func damageNotice(_ path: String) -> String {
        "the cache \(path) was damaged and is thrown away; both sides are read whole"
    }

    private static func opened(_ path: String) async throws -> SQLiteDriver {
        let driver = try SQLiteDriver.open(path: path, readers: 2)
        do {
            try await Migrations.replicaCache.run(on: driver)
            return driver
        } catch {
            try? await driver.close()
            throw error
        }
    }

    private static func remove(_ path: String) throws {
        for file in [path, path + "-wal", path + "-shm"] where FileManager.default.fileExists(atPath: file) {
            try FileManager.default.removeItem(atPath: file)
        }
    }

    private init(path: String, driver: SQLiteDriver, catalog: Catalog) {
        self.path = path
        self.driver = driver
        self.catalog = catalog
    }

    func close() async throws { try await driver.close() }

    /// Begins anew with an empty file.
    func discard() async throws {
        try? await driver.close()
        do {
            try Self.remove(path)
            driver = try await Self.opened(path)
        } catch {
            throw SyncRunError.state(path: path, problem: "\(error)")
        }
    }

    /// Does work that reads this cache; when the cache turns out to be damaged, once more with an empty one.
    func mended<Result: Sendable>(_ work: @Sendable () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error where Self.isDamage(error) {
            try await discard()
            return try await work()
        }
    }

    static func isDamage(_ error: any Error) -> Bool {
        if error is CacheDamaged { return true }
        return (error as? SQLError)?.code == .corrupt
    }

    // MARK: - Replicas

    func replica(_ side: ReplicaSide) async throws -> CachedReplica? {
        try await driver.read { connection in
            try connection.first(
                """
                SELECT asked_url, asked_space, identity, read_set, mark, revision, read_at, widened, hidden,
                    partial
                FROM replicas WHERE side = $1
                """,
                [.text(side.rawValue)]
            ) { row -> CachedReplica in
                guard let identity = ServerIdentity(json: try row.cached(2)),
                    let mark = FeedMark(json: try row.cached(4)), let readAt = Date(timestamp: row.text(6))
                else { throw CacheDamaged() }
                return CachedReplica(
                    askedURL: row.text(0),
                    askedSpace: row.text(1),
                    identity: identity,
                    readSet: row.text(3),
                    mark: mark,
                    revision: row.text(5),
                    readAt: readAt,
                    widened: try row.cached(7).stringsValue.map { KindName($0) },
                    hidden: try row.cached(8).stringsValue.map { KindName($0) },
                    partial: Dictionary(
                        (try row.cached(9).objectValue ?? [:]).map { (KindName($0.key), $0.value.stringValue ?? "") }
                    ) { first, _ in first }
                )
            }
        }
    }

    /// Writes documents and the place in the feed that they belong to, in one transaction.
    ///
    /// - Parameters:
    ///   - changes: nil for a document that is gone.
    ///   - isWhole: these are all documents; those that are not among them are gone.
    /// - Returns: the replica with its new revision, and what is not as it was.
    @discardableResult
    func store(
        _ side: ReplicaSide,
        _ replica: CachedReplica,
        _ changes: [(place: DocumentPlace, document: JSON?)],
        isWhole: Bool = false
    ) async throws -> (replica: CachedReplica, changed: [DocumentPlace]) {
        let catalog = catalog
        return try await driver.write { connection in
            let writer = CacheWriter(connection: connection, side: side, catalog: catalog)
            let changed = try isWhole ? writer.replaceAll(changes) : writer.write(changes)
            var replica = replica
            if !changed.isEmpty || replica.revision.isEmpty { replica.revision = UUID().uuidString }
            try writer.write(replica)
            return (replica, changed)
        }
    }

    // MARK: - Documents

    /// Everything of one side, in the order in which the server lists it.
    func documents(_ side: ReplicaSide) async throws -> [KindName: [JSON]] {
        try await documents(side, "1 = 1", [])
    }

    func documents(_ side: ReplicaSide, kinds: Set<KindName>) async throws -> [KindName: [JSON]] {
        var result: [KindName: [JSON]] = [:]
        for kind in kinds {
            result.merge(try await documents(side, "kind = $2", [.text(kind.rawValue)])) { $0 + $1 }
        }
        return result
    }

    func documents(_ side: ReplicaSide, units: Set<String>) async throws -> [KindName: [JSON]] {
        var result: [KindName: [JSON]] = [:]
        for unit in units.sorted() {
            result.merge(try await documents(side, "unit = $2", [.text(unit)])) { $0 + $1 }
        }
        return result
    }

    func document(_ side: ReplicaSide, _ place: DocumentPlace) async throws -> JSON? {
        try await documents(side, "kind = $2 AND id = $3", [.text(place.kind.rawValue), .text(place.id)])[place.kind]?
            .first
    }

    private func documents(
        _ side: ReplicaSide,
        _ condition: String,
        _ arguments: [SQLValue]
    ) async throws -> [KindName: [JSON]] {
        try await driver.read(.long) { connection in
            var result: [KindName: [JSON]] = [:]
            try connection.query(
                "SELECT kind, body FROM documents WHERE side = $1 AND \(condition) AND body <> '' ORDER BY number",
                [.text(side.rawValue)] + arguments
            ) { row in result[KindName(row.text(0)), default: []].append(try row.cached(1)) }
            return result
        }
    }

    /// Bytes of all documents of these kinds.
    func size(_ side: ReplicaSide, kinds: Set<KindName>) async throws -> Int {
        try await driver.read(.long) { connection in
            try kinds.reduce(0) { sum, kind in
                sum
                    + (try connection.first(
                        "SELECT COALESCE(SUM(LENGTH(body)), 0) FROM documents WHERE side = $1 AND kind = $2",
                        [.text(side.rawValue), .text(kind.rawValue)]
                    ) { $0.int(0) } ?? 0)
            }
        }
    }

    func places(_ side: ReplicaSide, kind: KindName) async throws -> Set<DocumentPlace> {
        try await places(
            "SELECT kind, id FROM documents WHERE side = $1 AND kind = $2 AND body <> ''",
            [
                .text(side.rawValue), .text(kind.rawValue),
            ]
        )
    }

    /// The parts of a document, itself included.
    func places(_ side: ReplicaSide, unit: String) async throws -> Set<DocumentPlace> {
        try await places(
            "SELECT kind, id FROM documents WHERE side = $1 AND unit = $2 AND body <> ''",
            [
                .text(side.rawValue), .text(unit),
            ]
        )
    }

    func places(_ side: ReplicaSide, kind: KindName, nameKey: String) async throws -> Set<DocumentPlace> {
        try await places(
            "SELECT kind, id FROM documents WHERE side = $1 AND kind = $2 AND name_key = $3 AND body <> ''",
            [.text(side.rawValue), .text(kind.rawValue), .text(nameKey)]
        )
    }

    /// The documents of which these words are ids, or ids of parts.
    func owners(_ side: ReplicaSide, ofIDs words: Set<String>) async throws -> Set<DocumentPlace> {
        try await driver.read(.long) { connection in
            var found = Set<DocumentPlace>()
            for word in words {
                try connection.query(
                    "SELECT kind, document FROM ids WHERE side = $1 AND id = $2",
                    [.text(side.rawValue), .text(word)]
                ) { found.insert(DocumentPlace(kind: KindName($0.text(0)), id: $0.text(1))) }
            }
            return found
        }
    }

    /// The documents that hold this text anywhere.
    func mentions(_ side: ReplicaSide, of text: String) async throws -> Set<DocumentPlace> {
        try await places(
            "SELECT kind, id FROM documents WHERE side = $1 AND instr(body, $2) > 0",
            [
                .text(side.rawValue), .text(text),
            ]
        )
    }

    private func places(_ statement: String, _ arguments: [SQLValue]) async throws -> Set<DocumentPlace> {
        try await driver.read(.long) { connection in
            Set(
                try connection.all(statement, arguments) {
                    DocumentPlace(kind: KindName($0.text(0)), id: $0.text(1))
                }
            )
        }
    }

    // MARK: - Since both sides were in step

    func baseline() async throws -> Baseline? {
        try await driver.read { connection in
            try connection.first(
                "SELECT inputs, source_revision, destination_revision, state, is_settled, plan FROM baseline",
                []
            ) { row -> Baseline in
                guard let plan = Plan(json: try row.cached(5)) else { throw CacheDamaged() }
                return Baseline(
                    inputs: row.text(0),
                    sourceRevision: row.text(1),
                    destinationRevision: row.text(2),
                    state: row.text(3),
                    isSettled: row.int(4) != 0,
                    plan: plan
                )
            }
        }
    }

    /// From now on this is what changes are counted from. Nothing happens when another process has stored newer
    /// documents than those that the plan was made from.
    func set(_ baseline: Baseline) async throws {
        try await driver.write { connection in
            let revisions = try connection.all("SELECT side, revision FROM replicas", []) { ($0.text(0), $0.text(1)) }
            let known = Dictionary(revisions) { first, _ in first }
            guard known[ReplicaSide.source.rawValue] == baseline.sourceRevision,
                known[ReplicaSide.destination.rawValue] == baseline.destinationRevision
            else { return }
            try connection.execute("DELETE FROM baseline")
            try connection.execute(
                """
                INSERT INTO baseline (id, inputs, source_revision, destination_revision, state, is_settled, plan)
                VALUES (1, $1, $2, $3, $4, $5, $6)
                """,
                [
                    .text(baseline.inputs), .text(baseline.sourceRevision), .text(baseline.destinationRevision),
                    .text(baseline.state), .int(baseline.isSettled ? 1 : 0), .utf8(baseline.plan.json.bytes),
                ]
            )
            try connection.execute("DELETE FROM documents WHERE body = ''")
            try connection.execute("UPDATE documents SET previous = NULL WHERE previous IS NOT NULL")
        }
    }

    /// At most `limit` and one more, so that whoever asks sees that there are too many.
    func changed(_ side: ReplicaSide, limit: Int) async throws -> [ChangedDocument] {
        try await driver.read(.long) { connection in
            try connection.all(
                """
                SELECT kind, id, unit, previous, body FROM documents WHERE side = $1 AND previous IS NOT NULL
                ORDER BY number LIMIT $2
                """,
                [.text(side.rawValue), .int(limit + 1)]
            ) { row in
                ChangedDocument(
                    place: DocumentPlace(kind: KindName(row.text(0)), id: row.text(1)),
                    unit: row.text(2),
                    before: try row.text(3).isEmpty ? JSON?.none : row.cached(3),
                    after: try row.text(4).isEmpty ? JSON?.none : row.cached(4)
                )
            }
        }
    }
}

/// What was last seen to be in step, so that nothing has to be planned while it stays so.
struct Baseline: Sendable {
    /// Everything that a plan depends on besides the replicas and the state: policy, program.
    var inputs: String
    var sourceRevision: String
    var destinationRevision: String
    /// `StateStore.generation`.
    var state: String
    /// Applying the plan would leave the state as it is.
    var isSettled: Bool
    /// Without operations and conflicts.
    var plan: Plan
}

extension SQLRow {
    /// A value that this cache wrote.
    fileprivate func cached(_ column: Int) throws -> JSON {
        do { return try json(column) } catch { throw CacheDamaged() }
    }
}
