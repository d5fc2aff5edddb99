import Catalog

/// Step 9: what is used must exist at the destination.
extension VariableMatcher {
    mutating func closeReferences() {
        let uses = uses()
        if uses.isEmpty { return }
        let known = Set(input.knownNames.map(VariableName.fold))
        var present = Set(rows.lazy.filter { !$0.isDeleted }.map(\.name))
        for index in additions.indices { present.insert(VariableName.fold(additions[index].value.name)) }
        var resolvable = ResolvableNames(known.union(present))
        var seen: Set<String> = []
        var unresolved: [Use] = []
        for use in uses where seen.insert(use.folded).inserted && !resolvable.resolves(use.folded) {
            unresolved.append(use)
        }
        guard !unresolved.isEmpty else { return }
        var declined: [String: [Int]] = [:]
        for item in items.indices where items[item].declined != nil && !items[item].isOwned {
            declined[items[item].name, default: []].append(item)
        }
        for use in unresolved { close(use, declined: &declined) }
    }

    private struct Use {
        var name: String
        var folded: String
        /// The value or step that uses the name; nil for a step.
        var item: Int?
        var row: Int?
        /// Whether the plan puts it there, so that the plan also has to make it work.
        var isOurs: Bool
    }

    /// Everything that refers to variables at the destination, in a stable order. Keeps what the values refer to.
    private mutating func uses() -> [Use] {
        var uses = input.usedNames.sorted().map { Use(name: $0, folded: VariableName.fold($0), isOurs: true) }
        func use(_ names: ReferencedNames, item: Int?, row: Int? = nil) -> [Use] {
            zip(names.written, names.folded).map { name, folded in
                Use(name: name, folded: folded, item: item, row: row, isOurs: item != nil)
            }
        }
        additionReferences = additions.map { ReferencedNames($0.value) }
        for index in additions.indices { uses += use(additionReferences[index], item: additions[index].items.first) }
        rowReferences = rows.map { ReferencedNames($0.value) }
        var others: [Use] = []
        for index in rows.indices where !rows[index].isDeleted && !rowReferences[index].written.isEmpty {
            let item = rows[index].isPaired ? rows[index].links.compactMap { links[$0].item }.first : nil
            let found = use(rowReferences[index], item: item, row: index)
            if item == nil { others += found } else { uses += found }
        }
        return uses + others
    }

    private mutating func close(_ use: Use, declined: inout [String: [Int]]) {
        let detail = "nothing at the destination gives '\(use.name)' a value"
        guard use.isOurs else { return note(.unresolvedReference, row: use.row, detail) }
        let name = ([use.folded] + ResolvableNames.parents(use.folded)).first { declined[$0] != nil }
        switch rules.unresolvedReference {
        case .placeholder:
            if let name, let needed = declined.removeValue(forKey: name) { return addNeeded(needed) }
        case .error:
            blocks.append(
                VariableBlock(
                    reason: .unresolvedReference,
                    name: use.name,
                    sourceIDs: use.item.map { [items[$0].value.id] } ?? [],
                    detail: detail
                )
            )
            return
        case .warn: break
        }
        notices.append(
            VariableNotice(
                reason: .unresolvedReference,
                name: use.name,
                sourceID: use.item.map { items[$0].value.id },
                destinationID: use.row.map { rows[$0].original.id },
                detail: detail
            )
        )
    }

    /// One unscoped placeholder for all values of a name that were left out.
    private mutating func addNeeded(_ needed: [Int]) {
        var value = items[needed[0]].value
        value.id = ""
        value.scope = .unrestricted
        value.hasSecret = false
        value.value = stand(for: value.type, isEmpty: false)
        for item in needed { items[item].declined = nil }
        append(
            Addition(
                value: value,
                key: keys.key(items[needed[0]].name, .unrestricted),
                items: needed,
                origin: .placeholder,
                isFrozen: true,
                reason: .neededPlaceholder
            )
        )
    }
}
