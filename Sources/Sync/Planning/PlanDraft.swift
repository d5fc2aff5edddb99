import Catalog

/// An operation before it has its place in the order.
struct OperationDraft {
    var operation: Operation
    /// The entity's key once the whole plan is applied.
    var finalKey: EntityKey
    /// Inside one phase: renames, then creations, then updates.
    var rank: Int
    /// Renames of one kind among each other: a name must be free before it is taken.
    var turn = 0
    /// The reverse of the kind's own phase, for deletes.
    var undoing = 0
    /// Documents whose deletion comes first, since they use this one.
    var users: Set<EntityKey> = []
}

extension Planner {
    func conflict(
        _ code: String,
        _ key: EntityKey,
        _ path: String,
        base: JSON? = nil,
        source: JSON? = nil,
        destination: JSON? = nil,
        _ message: String
    ) {
        let id = Conflict.id(code, key, path)
        guard conflictIDs.insert(id).inserted else { return }
        let conflict = Conflict(
            id: id,
            code: code,
            key: key,
            path: path,
            base: base,
            source: source,
            destination: destination,
            message: message
        )
        if !isLeftAlone(conflict) { conflicts.append(conflict) }
    }

    func notice(_ code: String, _ key: EntityKey?, _ path: String, _ message: String) {
        notices.append(Notice(code: code, key: key, path: path, message: message))
    }

    func conflict(_ code: String, _ key: EntityKey, _ message: String) { conflict(code, key, "", message) }

    func notice(_ code: String, _ key: EntityKey?, _ message: String) { notice(code, key, "", message) }

    func skip(_ code: String, _ key: EntityKey, _ path: String, rule: String) {
        skipped.append(Skipped(code: code, key: key, path: path, rule: rule))
    }

    func add(
        _ operation: Operation,
        finalKey: EntityKey,
        turn: Int = 0,
        undoing: Int = 0,
        after users: Set<EntityKey> = []
    ) {
        let rank =
            switch operation.action {
            case .rename: 0
            case .create: 1
            case .update: 2
            case .delete: 3
            }
        drafts.append(
            OperationDraft(
                operation: operation,
                finalKey: finalKey,
                rank: rank,
                turn: turn,
                undoing: undoing,
                users: users
            )
        )
    }
}
