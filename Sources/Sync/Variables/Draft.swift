import Catalog

/// What is going to happen to one pair; committed once it is known that no two rows end up with one name and scope.
struct Draft {
    let item: Int
    let row: Int
    let linkIndex: Int
    /// The row and the link as they will be.
    var value: VariableValue
    var link: VariableLink
    var changes: [VariableOperation.FieldChange] = []
    var risks: Set<VariableRisk> = []
    var reason = VariableReason.sourceChanged

    mutating func change(_ field: VariableField, base: JSON, from: JSON, to: JSON) {
        changes.append(VariableOperation.FieldChange(field: field, base: base, from: from, to: to))
    }

    func changes(_ field: VariableField) -> Bool { changes.contains { $0.field == field } }
}

/// What three versions of a field say.
enum Verdict {
    case inSync, agreed, take, drift, conflict

    init(sourceChanged: Bool, destinationChanged: Bool, isEqual: Bool) {
        self =
            switch (sourceChanged, destinationChanged) {
            case (false, false): .inSync
            case _ where isEqual: .agreed
            case (true, false): .take
            case (false, true): .drift
            case (true, true): .conflict
            }
    }
}

extension VariableMatcher {
    /// Step 4: every pair, field by field.
    mutating func decidePairs() {
        for item in items.indices {
            guard let row = items[item].row, let link = items[item].link else { continue }
            decide(item, row, link)
        }
    }

    private mutating func decide(_ item: Int, _ row: Int, _ link: Int) {
        if items[item].isOwned || owned.contains(rows[row].name) { return }
        if links[link].link.isFrozen {
            noteMove(item, row, link)
            return
        }
        if let reason = suspension(item) {
            noteSuspension(reason, item, row, link)
            return
        }
        if isFrozen(row: row) || isUnchanged(item, row, link) { return }
        var draft = Draft(
            item: item,
            row: row,
            linkIndex: link,
            value: rows[row].value,
            link: links[link].link
        )
        decideName(&draft)
        decideTypeAndValue(&draft)
        decideScope(&draft)
        decideText(&draft, .description)
        decideText(&draft, .prompt)
        if items[item].mapped.scopeClass == .stripped, !draft.changes.isEmpty { draft.risks.insert(.widening) }
        drafts.append(draft)
    }

    /// Whether both sides are just as the link remembers them, and equal: nearly all values on nearly every run. Every
    /// comparison of `decide` would find nothing; a pair for which this is false may still turn out to be in sync.
    private func isUnchanged(_ item: Int, _ row: Int, _ link: Int) -> Bool {
        // Member by member: whole values are long to copy.
        items[item].value.type != VariableType.sensitive && items[item].value.type == rows[row].value.type
            && items[item].value.value.isExactly(rows[row].value.value)
            && items[item].mapped.scope == links[link].link.mappedScope
            && isAsRemembered(items[item].value, links[link].link.source)
            && isAsRemembered(rows[row].value, links[link].link.destination)
    }

    private func isAsRemembered(_ value: VariableValue, _ fields: VariableFields) -> Bool {
        value.name == fields.name && value.type == fields.type && value.scope == fields.scope
            && fields.value.matches(value.value) && fields.description.matches(.string(value.description))
            && fields.prompt.matches(value.prompt)
    }

    /// Why a pair is left alone for as long as its scope is as it is; nil when it is to be compared.
    private func suspension(_ item: Int) -> VariableReason? {
        switch items[item].admission {
        case .skipped, .failed: return .scopeSkipped
        case .excludedChannel: return .excludedChannel
        case .onlyIfNameIsNew: return .existingLeftAlone
        case .admitted: break
        }
        // The value is meant for fewer things than the destination can express.
        return items[item].mapped.scopeClass == .stripped && rules.widening != .allow ? .wideningRefused : nil
    }

    private mutating func noteSuspension(_ reason: VariableReason, _ item: Int, _ row: Int, _ link: Int) {
        let detail = "the source's scope (\(items[item].value.scope)) does not carry over, so nothing is written"
        if reason != .existingLeftAlone || sourceMoved(item, link) { note(reason, item: item, row: row, detail) }
    }

    private mutating func noteMove(_ item: Int, _ row: Int, _ link: Int) {
        guard sourceMoved(item, link) else { return }
        note(
            .frozenSourceChange,
            item: item,
            row: row,
            "the source changed, but the destination has taken this value over"
        )
    }

    func sourceMoved(_ item: Int, _ link: Int) -> Bool {
        let value = items[item].value
        let base = links[link].link.source
        return items[item].name != VariableName.fold(base.name) || value.type != base.type
            || value.scope != base.scope || !(value.isSensitive || base.value.matches(value.value))
            || !base.description.matches(.string(value.description)) || !base.prompt.matches(value.prompt)
    }

    /// What the policy or a person says about a conflict; a stop is recorded here.
    mutating func choose(
        _ field: VariableField,
        _ draft: Draft,
        _ reason: VariableReason = .bothChanged,
        base: JSON,
        source: JSON,
        destination: JSON
    ) -> VariableRules.ConflictChoice {
        let conflict = VariableConflict(
            field: field,
            reason: reason,
            name: draft.value.name,
            sourceID: draft.link.sourceID,
            destinationID: rows[draft.row].original.id,
            base: base,
            source: source,
            destination: destination
        )
        let choice = input.resolutions[conflict.id] ?? rules.onConflict[field] ?? .stop
        if choice == .stop { conflicts.append(conflict) }
        return choice
    }
}
