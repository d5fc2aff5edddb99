import Catalog

/// Steps 6 and 7: source values without a counterpart become new values, placeholders, or memories of why not.
extension VariableMatcher {
    /// What a new value is given.
    private enum Content { case real, placeholder, empty }

    private enum Occupant {
        case row(Int)
        case addition(Int)
    }

    /// What the additions are checked against while they are made.
    private struct Places {
        var occupants: [ValueKey: Occupant] = [:]
        var knownNames: Set<String> = []
        var forcedPlaceholders: Set<Int> = []
        var usedNames: Set<String>?
    }

    mutating func addSourceOnly() {
        guard items.contains(where: { $0.row == nil && $0.declined == nil }) else { return }
        var places = Places()
        places.occupants.reserveCapacity(rows.count + items.count)
        for row in rows.indices where !rows[row].isDeleted {
            if places.occupants[rows[row].key] == nil { places.occupants[rows[row].key] = .row(row) }
            places.knownNames.insert(rows[row].name)
        }
        for state in links where !state.isDropped && state.item != nil {
            places.knownNames.insert(VariableName.fold(state.link.source.name))
        }
        var open: [(item: Int, content: Content)] = []
        for item in items.indices where items[item].row == nil && items[item].declined == nil {
            if items[item].link != nil, rules.deletedAtDestination == .respect {
                note(.deletedAtDestination, item: item, "deleted at the destination; not recreated")
            } else if let reason = refusal(item, places) {
                refuse(item, reason)
            } else if let content = content(item, &places) {
                open.append((item, content))
            }
        }
        settleCollisions(open.filter { $0.content == .real }.map(\.item), &places)
        additions.reserveCapacity(open.count)
        for scopeClass in [ScopeClass.exact, .partial, .stripped] {
            for (item, content) in open
            where items[item].mapped.scopeClass == scopeClass && items[item].declined == nil {
                place(item, places.forcedPlaceholders.contains(item) ? .placeholder : content, &places)
            }
        }
    }

    private mutating func refuse(_ item: Int, _ reason: VariableReason) {
        // A link outlives a restoration that is not possible now.
        if items[item].link == nil { decline(item, reason) }
    }

    private func refusal(_ index: Int, _ places: Places) -> VariableReason? {
        if items[index].isOwned { return .destinationOwned }
        let isUnlinked = items[index].link == nil
        let isBesideFrozen = !frozenNames.isEmpty && frozenNames.contains(items[index].name)
        switch items[index].admission {
        case .skipped, .failed: return .scopeSkipped
        case .excludedChannel: return .excludedChannel
        case .onlyIfNameIsNew where isUnlinked && places.knownNames.contains(items[index].name):
            return isBesideFrozen ? .besideFrozen : .existingLeftAlone
        case .onlyIfNameIsNew, .admitted: break
        }
        if isUnlinked, isBesideFrozen, rules.newBesideFrozen == .leave { return .besideFrozen }
        return items[index].isUnresolved ? .unresolvedPairing : nil
    }

    /// Nil when the value was declined after all.
    private mutating func content(_ index: Int, _ places: inout Places) -> Content? {
        if VariableType.isReference(items[index].value.type),
            input.unavailableReferences.contains(items[index].value.id)
        {
            return missingReferenceContent(index, &places)
        }
        if items[index].link == nil, rules.newBesideFrozen == .placeholder, frozenNames.contains(items[index].name) {
            return .placeholder
        }
        guard items[index].mapped.scopeClass == .stripped else {
            return switch rules(of: index).newValue {
            case .copy, .copyExactElsePlaceholder: .real
            case .placeholder: .placeholder
            case .empty: .empty
            }
        }
        if items[index].mapped.onlyExcludedChannels, rules.onExcludedChannel == .placeholder { return .placeholder }
        switch (rules(of: index).newValue, rules.widening) {
        case (.empty, _): return .empty
        case (.copyExactElsePlaceholder, _), (.placeholder, _), (.copy, .allowPlaceholderOnly): return .placeholder
        case (.copy, .allow): return .real
        case (.copy, .refuse):
            refuse(index, .wideningRefused)
            return nil
        }
    }

    private mutating func missingReferenceContent(_ index: Int, _ places: inout Places) -> Content? {
        let type = items[index].value.type
        switch rules.missingReference(for: type) {
        case .empty: return .empty
        case .emptyIfUsedElseSkip:
            let used = places.usedNames ?? namesUsedAtSource()
            places.usedNames = used
            if used.contains(items[index].name) { return .empty }
        case .skip: break
        case .map, .createStub, .fail:
            let hint = "create it there, or name another with types.<type>.replace"
            block(.missingReference, [index], "its \(type) does not exist at the destination; \(hint)")
        }
        refuse(index, .missingReference)
        return nil
    }

