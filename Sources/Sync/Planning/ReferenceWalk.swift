public import Catalog

extension JSON {
    /// Calls `visit` for each reference in a normal-form value, at any depth. Names of members that stand for
    /// references are not seen.
    func forEachReference(_ visit: (NormalReference) -> Void) {
        switch self {
        case .array(let elements):
            for element in elements where element.isContainer { element.forEachReference(visit) }
        case .object(let object):
            if object.count == 2, let reference = NormalReference(json: self) {
                visit(reference)
            } else {
                for (_, member) in object where member.isContainer { member.forEachReference(visit) }
            }
        default: break
        }
    }

    /// The same, with the references that a table knows already.
    func forEachReference(in table: ReferenceTable, _ visit: (NormalReference) -> Void) {
        switch self {
        case .array(let elements):
            for element in elements where element.isContainer { element.forEachReference(in: table, visit) }
        case .object(let object):
            if let reference = table.reference(self) { return visit(reference) }
            // By position: to copy a member only to see that it holds nothing would cost more than the walk.
            let members = object.members
            for index in members.indices where members[index].value.isContainer {
                members[index].value.forEachReference(in: table, visit)
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
            return .object(object.mapValues { $1.mappingKeys(change) })
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
    public var withoutSecretStates: JSON {
        // Most values have none, and to look costs less than to build them again.
        guard holdsSecret else { return self }
        switch self {
        case .array(let elements): return .array(elements.map(\.withoutSecretStates))
        case .object(let object):
            if NormalSecret.hasValue(self) != nil { return NormalSecret.json(hasValue: false) }
            return .object(object.mapValues { $1.withoutSecretStates })
        default: return self
        }
    }

    /// Whether there is a secret in it, set or not.
    var holdsSecret: Bool {
        switch self {
        case .array(let elements): elements.contains { $0.holdsSecret }
        case .object(let object):
            NormalSecret.hasValue(self) != nil || Self.holdSecret(object.members)
        case .null, .bool, .int, .decimal, .string: false
        }
    }

    private static func holdSecret(_ members: [(key: String, value: JSON)]) -> Bool {
        for index in members.indices where members[index].value.isContainer {
            if members[index].value.holdsSecret { return true }
        }
        return false
    }

    /// The value with each secret that `other` has in the same place as it is there. Elements of lists are matched by
    /// their names.
    func keepingSecrets(of other: JSON?) -> JSON {
        guard let other, holdsSecret else { return self }
        switch self {
        case .object(let object):
            if NormalSecret.hasValue(self) != nil { return NormalSecret.hasValue(other) == nil ? self : other }
            return .object(object.mapValues { $1.keepingSecrets(of: other[$0]) })
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
        // A path is an array: none for the many values that hold no secret.
        guard holdsSecret else { return }
        switch self {
        case .array(let elements):
            for (position, element) in elements.enumerated() where element.isContainer {
                element.forEachSecret(path + [element["Name"]?.stringValue ?? String(position)], visit)
            }
        case .object(let object):
            if let hasValue = NormalSecret.hasValue(self) { return visit(path, hasValue) }
            for (name, member) in object where member.isContainer { member.forEachSecret(path + [name], visit) }
        default: break
        }
    }

    /// Whether both have the same text, which is seen at once for objects of which one is a copy of the other. False
    /// says nothing.
    func isSame(as other: JSON) -> Bool {
        switch (self, other) {
        case (.object(let mine), .object(let theirs)):
            if mine.identity == theirs.identity { return true }
            guard mine.count == theirs.count else { return false }
            let (left, right) = (mine.members, theirs.members)
            return left.indices.allSatisfy {
                left[$0].key.hasSameBytes(as: right[$0].key) && left[$0].value.isSame(as: right[$0].value)
            }
        case (.array(let mine), .array(let theirs)):
            return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.isSame(as: $1) }
        case (.string(let mine), .string(let theirs)): return mine.hasSameBytes(as: theirs)
        case (.decimal(let mine), .decimal(let theirs)): return mine.hasSameBytes(as: theirs)
        case (.int(let mine), .int(let theirs)): return mine == theirs
        case (.bool(let mine), .bool(let theirs)): return mine == theirs
        case (.null, .null): return true
        default: return false
        }
    }

    /// Whether this is an object that the other one is a copy of; equal ones need not be.
    func isSameObject(as other: JSON) -> Bool {
        guard case .object(let mine) = self, case .object(let theirs) = other else { return false }
        return mine.identity == theirs.identity
    }

    /// An array or an object: only these can hold references and secrets.
    var isContainer: Bool {
        switch self {
        case .array, .object: true
        case .null, .bool, .int, .decimal, .string: false
        }
    }
}
