import Catalog

/// A replica, sorted once. Large and looked up everywhere: one object, never copied.
final class ReplicaIndex {
    let replica: Replica
    let byKind: [KindName: [Entity]]

    init(_ replica: Replica) {
        self.replica = replica
        byKind = Dictionary(grouping: replica.entities.values, by: \.key.kind).mapValues { entities in
            entities.sorted { $0.key < $1.key }
        }
    }

    subscript(key: EntityKey) -> Entity? { replica[key] }

    func entities(of kind: KindName) -> [Entity] { byKind[kind] ?? [] }

    func entity(id: String, kind: KindName) -> Entity? {
        guard !id.isEmpty, let key = replica.keysByID[id], key.kind == kind, let entity = replica[key] else {
            return nil
        }
        return entity.id == id ? entity : nil
    }

    /// A part of a document as this side writes its name: a tag, an action, a template parameter.
    func part(_ key: EntityKey) -> EntityKey? {
        guard let owner = key.owner else { return nil }
        switch key.kind {
        case .tags: return named(key, in: self[owner]?.body["Tags"])
        case .templateParameters:
            let body = self[owner]?.body
            return named(key, in: body?["Templates"]) ?? named(key, in: body?["Parameters"])
        case .actions: return action(key, owner)
        default: return nil
        }
    }

    private func named(_ key: EntityKey, in list: JSON?) -> EntityKey? {
        let name = key.foldedPath.last
        let match = list?.arrayValue?.first { $0["Name"]?.stringValue.map(EntityKey.folded) == name }
        return match?["Name"]?.stringValue.map(key.renamed)
    }

    private func action(_ key: EntityKey, _ owner: EntityKey) -> EntityKey? {
        let process = EntityKey(owner.kind == .runbooks ? .runbookProcesses : .deploymentProcesses, owner.path)
        let wanted = Array(key.foldedPath.suffix(2))
        for step in self[process]?.body["Steps"]?.arrayValue ?? [] {
            guard let stepName = step["Name"]?.stringValue, EntityKey.folded(stepName) == wanted[0] else { continue }
            for action in step["Actions"]?.arrayValue ?? [] {
                guard let name = action["Name"]?.stringValue, EntityKey.folded(name) == wanted[1] else { continue }
                return EntityKey(.actions, key.path.dropLast(2) + [stepName, name])
            }
        }
        return nil
    }
}
