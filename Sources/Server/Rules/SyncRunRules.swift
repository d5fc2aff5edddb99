import Catalog
import Store

/// Sync runs: who reported one is the server's to say, and the oldest make room.
struct SyncRunRules: ResourceRules {
    let kind = KindName.syncRuns

    /// Records of a space. Whoever syncs every hour looks back for more than a month; every report is an event too,
    /// and events stay.
    static let kept = 1_000

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body["ReportedBy"] = .string(context.author.userID)
        body["ReportedAt"] = .string(context.now)
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard old == nil else { return }
        let extra = try context.writer.count(.syncRuns, in: document.space) - Self.kept
        guard extra > 0 else { return }
        let oldest = DocumentQuery(kind: .syncRuns, spaces: [document.space], order: .created, take: extra)
        for run in try context.writer.page(oldest).items { try context.delete(.syncRuns, run.id) }
    }
}
