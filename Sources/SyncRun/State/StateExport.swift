import APIClient
public import Catalog
import Foundation
import Store
import Sync

/// The state as one JSON document: for people and programs that look into it, and to go on with it on another machine
/// (`sync.md` 2.20). ``StateDocument`` reads it back.
extension StateStore {
    /// `format`, `pair`, `records` by lineage (identity, base, links), `secrets` (the ledger, without a value),
    /// `replicas` by side (address, version, place in the feed, when everything was read), `runs`, the newest first,
    /// each with its journal, its operations, and what it found and left.
    ///
    /// - Throws: `SyncRunError.state` when the file is damaged.
    public func exported() async throws -> JSON {
        let state = try await load()
        var runs: [JSON] = []
        for run in try await self.runs(limit: .max) { runs.append(try await exported(run)) }
        var document = state.json
        document["format"] = .string(StateDocument.format)
        document["replicas"] = try await replicas()
        document["runs"] = .array(runs)
        return document
    }

    private func exported(_ run: RunSummary) async throws -> JSON {
        let journal = try await journal(of: run.id)
        let operations = try await operations(of: run.id)
        let id = run.id
        let (images, previous, proposed) = try await driver.read(.long) { connection in
            let images = try connection.all(
                "SELECT sequence, kind, id, before, after FROM images WHERE run = $1 ORDER BY sequence, kind, id",
                [.text(id)]
            ) { row -> JSON in
                var image: JSONObject = [
                    "sequence": .int(row.int(0)), "kind": .string(row.text(1)), "id": .string(row.text(2)),
                ]
                image["before"] = try row.optionalJSON(3)
                image["after"] = try row.optionalJSON(4)
                return .object(image)
            }
            let states = try connection.first("SELECT previous, proposed FROM runs WHERE id = $1", [.text(id)]) {
                (try $0.optionalJSON(0), try $0.json(1))
            }
            return (images, states?.0, states?.1)
        }
        return [
            "id": .string(run.id), "plan": .string(run.planID), "status": .string(run.status),
            "startedAt": .string(run.startedAt), "finishedAt": JSON(run.finishedAt),
            "journal": .array(journal.values.sorted { $0.sequence < $1.sequence }.map(\.json)),
            "operations": .array(operations.values.sorted { $0.sequence < $1.sequence }.map(\.json)),
            "images": .array(images), "previous": previous ?? .null, "proposed": proposed ?? .null,
        ]
    }

    /// Nothing where nobody has read anything yet; a damaged cache says nothing either, since it can be made again.
    private func replicas() async throws -> JSON {
        let file = replicasPath
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
