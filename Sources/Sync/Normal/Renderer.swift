public import Catalog

/// Why a normal form cannot be written at a destination.
public enum RenderingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The destination has nothing of this key.
    case missing(EntityKey, path: String)
    /// The source itself did not know what the token means.
    case unresolved(token: String, path: String)
    case notSupported(kind: KindName)

    public var description: String {
        switch self {
        case .missing(let key, let path): "\(path) refers to \(key), which does not exist at the destination"
        case .unresolved(let token, let path):
            "\(path) holds '\(token)', which names nothing that is known at the source"
        case .notSupported(let kind): "sync does not write \(kind)"
        }
    }
}

/// Normal form → wire documents, with the ids of the destination in place of keys. The inverse of `Normalizer`.
public struct Renderer {
    /// The destination's id of an entity, a tag or an action.
    public var id: (EntityKey) -> String?
    /// What parts were called before, by the path that they have now.
    private let formerNames: [[String]: String]

    /// - Parameter renames: parts that the body calls by another name than the existing document does.
    public init(renames: [PartRename] = [], id: @escaping (EntityKey) -> String?) {
        self.id = id
        formerNames = Dictionary(renames.map { ($0.path, $0.formerName) }) { first, _ in first }
    }

    /// - Parameters:
    ///   - body: the normal form that the document is to have.
    ///   - existing: the document as the server has it now; nil to create one. Ids of its parts are kept, secrets are
    ///     left as they are, and so are fields that each server makes itself.
    public func document(_ body: JSON, kind: Kind, onto existing: JSON?) throws(RenderingError) -> JSON {
        if kind.name == .tenantVariables { return try tenantVariables(body, onto: existing) }
        guard case .object(let object) = body else { throw .notSupported(kind: kind.name) }
        var result = try members(object, kind.shape, onto: existing?.objectValue, [])
        for name in ["Id", "SpaceId", "Version"] { result[name] = existing?[name] }
        return .object(result)
    }

    private func members(
        _ object: JSONObject,
        _ shape: Shape,
        onto existing: JSONObject?,
        _ path: [String]
    ) throws(RenderingError) -> JSONObject {
        // Where each member restricts, what the destination still has and the plan does not is to go.
        var result = shape.isSparse ? JSONObject() : existing ?? JSONObject()
        result["Links"] = nil
        let fields = Dictionary(shape.fields(of: object).map { ($0.name, $0) }) { first, _ in first }
        for (name, value) in object where name != "Row" {
            guard let field = fields[name] else {
                result[name] = restoringSecrets(in: value, onto: existing?[name])
                continue
            }
            guard field.syncOwner != .derived else { continue }
            result[name] = try self.value(value, field.type, onto: existing?[name], object, path + [name])
        }
        return result
    }

    private func value(
        _ value: JSON,
        _ type: FieldType,
        onto existing: JSON?,
        _ parent: JSONObject,
        _ path: [String]
    ) throws(RenderingError) -> JSON {
        switch type {
        case .reference(let reference): return try self.reference(value, reference, path)
        case .secret: return secret(onto: existing)
        case .propertyValue, .parameterDefault: return try leaf(value, onto: existing, path)
        case .variableValue:
            // The value of a sensitive variable is kept by sending none.
            return NormalSecret.hasValue(value) == nil ? try leaf(value, onto: existing, path) : .null
        case .object(let shape), .optionalObject(let shape):
            guard case .object(let object) = value else { return value }
            return .object(try members(object, shape, onto: existing?.objectValue, path))
        case .entries(let shape, let key, let id): return try entries(value, shape, key: key, id, onto: existing, path)
        case .list(let shape): return try list(value, shape, path)
        case .map(let key, let element): return try map(value, key, element, onto: existing, path)
        case .properties: return try properties(value, onto: existing, parent, path)
        case .opaque: return restoringSecrets(in: value, onto: existing)
        case .names, .string, .text, .bool, .int, .timestamp, .timeSpan, .choice, .strings: return value
        }
    }

    private func entries(
        _ value: JSON,
        _ shape: Shape,
        key: String,
        _ id: EntryID,
        onto existing: JSON?,
        _ path: [String]
    ) throws(RenderingError) -> JSON {
        let rows = existing?.arrayValue ?? []
        let byKey = Dictionary(
            rows.compactMap { row in row[key]?.stringValue.map { (EntityKey.folded($0), row) } }
        ) { first, _ in first }
        var result: [JSON] = []
        for element in value.arrayValue ?? [] {
            guard case .object(let object) = element else { continue }
            let name = object[key]?.stringValue ?? ""
            // A planned variable names the row that it was; everything else is found by its key.
            let old = object["Row"]?.intValue.flatMap { rows.indices.contains($0) ? rows[$0] : nil }
            let isNamedByRow = path == ["Variables"]
            let formerName = formerNames.isEmpty ? nil : formerNames[path + [name]]
            let named = formerName.flatMap { byKey[EntityKey.folded($0)] } ?? byKey[EntityKey.folded(name)]
            let match = isNamedByRow ? old : named
            var entry = try members(object, shape, onto: match?.objectValue, path + [name])
            if id != .none { entry["Id"] = match?["Id"] }
            result.append(.object(entry))
        }
        return .array(result)
    }

