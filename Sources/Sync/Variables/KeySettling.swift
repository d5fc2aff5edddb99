import Catalog

/// Renames and moved scopes must not make two values indistinguishable: a change that would is taken back.
extension VariableMatcher {
    mutating func settleKeys() {
        var occupants: [ValueKey: [Int]] = [:]
        var draftOf: [Int: Int] = [:]
        for index in drafts.indices where drafts[index].changes(.name) || drafts[index].changes(.scope) {
            draftOf[drafts[index].row] = index
        }
        guard !draftOf.isEmpty else { return }
        for row in rows.indices where !rows[row].isDeleted {
            let wanted = draftOf[row].map { key(of: drafts[$0]) } ?? rows[row].key
            occupants[wanted, default: []].append(row)
        }
        // Later ones give way first. Taking a change back puts its row where it was, which may push out another one.
        var pending = drafts.indices.filter { draftOf[drafts[$0].row] == $0 }
        while let index = pending.popLast() {
            let row = drafts[index].row
            guard draftOf[row] == index else { continue }
            let wanted = key(of: drafts[index])
            guard let there = occupants[wanted], there.count > 1, wanted != rows[row].key else { continue }
            let other = there.first { $0 != row } ?? row
            occupants[wanted]?.removeAll { $0 == row }
            takeBack(index, because: other)
            draftOf[row] = nil
            pending += (occupants[rows[row].key] ?? []).compactMap { draftOf[$0] }
            occupants[rows[row].key, default: []].append(row)
        }
    }

    private mutating func key(of draft: Draft) -> ValueKey {
        keys.key(VariableName.fold(draft.value.name), draft.value.scope)
    }

    private mutating func takeBack(_ index: Int, because other: Int) {
        let draft = drafts[index]
        let taken = "another value (\(rows[other].original.id)) of the destination has this name and scope"
        if let rival = rows[other].links.compactMap({ links[$0].item }).first, collide(draft.item, rival) {
            if rules.collision == .error { block(.collision, [rival, draft.item], "both end up with one scope") }
            note(.collision, item: draft.item, row: draft.row, taken)
        } else {
            for change in draft.changes where change.field == .name || change.field == .scope {
                conflicts.append(
                    VariableConflict(
                        field: change.field,
                        reason: .nameTaken,
                        name: draft.value.name,
                        sourceID: draft.link.sourceID,
                        destinationID: rows[draft.row].original.id,
                        base: change.base,
                        source: change.to,
                        destination: change.from
                    )
                )
            }
        }
        let before = links[draft.linkIndex].link
        drafts[index].changes.removeAll { $0.field == .name || $0.field == .scope }
        drafts[index].risks.remove(.rename)
        drafts[index].value.name = rows[draft.row].value.name
        drafts[index].value.scope = rows[draft.row].value.scope
        drafts[index].link.source.name = before.source.name
        drafts[index].link.destination.name = before.destination.name
        drafts[index].link.source.scope = before.source.scope
        drafts[index].link.destination.scope = before.destination.scope
        drafts[index].link.mappedScope = before.mappedScope
    }

    /// Whether two source values that are scoped differently come out with one scope and different values (step 8).
    func collide(_ first: Int, _ second: Int) -> Bool {
        let (first, second) = (items[first], items[second])
        return first.key == second.key && first.value.scope != second.value.scope
            && first.mapped.scopeClass == .exact && second.mapped.scopeClass == .exact
            && !isSame(first.value, second.value)
    }

    func isSame(_ first: VariableValue, _ second: VariableValue) -> Bool {
        first.type == second.type && !first.isSensitive && first.value.isExactly(second.value)
    }

    mutating func commitDrafts() {
        for draft in drafts {
            links[draft.linkIndex].link = draft.link
            guard !draft.changes.isEmpty else { continue }
            rows[draft.row].value = draft.value
            rows[draft.row].name = VariableName.fold(draft.value.name)
            rows[draft.row].key = key(of: draft)
            let renames = draft.changes.filter { $0.field == .name }
            let rest = draft.changes.filter { $0.field != .name }
            if !renames.isEmpty { append(.rename, draft, renames, draft.risks.intersection([.rename])) }
            if !rest.isEmpty { append(.update, draft, rest, draft.risks.subtracting([.rename])) }
        }
    }

    private mutating func append(
        _ kind: VariableOperation.Kind,
        _ draft: Draft,
        _ changes: [VariableOperation.FieldChange],
        _ risks: Set<VariableRisk>
    ) {
        operations.append(
            VariableOperation(
                kind: kind,
                sourceID: draft.link.sourceID,
                destinationID: rows[draft.row].original.id,
                name: draft.value.name,
                fields: changes,
                origin: draft.link.origin,
                reason: draft.reason,
                risks: risks.sorted()
            )
        )
    }
}
