import Catalog

/// What a record remembers of a variable set: as it is stored, or as matching left it. Most plans are looked at and
/// not applied, so that nothing of them is ever stored: JSON is made when somebody asks for it.
enum VariableMemory: Sendable {
    case stored(JSON)
    case fresh(FreshVariableMemory)

    var json: JSON {
        switch self {
        case .stored(let json): json
        case .fresh(let memory): memory.json
        }
    }
}

extension VariableMemory: Hashable {
    static func == (left: VariableMemory, right: VariableMemory) -> Bool { left.json == right.json }

    func hash(into hasher: inout Hasher) { hasher.combine(json) }
}

struct FreshVariableMemory: Sendable {
    /// A value that the destination has yet to store, and give its id.
    struct Pending: Sendable {
        /// Where it is in the list that is written.
        var place: Int
        var provisionalID: String
        var value: VariableValue
    }

    var base: VariableBase
    var pending: [Pending]
    /// Ids that the destination has used already, sorted.
    var known: [String]

    var json: JSON {
        var result: JSON = ["base": base.json]
        if pending.isEmpty { return result }
        result["pending"] = .array(pending.map(\.json))
        result["known"] = JSON(known)
        return result
    }
}

extension FreshVariableMemory.Pending {
    fileprivate var json: JSON {
        [
            "place": .int(place), "id": .string(provisionalID), "name": .string(value.name),
            "type": .string(value.type), "scope": value.scope.json, "value": value.value,
        ]
    }
}
