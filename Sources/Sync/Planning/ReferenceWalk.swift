import Catalog

extension JSON {
    /// Calls `visit` for each reference in a normal-form value, at any depth. Names of members that stand for
    /// references are not seen.
    func forEachReference(_ visit: (NormalReference) -> Void) {
        switch self {
        case .array(let elements):
            for element in elements { element.forEachReference(visit) }
        case .object(let object):
            if object.count == 2, let reference = NormalReference(json: self) {
                visit(reference)
            } else {
                for (_, member) in object { member.forEachReference(visit) }
            }
        default: break
        }
    }

    /// The value with each resolved reference replaced.
    func mappingKeys(_ change: (EntityKey) -> EntityKey) -> JSON {
        switch self {
        case .array(let elements): return .array(elements.map { $0.mappingKeys(change) })
        case .object(let object):
            if object.count == 2, case .resolved(let key) = NormalReference(json: self) {
                return NormalReference.resolved(change(key)).json
            }
            return .object(JSONObject(object.map { ($0.key, $0.value.mappingKeys(change)) }))
        default: return self
        }
    }

    /// The value of a map whose members are named after documents, with other names for them.
    func mappingMembers(_ type: FieldType?, _ change: (EntityKey) -> EntityKey) -> JSON {
        guard case .map(let reference?, _) = type, let kind = reference.targets.first, case .object(let object) = self
        else { return self }
        return .object(JSONObject(object.map { (change(EntityKey(kind, $0.key)).name, $0.value) }))
    }

    /// The value with every secret as if it were not set: what comparisons see.
    var withoutSecretStates: JSON {
        // Most values have none, and to look costs less than to build them again.
        guard holdsSecret else { return self }
        switch self {
        case .array(let elements): return .array(elements.map(\.withoutSecretStates))
        case .object(let object):
            if NormalSecret.hasValue(self) != nil { return NormalSecret.json(hasValue: false) }
            return .object(JSONObject(object.map { ($0.key, $0.value.withoutSecretStates) }))
        default: return self
        }
    }

    private var holdsSecret: Bool {
        switch self {
        case .array(let elements): elements.contains { $0.holdsSecret }
        case .object(let object):
            NormalSecret.hasValue(self) != nil || object.members.contains { $0.value.holdsSecret }
        case .null, .bool, .int, .decimal, .string: false
        }
    }

    /// The value with each secret that `other` has in the same place as it is there. Elements of lists are matched by
    /// their names.
    func keepingSecrets(of other: JSON?) -> JSON {
        guard let other else { return self }
        switch self {
        case .object(let object):
            if NormalSecret.hasValue(self) != nil { return NormalSecret.hasValue(other) == nil ? self : other }
            return .object(JSONObject(object.map { ($0.key, $0.value.keepingSecrets(of: other[$0.key])) }))
        case .array(let elements):
            guard let others = other.arrayValue, elements.contains(where: { $0.objectValue != nil }) else {
                return self
            }
            return .array(
                elements.enumerated().map { position, element in
                    guard let name = element["Name"]?.stringValue.map(EntityKey.folded) else {
                        return element.keepingSecrets(of: other[position])
                    }
                    let match = others.first { $0["Name"]?.stringValue.map(EntityKey.folded) == name }
                    return element.keepingSecrets(of: match)
                }
            )
        default: return self
        }
    }

    /// Calls `visit` for each secret, with its path.
    func forEachSecret(_ path: [String] = [], _ visit: ([String], Bool) -> Void) {
        switch self {
        case .array(let elements):
            for (position, element) in elements.enumerated() where element.isContainer {
                element.forEachSecret(path + [element["Name"]?.stringValue ?? String(position)], visit)
            }
        case .object(let object):
            if let hasValue = NormalSecret.hasValue(self) { return visit(path, hasValue) }
            // A path is an array: none for the many members that cannot hold a secret.
            for (name, member) in object where member.isContainer { member.forEachSecret(path + [name], visit) }
        default: break
        }
    }

    var isContainer: Bool {
        switch self {
        case .array, .object: true
        case .null, .bool, .int, .decimal, .string: false
        }
    }
}
