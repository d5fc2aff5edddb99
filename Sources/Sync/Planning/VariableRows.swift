import Catalog

/// Between the rows of a variable set in normal form and the values that matching computes with.
///
/// Matching knows names of scopes as opaque texts; which thing each text stands for is kept here.
struct VariableRows {
    /// By dimension and text.
    private(set) var things: [ScopeDimension: [String: EntityKey]] = [:]
    private let references: ReferenceTable
    /// Texts of references that were met, by the identity of their objects.
    private var texts: [UInt: (dimension: ScopeDimension, text: String)] = [:]

    init(_ references: ReferenceTable = ReferenceTable()) { self.references = references }

    /// - Parameter ids: the server's ids of the rows, in their order.
    mutating func values(of body: JSON, ids: [String]) -> [VariableValue] {
        (body["Variables"]?.arrayValue ?? []).enumerated().map { position, row in
            value(of: row, id: ids.indices.contains(position) ? ids[position] : "row-\(position)")
        }
    }

    private mutating func value(of row: JSON, id: String) -> VariableValue {
        let type = row["Type"]?.stringValue ?? VariableType.string
        let stored = row["Value"] ?? .null
        return VariableValue(
            id: id,
            name: row["Name"]?.stringValue ?? "",
            type: type,
            value: type == VariableType.sensitive ? .null : stored,
            scope: scope(of: row["Scope"]),
            description: row["Description"]?.stringValue ?? "",
            prompt: row["Prompt"] ?? .null,
            isEditable: row["IsEditable"]?.boolValue ?? true,
            hasSecret: NormalSecret.hasValue(stored)
        )
    }

    private mutating func scope(of value: JSON?) -> VariableScope {
        guard case .object(let object) = value else { return .unrestricted }
        var scope = VariableScope.unrestricted
        for (key, list) in object {
            guard case .array(let elements) = list, !elements.isEmpty else { continue }
            let dimension = ScopeDimension(rawValue: key)
            scope[dimension] = elements.map { text(of: $0, dimension) }
        }
        return scope
    }

    private mutating func text(of element: JSON, _ dimension: ScopeDimension) -> String {
        let identity = element.objectValue?.identity
        if let identity, let known = texts[identity], known.dimension == dimension { return known.text }
        switch references.reference(element) {
        case .resolved(let key):
            let text = Self.text(of: key)
            // The table keeps the object, so that no other one gets its identity.
            if let identity { texts[identity] = (dimension, text) }
            things[dimension, default: [:]][text] = key
            return text
        case .unresolved(_, let token): return Self.unknown + token
        case nil: return element.stringValue ?? element.text
        }
    }

    /// Marks what the server itself could not name.
    private static let unknown = "\u{1}"

    /// `Production`, `projects/Web/Deploy/Deploy`
    static func text(of key: EntityKey) -> String { key.path.joined(separator: "/") }

    /// The scope of a row in normal form, with the dimensions that `like` lists.
    func json(_ scope: VariableScope, like: JSON?) -> JSON {
        var result = JSONObject()
        for (key, list) in like?.objectValue ?? [:] where list.arrayValue?.isEmpty ?? true { result[key] = list }
        for entry in scope.entries {
            let known = things[entry.dimension] ?? [:]
            let elements = entry.names.map { name -> JSON in
                if let key = known[name] { return references.json(key) }
                if name.hasPrefix(Self.unknown) {
                    return NormalReference.unresolved(kind: .external, token: String(name.dropFirst())).json
                }
                return .string(name)
            }
            result[entry.dimension.rawValue] = JSON.sortedSet(elements)
        }
        return .object(result)
    }

    /// What the source's scope names become, and how the results are called.
    mutating func mapping(by planner: Planner) -> ScopeMapping {
        var mapping = ScopeMapping()
        for (dimension, names) in things {
            for (text, key) in names { mapping.outcomes[dimension, default: [:]][text] = outcome(of: key, planner) }
        }
        return mapping
    }

    private func outcome(of key: EntityKey, _ planner: Planner) -> ScopeMapping.Outcome {
        switch planner.resolve(key) {
        case .any: return .any
        case .excluded: return .dropped
        case .missing: return planner.excludedChannels.contains(key) ? .dropped : .missing
        case .keys(let keys):
            let names = keys.map(Self.text)
            if case .named(let all) = planner.environmentTargets[key], all.count > keys.count {
                return keys.isEmpty ? .missing : .partly(names)
            }
            return names.isEmpty ? .missing : .names(names)
        }
    }

    /// Makes the destination's names of mapped things known, so that `json` can write them.
    mutating func learn(mappedBy planner: Planner, from source: VariableRows) {
        for (dimension, names) in source.things {
            for key in names.values {
                guard case .keys(let keys) = planner.resolve(key) else { continue }
                for key in keys { things[dimension, default: [:]][Self.text(of: key)] = key }
            }
        }
    }
}
