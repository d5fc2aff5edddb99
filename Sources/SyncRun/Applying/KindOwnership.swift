import Catalog
import Sync

extension EntityKey {
    /// What the API calls the kind: script modules are library variable sets there.
    var wireKind: KindName { kind == .scriptModules ? .librarySets : kind }

    /// The owner of a document of which each owner has exactly one; nil for every other document.
    var ownerOfPart: EntityKey? {
        switch kind {
        case .deploymentProcesses, .deploymentSettings: EntityKey(.projects, path)
        case .runbookProcesses: EntityKey(.runbooks, path)
        case .tenantVariables: EntityKey(.tenants, path)
        case .variableSets, .logos: path.first.map { EntityKey(KindName($0), Array(path.dropFirst())) }
        default: nil
        }
    }

    /// The document that this one is deleted with.
    var parentOwner: EntityKey? {
        if let ownerOfPart { return ownerOfPart }
        switch kind {
        case .channels, .runbooks, .triggers: return path.first.map { EntityKey(.projects, $0) }
        default: return nil
        }
    }

    /// All owners, from the next one outwards.
    var owners: [EntityKey] {
        var result: [EntityKey] = []
        var next = parentOwner
        while let owner = next {
            result.append(owner)
            next = owner.parentOwner
        }
        return result
    }
}

extension Kind {
    /// What stands in the path for a document: parts that are reached through their owner go by the owner's id.
    func routeID(_ id: String) -> String {
        switch name {
        case .tenantVariables, .deploymentSettings: ownerID(of: id) ?? id
        default: id
        }
    }
}

enum KindOwnership {
    /// The id of a document that is served without one.
    static func impliedID(_ document: JSON, _ kind: Kind) -> String? {
        guard let owner = kind.owner, let ownerID = document[owner.field]?.stringValue else { return nil }
        return kind.id(ofOwner: ownerID)
    }
}
