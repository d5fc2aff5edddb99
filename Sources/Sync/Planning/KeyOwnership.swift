import Catalog

extension EntityKey {
    /// The document that this one belongs to, or is a part of; nil for what stands alone.
    var owner: EntityKey? {
        switch kind {
        case .channels, .runbooks, .triggers: path.count > 1 ? part(.projects, 0..<1) : nil
        case .deploymentProcesses, .deploymentSettings: EntityKey(.projects, path, foldedPath: foldedPath)
        case .runbookProcesses: EntityKey(.runbooks, path, foldedPath: foldedPath)
        case .tenantVariables: EntityKey(.tenants, path, foldedPath: foldedPath)
        case .tags: path.count > 1 ? part(.tagSets, 0..<1) : nil
        case .scopedUserRoles: path.count > 1 ? part(.teams, 0..<1) : nil
        case .variableSets, .logos: path.count > 1 ? part(KindName(path[0]), 1..<path.count) : nil
        case .templateParameters: path.count > 2 ? part(KindName(path[0]), 1..<path.count - 1) : nil
        case .actions: path.count > 3 ? part(KindName(path[0]), 1..<path.count - 2) : nil
        default: nil
        }
    }

    /// A key of some of the names, which are folded already.
    private func part(_ kind: KindName, _ range: Range<Int>) -> EntityKey {
        EntityKey(kind, Array(path[range]), foldedPath: Array(foldedPath[range]))
    }

    /// The key under an owner's names, ending with some of its own.
    private func under(_ ownerPath: [String], _ ownerFolded: [String], keeping count: Int) -> EntityKey {
        EntityKey(kind, ownerPath + path.suffix(count), foldedPath: ownerFolded + foldedPath.suffix(count))
    }

    /// The same key with another owner of the same kind.
    func replacingOwner(by owner: EntityKey) -> EntityKey {
        switch kind {
        case .deploymentProcesses, .deploymentSettings, .runbookProcesses, .tenantVariables:
            under(owner.path, owner.foldedPath, keeping: 0)
        case .variableSets, .logos: under(owner.kindAndPath, owner.kindAndFoldedPath, keeping: 0)
        case .templateParameters: under(owner.kindAndPath, owner.kindAndFoldedPath, keeping: 1)
        case .actions: under(owner.kindAndPath, owner.kindAndFoldedPath, keeping: 2)
        case .channels, .runbooks, .triggers, .tags: under(owner.path, owner.foldedPath, keeping: 1)
        case .scopedUserRoles: under(owner.path, owner.foldedPath, keeping: max(0, path.count - 1))
        default: self
        }
    }

    private var kindAndPath: [String] { [kind.rawValue] + path }
    private var kindAndFoldedPath: [String] { [EntityKey.folded(kind.rawValue)] + foldedPath }

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
