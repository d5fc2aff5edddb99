import APIClient
public import Catalog
import Foundation
import Sync

/// The state as one JSON document, for people and programs that look into it (`sync.md` 2.20).
extension StateStore {
    /// `format`, `pair`, `records` by lineage (identity, base, links), `secrets` (the ledger, without a value),
    /// `replicas` by side (address, version, place in the feed, when everything was read), `runs` with their journal,
    /// the newest first.
    ///
    /// - Throws: `SyncRunError.state` when the file is damaged.
    public func exported() async throws -> JSON {
        let state = try await load()
        var runs: [JSON] = []
        for run in try await self.runs(limit: .max) {
            let journal = try await journal(of: run.id)
            runs.append([
                "id": .string(run.id), "plan": .string(run.planID), "status": .string(run.status),
                "startedAt": .string(run.startedAt), "finishedAt": JSON(run.finishedAt),
                "journal": .array(journal.values.sorted { $0.sequence < $1.sequence }.map(\.json)),
            ])
        }
        var document = state.json
        document["format"] = "skerry.sync.state/v1"
        document["replicas"] = try await replicas()
        document["runs"] = .array(runs)
        return document
    }

    /// Nothing where nobody has read anything yet; a damaged cache says nothing either, since it can be made again.
    private func replicas() async throws -> JSON {
        let file = path + ".replicas"
        guard FileManager.default.fileExists(atPath: file) else { return [:] }
        let (cache, _) = try await ReplicaCache.open(path: file, catalog: .standard)
        var result = JSONObject()
        for side in ReplicaSide.allCases {
            guard let replica = try await cache.replica(side) else { continue }
            result[side.rawValue] = [
                "server": replica.identity.json, "mark": replica.mark.json,
                "readAt": .string(replica.readAt.timestamp), "hidden": JSON(replica.hidden.map(\.rawValue)),
                "partial": .object(
                    JSONObject(replica.partial.map { ($0.rawValue, .string($1)) }.sorted { $0.0 < $1.0 })
                ),
            ]
        }
        try await cache.close()
        return .object(result)
    }
}

extension JournalEntry {
    var json: JSON {
        [
            "sequence": .int(sequence), "step": .string(step.rawValue), "hashBefore": .string(hashBefore),
            "hashAfter": .string(hashAfter), "destinationId": .string(destinationID), "problem": .string(problem),
        ]
    }
}