    /// Step 8 among new values: differently scoped ones that come out with one scope.
    private mutating func settleCollisions(_ candidates: [Int], _ places: inout Places) {
        var groups = IndexGroups<ValueKey>(count: items.count)
        for item in candidates where items[item].mapped.scopeClass == .exact { groups.add(item, items[item].key) }
        for number in groups.groups where groups.only(number) == nil {
            let group = groups.positions(number)
            guard group.contains(where: { collide(group[0], $0) }) else { continue }
            let scopes = group.map { items[$0].value.scope.description }.joined(separator: " / ")
            var winner: Int?
            switch rules.collision {
            case .error: break
            case .first: winner = group[0]
            case .prefer(let name):
                let preferred = group.filter { items[$0].value.scope.entries.contains { $0.names.contains(name) } }
                winner = preferred.count == 1 ? preferred[0] : nil
            case .placeholder:
                places.forcedPlaceholders.formUnion(group)
                continue
            }
            guard let winner else {
                block(.collision, group, "values scoped \(scopes) have one scope at the destination; set `collision`")
                continue
            }
            for item in group where item != winner {
                refuse(item, .collision)
                note(.collision, item: item, "the value scoped \(items[winner].value.scope) was preferred")
            }
        }
    }

    private mutating func place(_ index: Int, _ content: Content, _ places: inout Places) {
        let key = items[index].key
        switch places.occupants[key] {
        case .none: break
        case .row(let row): return refuseBeside(row, index, content)
        case .addition(let addition):
            if joins(addition, index, content) {
                join(addition, index)
                return
            }
            let isResultA = content == .real && items[index].mapped.scopeClass == .stripped
            guard isResultA else {
                refuse(index, reason(index, beside: additions[addition]))
                return
            }
        }
        add(index, content)
        if places.occupants[key] == nil { places.occupants[key] = .addition(additions.count - 1) }
    }

    private mutating func refuseBeside(_ row: Int, _ index: Int, _ content: Content) {
        let rival = rows[row].links.compactMap { links[$0].item }.first
        guard content == .real, let rival, collide(index, rival) else {
            let isExact = items[index].mapped.scopeClass == .exact && content == .real
            refuse(index, isExact ? .occupied : .shadowed)
            note(
                isExact ? .occupied : .shadowed,
                item: index,
                row: row,
                "the destination already has a value of this name and scope"
            )
            return
        }
        switch rules.collision {
        case .error, .prefer:
            block(.collision, [rival, index], "both have one scope at the destination; set `collision`")
        case .first, .placeholder: note(.collision, item: index, row: row, "the value that was there first is kept")
        }
        refuse(index, .collision)
    }

    private func joins(_ addition: Int, _ index: Int, _ content: Content) -> Bool {
        let addition = additions[addition]
        return content != .real && addition.origin == .placeholder && addition.value.type == items[index].value.type
    }

    private func reason(_ index: Int, beside addition: Addition) -> VariableReason {
        guard let rival = addition.items.first, items[rival].mapped.scopeClass == .exact,
            items[index].mapped.scopeClass == .exact
        else { return .shadowed }
        if isSame(items[rival].value, items[index].value) { return .duplicate }
        return items[rival].value.scope == items[index].value.scope ? .ambiguousSource : .collision
    }

    private mutating func join(_ addition: Int, _ index: Int) {
        forgetLink(of: index)
        additions[addition].items.append(index)
    }

    private mutating func forgetLink(of index: Int) {
        guard let link = items[index].link else { return }
        links[link].isDropped = true
        links[link].item = nil
        items[index].link = nil
    }

    private mutating func add(_ index: Int, _ content: Content) {
        var value = items[index].value
        value.id = ""
        value.scope = items[index].mapped.scope
        value.hasSecret = false
        if value.isSensitive { value.value = .null }
        let scopeClass = items[index].mapped.scopeClass
        var addition = Addition(
            value: value,
            key: items[index].key,
            items: [index],
            origin: .exact,
            isFrozen: false,
            reason: .newExact
        )
        switch (content, scopeClass) {
        case (.real, .exact): break
        case (.real, .partial):
            addition.origin = .partial
            addition.reason = .newPartial
            addition.isFrozen = items[index].admission == .onlyIfNameIsNew
        case (.real, .stripped):
            addition.origin = .stripped
            addition.reason = .newStripped
            addition.isFrozen = true
            addition.risks.insert(.widening)
        case (.placeholder, _), (.empty, _):
            addition.origin = .placeholder
            addition.reason = .newPlaceholder
            addition.isFrozen = true
            addition.value.value = stand(for: value.type, isEmpty: content == .empty)
        }
        if items[index].link != nil { addition.reason = .restored }
        if items[index].mapped.isLifted, content == .real { addition.risks.insert(.widening) }
        forgetLink(of: index)
        append(addition)
    }

    /// A text can say that it stands for something; a reference or a secret can only be left empty.
    func stand(for type: String, isEmpty: Bool) -> JSON {
        guard type == VariableType.string else { return .null }
        return .string(isEmpty ? "" : rules.placeholder)
    }

    mutating func append(_ addition: consuming Addition) {
        if addition.value.isSensitive { addition.risks.insert(.secret) }
        let (origin, first) = (addition.origin, addition.items.first)
        additions.append(addition)
        guard origin == .stripped || origin == .placeholder, let item = first else { return }
        let what = origin == .stripped ? "its scope could not be kept" : "it stands for the real value"
        note(.editMe, item: item, "new at the destination, and \(what): edit it there")
    }
}
