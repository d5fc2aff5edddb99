import Catalog

/// A key that does not see everything cannot tell what is missing (E-89).
extension ReplicaIndex {
    /// What has this key may be there although it was not read.
    func mayHide(_ key: EntityKey) -> Bool {
        if replica.partialKinds.isEmpty || self[key] != nil { return false }
        return replica.partialKinds[key.kind] != nil || key.owner.map(mayHide) ?? false
    }
}

extension Planner {
    /// Nobody can say whether this policy's rules are of use for what is not seen.
    var isSeenWhole: Bool { input.source.partialKinds.isEmpty && input.destination.partialKinds.isEmpty }

    /// Says once for each kind what is left alone because it was not read whole.
    func notePartialViews() {
        note(input.source.partialKinds, "the source's key sees only some", "nothing of them counts as deleted")
        note(input.destination.partialKinds, "the destination's key sees only some", "none of them is created")
    }

    private func note(_ kinds: [KindName: String], _ what: String, _ so: String) {
        for kind in kinds.keys.sorted() {
            guard let treatment = treatments[kind], treatment.isPlanned else { continue }
            let many = treatment.kind.title.many
            notice(
                "partial-view",
                nil,
                "types.\(treatment.policyKey)",
                "\(what) \(many), because \(kinds[kind] ?? ""); \(so)"
            )
        }
    }

    /// Whether the field names something that the source has and its key does not see: as it was read it is no base for
    /// a comparison.
    func isSeenInPart(_ field: TranslatedField, _ pair: Pair) -> Bool {
        let partial = input.source.partialKinds
        guard !partial.isEmpty, let value = pair.source.body[field.name] else { return false }
        guard isSeenInPart(value) || isSeenInPart(keysOf: value, field.field?.type) else { return false }
        skip("partial-view", pair.source.key, field.name, rule: "refers to what the source's key does not see")
        return true
    }

    func isSeenInPart(_ value: JSON) -> Bool {
        let partial = input.source.partialKinds
        if partial.isEmpty { return false }
        var result = false
        value.forEachReference { reference in
            if case .unresolved(let kind, _) = reference, partial[kind] != nil { result = true }
        }
        return result
    }

    /// Keys of a map that nothing has which was read.
    private func isSeenInPart(keysOf value: JSON, _ type: FieldType?) -> Bool {
        guard case .map(let reference?, _) = type, case .object(let members) = value else { return false }
        return reference.targets.contains { kind in
            input.source.partialKinds[kind] != nil && members.contains { source[EntityKey(kind, $0.key)] == nil }
        }
    }

    /// A set of values is written as a whole: what is not seen of it would be lost, or added a second time.
    func leavesAlone(valuesOf pair: Pair) -> Bool {
        let reason: String
        if pair.destination != nil, let why = input.destination.partialKinds[pair.source.key.kind] {
            reason = "the destination's key does not see every value: \(why)"
        } else if pair.destination != nil, isSeenInPart(pair.source.body) {
            reason = "refers to what the source's key does not see"
        } else {
            return false
        }
        skip("partial-view", pair.source.key, "", rule: reason)
        return true
    }
}
