import Catalog

extension SyncState {
    /// The state with the destination ids of what was created, read from the destination after the plan was applied.
    ///
    /// Records of creations that are not there stay without an id, so that the next plan offers them again.
    public func completed(with destination: Replica) -> SyncState {
        var result = self
        for (lineage, record) in records {
            var record = record
            if record.destinationID.isEmpty, let entity = destination[record.destinationKey] {
                record.destinationID = entity.id
            }
            guard let key = destination.keysByID[record.destinationID], let entity = destination[key] else { continue }
            record.completeVersion(from: entity)
            record.completeVariables(from: entity)
            result.records[lineage] = record
        }
        return result
    }
}

extension SyncState.Record {
    /// The version that the destination's step template really got.
    fileprivate mutating func completeVersion(from entity: Entity) {
        guard entity.key.kind == .stepTemplates, let version = entity.version,
            let current = variables["sourceVersion"]?.intValue
        else { return }
        var versions = variables["versions"]?.objectValue ?? [:]
        versions[String(current)] = .string(String(version))
        variables["versions"] = .object(versions)
    }
}
