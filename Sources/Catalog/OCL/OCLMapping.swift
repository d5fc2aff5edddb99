/// How documents look in a Git repository: by the description of their kind, members that are at their default left out.
///
/// Ids of documents have been replaced before (`worker_pool = "hosted-windows"`), and are put back afterwards; ids of
/// parts (steps, actions, variables) are not written at all. Source: section 6.5 of the REST contract.
public struct OCLMapping: Sendable {
    private let kind: Kind

    public init(_ kind: Kind) { self.kind = kind }

    /// - Throws: ``OCLError`` that names the place, for a secret, and for what the language cannot hold.
    public func encode(_ document: JSON) throws(OCLError) -> OCLBody {
        guard case .object(var object) = document else { throw OCLError("the document is no object") }
        for field in kind.commonFields { object[field.name] = nil }
        if kind.name == .variableSets { return try VariablesInOCL.encode(object) }
        return try OCLEncoding(place: "").members(object, kind.shape)
    }

    /// - Throws: ``OCLError`` that names the place, for what the kind does not have.
    public func decode(_ body: OCLBody) throws(OCLError) -> JSON {
        if kind.name == .variableSets { return try VariablesInOCL.decode(body) }
        return kind.filled(.object(try OCLDecoding(place: "").members(body, kind.shape)))
    }
}

/// The names that members have in the language, by the name of the field.
enum OCLNames {
    private static let special = [
        "WorkerPoolId": "worker_pool", "FeedId": "feed", "GitCredentialId": "git_credential",
        "Steps": "step", "Actions": "action",
    ]

    /// Members that no description knows, each as JSON text under its own name.
    static let further = "further"

    /// `StartTrigger` is `start_trigger`.
    static func name(of field: String) -> String {
        if let name = special[field] { return name }
        var result = ""
        var previous: Character = "A"
        for character in field {
            if character.isUppercase, previous.isLowercase || previous.isNumber { result += "_" }
            result += character.lowercased()
            previous = character
        }
        return result
    }

    /// The member that stands beside the name of a block.
    static func label(of field: Field) -> String? {
        switch field.name {
        case "Steps", "Actions": "Slug"
        case "Packages", "GitDependencies": "Name"
        default: nil
        }
    }

    /// `step "deploy": action "web": ` for errors.
    static func place(_ outer: String, _ name: String, _ label: String?) -> String {
        "\(outer)\(name)\(label.map { " \"\($0.prefix(200))\"" } ?? ""): "
    }

    /// What the servers make themselves is not written.
    static func isKept(_ field: Field) -> Bool {
        field.access != .readOnly && field.access != .writeOnly && (field.syncOwner != .derived || field.name == "Slug")
    }
}

// MARK: Writing

struct OCLEncoding {
    let place: String

    func members(_ object: JSONObject, _ shape: Shape, labelled label: String? = nil) throws(OCLError) -> OCLBody {
        var result = OCLBody()
        let fields = shape.fields(of: object)
        for field in fields where field.name != label && OCLNames.isKept(field) {
            guard let value = object[field.name], value != field.filledValue else { continue }
            try add(field, value, to: &result, in: object)
        }
        let known = Set(fields.map(\.name)).union(["Id", "Links"])
        let further = object.filter { !known.contains($0.key) }
        if !further.isEmpty {
            let attributes = further.map { OCLAttribute($0.key, .string($0.value.text)) }
            result.attributes.append(OCLAttribute(OCLNames.further, .dictionary(attributes)))
        }
        return result
    }

    private func add(
        _ field: Field,
        _ value: JSON,
        to body: inout OCLBody,
        in parent: JSONObject
    ) throws(OCLError) {
        let name = OCLNames.name(of: field.name)
        switch field.type {
        case .entries(let shape, _, _), .list(let shape):
            for element in value.arrayValue ?? [] {
                body.blocks.append(try block(name, element, shape, field, in: parent))
            }
        case .object(let shape), .optionalObject(let shape):
            guard case .object(let object) = value else {
                body.attributes.append(OCLAttribute(name, .null))
                return
            }
            body.blocks.append(OCLBlock(name, try inside(name).members(object, shape)))
        case .properties, .map: body.attributes.append(OCLAttribute(name, try dictionary(value, name)))
        case .opaque: body.attributes.append(OCLAttribute(name, .string(value.text)))
        default: body.attributes.append(OCLAttribute(name, try scalar(value, name)))
        }
    }

    private func block(
        _ name: String,
        _ element: JSON,
        _ shape: Shape,
        _ field: Field,
        in parent: JSONObject
    ) throws(OCLError) -> OCLBlock {
        guard case .object(var object) = element else { throw OCLError("\(place)\(name) holds no objects") }
        let label = OCLNames.label(of: field)
        let text = label.flatMap { object[$0]?.stringValue }
        if field.name == "Actions", object["Name"] == parent["Name"] { object["Name"] = nil }
        // A primary package has no name, and no label.
        return OCLBlock(
            name,
            label: text?.isEmpty == true ? nil : text,
            try inside(name, text).members(object, shape, labelled: label)
        )
    }

    private func inside(_ name: String, _ label: String? = nil) -> OCLEncoding {
        OCLEncoding(place: OCLNames.place(place, name, label))
    }

    private func dictionary(_ value: JSON, _ name: String) throws(OCLError) -> OCLValue {
        var result: [OCLAttribute] = []
        let members = (value.objectValue ?? [:]).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (key, member) in members {
            if case .object(let secret) = member, secret["HasValue"] == false { continue }
            result.append(OCLAttribute(key, try scalar(member, key)))
        }
        return .dictionary(result)
    }

