import Catalog

/// Step 4 for each field of a pair. A field's base moves only when both sides agree or a write makes them agree, so
/// that drift and conflicts show again next time.
extension VariableMatcher {
    mutating func decideName(_ draft: inout Draft) {
        let source = items[draft.item].value.name
        let folded = items[draft.item].name
        let base = draft.link.source.name
        let verdict = Verdict(
            sourceChanged: folded != VariableName.fold(base),
            destinationChanged: rows[draft.row].name != VariableName.fold(draft.link.destination.name),
            isEqual: folded == rows[draft.row].name
        )
        switch verdict {
        case .inSync: return
        case .agreed: break
        case .take: rename(&draft, to: source)
        case .drift:
            note(.driftName, item: draft.item, row: draft.row, "renamed at the destination; kept")
            return
        case .conflict:
            switch choose(
                .name,
                draft,
                base: .string(base),
                source: .string(source),
                destination: .string(draft.value.name)
            )
            {
            case .stop: return
            case .source: rename(&draft, to: source)
            case .destination: break
            }
        }
        draft.link.source.name = source
        draft.link.destination.name = draft.value.name
    }

    private func rename(_ draft: inout Draft, to name: String) {
        draft.change(
            .name,
            base: .string(draft.link.destination.name),
            from: .string(draft.value.name),
            to: .string(name)
        )
        draft.value.name = name
        draft.risks.insert(.rename)
    }

    mutating func decideTypeAndValue(_ draft: inout Draft) {
        let source = items[draft.item].value
        let verdict = Verdict(
            sourceChanged: source.type != draft.link.source.type,
            destinationChanged: draft.value.type != draft.link.destination.type,
            isEqual: source.type == draft.value.type
        )
        switch verdict {
        case .inSync: if source.type == draft.value.type { decideValue(&draft) }
        case .agreed:
            draft.link.source.type = source.type
            draft.link.destination.type = draft.value.type
            decideValue(&draft)
        case .drift:
            note(
                .driftType,
                item: draft.item,
                row: draft.row,
                "the type is \(draft.value.type) at the destination and \(source.type) at the source; kept"
            )
        case .take, .conflict: decideType(&draft, verdict)
        }
    }

    /// The type changed at the source: type and value go together or not at all.
    private mutating func decideType(_ draft: inout Draft, _ verdict: Verdict) {
        let source = items[draft.item].value
        let edited = !draft.value.isSensitive && !draft.link.destination.value.matches(draft.value.value)
        let isPlain = !source.isSensitive && !draft.value.isSensitive && verdict == .take
        let overwrite = rules(of: draft.item).overwrite
        if isPlain, edited ? overwrite == .always : overwrite != .never {
            guard !input.unavailableReferences.contains(source.id) else { return noteMissingReference(draft) }
            return writeType(&draft)
        }
        if isPlain, overwrite == .never {
            return note(.overwriteNever, item: draft.item, row: draft.row, "the type changed at the source")
        }
        switch choose(
            .type,
            draft,
            base: .string(draft.link.source.type),
            source: .string(source.type),
            destination: .string(draft.value.type)
        )
        {
        case .stop: return
        case .source: writeType(&draft)
        case .destination:
            draft.link.source.type = source.type
            draft.link.source.value = ValueStamp(source.isSensitive ? .null : source.value)
            draft.link.destination.type = draft.value.type
            draft.link.destination.value = ValueStamp(draft.value.isSensitive ? .null : draft.value.value)
        }
    }

    private mutating func writeType(_ draft: inout Draft) {
        let source = items[draft.item].value
        draft.change(
            .type,
            base: .string(draft.link.destination.type),
            from: .string(draft.value.type),
            to: .string(source.type)
        )
        draft.link.source.type = source.type
        draft.link.destination.type = source.type
        draft.value.type = source.type
        draft.value.hasSecret = false
        if source.isSensitive { draft.risks.insert(.secret) }
        writeValue(&draft, source.isSensitive ? .null : source.value)
    }

    private mutating func decideValue(_ draft: inout Draft) {
        let source = items[draft.item].value
        let actual = draft.value.value
        if source.isSensitive {
            draft.link.source.value = ValueStamp(.null)
            draft.link.destination.value = ValueStamp(.null)
            return
        }
        let isFirst = draft.link.source.value == .none && draft.link.destination.value == .none
        let verdict = Verdict(
            sourceChanged: !draft.link.source.value.matches(source.value),
            destinationChanged: !draft.link.destination.value.matches(actual),
            isEqual: source.value.isExactly(actual)
        )
        if input.unavailableReferences.contains(source.id) {
            if verdict != .inSync { noteMissingReference(draft) }
            return
        }
        switch (verdict, rules(of: draft.item).overwrite) {
        case (.agreed, _): settleValue(&draft)
        case (.inSync, .always), (.drift, .always), (.conflict, .always):
            guard !source.value.isExactly(actual) else { return }
            draft.reason = .sourceWins
            writeValue(&draft, source.value)
        case (.inSync, _): return
        case (.take, .never), (.conflict, .never):
            note(.overwriteNever, item: draft.item, row: draft.row, "the value changed at the source; kept")
        case (.take, _): writeValue(&draft, source.value)
        case (.drift, _): note(.driftValue, item: draft.item, row: draft.row, "edited at the destination; kept")
        case (.conflict, _) where isFirst: decideFirstValue(&draft)
        case (.conflict, _): resolveValue(&draft, .bothChanged)
        }
    }

