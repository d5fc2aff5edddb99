import Catalog

/// Step 3, P3 to P5: values that were never paired but are alike.
extension VariableMatcher {
    mutating func pairByLikeness() {
        pairByKey()
        pairByValue()
        if input.base.isAdopting { pairByOverlap() }
    }

    /// An admitted value without a counterpart. For pairing, no name counts as new.
    private func isOpen(item: Int) -> Bool {
        items[item].row == nil && items[item].declined == nil && items[item].admission == .admitted
            && !items[item].isOwned && !isFrozen(name: items[item].name)
    }

    private func isOpen(row: Int) -> Bool {
        !rows[row].isPaired && !isFrozen(name: rows[row].name) && (owned.isEmpty || !owned.contains(rows[row].name))
    }

    private func isFrozen(name: String) -> Bool { !frozenNames.isEmpty && frozenNames.contains(name) }

    private struct Bucket<Key: Hashable> {
        var order: [Key] = []
        var items: [Key: [Int]] = [:]
        var rows: [Key: [Int]] = [:]

        mutating func add(item: Int, _ key: Key) {
            // Keys are long to hash: one look-up.
            if Self.append(item, to: &items[key, default: []]) { order.append(key) }
        }

        /// - Returns: whether it is the first.
        private static func append(_ item: Int, to list: inout [Int]) -> Bool {
            list.append(item)
            return list.count == 1
        }
    }

    private struct TypedKey: Hashable {
        var key: ValueKey
        var type: String
    }

    /// P3: the same name, type and scope. Among several, an equal value that is unique on both sides decides, and
    /// then what is left over if that is one of each.
    private mutating func pairByKey() {
        let open = rows.indices.filter { isOpen(row: $0) && rows[$0].links.isEmpty }
        guard !open.isEmpty else { return }
        var found = IndexGroups<TypedKey>(count: items.count)
        for index in items.indices where competes(item: index) {
            found.add(index, TypedKey(key: items[index].key, type: items[index].value.type))
        }
        guard !found.groups.isEmpty else { return }
        var like = IndexGroups<Int>(count: rows.count)
        for index in open {
            let group = found.number(of: TypedKey(key: rows[index].key, type: rows[index].value.type))
            if let group { like.add(index, group) }
        }
        for group in found.groups {
            guard let counterpart = like.number(of: group) else { continue }
            if let item = found.only(group), let row = like.only(counterpart) {
                if isOpen(item: item), !rows[row].isPaired { adopt(item: item, row: row) }
            } else {
                pair(found.positions(group), like.positions(counterpart))
            }
        }
    }

    private mutating func pair(_ found: [Int], _ like: [Int]) {
        for (item, row) in uniqueByValue(found, like) where isOpen(item: item) { adopt(item: item, row: row) }
        let left = found.filter { items[$0].row == nil }
        let free = like.filter { !rows[$0].isPaired }
        if left.count == 1, free.count == 1, isOpen(item: left[0]) {
            adopt(item: left[0], row: free[0])
            return
        }
        for item in left where isOpen(item: item) && !free.isEmpty {
            items[item].isUnresolved = true
            note(
                .unresolvedPairing,
                item: item,
                "\(free.count) values at the destination have this name and scope; none was chosen"
            )
        }
    }

    /// Values that could not be told apart in an earlier run still stand in each other's way: if they did not, the
    /// next run would pair what this one left open.
    private func competes(item: Int) -> Bool {
        guard items[item].mapped.scopeClass == .exact else { return false }
        return isOpen(item: item) || items[item].declined?.reason == .unresolvedPairing
    }

    private func uniqueByValue(_ found: [Int], _ like: [Int]) -> [(item: Int, row: Int)] {
        // One of each needs no telling apart.
        if found.count == 1, like.count == 1 { return [] }
        let itemsByValue = Dictionary(grouping: found, by: { ValueStamp(items[$0].value.value) })
        let rowsByValue = Dictionary(grouping: like, by: { ValueStamp(rows[$0].value.value) })
        return found.compactMap { item in
            guard !items[item].value.isSensitive else { return nil }
            let stamp = ValueStamp(items[item].value.value)
            guard itemsByValue[stamp]?.count == 1, let same = rowsByValue[stamp], same.count == 1 else { return nil }
            return (item, same[0])
        }
    }

