import Catalog

/// What distinguishes a newer plan from an older one of the same policy.
public struct PlanDifference: Sendable, Hashable {
    /// Only in the newer plan.
    public var added: [Operation]
    /// Only in the older plan.
    public var dropped: [Operation]
    /// In both, about the same entity, with other content: the newer form.
    public var changed: [Operation]
    /// Operations whose content is the same.
    public var unchanged: Int

    public init(from old: Plan, to new: Plan) {
        let oldHashes = Set(old.operations.map(\.contentHash))
        let newHashes = Set(new.operations.map(\.contentHash))
        let oldPlaces = Set(old.operations.map(Self.place))
        let newPlaces = Set(new.operations.map(Self.place))
        let fresh = new.operations.filter { !oldHashes.contains($0.contentHash) }
        added = fresh.filter { !oldPlaces.contains(Self.place($0)) }
        changed = fresh.filter { oldPlaces.contains(Self.place($0)) }
        dropped = old.operations.filter {
            !newHashes.contains($0.contentHash) && !newPlaces.contains(Self.place($0))
        }
        unchanged = new.operations.count - fresh.count
    }

    public var isEmpty: Bool { added.isEmpty && dropped.isEmpty && changed.isEmpty }

    /// For people: one line each, `+` new, `-` no longer needed, `~` other content.
    public var text: String {
        if isEmpty { return "The new plan has the same \(unchanged) operations as the old one." }
        func lines(_ mark: String, _ operations: [Operation]) -> [String] {
            operations.map { "  \(mark) \($0.action.rawValue) \($0.key)" }
        }
        let all = lines("+", added) + lines("~", changed) + lines("-", dropped)
        let head =
            "Compared with the old plan: \(added.count) new, \(changed.count) changed, \(dropped.count) dropped, "
            + "\(unchanged) as before."
        let shown = all.prefix(200) + (all.count > 200 ? ["  … and \(all.count - 200) more"] : [])
        return ([head] + shown).joined(separator: "\n")
    }

    private struct Place: Hashable {
        var phase: SyncPhase
        var action: Operation.Action
        var key: EntityKey
    }

    private static func place(_ operation: Operation) -> Place {
        Place(phase: operation.phase, action: operation.action, key: operation.key)
    }
}
