public import Catalog
public import Sync

extension SyncState.Record {
    /// A row of the state; the lineage is its key.
    var json: JSON {
        var row: JSON = [
            "sourceKey": sourceKey.json, "destinationKey": destinationKey.json, "sourceID": .string(sourceID),
            "destinationID": .string(destinationID), "base": base, "variables": variables,
        ]
        if !parts.isEmpty { row["parts"] = .array(parts.map(\.json)) }
        if !createdHash.isEmpty { row["createdHash"] = .string(createdHash) }
        return row
    }

    init?(lineage: String, json: JSON) {
        guard let source = json["sourceKey"].flatMap(EntityKey.init(json:)),
            let destination = json["destinationKey"].flatMap(EntityKey.init(json:)),
            let sourceID = json["sourceID"]?.stringValue, let destinationID = json["destinationID"]?.stringValue
        else { return nil }
        self.init(
            lineage: lineage,
            sourceKey: source,
            destinationKey: destination,
            sourceID: sourceID,
            destinationID: destinationID,
            base: json["base"] ?? [:],
            variables: json["variables"] ?? .null,
            parts: (json["parts"]?.arrayValue ?? []).compactMap(SyncState.Part.init(json:)),
            createdHash: json["createdHash"]?.stringValue ?? ""
        )
    }
}

extension SyncState.Pair {
    init(
        sourceInstallation: String,
        sourceSpace: String,
        destinationInstallation: String,
        destinationSpace: String
    ) {
        func replica(_ installation: String, _ space: String) -> ReplicaIdentity {
            ReplicaIdentity(url: "", spaceID: space, spaceName: "", serverVersion: "", installationID: installation)
        }
        self.init(
            source: replica(sourceInstallation, sourceSpace),
            destination: replica(destinationInstallation, destinationSpace)
        )
    }

    var json: JSON {
        [
            "sourceInstallation": .string(sourceInstallation), "sourceSpace": .string(sourceSpace),
            "destinationInstallation": .string(destinationInstallation), "destinationSpace": .string(destinationSpace),
        ]
    }

    init?(json: JSON) {
        guard let sourceInstallation = json["sourceInstallation"]?.stringValue,
            let sourceSpace = json["sourceSpace"]?.stringValue,
            let destinationInstallation = json["destinationInstallation"]?.stringValue,
            let destinationSpace = json["destinationSpace"]?.stringValue
        else { return nil }
        self.init(
            sourceInstallation: sourceInstallation,
            sourceSpace: sourceSpace,
            destinationInstallation: destinationInstallation,
            destinationSpace: destinationSpace
        )
    }
}

extension SyncState {
    /// The whole state as one value: what a run keeps of the state that it works towards.
    public var json: JSON {
        [
            "pair": pair?.json ?? .null,
            "secrets": secrets.json,
            "records": .object(JSONObject(records.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })),
        ]
    }

    public init?(json: JSON) {
        guard let rows = json["records"]?.objectValue else { return nil }
        var records: [String: Record] = [:]
        for (lineage, row) in rows {
            guard let record = Record(lineage: lineage, json: row) else { return nil }
            records[lineage] = record
        }
        self.init(pair: json["pair"].flatMap(Pair.init(json:)), records: records, secrets: .init(json: json["secrets"]))
    }
}
