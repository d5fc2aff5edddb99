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
                record.createdHash = Fingerprint.hash(body: entity.body)
            }
            guard let key = destination.keysByID[record.destinationID], let entity = destination[key] else { continue }
            record.completeVersion(from: entity)
            record.completeVariables(from: entity)
            record.completeParts(from: entity)
            result.records[lineage] = record
        }
        return result
    }
}

extension SyncState.Record {
    /// The ids that parts got when they were written.
    fileprivate mutating func completeParts(from entity: Entity) {
        guard parts.contains(where: { $0.destinationID.isEmpty }),
            let kind = Catalog.standard[entity.key.kind == .scriptModules ? .librarySets : entity.key.kind]
        else { return }
        let ids = Parts.ids(entity.partIDs, of: entity.body, kind.shape)
        for index in parts.indices where parts[index].destinationID.isEmpty {
            parts[index].destinationID = ids[Parts.folded(parts[index].path)] ?? ""
        }
    }

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