    /// Both sides had this value before they were first paired.
    private mutating func decideFirstValue(_ draft: inout Draft) {
        switch rules.adoption {
        case .destination: settleValue(&draft)
        case .source:
            draft.risks.insert(.lowConfidence)
            draft.reason = .adopted
            writeValue(&draft, items[draft.item].value.value)
        case .ask: resolveValue(&draft, .adoptDifference)
        }
    }

    private mutating func resolveValue(_ draft: inout Draft, _ reason: VariableReason) {
        let source = items[draft.item].value.value
        switch choose(
            .value,
            draft,
            reason,
            base: draft.link.source.value.shown,
            source: source,
            destination: draft.value.value
        )
        {
        case .stop: return
        case .source: writeValue(&draft, source)
        case .destination: settleValue(&draft)
        }
    }

    private mutating func settleValue(_ draft: inout Draft) {
        draft.link.source.value = ValueStamp(items[draft.item].value.value)
        draft.link.destination.value = ValueStamp(draft.value.value)
    }

    private mutating func writeValue(_ draft: inout Draft, _ value: JSON) {
        draft.change(.value, base: draft.link.destination.value.shown, from: draft.value.value, to: value)
        draft.value.value = value
        settleValue(&draft)
        if items[draft.item].value.isSensitive { draft.link.source.value = ValueStamp(.null) }
    }

    private mutating func noteMissingReference(_ draft: Draft) {
        let type = items[draft.item].value.type
        if rules.missingReference(for: type) == .fail {
            block(
                .missingReference,
                [draft.item],
                "its \(type) does not exist at the destination; create or map it"
            )
        } else {
            note(
                .missingReference,
                item: draft.item,
                row: draft.row,
                "its \(type) does not exist at the destination; the value is kept as it is"
            )
        }
    }

    mutating func decideScope(_ draft: inout Draft) {
        let item = items[draft.item]
        let base = draft.link.mappedScope
        let merge = ScopeMerge(
            base: base,
            source: item.mapped.scope,
            destinationBase: draft.link.destination.scope,
            destination: draft.value.scope
        )
        if merge.isDrift {
            note(.driftScope, item: draft.item, row: draft.row, "the scope was edited at the destination; kept")
        }
        var scope = merge.scope
        var nextBase = merge.nextBase
        if merge.sourceChanged, merge.isConflict || merge.empties && rules.widening != .allow {
            switch choose(
                .scope,
                draft,
                base: base.json,
                source: item.mapped.scope.json,
                destination: draft.value.scope.json
            )
            {
            case .stop: return
            case .source:
                scope = item.mapped.scope
                nextBase = scope
            case .destination:
                scope = draft.value.scope
                nextBase = scope
            }
        } else if merge.empties {
            draft.risks.insert(.widening)
        }
        draft.link.source.scope = item.value.scope
        draft.link.mappedScope = item.mapped.scope
        let baseScope = draft.link.destination.scope
        draft.link.destination.scope = nextBase
        guard scope != draft.value.scope else { return }
        draft.change(.scope, base: baseScope.json, from: draft.value.scope.json, to: scope.json)
        draft.value.scope = scope
        if item.mapped.isLifted { draft.risks.insert(.widening) }
    }

    mutating func decideText(_ draft: inout Draft, _ field: VariableField) {
        let isPrompt = field == .prompt
        let source = items[draft.item].value
        let wanted = isPrompt ? source.prompt : .string(source.description)
        let actual = isPrompt ? draft.value.prompt : .string(draft.value.description)
        let base = isPrompt ? draft.link.source.prompt : draft.link.source.description
        let destinationBase = isPrompt ? draft.link.destination.prompt : draft.link.destination.description
        let verdict = Verdict(
            sourceChanged: !base.matches(wanted),
            destinationChanged: !destinationBase.matches(actual),
            isEqual: wanted.isExactly(actual)
        )
        var next = actual
        switch verdict {
        case .inSync: return
        case .agreed: break
        case .take: next = wanted
        case .drift:
            note(
                isPrompt ? .driftPrompt : .driftDescription,
                item: draft.item,
                row: draft.row,
                "the \(field.rawValue) was edited at the destination; kept"
            )
            return
        case .conflict:
            switch choose(field, draft, base: base.shown, source: wanted, destination: actual) {
            case .stop: return
            case .source: next = wanted
            case .destination: break
            }
        }
        if !next.isExactly(actual) { draft.change(field, base: destinationBase.shown, from: actual, to: next) }
        if isPrompt {
            draft.value.prompt = next
            (draft.link.source.prompt, draft.link.destination.prompt) = (ValueStamp(wanted), ValueStamp(next))
        } else {
            draft.value.description = next.stringValue ?? ""
            (draft.link.source.description, draft.link.destination.description) =
                (ValueStamp(wanted), ValueStamp(next))
        }
    }
}
