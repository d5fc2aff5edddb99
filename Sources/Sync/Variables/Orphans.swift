import Catalog

/// Step 5: destination values whose source value is gone. A value without any link is the destination's own and is
/// not even looked at.
extension VariableMatcher {
    mutating func decideOrphans() {
        for index in links.indices where links[index].item == nil && !links[index].isDropped {
            guard let row = links[index].row else {
                // Gone on both sides: nothing left to remember.
                links[index].isDropped = true
                continue
            }
            guard !rows[row].isPaired else {
                // The row has found a new source value, unless this is one of several that share a placeholder.
                if !links[index].link.isFrozen { links[index].isDropped = true }
                continue
            }
            if isFrozen(row: row) || owned.contains(rows[row].name) { continue }
            decideOrphan(index, row)
        }
    }

    private mutating func decideOrphan(_ link: Int, _ row: Int) {
        switch rules.delete {
        case .ignore: return
        case .report:
            note(.orphan, row: row, "its source value is gone; the policy keeps it")
            return
        case .deleteIfUnchanged:
            guard isUnchanged(row, since: links[link].link.destination) else {
                note(.orphanModified, row: row, "its source value is gone, but it was edited at the destination; kept")
                return
            }
        case .delete: break
        }
        rows[row].isDeleted = true
        for link in rows[row].links { links[link].isDropped = true }
        let original = rows[row].original
        operations.append(
            VariableOperation(
                kind: .delete,
                sourceID: nil,
                destinationID: original.id,
                name: original.name,
                fields: [],
                origin: links[link].link.origin,
                reason: .sourceDeleted,
                risks: [.delete]
            )
        )
    }

    /// What a sensitive value holds cannot be seen; it may have been set by hand, so it never counts as unchanged.
    private func isUnchanged(_ row: Int, since base: VariableFields) -> Bool {
        let value = rows[row].original
        return !value.isSensitive && value.name == base.name && value.type == base.type && value.scope == base.scope
            && base.value.matches(value.value) && base.description.matches(.string(value.description))
            && base.prompt.matches(value.prompt)
    }
}