    private func list(_ value: JSON, _ shape: Shape, _ path: [String]) throws(RenderingError) -> JSON {
        var result: [JSON] = []
        for (position, element) in (value.arrayValue ?? []).enumerated() {
            guard case .object(let object) = element else {
                result.append(element)
                continue
            }
            result.append(.object(try members(object, shape, onto: nil, path + [String(position)])))
        }
        return .array(result)
    }

    private func map(
        _ value: JSON,
        _ key: Reference?,
        _ element: FieldType,
        onto existing: JSON?,
        _ path: [String]
    ) throws(RenderingError) -> JSON {
        guard case .object(let object) = value else { return value }
        var result = JSONObject()
        for (name, member) in object {
            var wireName = name
            if let key, let kind = key.targets.first { wireName = try id(of: EntityKey(kind, name), path + [name]) }
            result[wireName] = try self.value(member, element, onto: existing?[wireName], object, path + [name])
        }
        return .object(result)
    }

    private func properties(
        _ value: JSON,
        onto existing: JSON?,
        _ parent: JSONObject,
        _ path: [String]
    ) throws(RenderingError) -> JSON {
        guard case .object(let object) = value else { return value }
        let actionType = parent["ActionType"]?.stringValue
        var result = JSONObject()
        for (name, member) in object {
            let path = path + [name]
            if let reference = PropertyReference.reference(of: name, actionType: actionType) {
                result[name] = try self.reference(member, reference, path)
            } else {
                let former = formerNames.isEmpty ? nil : formerNames[path]
                result[name] = try leaf(member, onto: existing?[name] ?? former.flatMap { existing?[$0] }, path)
            }
        }
        // A property map never holds null: clients read it as a secret.
        for (name, member) in result where member.isNull { result[name] = nil }
        return .object(result)
    }

    /// A value that is a string, a reference, a JSON text with references, or a secret.
    private func leaf(_ value: JSON, onto existing: JSON?, _ path: [String]) throws(RenderingError) -> JSON {
        if NormalSecret.hasValue(value) != nil { return secret(onto: existing) }
        if NormalReference(json: value) != nil { return .string(try token(value, path) ?? "") }
        if let tree = value["embedded"] { return .string(try embedded(tree, path).text) }
        return value
    }

    /// Secrets inside what no description knows: each as the destination has it.
    private func restoringSecrets(in value: JSON, onto existing: JSON?) -> JSON {
        if NormalSecret.hasValue(value) != nil { return secret(onto: existing) }
        switch value {
        case .array(let elements):
            return .array(elements.enumerated().map { restoringSecrets(in: $1, onto: existing?[$0]) })
        case .object(let object):
            return .object(
                JSONObject(object.map { ($0.key, restoringSecrets(in: $0.value, onto: existing?[$0.key])) })
            )
        default: return value
        }
    }

    private func secret(onto existing: JSON?) -> JSON {
        existing?["HasValue"] == true ? FieldType.storedSecret : FieldType.noSecret
    }

    private func reference(_ value: JSON, _ reference: Reference, _ path: [String]) throws(RenderingError) -> JSON {
        switch reference.format {
        case .single, .embeddedJSON:
            if let tree = value["embedded"] { return .string(try embedded(tree, path).text) }
            return JSON(try token(value, path))
        case .list, .orderedList: return JSON(try tokens(value, path))
        case .commaList:
            if case .string = value { return value }
            return .string(try tokens(value, path).joined(separator: ","))
        }
    }

    private func tokens(_ value: JSON, _ path: [String]) throws(RenderingError) -> [String] {
        var result: [String] = []
        for element in value.arrayValue ?? [] {
            if let token = try token(element, path) { result.append(token) }
        }
        return result
    }

    private func token(_ value: JSON, _ path: [String]) throws(RenderingError) -> String? {
        switch NormalReference(json: value) {
        case nil: return value.stringValue
        case .resolved(let key): return try id(of: key, path)
        case .unresolved(_, let token): throw .unresolved(token: token, path: path.joined(separator: "/"))
        }
    }