    /// P4: the same name and the very same text, once on both sides: its scope moved.
    private mutating func pairByValue() {
        struct Key: Hashable {
            var name: String
            var value: [UInt8]
        }
        func key(_ name: String, _ value: VariableValue) -> Key? {
            guard value.type == VariableType.string, let text = value.value.stringValue else { return nil }
            return Key(name: name, value: Array(text.utf8))
        }
        // Only names with something left over on both sides can pair, so only their texts are worth a look.
        var names: Set<String> = []
        for index in rows.indices where isOpen(row: index) { names.insert(rows[index].name) }
        guard !names.isEmpty else { return }
        var bucket = Bucket<Key>()
        for index in items.indices where items[index].link == nil && isOpen(item: index) {
            guard names.contains(items[index].name), let key = key(items[index].name, items[index].value) else {
                continue
            }
            bucket.add(item: index, key)
        }
        guard !bucket.order.isEmpty else { return }
        for index in rows.indices where isOpen(row: index) {
            if let key = key(rows[index].name, rows[index].value) { bucket.rows[key, default: []].append(index) }
        }
        for key in bucket.order {
            guard let found = bucket.items[key], let like = bucket.rows[key], found.count == 1, like.count == 1,
                mayMoveScope(item: found[0], row: like[0])
            else { continue }
            if let link = rows[like[0]].links.first(where: { links[$0].item == nil }) {
                attach(link: link, to: found[0])
                note(.relinked, item: found[0], row: like[0], "the same value was recreated at the source")
            } else {
                adopt(item: found[0], row: like[0])
            }
        }
    }

    /// A row whose source value is gone may follow a value anywhere; any other only where its policy does not insist
    /// on equal scopes.
    private func mayMoveScope(item: Int, row: Int) -> Bool {
        if !rows[row].links.isEmpty { return true }
        let wanted = items[item].mapped.scope
        let actual = rows[row].value.scope
        return Set(wanted.dimensions + actual.dimensions).allSatisfy { dimension in
            wanted[dimension] == actual[dimension] || !rules(of: item).strategy(for: dimension).demandsExactMatch
        }
    }

    /// More leftovers of one name than this are not compared with each other: that would be quadratic.
    private static let mostComparisons = 4096

    /// P5, the first time only: the same name and type, with scopes that overlap.
    private mutating func pairByOverlap() {
        struct Key: Hashable {
            var name: String
            var type: String
        }
        guard rows.indices.contains(where: { isOpen(row: $0) }) else { return }
        var bucket = Bucket<Key>()
        for index in items.indices where isOpen(item: index) && !items[index].isUnresolved {
            bucket.add(item: index, Key(name: items[index].name, type: items[index].value.type))
        }
        guard !bucket.order.isEmpty else { return }
        for index in rows.indices where isOpen(row: index) {
            bucket.rows[Key(name: rows[index].name, type: rows[index].value.type), default: []].append(index)
        }
        for key in bucket.order {
            guard let found = bucket.items[key], let like = bucket.rows[key],
                found.count * like.count <= Self.mostComparisons
            else { continue }
            let rowsOf = found.map { item in like.filter { overlaps(item: item, row: $0) } }
            for (item, candidates) in zip(found, rowsOf) where candidates.count == 1 {
                let row = candidates[0]
                guard rowsOf.count(where: { $0.contains(row) }) == 1 else { continue }
                adopt(item: item, row: row)
                note(
                    .adopted,
                    item: item,
                    row: row,
                    "paired because name and type are equal and the scopes overlap; check that it is the same value"
                )
            }
        }
    }

    private func overlaps(item: Int, row: Int) -> Bool {
        let wanted = items[item].mapped.scope
        let actual = rows[row].value.scope
        return mayMoveScope(item: item, row: row)
            && wanted.dimensions.allSatisfy { dimension in
                !actual.restricts(dimension) || !Set(wanted[dimension]).isDisjoint(with: actual[dimension])
            }
    }

    /// Pairs two values that both exist already. What differs between them is remembered as agreed, so that nothing
    /// is written; only about the value itself the policy may say otherwise.
    private mutating func adopt(item: Int, row: Int) {
        let value = items[item].value
        let actual = rows[row].value
        let isReplacement = items[item].link != nil
        if let old = items[item].link {
            links[old].isDropped = true
            links[old].item = nil
            note(.relinked, item: item, row: row, "the destination's value was recreated")
        }
        var link = VariableLink(
            sourceID: value.id,
            destinationID: actual.id,
            source: VariableFields(value),
            mappedScope: items[item].mapped.scope,
            destination: VariableFields(actual),
            origin: .adopted,
            isFrozen: false
        )
        let differs = !value.isSensitive && !value.value.isExactly(actual.value)
        if !differs, items[item].mapped.scope == actual.scope {
            link.origin = .exact
        } else if items[item].mapped.scopeClass == .stripped {
            link.origin = .stripped
            link.isFrozen = true
        }
        if differs, !link.isFrozen, !isReplacement, rules.adoption != .destination {
            link.source.value = .none
            link.destination.value = .none
        }
        links.append(LinkState(link: link, item: item, row: row, isNew: true))
        rows[row].links.append(links.count - 1)
        rows[row].isPaired = true
        items[item].link = links.count - 1
        items[item].row = row
    }
}
