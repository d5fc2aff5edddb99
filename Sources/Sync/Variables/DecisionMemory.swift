/// The values that an earlier run left out stay left out until something about them changes.
extension VariableMatcher {
    mutating func recallDeclined() {
        if !input.base.declined.isEmpty { recallRecorded() }
        for index in items.indices where items[index].declined == nil {
            guard case .failed(let dimension) = items[index].admission, !items[index].isOwned else { continue }
            block(
                .scopeError,
                [index],
                "its \(dimension) do not all exist at the destination, and the policy makes that an error"
            )
        }
    }

    private mutating func recallRecorded() {
        var recorded = Dictionary(
            input.base.declined.map { ($0.sourceID, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let linked = Set(input.base.links.map(\.sourceID))
        var unknown: [Int] = []
        for index in items.indices {
            if let record = recorded.removeValue(forKey: items[index].value.id) {
                if stillHolds(record, for: items[index].value) { items[index].declined = record }
            } else if !linked.contains(items[index].value.id) {
                unknown.append(index)
            }
        }
        // The rest were declined under ids that are gone: the same value may have been recreated under a new one.
        if !recorded.isEmpty, !unknown.isEmpty { recallRecreated(Array(recorded.values), among: unknown) }
    }

    private func stillHolds(_ record: DeclinedValue, for value: VariableValue) -> Bool {
        record.policyDigest == input.policyDigest && record.availabilityDigest == input.availabilityDigest
            && record.fingerprint == DeclinedValue.fingerprint(of: value)
    }

    private mutating func recallRecreated(_ records: [DeclinedValue], among unknown: [Int]) {
        let recordsByFingerprint = Dictionary(grouping: records, by: \.fingerprint)
        let itemsByFingerprint = Dictionary(
            grouping: unknown,
            by: { DeclinedValue.fingerprint(of: items[$0].value) }
        )
        for (fingerprint, found) in itemsByFingerprint {
            guard let same = recordsByFingerprint[fingerprint], same.count == 1, found.count == 1 else { continue }
            var record = same[0]
            record.sourceID = items[found[0]].value.id
            if stillHolds(record, for: items[found[0]].value) { items[found[0]].declined = record }
        }
    }
}
