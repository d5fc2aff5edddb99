import APIClient
import Catalog
public import Sync

extension SyncFlow {
    /// Reads both sides and says project by project how far they are in step. Writes nothing.
    ///
    /// - Throws: `SyncRunError`.
    public func status() async throws -> SyncStatus {
        let state = try await store.load(for: pair)
        let comparison = try await compare { _ in state }
        return SyncStatus(plan: comparison.plan, state: comparison.proposedState, catalog: catalog)
    }
}
