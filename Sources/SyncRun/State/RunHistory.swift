import Catalog
import Store
import Sync

/// One run of a flow, for people.
public struct RunSummary: Sendable, Hashable {
    public var id: String
    public var planID: String
    /// RFC 3339.
    public var startedAt: String
    public var finishedAt: String?
    /// `running`, `finished`, `partial`, `abandoned`
    public var status: String
    /// Operations that were done.
    public var done: Int
    /// It can be rolled back.
    public var hasImages: Bool
}

/// What a run did, and what was there before.
struct RunHistory: Sendable {
    var planID: String
    var images: [RollbackInput.Image]
    /// Packages that it copied.
    var packages: [EntityKey]
    var previous: SyncState
}

extension StateStore {
    /// The newest runs first.
    public func runs(limit: Int = 100) async throws -> [RunSummary] {
        try await driver.read(.long) { connection in
            try connection.all(
                """
                SELECT id, plan_id, started_at, coalesce(finished_at, ''), status,
                    (SELECT count(*) FROM journal WHERE journal.run = runs.id AND step IN ('done', 'verified')),
                    (SELECT count(*) FROM images WHERE images.run = runs.id)
                FROM runs ORDER BY number DESC LIMIT $1
                """,
                [.int(limit)]
            ) { row in
                RunSummary(
                    id: row.text(0),
                    planID: row.text(1),
                    startedAt: row.text(2),
                    finishedAt: row.text(3).isEmpty ? nil : row.text(3),
                    status: row.text(4),
                    done: row.int(5),
                    hasImages: row.int(6) > 0
                )
            }
        }
    }

    /// Nil for a run that is unknown.
    ///
    /// - Throws: `SyncRunError.refused` for a run that has not come to an end.
    func history(of run: String) async throws -> RunHistory? {
        let found = try await driver.read(.long) { connection in
            try connection.first("SELECT status, previous, plan_id FROM runs WHERE id = $1", [.text(run)]) {
                (status: $0.text(0), previous: try $0.optionalJSON(1), plan: $0.text(2))
            }
        }
        guard let found else { return nil }
        guard found.status != RunStatus.running.rawValue else {
            throw SyncRunError.refused(
                reason: "run '\(run)' has not come to its end; apply its plan again first, so that its outcome is known"
            )
        }
        let operations = try await operations(of: run)
        let entries = try await journal(of: run)
        let copied = operations.values.filter { operation in
            let step = entries[operation.sequence]?.step
            return operation.key.kind == .packages && (step == .done || step == .verified)
        }
        return RunHistory(
            planID: found.plan,
            images: try await images(of: run, operations),
            packages: copied.map(\.key),
            previous: found.previous.flatMap(SyncState.init(json:)) ?? SyncState()
        )
    }

    private func images(
        of run: String,
        _ operations: [Int: Sync.Operation]
    ) async throws -> [RollbackInput.Image] {
        try await driver.read(.long) { connection in
            try connection.all(
                """
                SELECT sequence, kind, id, before, after FROM images WHERE run = $1
                ORDER BY sequence, kind, id
                """,
                [.text(run)]
            ) { row -> RollbackInput.Image? in
                guard let operation = operations[row.int(0)] else { return nil }
                let kind = KindName(row.text(1))
                let before = try row.optionalJSON(3)
                return RollbackInput.Image(
                    operation: operation,
                    kind: kind,
                    id: row.text(2),
                    before: kind == .logos ? before.map(LogoImage.withoutContent) : before,
                    after: try row.optionalJSON(4)
                )
            }.compactMap(\.self)
        }
    }
}

extension SQLRow {
    // Written out: in a conditional expression `nil` would be the JSON null.
    func optionalJSON(_ column: Int) throws -> JSON? {
        if isNull(column) { return .none }
        return try json(column)
    }
}
