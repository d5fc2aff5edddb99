/// A place in a document that means something beyond its JSON type.
public struct Site: Sendable {
    public enum Content: Sendable {
        /// A value that names other documents.
        case reference(Reference)
        /// A `{HasValue, NewValue}` object.
        case secret
        /// The plain string of a variable of type Sensitive; null when it is served.
        case secretText
        /// Free text.
        case text
        /// Any other string.
        case string
    }

    /// From the document's root: names of members, and for entries the entry's id, else its name, else its position.
    public var path: [String]
    public var content: Content
    public var value: JSON

    /// `Steps/6f1c/Actions/91aa/Properties/Octopus.Action.Package.FeedId`
    public var pathText: String { path.joined(separator: "/") }
}

/// What a walk over a document has to look up elsewhere.
public struct SiteContext: Sendable {
    /// The control type of each parameter of a step template, by the template's id: an action's properties that are
    /// named like a parameter hold what the control type says.
    public var controlTypes: @Sendable (_ templateID: String) -> [String: String]
    /// The control type of a template parameter by its own id: what a tenant answers is kept under that.
    public var controlTypeOfParameter: @Sendable (_ parameterID: String) -> String?

    public init(
        controlTypes: @escaping @Sendable (String) -> [String: String] = { _ in [:] },
        controlTypeOfParameter: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.controlTypes = controlTypes
        self.controlTypeOfParameter = controlTypeOfParameter
    }

    /// What the parameters say that a document itself brings along (`Templates` beside a tenant's answers).
    public static func reading(_ body: JSON) -> SiteContext {
        var types: [String: String] = [:]
        for list in ["ProjectVariables", "LibraryVariables"] {
            for (_, owner) in body[list]?.objectValue ?? [:] {
                for parameter in owner["Templates"]?.arrayValue ?? [] {
                    guard let id = parameter["Id"]?.stringValue else { continue }
                    types[id] = parameter["DisplaySettings"]?["Octopus.ControlType"]?.stringValue
                }
            }
        }
        return SiteContext(controlTypeOfParameter: { [types] in types[$0] })
    }

    public static let none = SiteContext()
}

extension Shape {
    /// Calls `visit` for each site of a document.
    public func visit(_ body: JSON, in context: SiteContext = .none, _ visit: (Site) throws -> Void) rethrows {
        _ = try rewriting(body, in: context) { site in
            try visit(site)
            return site.value
        }
    }

    /// The document with the value of each site replaced by what `change` answers; nil removes the member.
    public func rewriting(
        _ body: JSON,
        in context: SiteContext = .none,
        _ change: (Site) throws -> JSON?
    ) rethrows -> JSON {
        try withoutActuallyEscaping(change) { change in
            try SiteWalk(context: context, change: change).object(body, self, [])
        }
    }
}

/// The one walk over documents; everything that looks at references, secrets or texts goes through it.
private struct SiteWalk {
    let context: SiteContext
    let change: (Site) throws -> JSON?

    func object(_ value: JSON, _ shape: Shape, _ path: [String]) throws -> JSON {
        guard case .object(var object) = value else { return value }
        for field in shape.fields(of: object) {
            guard let member = object[field.name] else { continue }
            object[field.name] = try self.value(member, field.type, path + [field.name], in: object)
        }
        return .object(object)
    }

    func value(_ value: JSON, _ type: FieldType, _ path: [String], in parent: JSONObject) throws -> JSON? {
        switch type {
        case .reference(let reference): return try site(.reference(reference), value, path)
        case .secret: return try site(.secret, value, path)
        case .text: return try site(.text, value, path)
        case .string, .choice: return try site(.string, value, path)
        case .propertyValue: return try property(value, path)
        case .variableValue: return try variable(value, path, type: parent["Type"]?.stringValue ?? "String")
        case .parameterDefault:
            let control = parent["DisplaySettings"]?["Octopus.ControlType"]?.stringValue
            return try controlled(value, path, controlType: control ?? "")
        case .object(let shape), .optionalObject(let shape): return try object(value, shape, path)
        case .entries(let shape, let key, _): return try elements(value, shape, key: key, path)
        case .list(let shape): return try elements(value, shape, key: nil, path)
        case .map(let key, let element): return try map(value, key, element, path)
        case .properties: return try properties(value, path, in: parent)
        case .bool, .int, .timestamp, .timeSpan, .names, .strings, .opaque: return value
        }
    }

    func site(_ content: Site.Content, _ value: JSON, _ path: [String]) throws -> JSON? {
        try change(Site(path: path, content: content, value: value))
    }

    func elements(_ value: JSON, _ shape: Shape, key: String?, _ path: [String]) throws -> JSON {
        guard case .array(let elements) = value else { return value }
        return .array(
            try elements.enumerated().map { position, element in
                let id = element["Id"]?.stringValue ?? key.flatMap { element[$0]?.stringValue }
                return try object(element, shape, path + [id ?? String(position)])
            }
        )
    }

    func map(_ value: JSON, _ key: Reference?, _ element: FieldType, _ path: [String]) throws -> JSON {
        guard case .object(let object) = value else { return value }
        var result = JSONObject()
        for (name, member) in object {
            guard let changed = try self.member(member, element, path + [name], key: key, in: object) else { continue }
            guard let key else {
                result[name] = changed
                continue
            }
            if let newName = try site(.reference(key), .string(name), path)?.stringValue { result[newName] = changed }
        }
        return .object(result)
    }

    func member(
        _ value: JSON,
        _ type: FieldType,
        _ path: [String],
        key: Reference?,
        in parent: JSONObject
    ) throws -> JSON? {
        guard case .parameterDefault = type, let id = path.last, key?.targets == [.templateParameters] else {
            return try self.value(value, type, path, in: parent)
        }
        return try controlled(value, path, controlType: context.controlTypeOfParameter(id) ?? "")
    }

    func properties(_ value: JSON, _ path: [String], in parent: JSONObject) throws -> JSON {
        guard case .object(let object) = value else { return value }
        let actionType = parent["ActionType"]?.stringValue
        let template = object["Octopus.Action.Template.Id"]?.stringValue
        let controls = template.map(context.controlTypes) ?? [:]
        var result = object
        for (name, member) in object {
            let path = path + [name]
            if let reference = PropertyReference.reference(of: name, actionType: actionType) {
                result[name] = try site(.reference(reference), member, path)
            } else if let control = controls[name] {
                result[name] = try controlled(member, path, controlType: control)
            } else {
                result[name] = try property(member, path, isText: PropertyReference.isFreeText(name))
            }
        }
        return .object(result)
    }

    func property(_ value: JSON, _ path: [String], isText: Bool = false) throws -> JSON? {
        try site(value.objectValue == nil ? (isText ? .text : .string) : .secret, value, path)
    }

    func controlled(_ value: JSON, _ path: [String], controlType: String) throws -> JSON? {
        guard value.objectValue == nil else { return try site(.secret, value, path) }
        guard let reference = PropertyReference.reference(ofType: controlType) else {
            return try property(value, path, isText: controlType == "MultiLineText")
        }
        return try site(.reference(reference), value, path)
    }

    func variable(_ value: JSON, _ path: [String], type: String) throws -> JSON? {
        if type == "Sensitive" { return try site(.secretText, value, path) }
        guard let reference = PropertyReference.reference(ofType: type) else { return try site(.text, value, path) }
        return try site(.reference(reference), value, path)
    }
}
