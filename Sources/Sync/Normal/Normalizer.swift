import Catalog

/// Wire documents → normal form (`sync.md` 2.3), by the shapes of the catalog.
///
/// | on the wire | in normal form |
/// |---|---|
/// | an id, a canonical tag | `{"ref": kind, "key": path}`, or `{"ref": kind, "unresolved": token}` |
/// | a list or comma list of them | an array of such objects, sorted by key; an expression stays a string |
/// | ids inside a JSON text | `{"embedded": the tree, with such objects in it}` |
/// | a map whose keys are ids | an object whose keys are the targets' names |
/// | a secret | `{"sensitive": true, "hasValue": bool}` |
/// | ids of steps, phases, tags, parameters | absent |
/// | `true`/`TRUE` in a property | `True` |
/// | an absent field | its default |
struct Normalizer {
    let index: KeyIndex
    let controlTypes: [String: [String: String]]

    func entity(_ document: JSON, _ kind: Kind) -> Entity? {
        let key = kind.owner == nil ? KeyIndex.rootKey(document, kind, index) : KeyIndex.ownedKey(document, kind, index)
        guard let key, let id = document["Id"]?.stringValue ?? KeyIndex.impliedID(document, kind) else { return nil }
        let version = document["Version"]?.intValue
        if kind.name == .tenantVariables {
            return Entity(key: key, id: id, body: TenantValues.normal(document, index: index))
        }
        if kind.name == .communityStepTemplates {
            // Seen as what an install makes of it, which is what it is compared with.
            guard let template = Catalog.standard[.stepTemplates] else { return nil }
            let body = NormalWalk(normalizer: self, ownerID: id).root(Kind.stepTemplate(installing: document), template)
            return Entity(key: key, id: id, version: version, body: body)
        }
        // Parts of a project are looked for in the project, parts of other documents in the document itself.
        let owner = document["ProjectId"]?.stringValue ?? document["OwnerId"]?.stringValue ?? id
        let body = NormalWalk(normalizer: self, ownerID: owner).root(document, kind)
        let rows = kind.name == .variableSets ? document["Variables"]?.arrayValue ?? [] : []
        return Entity(
            key: key,
            id: id,
            version: version,
            body: body,
            rowIDs: rows.map { $0["Id"]?.stringValue ?? "" },
            partIDs: Parts.ids(of: document, kind.shape)
        )
    }
}

private struct NormalWalk {
    let normalizer: Normalizer
    let ownerID: String

    /// What every document has and no comparison should see.
    private static let noise: Set<String> = ["Id", "Links", "SpaceId", "LastModifiedOn", "LastModifiedBy", "Version"]

    func root(_ document: JSON, _ kind: Kind) -> JSON {
        guard case .object(var object) = kind.filled(document) else { return document }
        for name in Self.noise { object[name] = nil }
        return .object(members(object, kind.shape))
    }

    func members(_ object: JSONObject, _ shape: Shape) -> JSONObject {
        var result = object
        result["Links"] = nil
        let fields = shape.fields(of: object)
        for (name, value) in object
        where name != "Links" && value.holdsOthers && !fields.contains(where: { $0.name == name }) {
            result[name] = Self.hidingSecrets(in: value)
        }
        for field in fields {
            if field.syncOwner == .derived || field.access == .writeOnly {
                result[field.name] = nil
            } else if let value = object[field.name] {
                result[field.name] = self.value(value, field.type, in: object)
            }
        }
        return result
    }

    func value(_ value: JSON, _ type: FieldType, in parent: JSONObject) -> JSON {
        switch type {
        case .reference(let reference): return self.reference(value, reference)
        case .secret: return Self.secret(value)
        case .propertyValue: return property(value)
        case .variableValue: return variable(value, in: parent)
        case .parameterDefault:
            let control = parent["DisplaySettings"]?["Octopus.ControlType"]?.stringValue ?? ""
            if control == "Sensitive", value.objectValue == nil {
                return NormalSecret.json(hasValue: value.stringValue?.isEmpty == false)
            }
            return controlled(value, control)
        case .names: return .array((value.arrayValue ?? []).sorted(by: Self.precedes))
        case .object(let shape), .optionalObject(let shape):
            guard case .object(let object) = value else { return value }
            return .object(members(object, shape))
        case .entries(let shape, _, let id): return entries(value, shape, id)
        case .list(let shape): return entries(value, shape, .none)
        case .map(let key, let element): return map(value, key, element)
        case .properties: return properties(value, in: parent)
        case .opaque: return Self.hidingSecrets(in: value)
        case .string, .text, .bool, .int, .timestamp, .timeSpan, .choice, .strings: return value
        }
    }

    /// What no description knows may hold secrets all the same: they look alike everywhere.
    private static func hidingSecrets(in value: JSON) -> JSON {
        switch value {
        case .array(let elements): return .array(elements.map(hidingSecrets))
        case .object(let object):
            if object["HasValue"]?.boolValue != nil, object["NewValue"] != nil { return secret(value) }
            return .object(JSONObject(object.map { ($0.key, hidingSecrets(in: $0.value)) }))
        default: return value
        }
    }

