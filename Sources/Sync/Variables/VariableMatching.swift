import Catalog

/// Matches the values of a source set with those of a destination set and says what to write.
///
/// A pure function: the same input gives the same output, byte for byte. The rules and why they are as they are stand
/// in `docs/decisions`; the steps have a file each. Two properties hold for any input: matching the result again gives
/// no operation, and no edit made at the destination is lost unless the policy says `overwrite: always`.
public func matchVariables(_ input: VariableSetInput) -> VariableSetOutcome {
    var matcher = VariableMatcher(input)
    matcher.recallDeclined()
    matcher.pairByLink()
    matcher.pairRecreated()
    matcher.thawLinks()
    matcher.findFrozenNames()
    matcher.pairByLikeness()
    matcher.decidePairs()
    matcher.decideOrphans()
    matcher.settleKeys()
    matcher.commitDrafts()
    matcher.addSourceOnly()
    matcher.closeReferences()
    return matcher.outcome()
}

/// A value of the source on its way through the matching.
struct SourceItem {
    let value: VariableValue
    /// The folded name.
    let name: String
    let mapped: MappedScope
    /// Of the name and the mapped scope.
    let key: ValueKey
    let admission: Admission
    /// The policy gives this variable to the destination.
    let isOwned: Bool
    var link: Int?
    var row: Int?
    var declined: DeclinedValue?
    /// Several values could be its counterpart.
    var isUnresolved = false

    var isUndecided: Bool { link == nil && declined == nil }
}

/// A value of the destination: as it is, and as it will be.
struct DestinationRow {
    let original: VariableValue
    var value: VariableValue
    /// The folded name of `value`.
    var name: String
    /// Of `name` and the scope of `value`.
    var key: ValueKey
    var links: [Int] = []
    var isPaired = false
    var isDeleted = false
}

/// A remembered link with what is left of its two ends.
struct LinkState {
    var link: VariableLink
    var item: Int?
    var row: Int?
    var isDropped = false
    /// Whether the link was made in this run, so that there is nothing to compare with yet.
    var isNew = false
}

/// A value that will be new at the destination.
struct Addition {
    var value: VariableValue
    let key: ValueKey
    var items: [Int]
    var origin: LinkOrigin
    var isFrozen: Bool
    var reason: VariableReason
    var risks: Set<VariableRisk> = []

    static func provisionalID(_ index: Int) -> String { "+\(index + 1)" }
}

/// The state of one matching; each step of it is an extension in a file of its own.
struct VariableMatcher {
    let input: VariableSetInput
    let owned: Set<String>
    var keys = KeyTable()
    var items: [SourceItem] = []
    var rows: [DestinationRow] = []
    var links: [LinkState] = []
    var drafts: [Draft] = []
    var additions: [Addition] = []
    var frozenNames: Set<String> = []
    /// What the values refer to as they will be; read once, in step 9.
    var rowReferences: [ReferencedNames] = []
    var additionReferences: [ReferencedNames] = []
    var operations: [VariableOperation] = []
    var conflicts: [VariableConflict] = []
    var notices: [VariableNotice] = []
    var blocks: [VariableBlock] = []

    var rules: VariableRules { input.rules }

    /// What the policy says about the variable of one source value.
    func rules(of item: Int) -> VariableRules {
        if input.overrides.isEmpty { return input.rules }
        return input.overrides[items[item].name]?.rules ?? input.rules
    }

    init(_ input: VariableSetInput) {
        self.input = input
        let owned = Set(input.rules.destinationOwned.map(VariableName.fold))
        self.owned = owned
        // Ten thousand values have a handful of different scopes between them.
        var mapped: [VariableScope: (scope: MappedScope, number: Int, admission: Admission)] = [:]
        items.reserveCapacity(input.source.count)
        for value in input.source {
            let name = VariableName.fold(value.name)
            let special = input.overrides.isEmpty ? nil : input.overrides[name]
            let known: (scope: MappedScope, number: Int, admission: Admission)
            if special == nil, let met = mapped[value.scope] {
                known = met
            } else {
                let scope = (special?.mapping ?? input.mapping).map(value.scope)
                known = (scope, keys.number(of: scope.scope), (special?.rules ?? input.rules).admission(of: scope))
                if special == nil { mapped[value.scope] = known }
            }
            items.append(
                SourceItem(
                    value: value,
                    name: name,
                    mapped: known.scope,
                    key: keys.key(name, scopeNumber: known.number),
                    admission: known.admission,
                    isOwned: !owned.isEmpty && owned.contains(name)
                )
            )
        }
        rows.reserveCapacity(input.destination.count)
        for value in input.destination {
            let name = VariableName.fold(value.name)
            rows.append(DestinationRow(original: value, value: value, name: name, key: keys.key(name, value.scope)))
        }
        links = input.base.links.map { LinkState(link: $0) }
    }

    mutating func decline(_ item: Int, _ reason: VariableReason) {
        let value = items[item].value
        items[item].declined = DeclinedValue(
            sourceID: value.id,
            reason: reason,
            fingerprint: DeclinedValue.fingerprint(of: value),
            policyDigest: input.policyDigest,
            availabilityDigest: input.availabilityDigest
        )
    }

    mutating func note(_ reason: VariableReason, item: Int? = nil, row: Int? = nil, _ detail: String) {
        let name = item.map { items[$0].value.name } ?? row.map { rows[$0].original.name } ?? ""
        notices.append(
            VariableNotice(
                reason: reason,
                name: name,
                sourceID: item.map { items[$0].value.id },
                destinationID: row.map { rows[$0].original.id },
                detail: detail
            )
        )
    }

    mutating func block(_ reason: VariableReason, _ blocked: [Int], _ detail: String) {
        blocks.append(
            VariableBlock(
                reason: reason,
                name: blocked.first.map { items[$0].value.name } ?? "",
                sourceIDs: blocked.map { items[$0].value.id },
                detail: detail
            )
        )
    }
}
