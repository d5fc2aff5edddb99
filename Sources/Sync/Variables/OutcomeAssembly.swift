import Catalog

/// Step 11: the list to write and what to remember.
extension VariableMatcher {
    mutating func outcome() -> VariableSetOutcome {
        guard blocks.isEmpty else { return blockedOutcome() }
        let order = resultOrder()
        let result = order.map { place in
            switch place {
            case .row(let row): rows[row].value
            case .addition(let addition): additions[addition].value
            }
        }
        let keys = order.map { place in
            switch place {
            case .row(let row): rows[row].key
            case .addition(let addition): additions[addition].key
            }
        }
        noteAmbiguous(result, keys)
        noteCycles()
        let base = nextBase()
        return VariableSetOutcome(
            result: result,
            operations: operations + additions.indices.map(operation(adding:)),
            conflicts: conflicts,
            notices: notices,
            declined: base.declined,
            secretsLedger: secretsLedger(base),
            nextBase: base,
            blocks: [],
            provisionalIDs: ofAdditions(order, Addition.provisionalID),
            sourcePositions: ofAdditions(order) { additions[$0].items.first }
        )
    }

    private func blockedOutcome() -> VariableSetOutcome {
        VariableSetOutcome(
            result: input.destination,
            operations: [],
            conflicts: conflicts,
            notices: notices,
            declined: input.base.declined,
            secretsLedger: [],
            nextBase: input.base,
            blocks: blocks,
            provisionalIDs: [:],
            sourcePositions: [:]
        )
    }

    private enum Place {
        case row(Int)
        case addition(Int)
    }

    /// The destination's order; new values go after the last value of their name, new names to the end.
    private func resultOrder() -> [Place] {
        if additions.isEmpty { return rows.indices.filter { !rows[$0].isDeleted }.map(Place.row) }
        var lastRow: [String: Int] = [:]
        for row in rows.indices where !rows[row].isDeleted { lastRow[rows[row].name] = row }
        var following: [Int: [Int]] = [:]
        var ending: [String: [Int]] = [:]
        var endingOrder: [String] = []
        if lastRow.isEmpty { ending.reserveCapacity(additions.count) }
        for addition in additions.indices {
            let name = VariableName.fold(additions[addition].value.name)
            if let row = lastRow[name] {
                following[row, default: []].append(addition)
            } else {
                if ending[name] == nil { endingOrder.append(name) }
                ending[name, default: []].append(addition)
            }
        }
        // Where the first source value of each addition stands: new ones keep the order that they have there.
        let positions = additions.map { $0.items.min() ?? items.count }
        func sorted(_ group: [Int]) -> [Int] { group.sorted { positions[$0] < positions[$1] } }
        var order: [Place] = []
        order.reserveCapacity(rows.count + additions.count)
        for row in rows.indices where !rows[row].isDeleted {
            order.append(.row(row))
            if let after = following[row] { order += sorted(after).map(Place.addition) }
        }
        let groups = endingOrder.map { sorted(ending[$0] ?? []) }
        for group in groups.sorted(by: { positions[$0[0]] < positions[$1[0]] }) { order += group.map(Place.addition) }
        return order
    }

    /// Something of each addition, by its position in the result.
    private func ofAdditions<Value>(_ order: [Place], _ value: (Int) -> Value?) -> [Int: Value] {
        var values: [Int: Value] = [:]
        values.reserveCapacity(additions.count)
        for (position, place) in order.enumerated() {
            if case .addition(let addition) = place { values[position] = value(addition) }
        }
        return values
    }

    /// Member by member: a whole addition is long to copy.
    private func operation(adding index: Int) -> VariableOperation {
        var fields: [VariableOperation.FieldChange] = []
        fields.reserveCapacity(5)
        func set(_ field: VariableField, _ to: JSON) {
            fields.append(VariableOperation.FieldChange(field: field, base: .null, from: .null, to: to))
        }
        set(.type, .string(additions[index].value.type))
        set(.value, additions[index].value.value)
        if !additions[index].value.scope.isEmpty { set(.scope, additions[index].value.scope.json) }
        if !additions[index].value.description.isEmpty {
            set(.description, .string(additions[index].value.description))
        }
        if !additions[index].value.prompt.isNull { set(.prompt, additions[index].value.prompt) }
        let only = additions[index].items.count == 1 ? additions[index].items[0] : nil
        return VariableOperation(
            kind: .add,
            sourceID: only.map { items[$0].value.id },
            destinationID: Addition.provisionalID(index),
            name: additions[index].value.name,
            fields: fields,
            origin: additions[index].origin,
            reason: additions[index].reason,
            risks: additions[index].risks.sorted()
        )
    }

    private func nextBase() -> VariableBase {
        var additionOf: [Int: Int] = [:]
        additionOf.reserveCapacity(additions.count)
        for index in additions.indices {
            for item in additions[index].items { additionOf[item] = index }
        }
        var base = VariableBase(isAdopting: false)
        base.links.reserveCapacity(items.count)
        for item in items.indices {
            if let addition = additionOf[item] {
                base.links.append(newLink(item, addition))
            } else if let link = items[item].link {
                base.links.append(links[link].link)
            } else if let declined = items[item].declined {
                base.declined.append(declined)
            }
        }
        base.links += links.lazy.filter { !$0.isDropped && $0.item == nil }.map(\.link)
        return base
    }

    private func newLink(_ item: Int, _ index: Int) -> VariableLink {
        VariableLink(
            sourceID: items[item].value.id,
            destinationID: Addition.provisionalID(index),
            source: VariableFields(items[item].value),
            mappedScope: items[item].mapped.scope,
            destination: VariableFields(additions[index].value),
            origin: additions[index].origin,
            isFrozen: additions[index].isFrozen
        )
    }

    private func secretsLedger(_ base: VariableBase) -> [SecretsLedgerRow] {
        let placeholders = Set(base.links.lazy.filter { $0.origin == .placeholder }.map(\.destinationID))
        var ids: [String: VariableValue] = [:]
        func list(_ id: String, _ value: VariableValue) {
            if value.isSensitive || placeholders.contains(id) { ids[id] = value }
        }
        for row in rows where !row.isDeleted { list(row.original.id, row.value) }
        for index in additions.indices { list(Addition.provisionalID(index), additions[index].value) }
        guard !ids.isEmpty else { return [] }
        var listed: Set<String> = []
        return base.links.compactMap { link in
            guard let value = ids[link.destinationID], value.isSensitive || link.origin == .placeholder,
                listed.insert(link.destinationID).inserted
            else { return nil }
            return SecretsLedgerRow(
                name: value.name,
                type: value.type,
                sourceID: link.sourceID,
                destinationID: link.destinationID,
                state: state(of: value, link),
                isTold: !value.isSensitive || value.hasSecret != nil
            )
        }
    }

    /// Whether something is still a placeholder is known from how it was made, not from its text.
    private func state(of value: VariableValue, _ link: VariableLink) -> SecretsLedgerRow.State {
        if value.isSensitive { return value.hasSecret == true ? .setAtDestination : .unset }
        guard link.destination.value.matches(value.value), link.destination.type == value.type else {
            return .setAtDestination
        }
        return value.type == VariableType.string ? .placeholder : .unset
    }
}
