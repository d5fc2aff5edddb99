import Catalog

/// The order of inverse operations: names go back first, then things are made and changed in the order of phases, then
/// deleted in the reverse of it.
enum RollbackOrder {
    static func ordered(_ operations: [Operation], catalog: Catalog) -> [Operation] {
        var sorted = operations.sorted { left, right in
            if left.phase != right.phase { return left.phase < right.phase }
            let (one, other) = (undoing(left, catalog), undoing(right, catalog))
            if one != other { return one > other }
            if rank(left) != rank(right) { return rank(left) < rank(right) }
            return left.key < right.key
        }
        var makers: [EntityKey: Int] = [:]
        var byLineage: [String: Int] = [:]
        for position in sorted.indices {
            var operation = sorted[position]
            operation.sequence = position + 1
            var needed = Set<Int>()
            if let earlier = byLineage[operation.lineage] { needed.insert(earlier) }
            var owner = operation.key.owner
            while let key = owner {
                if let maker = makers[key] { needed.insert(maker) }
                owner = key.owner
            }
            operation.after.forEachReference { reference in
                guard case .resolved(let key) = reference else { return }
                if let maker = makers[key] ?? key.owner.flatMap({ makers[$0] }) { needed.insert(maker) }
            }
            operation.dependsOn = needed.sorted()
            if operation.action == .create { makers[operation.key] = operation.sequence }
            if operation.action == .rename, let name = operation.after["Name"]?.stringValue {
                makers[operation.key.renamed(to: name)] = operation.sequence
            }
            byLineage[operation.lineage] = operation.sequence
            sorted[position] = operation
        }
        return waitingForUsers(sorted, catalog)
    }

    /// Of two kinds that are deleted, the one that a sync makes later goes first.
    private static func waitingForUsers(_ operations: [Operation], _ catalog: Catalog) -> [Operation] {
        var result = operations
        var earlier: [Int] = []
        var group: [Int] = []
        var level = Int.max
        for position in result.indices where result[position].action == .delete {
            let own = undoing(result[position], catalog)
            if own != level {
                (earlier, group, level) = (group, [], own)
            }
            result[position].dependsOn = earlier
            group.append(result[position].sequence)
        }
        return result
    }

    private static func undoing(_ operation: Operation, _ catalog: Catalog) -> Int {
        guard operation.action == .delete else { return 0 }
        let kind = operation.key.kind == .scriptModules ? KindName.librarySets : operation.key.kind
        return catalog[kind]?.sync.phase.rawValue ?? 0
    }

    private static func rank(_ operation: Operation) -> Int {
        switch operation.action {
        case .rename: 0
        case .create: 1
        case .update: 2
        case .delete: 3
        }
    }
}