    private func id(of key: EntityKey, _ path: [String]) throws(RenderingError) -> String {
        // Tags are named, not numbered, on every server.
        if key.kind == .tags { return key.path.joined(separator: "/") }
        guard let id = id(key) else { throw .missing(key, path: path.joined(separator: "/")) }
        return id
    }

    private func embedded(_ tree: JSON, _ path: [String]) throws(RenderingError) -> JSON {
        if NormalReference(json: tree) != nil { return JSON(try token(tree, path)) }
        switch tree {
        case .array(let elements):
            var result: [JSON] = []
            for element in elements { result.append(try embedded(element, path)) }
            return .array(result)
        case .object(let object):
            var result = JSONObject()
            for (name, member) in object { result[name] = try embedded(member, path + [name]) }
            return .object(result)
        default: return tree
        }
    }
}

extension Renderer {
    /// Values go into the document as the server lists it, since only that names the ids of the templates.
    private func tenantVariables(_ body: JSON, onto existing: JSON?) throws(RenderingError) -> JSON {
        guard var document = existing else { throw .notSupported(kind: .tenantVariables) }
        document["Links"] = nil
        for (project, environments) in body["ProjectVariables"]?.objectValue ?? [:] {
            let path = ["ProjectVariables", project]
            let projectID = try id(of: EntityKey(.projects, project), path)
            guard var owner = document["ProjectVariables"]?[projectID] else { continue }
            // Environments without a value are not in normal form; the server's own list of them stays.
            var variables = owner["Variables"]?.objectValue ?? JSONObject()
            for (environment, values) in environments.objectValue ?? [:] {
                let environmentID = try id(of: EntityKey(.environments, environment), path + [environment])
                variables[environmentID] = try tenantValues(values, owner, owner["Variables"]?[environmentID], path)
            }
            owner["Variables"] = .object(variables)
            document["ProjectVariables"]?[projectID] = owner
        }
        for (set, values) in body["LibraryVariables"]?.objectValue ?? [:] {
            let path = ["LibraryVariables", set]
            let setID = try id(of: EntityKey(.librarySets, set), path)
            guard var owner = document["LibraryVariables"]?[setID] else { continue }
            owner["Variables"] = try tenantValues(values, owner, owner["Variables"], path)
            document["LibraryVariables"]?[setID] = owner
        }
        for (set, environments) in body["ScopedLibraryVariables"]?.objectValue ?? [:] {
            let path = ["ScopedLibraryVariables", set]
            let setID = try id(of: EntityKey(.librarySets, set), path)
            guard let owner = document["LibraryVariables"]?[setID] else { continue }
            guard let existing = owner["ScopedVariables"] else { throw .notSupported(kind: .tenantVariables) }
            var scoped = JSONObject()
            for (environment, values) in environments.objectValue ?? [:] {
                let environmentID = try id(of: EntityKey(.environments, environment), path + [environment])
                scoped[environmentID] = try tenantValues(values, owner, existing[environmentID], path)
            }
            document["LibraryVariables"]?[setID]?["ScopedVariables"] = .object(scoped)
        }
        return document
    }

    /// Where a value of a tenant stands in the document that is sent.
    ///
    /// - Parameter path: the way to it in normal form.
    public static func tenantSteps(
        _ path: [String],
        in document: JSON,
        id: (EntityKey) -> String?
    ) -> [SecretStep]? {
        guard path.count > 2, let template = path.last else { return nil }
        let isProject = path[0] == "ProjectVariables"
        let list = isProject ? "ProjectVariables" : "LibraryVariables"
        guard let ownerID = id(EntityKey(isProject ? .projects : .librarySets, path[1])),
            let owner = document[list]?[ownerID],
            let templateID = TenantValues.Templates(owner).idByName[EntityKey.folded(template)]
        else { return nil }
        var members = [list, ownerID, path[0] == "ScopedLibraryVariables" ? "ScopedVariables" : "Variables"]
        if path.count == 4 {
            guard let environment = id(EntityKey(.environments, path[2])) else { return nil }
            members.append(environment)
        }
        return (members + [templateID]).map(SecretStep.member)
    }

    private func tenantValues(
        _ values: JSON,
        _ owner: JSON,
        _ existing: JSON?,
        _ path: [String]
    ) throws(RenderingError) -> JSON {
        let templates = TenantValues.Templates(owner)
        var result = JSONObject()
        for (template, value) in values.objectValue ?? [:] {
            guard let id = templates.idByName[EntityKey.folded(template)] else { continue }
            result[id] = try leaf(value, onto: existing?[id], path + [template])
        }
        return .object(result)
    }
}
