import Catalog

extension EntityKey {
    /// The document that this one belongs to, or is a part of; nil for what stands alone.
    var owner: EntityKey? {
        switch kind {
        case .channels, .runbooks, .triggers: path.count > 1 ? EntityKey(.projects, [path[0]]) : nil
        case .deploymentProcesses, .deploymentSettings: EntityKey(.projects, path)
        case .runbookProcesses: EntityKey(.runbooks, path)
        case .tenantVariables: EntityKey(.tenants, path)
        case .tags: path.count > 1 ? EntityKey(.tagSets, [path[0]]) : nil
        case .scopedUserRoles: path.count > 1 ? EntityKey(.teams, [path[0]]) : nil
        case .variableSets, .logos: path.count > 1 ? EntityKey(KindName(path[0]), Array(path.dropFirst())) : nil
        case .templateParameters: path.count > 2 ? EntityKey(KindName(path[0]), Array(path[1..<path.count - 1])) : nil
        case .actions: path.count > 3 ? EntityKey(KindName(path[0]), Array(path[1..<path.count - 2])) : nil
        default: nil
        }
    }

    /// The same key with another owner of the same kind.
    func replacingOwner(by owner: EntityKey) -> EntityKey {
        switch kind {
        case .deploymentProcesses, .deploymentSettings, .runbookProcesses, .tenantVariables:
            EntityKey(kind, owner.path)
        case .variableSets, .logos: EntityKey(kind, [owner.kind.rawValue] + owner.path)
        case .templateParameters: EntityKey(kind, [owner.kind.rawValue] + owner.path + path.suffix(1))
        case .actions: EntityKey(kind, [owner.kind.rawValue] + owner.path + path.suffix(2))
        case .channels, .runbooks, .triggers, .tags: EntityKey(kind, owner.path + path.suffix(1))
        case .scopedUserRoles: EntityKey(kind, owner.path + path.dropFirst())
        default: self
        }
    }

    /// The same key with another name of its own.
    func renamed(to name: String) -> EntityKey { EntityKey(kind, path.dropLast() + [name]) }

    /// Built-in things have symbolic keys; they exist everywhere and are neither made nor renamed.
    var isBuiltIn: Bool { path.first?.hasPrefix("@") ?? false }

    /// The key after renames of itself or of any of its owners.
    ///
    /// - Parameter renames: from the keys before to the keys after.
    public func applying(_ renames: [EntityKey: EntityKey]) -> EntityKey {
        if renames.isEmpty { return self }
        if let renamed = renames[self] { return renamed }
        guard let owner else { return self }
        let changed = owner.applying(renames)
        // Equal keys may still be written differently.
        return changed == owner && changed.path == owner.path ? self : replacingOwner(by: changed)
    }
}