    private func entries(_ value: JSON, _ shape: Shape, _ id: EntryID) -> JSON {
        guard case .array(let elements) = value else { return value }
        return .array(
            elements.map { element in
                guard case .object(var object) = element else { return element }
                if id != .none { object["Id"] = nil }
                return .object(members(object, shape))
            }
        )
    }

    private func map(_ value: JSON, _ key: Reference?, _ element: FieldType) -> JSON {
        guard case .object(let object) = value else { return value }
        return .object(
            JSONObject(
                object.map { name, member in
                    let known = key.flatMap { normalizer.index.key(of: name, $0, ownerID: ownerID) }
                    return (known?.name ?? name, self.value(member, element, in: object))
                }
            )
        )
    }

    private func properties(_ value: JSON, in parent: JSONObject) -> JSON {
        guard case .object(let object) = value else { return value }
        let controls = object["Octopus.Action.Template.Id"]?.stringValue.flatMap { normalizer.controlTypes[$0] } ?? [:]
        let actionType = parent["ActionType"]?.stringValue
        return .object(
            JSONObject(
                object.map { name, member in
                    if let reference = PropertyReference.reference(of: name, actionType: actionType) {
                        return (name, self.reference(member, reference))
                    }
                    if let control = controls[name] { return (name, controlled(member, control)) }
                    return (name, property(member))
                }
            )
        )
    }

    private func property(_ value: JSON) -> JSON {
        switch value {
        case .object: return Self.secret(value)
        case .string(let text) where text.utf8.count <= 5:
            // Servers and clients write booleans in every spelling.
            let folded = text.lowercased()
            return folded == "true" ? "True" : folded == "false" ? "False" : value
        default: return value
        }
    }

    private func controlled(_ value: JSON, _ controlType: String) -> JSON {
        if value.objectValue != nil { return Self.secret(value) }
        guard let reference = PropertyReference.reference(ofType: controlType) else { return property(value) }
        return self.reference(value, reference)
    }

    private func variable(_ value: JSON, in parent: JSONObject) -> JSON {
        let type = parent["Type"]?.stringValue ?? "String"
        if type == "Sensitive" || parent["IsSensitive"] == true {
            // Not every server says whether there is a value.
            return parent["HasValue"]?.boolValue.map { NormalSecret.json(hasValue: $0) } ?? .null
        }
        guard let reference = PropertyReference.reference(ofType: type) else { return value }
        return self.reference(value, reference)
    }

    private func reference(_ value: JSON, _ reference: Reference) -> JSON {
        if reference.form == .name || reference.form == .slug { return value }
        switch reference.format {
        case .single: return value.stringValue.map { token($0, reference) } ?? .null
        case .list: return .array((value.arrayValue ?? []).map { element($0, reference) }.sorted(by: Self.precedes))
        case .orderedList: return .array((value.arrayValue ?? []).map { element($0, reference) })
        case .commaList:
            let parts = (value.stringValue ?? "").split(separator: ",").map { EntityKey.trimmed(String($0)) }
            return .array(parts.filter { !$0.isEmpty }.map { token($0, reference) }.sorted(by: Self.precedes))
        case .embeddedJSON(let members): return embedded(value, members, reference)
        }
    }

    private func element(_ value: JSON, _ reference: Reference) -> JSON {
        value.stringValue.map { token($0, reference) } ?? value
    }

    private func token(_ token: String, _ reference: Reference) -> JSON {
        if token.isEmpty { return .null }
        if token.contains("#{") { return .string(token) }
        if let key = normalizer.index.key(of: token, reference, ownerID: ownerID) {
            return normalizer.index.reference(to: key)
        }
        return NormalReference.unresolved(kind: reference.targets[0], token: token).json
    }

    private func embedded(_ value: JSON, _ names: [String], _ reference: Reference) -> JSON {
        guard let text = value.stringValue, text.hasPrefix("{") || text.hasPrefix("["), let tree = try? JSON.parse(text)
        else { return value }
        return ["embedded": embeddedTree(tree, names, reference)]
    }

    private func embeddedTree(_ tree: JSON, _ names: [String], _ reference: Reference) -> JSON {
        switch tree {
        case .array(let elements): .array(elements.map { embeddedTree($0, names, reference) })
        case .object(let object):
            .object(
                JSONObject(
                    object.map { name, member in
                        if names.contains(name), let text = member.stringValue { return (name, token(text, reference)) }
                        return (name, embeddedTree(member, names, reference))
                    }
                )
            )
        default: tree
        }
    }

    static func secret(_ value: JSON) -> JSON { NormalSecret.json(hasValue: value["HasValue"] == true) }

    /// Any total order that does not depend on ids.
    private static func precedes(_ left: JSON, _ right: JSON) -> Bool {
        left.canonicalBytes.lexicographicallyPrecedes(right.canonicalBytes)
    }
}

extension JSON {
    /// An array or an object.
    fileprivate var holdsOthers: Bool {
        switch self {
        case .array, .object: true
        case .null, .bool, .int, .decimal, .string: false
        }
    }
}
