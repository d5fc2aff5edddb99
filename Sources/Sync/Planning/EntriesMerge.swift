import Catalog

/// Objects of a list that are known by their names.
struct KeyedList {
    private(set) var names: [String] = []
    private(set) var elements: [String: JSON] = [:]
    private(set) var displayNames: [String: String] = [:]

    /// Nil when some element has no name, or two have the same: such a list can be compared only as a whole.
    init?(_ list: JSON, _ key: String) {
        guard case .array(let array) = list else { return nil }
        for element in array {
            guard let name = element[key]?.stringValue else { return nil }
            let folded = EntityKey.folded(name)
            guard elements.updateValue(element, forKey: folded) == nil else { return nil }
            names.append(folded)
            displayNames[folded] = name
        }
    }

    subscript(name: String) -> JSON? { elements[name] }
    var isEmpty: Bool { names.isEmpty }
}

extension ThreeWay {
    /// Merges by name. The order is a field of its own.
    mutating func entries(
        _ shape: Shape,
        _ key: String,
        _ base: KeyedList?,
        _ source: KeyedList,
        _ destination: KeyedList,
        _ path: [String]
    ) -> JSON {
        if base == nil, !rules.isNew, rules.onAdopt != .source, source.elements.keys != destination.elements.keys,
            !(rules.keepsExtras && source.names.allSatisfy { destination[$0] != nil })
        {
            return adoptWhole(source, destination, path)
        }
        var kept: [String: JSON] = [:]
        for name in source.names {
            let place = path + [source.displayNames[name] ?? name]
            if let result = sourceElement(name, shape, key, base, source, destination, place) { kept[name] = result }
        }
        for name in destination.names where source[name] == nil {
            let place = path + [destination.displayNames[name] ?? name]
            if let result = extraElement(name, base, destination, place) { kept[name] = result }
        }
        let order = order(base, source, destination, kept, path)
        return .array(order.compactMap { kept[$0] })
    }

    private mutating func adoptWhole(_ source: KeyedList, _ destination: KeyedList, _ path: [String]) -> JSON {
        let mine = JSON.array(source.names.compactMap { source[$0] })
        let theirs = JSON.array(destination.names.compactMap { destination[$0] })
        return merge(.opaque, base: nil, source: mine, destination: theirs, path: path)
    }

    private mutating func sourceElement(
        _ name: String,
        _ shape: Shape,
        _ key: String,
        _ base: KeyedList?,
        _ source: KeyedList,
        _ destination: KeyedList,
        _ path: [String]
    ) -> JSON? {
        guard let mine = source[name] else { return nil }
        let agreed = base?[name]
        if let theirs = destination[name] { return element(shape, key, agreed, mine, theirs, path) }
        guard let agreed else { return take(mine, nil, .null, path, "new at the source") }
        if rules.reverts { return take(mine, agreed, .null, path, "heal: change of the destination reverted") }
        if agreed == mine {
            noteDrift(path)
            return nil
        }
        let result = disputeExistence(agreed, mine, .null, path, "changed at the source, removed at the destination")
        return result.isNull ? JSON?.none : result
    }

    private mutating func extraElement(
        _ name: String,
        _ base: KeyedList?,
        _ destination: KeyedList,
        _ path: [String]
    ) -> JSON? {
        guard let theirs = destination[name] else { return nil }
        if isLeftAlone(path) { return theirs }
        guard let agreed = base?[name] else {
            if rules.wanted.contains(Parts.folded(path)) {
                noteKept(path)
                return theirs
            }
            // Taken over whole on first meeting.
            let isReplaced = rules.isExact && (rules.reverts || base == nil)
            if rules.keepsExtras || (!isReplaced && rules.extraSteps != .remove) || (base == nil && !rules.isExact) {
                if rules.extraSteps == .report { noteExtra(path) }
                if rules.isExact, !rules.keepsExtras { noteDrift(path) }
                return theirs
            }
            return remove(
                theirs,
                nil,
                path,
                rules.isExact ? "exact: only the destination has it" : "steps.extra: remove"
            )
        }
        if rules.reverts || agreed == theirs { return remove(theirs, agreed, path, "removed at the source") }
        let open = disputes.count
        let result = disputeExistence(agreed, .null, theirs, path, "removed at the source, changed at the destination")
        if disputes.count == open, !result.isNull { noteKept(path) }
        return result.isNull ? JSON?.none : result
    }

    /// The entry, or one inside it, is left alone.
    private func isLeftAlone(_ path: [String]) -> Bool {
        if rules.leftAlone.isEmpty { return false }
        let names = stride(from: 1, to: path.count, by: 2).map { EntityKey.folded(path[$0]) }
        return rules.leftAlone.contains { $0.starts(with: names) }
    }

    /// Takes an element away, or switches it off where the policy wants that instead.
    ///
    /// - Returns: what is left of it.
    private mutating func remove(_ element: JSON, _ agreed: JSON?, _ path: [String], _ rule: String) -> JSON? {
        guard rules.disablesRemoved, let off = Self.disabled(element) else {
            _ = take(.null, agreed, element, path, rule)
            return nil
        }
        return off == element ? element : take(off, agreed, element, path, "\(rule); deletes.mode: disable")
    }

    /// The element with all its actions switched off; nil for one that cannot be.
    private static func disabled(_ element: JSON) -> JSON? {
        guard let actions = element["Actions"]?.arrayValue, !actions.isEmpty else { return nil }
        var element = element
        element["Actions"] = .array(
            actions.map { action in
                var action = action
                action["IsDisabled"] = true
                return action
            }
        )
        return element
    }

    // MARK: - Order

    private mutating func order(
        _ base: KeyedList?,
        _ source: KeyedList,
        _ destination: KeyedList,
        _ kept: [String: JSON],
        _ path: [String]
    ) -> [String] {
        let mine = source.names.filter { kept[$0] != nil }
        let theirs = destination.names.filter { kept[$0] != nil }
        let common = Set(mine).intersection(theirs)
        let (wanted, present) = (mine.filter(common.contains), theirs.filter(common.contains))
        if wanted == present { return Self.weave(theirs, mine) }
        let agreed = base.map { $0.names.filter(common.contains) }
        let names = { (list: [String]) in JSON(list.map { source.displayNames[$0] ?? $0 }) }
        let choice = mergeOrder(
            base: agreed.map(names),
            source: names(wanted),
            destination: names(present),
            path
        )
        return choice == names(wanted) ? Self.weave(mine, theirs) : Self.weave(theirs, mine)
    }

    /// The first list with what only the second has, each after its nearest predecessor there.
    static func weave<Element: Hashable>(_ main: [Element], _ other: [Element]) -> [Element] {
        let present = Set(main)
        var followers: [Element: [Element]] = [:]
        var front: [Element] = []
        var anchor: Element?
        for name in other {
            if present.contains(name) {
                anchor = name
            } else if let anchor {
                followers[anchor, default: []].append(name)
            } else {
                front.append(name)
            }
        }
        return front + main.flatMap { [$0] + (followers[$0] ?? []) }
    }
}
