/// The server did not return a value that was just added, so it is not known under which id it lives.
public struct VariableSettlingError: Error, Sendable, Hashable, CustomStringConvertible {
    public var name: String
    public var scope: String

    public var description: String {
        "the server did not return the new value of variable '\(name)' (\(scope)); read the set again and plan anew"
    }
}

extension VariableSetOutcome {
    /// The base to remember once the server has stored `result` and answered with the list as it is now: new values
    /// have real ids in it.
    ///
    /// Servers keep the order of a set, so the place decides as long as name, type and scope there are those that were
    /// sent; else name, type, scope and value do.
    public func settled(_ returned: [VariableValue]) throws(VariableSettlingError) -> VariableBase {
        let known = Set(result.lazy.filter { !$0.id.isEmpty }.map(\.id))
        var places: [Int] = result.indices.filter { result[$0].id.isEmpty }
        guard !places.isEmpty else { return nextBase }
        var ids: [Int: String] = [:]
        places.removeAll { place in
            guard returned.indices.contains(place), !known.contains(returned[place].id),
                isAlike(returned[place], result[place])
            else { return false }
            ids[place] = returned[place].id
            return true
        }
        if !places.isEmpty { try settleByLikeness(places, returned, known.union(ids.values), &ids) }
        return replacingProvisionalIDs(ids)
    }

    private func settleByLikeness(
        _ places: [Int],
        _ returned: [VariableValue],
        _ taken: Set<String>,
        _ ids: inout [Int: String]
    ) throws(VariableSettlingError) {
        var keys = KeyTable()
        var open: [ValueKey: [VariableValue]] = [:]
        for value in returned where !taken.contains(value.id) {
            open[keys.key(VariableName.fold(value.name), value.scope), default: []].append(value)
        }
        for place in places {
            let wanted = result[place]
            let key = keys.key(VariableName.fold(wanted.name), wanted.scope)
            let alike = open[key]?.indices.filter { open[key]?[$0].type == wanted.type } ?? []
            let exact = alike.first { open[key]?[$0].value.isExactly(wanted.value) == true }
            guard let chosen = exact ?? alike.first, let value = open[key]?.remove(at: chosen) else {
                throw VariableSettlingError(name: wanted.name, scope: wanted.scope.description)
            }
            ids[place] = value.id
        }
    }

    private func isAlike(_ first: VariableValue, _ second: VariableValue) -> Bool {
        first.type == second.type && first.scope == second.scope
            && VariableName.fold(first.name) == VariableName.fold(second.name)
    }

    private func replacingProvisionalIDs(_ ids: [Int: String]) -> VariableBase {
        var real: [String: String] = [:]
        for (place, id) in ids { real[provisionalIDs[place] ?? ""] = id }
        var base = nextBase
        for index in base.links.indices {
            if let id = real[base.links[index].destinationID] { base.links[index].destinationID = id }
        }
        return base
    }
}