    func scalar(_ value: JSON, _ name: String) throws(OCLError) -> OCLValue {
        switch value {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let number): return .int(number)
        case .decimal(let number): return .decimal(number)
        case .string(let text): return .string(text)
        case .array(let elements):
            var values: [OCLValue] = []
            for element in elements {
                guard let text = element.stringValue else { throw OCLError("\(place)\(name) holds more than strings") }
                values.append(.string(text))
            }
            return .array(values)
        case .object:
            throw OCLError(
                "\(place)\(name) is a secret, and secrets are not kept in Git. Put it into a sensitive variable of the "
                    + "project, which stays in the database, and use #{its name} here"
            )
        }
    }
}

// MARK: Reading

struct OCLDecoding {
    let place: String

    func members(_ body: OCLBody, _ shape: Shape, label: (String, String)? = nil) throws(OCLError) -> JSONObject {
        var result = JSONObject()
        if let label { result[label.0] = .string(label.1) }
        if let discriminator = shape.discriminator, let value = body[OCLNames.name(of: discriminator)] {
            result[discriminator] = try scalar(value, discriminator)
        }
        var known: Set<String> = [OCLNames.further]
        for field in shape.fields(of: result) where OCLNames.isKept(field) && field.name != label?.0 {
            let name = OCLNames.name(of: field.name)
            known.insert(name)
            if let value = try self.value(of: field, name, body, result) { result[field.name] = value }
        }
        if let unknown = body.attributes.first(where: { !known.contains($0.name) })?.name
            ?? body.blocks.first(where: { !known.contains($0.name) })?.name
        {
            throw OCLError("\(place)\"\(unknown.prefix(100))\" is not known here")
        }
        if case .dictionary(let further)? = body[OCLNames.further] {
            for attribute in further { result[attribute.name] = try json(attribute.value, attribute.name) }
        }
        return result
    }

    private func value(
        of field: Field,
        _ name: String,
        _ body: OCLBody,
        _ parent: JSONObject
    ) throws(OCLError) -> JSON? {
        let blocks = body.blocks.filter { $0.name == name }
        switch field.type {
        case .entries(let shape, _, _), .list(let shape):
            guard !blocks.isEmpty else { return nil }
            var elements: [JSON] = []
            for block in blocks { elements.append(.object(try element(block, shape, field, parent))) }
            return .array(elements)
        case .object(let shape), .optionalObject(let shape):
            guard let block = blocks.first else { return body[name] == .null ? .some(.null) : nil }
            guard blocks.count == 1 else { throw OCLError("\(place)\(name) is given twice") }
            return .object(try inside(name).members(block.body, shape))
        case .properties, .map:
            guard let value = body[name] else { return nil }
            return .object(try dictionary(value, name))
        case .opaque: return try body[name].map { value throws(OCLError) in try json(value, name) }
        case .bool:
            guard let value = body[name] else { return nil }
            guard case .bool(let flag) = value else { throw mismatch(name, "true or false", value) }
            return .bool(flag)
        case .names, .strings:
            guard let value = body[name] else { return nil }
            guard case .array = value else { throw mismatch(name, "an array", value) }
            return try scalar(value, name)
        default: return try body[name].map { value throws(OCLError) in try scalar(value, name) }
        }
    }

    private func element(
        _ block: OCLBlock,
        _ shape: Shape,
        _ field: Field,
        _ parent: JSONObject
    ) throws(OCLError) -> JSONObject {
        var label: (String, String)?
        if let name = OCLNames.label(of: field) {
            guard let text = block.label ?? (name == "Name" ? "" : nil) else {
                throw OCLError("\(place)each \(block.name) needs its slug beside it: \(block.name) \"a-slug\" {")
            }
            label = (name, text)
        }
        var object = try inside(block.name, block.label).members(block.body, shape, label: label)
        if field.name == "Actions", object["Name"] == nil { object["Name"] = parent["Name"] }
        return object
    }

    private func inside(_ name: String, _ label: String? = nil) -> OCLDecoding {
        OCLDecoding(place: OCLNames.place(place, name, label))
    }

    private func dictionary(_ value: OCLValue, _ name: String) throws(OCLError) -> JSONObject {
        guard case .dictionary(let members) = value else { throw mismatch(name, "a dictionary", value) }
        var result = JSONObject()
        for member in members { result[member.name] = try scalar(member.value, member.name) }
        return result
    }

    /// What was written as JSON text.
    private func json(_ value: OCLValue, _ name: String) throws(OCLError) -> JSON {
        guard case .string(let text) = value else { throw mismatch(name, "JSON in a string", value) }
        do {
            return try JSON.parse(text)
        } catch {
            throw OCLError("\(place)\(name) is \(error)")
        }
    }

    func scalar(_ value: OCLValue, _ name: String) throws(OCLError) -> JSON {
        switch value {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let number): return .int(number)
        case .decimal(let number): return .decimal(number)
        case .string(let text): return .string(text)
        case .array(let elements):
            var strings: [JSON] = []
            for element in elements {
                guard case .string(let text) = element else { throw mismatch(name, "an array of strings", element) }
                strings.append(.string(text))
            }
            return .array(strings)
        case .dictionary: throw mismatch(name, "a single value", value)
        }
    }

    func mismatch(_ name: String, _ expected: String, _ found: OCLValue) -> OCLError {
        OCLError("\(place)\(name) has to be \(expected), not \(found.typeName)")
    }
}
