import APIClient
import Catalog
import Foundation
import Sync

extension SyncFlow {
    /// Plans again with the times of the last changes, where conflicts are for the newer side to win.
    ///
    /// Only the documents in conflict are asked about. A server that shows no events leaves the conflict one.
    func dated(_ input: PlanningInput, _ outcome: PlanningOutcome) async throws(PlanningError) -> PlanningOutcome {
        guard !outcome.undated.isEmpty else { return outcome }
        var input = input
        let records = Dictionary(
            outcome.proposedState.records.values.map { ($0.destinationKey, $0) }
        ) { first, _ in first }
        for key in outcome.undated {
            guard let record = records[key] else { continue }
            input.settings.changes.source[key] = await date { try await source.history(of: record.sourceID, limit: 1) }
            input.settings.changes.destination[key] = await date {
                try await destination.history(of: record.destinationID, limit: 1)
            }
        }
        return try makePlan(input)
    }

    private func date(_ history: () async throws -> [HistoryEntry]) async -> Date? { try? await history().first?.at }
}
