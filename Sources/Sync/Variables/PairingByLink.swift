/// Step 3, P1 and P2: values that an earlier run paired.
extension VariableMatcher {
    /// P1: both ends of the link are alive. The type does not matter here; a change of it is decided field by field.
    mutating func pairByLink() {
        guard !links.isEmpty else { return }
        let itemOf = Self.positions(
            of: { links[$0].link.sourceID },
            links.count,
            among: { items[$0].value.id },
            items.count
        )
        let rowOf = Self.positions(
            of: { links[$0].link.destinationID },
            links.count,
            among: { rows[$0].original.id },
            rows.count
        )
        for index in links.indices {
            if let row = rowOf[index] {
                links[index].row = row
                rows[row].links.append(index)
            }
            guard let item = itemOf[index], items[item].link == nil, items[item].declined == nil else { continue }
            if !rules.idsAreDependable, VariableName.fold(links[index].link.source.name) != items[item].name {
                // The id has moved to another variable, so this link's own source value is gone.
                links[index].link.sourceID = ""
                continue
            }
            attach(link: index, to: item)
        }
    }

    /// Where each of some ids stands in a list.
    ///
    /// What is remembered is mostly in the order of what is there: the place behind the last one is looked at before
    /// a table of all is made.
    private static func positions(
        of wanted: (Int) -> String,
        _ count: Int,
        among id: (Int) -> String,
        _ total: Int
    ) -> [Int?] {
        var table: [String: Int] = [:]
        var next = 0
        return (0..<count).map { index in
            let wanted = wanted(index)
            if next < total, id(next) == wanted {
                next += 1
                return next - 1
            }
            if table.isEmpty {
                table.reserveCapacity(total)
                for place in (0..<total).reversed() { table[id(place)] = place }
            }
            guard let place = table[wanted] else { return nil }
            next = place + 1
            return place
        }
    }

    /// P2: the source id is gone, and exactly one new value has the same name, type and source scope.
    mutating func pairRecreated() {
        struct Key: Hashable {
            var key: ValueKey
            var type: String
        }
        var lost: [Key: [Int]] = [:]
        for index in links.indices where links[index].item == nil {
            let source = links[index].link.source
            let key = keys.key(VariableName.fold(source.name), source.scope)
            lost[Key(key: key, type: source.type), default: []].append(index)
        }
        guard !lost.isEmpty else { return }
        var found: [Key: [Int]] = [:]
        var order: [Key] = []
        for index in items.indices where items[index].isUndecided {
            let key = Key(
                key: keys.key(items[index].name, items[index].value.scope),
                type: items[index].value.type
            )
            guard lost[key] != nil else { continue }
            if found[key] == nil { order.append(key) }
            found[key, default: []].append(index)
        }
        for key in order {
            for (link, item) in recreatedPairs(lost[key] ?? [], found[key] ?? []) { attach(link: link, to: item) }
        }
    }

    /// One of each is a pair; of several, those are pairs whose value occurs once on both sides.
    private func recreatedPairs(_ lost: [Int], _ found: [Int]) -> [(link: Int, item: Int)] {
        if lost.count == 1, found.count == 1 { return [(lost[0], found[0])] }
        let lostByValue = Dictionary(grouping: lost, by: { links[$0].link.source.value })
        let foundByValue = Dictionary(grouping: found, by: { ValueStamp(items[$0].value.value) })
        return found.compactMap { item in
            let stamp = ValueStamp(items[item].value.value)
            guard foundByValue[stamp]?.count == 1, let same = lostByValue[stamp], same.count == 1 else { return nil }
            return (same[0], item)
        }
    }

    mutating func attach(link: Int, to item: Int) {
        links[link].item = item
        links[link].link.sourceID = items[item].value.id
        items[item].link = link
        guard let row = links[link].row else { return }
        items[item].row = row
        rows[row].isPaired = true
    }

    /// Names that the destination has taken over: nothing is paired with them by likeness, and new values of them
    /// are the destination's decision.
    mutating func findFrozenNames() {
        for index in links.indices where isFrozenNow(links[index]) {
            guard links[index].item != nil || links[index].row != nil else { continue }
            frozenNames.insert(VariableName.fold(links[index].link.source.name))
            if let row = links[index].row { frozenNames.insert(rows[row].name) }
        }
    }

    /// Frozen for good, or left alone for as long as the scope does not match.
    func isFrozenNow(_ state: LinkState) -> Bool {
        state.link.isFrozen || (state.row != nil && state.item.map { items[$0].admission == .onlyIfNameIsNew } ?? false)
    }

    /// Whether any link has given this row to the destination; several source values may share one placeholder.
    func isFrozen(row: Int) -> Bool {
        rows[row].links.contains { !links[$0].isDropped && isFrozenNow(links[$0]) }
    }
}
