import Catalog

/// What becomes of something that the source refers to.
enum Resolved: Equatable {
    /// Its counterparts; none when the policy or the destination has no place for it.
    case keys([EntityKey])
    /// The policy lifts the restriction to it.
    case any
    /// The policy leaves it out.
    case excluded
    /// Nothing at the destination stands for it.
    case missing
}

extension Planner {
    /// The counterparts at the destination of what a source key names, by the names that they have in the end.
    func resolve(_ key: EntityKey) -> Resolved {
        if key.kind == .environments { return resolveEnvironment(key) }
        if key.kind == .tags || key.kind == .actions || key.kind == .templateParameters { return resolvePart(key) }
        if let pair = pairs[key], pair.isAvailable { return .keys([pair.finalKey]) }
        if let other = replacement(of: key) { return .keys([other]) }
        if pairs[key] != nil { return .missing }
        // Built-in things need no counterpart of their own to be known.
        if key.isBuiltIn, let found = destination[key] { return .keys([found.key]) }
        return .missing
    }

    private func resolveEnvironment(_ key: EntityKey) -> Resolved {
        switch environmentTargets[key] {
        case nil: return .missing
        case .same:
            guard let pair = pairs[key], pair.isAvailable else { return .missing }
            return .keys([pair.finalKey])
        case .drop: return .excluded
        case .any: return .any
        case .named(let keys):
            return .keys(
                keys.compactMap { name in
                    existingEnvironment(name.name)
                }
            )
        }
    }

    /// What the policy puts in the place of a document that does not go over.
    private func replacement(of key: EntityKey) -> EntityKey? {
        guard let name = treatments[key.kind]?.replacements[key.foldedPath.last ?? ""] else { return nil }
        var wanted = key.renamed(to: name)
        if let owner = key.owner {
            guard let pair = pairs[owner], let current = pair.destination?.key else { return nil }
            wanted = wanted.replacingOwner(by: current)
        }
        return destination[wanted].map { renames[$0.key] ?? $0.key }
    }

    /// What every space has one of, for references that must not be missing.
    func spaceDefault(_ kind: KindName) -> EntityKey? {
        let all = destination.entities(of: kind)
        let found: Entity? =
            switch kind {
            case .lifecycles:
                all.first { $0.key.isBuiltIn || $0.key.foldedPath == ["default lifecycle"] } ?? all.first
            case .projectGroups: all.first { $0.key.foldedPath == ["default project group"] } ?? all.first
            case .workerPools, .machinePolicies: all.first { $0.body["IsDefault"] == true }
            case .feeds: all.first { $0.key.path == ["@builtin"] }
            default: nil
            }
        return found.map { renames[$0.key] ?? $0.key }
    }

    private func resolvePart(_ key: EntityKey) -> Resolved {
        guard let owner = key.owner else { return .missing }
        guard let pair = pairs[owner], pair.isAvailable else { return .missing }
        if droppedActions.contains(key) { return .excluded }
        if let final = partKeys[key] { return .keys([final]) }
        let now = pair.destination.map { key.replacingOwner(by: $0.key) }
        if let now, let found = destination.part(now) { return .keys([found.replacingOwner(by: pair.finalKey)]) }
        // A part that the source has and the plan brings over.
        guard isPartSynced(key, pair), source.part(key) != nil else { return .missing }
        return .keys([key.replacingOwner(by: pair.finalKey)])
    }

    private func isPartSynced(_ key: EntityKey, _ owner: Pair) -> Bool {
        guard key.kind == .actions else {
            return owner.isPlanned && (owner.destination == nil || comparesFields(owner))
        }
        let kind: KindName = owner.source.key.kind == .runbooks ? .runbookProcesses : .deploymentProcesses
        return pairs[EntityKey(kind, owner.source.key.path)]?.isPlanned ?? false
    }

    private func comparesFields(_ pair: Pair) -> Bool { treatment(of: pair.source.key)?.comparesFields ?? false }
}
