/// `variable "Name" { value "text" { environment = ["production"] } }`: all values of a name together, in their order.
///
/// Sensitive variables are not part of it: they stay in the database.
enum VariablesInOCL {
    private static let parts = ["Name", "Value", "Type", "Scope"]

    static func encode(_ set: JSONObject) throws(OCLError) -> OCLBody {
        var result = OCLBody()
        var positions: [String: Int] = [:]
        for variable in set["Variables"]?.arrayValue ?? [] where variable["Type"] != "Sensitive" {
            guard case .object(let object) = variable, let name = object["Name"]?.stringValue else { continue }
            let type = object["Type"]?.stringValue ?? "String"
            let group = "\(type) \(name)"
            let value = try block(object, name)
            if let position = positions[group] {
                result.blocks[position].body.blocks.append(value)
                continue
            }
            positions[group] = result.blocks.count
            var body = OCLBody(blocks: [value])
            if type != "String" { body.attributes.append(OCLAttribute("type", .string(type))) }
            result.blocks.append(OCLBlock("variable", label: name, body))
        }
        return result
    }

    private static func block(_ variable: JSONObject, _ name: String) throws(OCLError) -> OCLBlock {
        let encoding = OCLEncoding(place: "variable \"\(name.prefix(200))\": ")
        var rest = variable
        for part in parts { rest[part] = nil }
        var body = try encoding.members(variable["Scope"]?.objectValue ?? [:], scope)
        guard body[OCLNames.further] == nil else {
            throw OCLError("variable \"\(name.prefix(200))\": its scope holds what is not known here")
        }
        let others = try encoding.members(rest, .variable)
        body.attributes += others.attributes
        body.blocks += others.blocks
        guard let text = variable["Value"]?.stringValue else { return OCLBlock("value", body) }
        if text.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") }) {
            body.attributes.insert(OCLAttribute("text", .string(text)), at: 0)
            return OCLBlock("value", body)
        }
        return OCLBlock("value", label: text, body)
    }

    static func decode(_ body: OCLBody) throws(OCLError) -> JSON {
        if let unknown = body.attributes.first?.name ?? body.blocks.first(where: { $0.name != "variable" })?.name {
            throw OCLError("\"\(unknown.prefix(100))\" is not known here; expected: variable \"Name\" {")
        }
        var variables: [JSON] = []
        for block in body.blocks {
            guard let name = block.label else {
                throw OCLError("a variable has no name beside it: variable \"Name\" {")
            }
            let decoding = OCLDecoding(place: "variable \"\(name.prefix(200))\": ")
            var type: JSON = "String"
            for attribute in block.body.attributes {
                guard attribute.name == "type" else { throw unknown(attribute.name, decoding) }
                type = try decoding.scalar(attribute.value, "type")
            }
            guard type != "Sensitive" else {
                throw OCLError("\(decoding.place)a sensitive variable cannot be in Git; set it in the project")
            }
            for value in block.body.blocks {
                guard value.name == "value" else { throw unknown(value.name, decoding) }
                var variable = try self.variable(value, decoding)
                variable["Name"] = .string(name)
                variable["Type"] = type
                variable["IsSensitive"] = false
                variables.append(Shape.variable.filled(.object(variable)))
            }
        }
        return ["Variables": .array(variables)]
    }

    private static func variable(_ block: OCLBlock, _ decoding: OCLDecoding) throws(OCLError) -> JSONObject {
        var body = block.body
        var value = block.label.map(JSON.string) ?? .null
        if let text = body["text"] { value = try decoding.scalar(text, "text") }
        let scopeNames = Set(scope.fields.map { OCLNames.name(of: $0.name) })
        let scoped = OCLBody(attributes: body.attributes.filter { scopeNames.contains($0.name) })
        body.attributes.removeAll { scopeNames.contains($0.name) || $0.name == "text" }
        // The name is needed by the description, and is not part of the block.
        var result = try decoding.members(body, .variable)
        result["Scope"] = .object(try decoding.members(scoped, scope))
        result["Value"] = value
        return result
    }

    private static func unknown(_ name: String, _ decoding: OCLDecoding) -> OCLError {
        OCLError("\(decoding.place)\"\(name.prefix(100))\" is not known here")
    }

    private static let scope: Shape = {
        guard case .object(let shape)? = Shape.variable.fields.first(where: { $0.name == "Scope" })?.type else {
            return Shape([])
        }
        return shape
    }()
}
