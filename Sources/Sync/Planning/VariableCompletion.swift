import Catalog

extension SyncState.Record {
    /// Puts the ids of variables that were added into their links, as the destination gave them.
    ///
    /// The place in the list decides as long as it holds what was sent there; else name, type, scope and value do. What
    /// cannot be found keeps its provisional id, which the next plan takes for a value that was deleted.
    mutating func completeVariables(from entity: Entity) {
        guard let pending = variables["pending"]?.arrayValue, !pending.isEmpty, let stored = variables["base"],
            var base = try? VariableBase(json: stored)
        else { return }
        var rows = VariableRows()
        let values = rows.values(of: entity.body, ids: entity.rowIDs)
        var taken = Set(variables["known"]?.stringsValue ?? [])
        var ids: [String: String] = [:]
        var open: [JSON] = []
        for item in pending {
            if let place = item["place"]?.intValue, values.indices.contains(place), !taken.contains(values[place].id),
                Self.isAlike(values[place], item)
            {
                ids[item["id"]?.stringValue ?? ""] = values[place].id
                taken.insert(values[place].id)
            } else {
                open.append(item)
            }
        }
        for item in open {
            let alike = values.filter { !taken.contains($0.id) && Self.isAlike($0, item) }
            guard let match = alike.first(where: { $0.value.isExactly(item["value"] ?? .null) }) ?? alike.first else {
                continue
            }
            ids[item["id"]?.stringValue ?? ""] = match.id
            taken.insert(match.id)
        }
        for index in base.links.indices {
            if let id = ids[base.links[index].destinationID] { base.links[index].destinationID = id }
        }
        variables = ["base": base.json]
    }

    private static func isAlike(_ value: VariableValue, _ item: JSON) -> Bool {
        VariableName.fold(value.name) == VariableName.fold(item["name"]?.stringValue ?? "")
            && value.type == item["type"]?.stringValue && value.scope.json == item["scope"]
    }
}
