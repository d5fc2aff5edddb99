import APIClient
import Catalog
import Store
import Sync

/// Writes the documents of one side, inside a transaction.
struct CacheWriter {
    let connection: any SQLConnection
    let side: ReplicaSide
    let catalog: Catalog

    private struct Row {
        var body: [UInt8]
        var previous: [UInt8]?
    }

    /// - Returns: what is not as it was.
    func write(_ changes: [(place: DocumentPlace, document: JSON?)]) throws -> [DocumentPlace] {
        var changed: [DocumentPlace] = []
        for (place, document) in changes where try write(place, document) { changed.append(place) }
        return changed
    }

    /// The given documents are all that there are.
    func replaceAll(_ documents: [(place: DocumentPlace, document: JSON?)]) throws -> [DocumentPlace] {
        var known = Set(
            try connection.all(
                "SELECT kind, id FROM documents WHERE side = $1 AND body <> ''",
                [.text(side.rawValue)]
            ) { DocumentPlace(kind: KindName($0.text(0)), id: $0.text(1)) }
        )
        for (place, _) in documents { known.remove(place) }
        let gone = known.sorted().map { (place: $0, document: JSON?.none) }
        return try write(documents) + write(gone)
    }

    private func write(_ place: DocumentPlace, _ document: JSON?) throws -> Bool {
        let body = document?.bytes ?? []
        let old = try row(place)
        guard (old?.body ?? []) != body else { return false }
        // As it was when both sides were in step; a document that came back to that is unchanged.
        let before = old?.previous ?? old?.body ?? []
        let previous: SQLValue = before == body ? .null : .utf8(before)
        let (unit, name) = document.map { placing($0, place) } ?? ("", "")
        if old == nil {
            try connection.execute(
                """
                INSERT INTO documents (side, kind, id, unit, name_key, body, previous) VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                [
                    .text(side.rawValue), .text(place.kind.rawValue), .text(place.id), .text(unit), .text(name),
                    .utf8(body), previous,
                ]
            )
        } else if document == nil {
            // Where it belonged stays known.
            try connection.execute(
                "UPDATE documents SET body = '', previous = $1 WHERE side = $2 AND kind = $3 AND id = $4",
                [previous] + key(place)
            )
        } else {
            try connection.execute(
                """
                UPDATE documents SET unit = $1, name_key = $2, body = $3, previous = $4
                WHERE side = $5 AND kind = $6 AND id = $7
                """,
                [.text(unit), .text(name), .utf8(body), previous] + key(place)
            )
        }
        try writeIDs(place, document, isNew: old == nil)
        return true
    }

    private func key(_ place: DocumentPlace) -> [SQLValue] {
        [.text(side.rawValue), .text(place.kind.rawValue), .text(place.id)]
    }

    private func row(_ place: DocumentPlace) throws -> Row? {
        try connection.first(
            "SELECT body, previous FROM documents WHERE side = $1 AND kind = $2 AND id = $3",
            key(place)
        ) { Row(body: $0.bytes(0), previous: $0.isNull(1) ? nil : $0.bytes(1)) }
    }

    private func placing(_ document: JSON, _ place: DocumentPlace) -> (unit: String, name: String) {
        let kind = catalog[place.kind]
        let project = kind?.owner == nil ? nil : document["ProjectId"]?.stringValue
        let owner = kind?.owner.flatMap { document[$0.field]?.stringValue }
        return (project ?? owner ?? place.id, document["Name"]?.stringValue.map(EntityKey.folded) ?? "")
    }

    private func writeIDs(_ place: DocumentPlace, _ document: JSON?, isNew: Bool) throws {
        if !isNew {
            try connection.execute("DELETE FROM ids WHERE side = $1 AND kind = $2 AND document = $3", key(place))
        }
        guard let document else { return }
        for id in Set([place.id] + Self.partIDs(document)) {
            try connection.execute(
                "INSERT OR IGNORE INTO ids (side, kind, document, id) VALUES ($1, $2, $3, $4)",
                key(place) + [.text(id)]
            )
        }
    }

    /// Ids of what a document consists of and others may refer to: tags, template parameters, actions.
    private static func partIDs(_ document: JSON) -> [String] {
        var ids: [String] = []
        for list in ["Tags", "Templates", "Parameters"] {
            ids += (document[list]?.arrayValue ?? []).compactMap { $0["Id"]?.stringValue }
        }
        for step in document["Steps"]?.arrayValue ?? [] {
            ids += (step["Actions"]?.arrayValue ?? []).compactMap { $0["Id"]?.stringValue }
        }
        return ids
    }

    func write(_ replica: CachedReplica) throws {
        try connection.execute(
            """
            INSERT INTO replicas (
                side, asked_url, asked_space, identity, read_set, mark, revision, read_at, widened, hidden,
                partial)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (side) DO UPDATE SET asked_url = excluded.asked_url, asked_space = excluded.asked_space,
                identity = excluded.identity, read_set = excluded.read_set, mark = excluded.mark,
                revision = excluded.revision, read_at = excluded.read_at, widened = excluded.widened,
                hidden = excluded.hidden, partial = excluded.partial
            """,
            [
                .text(side.rawValue), .text(replica.askedURL), .text(replica.askedSpace),
                .utf8(replica.identity.json.bytes), .text(replica.readSet), .utf8(replica.mark.json.bytes),
                .text(replica.revision), .text(replica.readAt.timestamp),
                .utf8(JSON(replica.widened.map(\.rawValue)).bytes), .utf8(JSON(replica.hidden.map(\.rawValue)).bytes),
                .utf8(JSON.object(JSONObject(replica.partial.map { ($0.rawValue, .string($1)) })).canonicalBytes),
            ]
        )
    }
}
