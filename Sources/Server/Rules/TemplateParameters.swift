import Catalog

/// The parameters of step templates, and the variable templates of projects and library sets.
///
/// Tenants hold their values under a parameter's id, so ids are kept.
enum TemplateParameters {
    /// Brings `body[field]` into the form that is stored.
    static func normalise(_ field: String, of body: inout JSON, replacing old: JSON?, newID: () -> String) throws {
        guard !body.isAbsent(field) else { return }
        guard case .array(let given) = body.member(field) else {
            throw APIProblem.invalid("\(field) must be an array, but is \(body.member(field).typeName).")
        }
        let oldIDs = Dictionary(
            (old?[field]?.arrayValue ?? []).compactMap { parameter in
                parameter.text("Name").map { ($0.lowercased(), parameter.member("Id")) }
            }
        ) { first, _ in first }
        var names = Set<String>()
        body[field] = .array(
            try given.enumerated().map { position, parameter in
                guard parameter.objectValue != nil, let name = parameter.text("Name") else {
                    throw APIProblem.invalid("\(field)[\(position)] needs a Name.")
                }
                guard names.insert(name.lowercased()).inserted else {
                    throw APIProblem.invalid("Two entries of \(field) are named '\(name)'. Names must be unique.")
                }
                var parameter = try normalised(parameter, named: name)
                if parameter.text("Id") == nil {
                    parameter["Id"] = oldIDs[name.lowercased()] ?? .string(newID())
                }
                return parameter
            }
        )
    }

    private static func normalised(_ given: JSON, named name: String) throws -> JSON {
        var parameter = given
        if parameter["DisplaySettings"]?.objectValue == nil { parameter["DisplaySettings"] = [:] }
        let control = parameter["DisplaySettings"]?.text("Octopus.ControlType")
        if control == "Select", parameter["DisplaySettings"]?.text("Octopus.SelectOptions") == nil {
            throw APIProblem.invalid("The parameter '\(name)' is a Select; give its options in Octopus.SelectOptions.")
        }
        parameter["DefaultValue"] = value(parameter.member("DefaultValue"), isSensitive: control == "Sensitive")
        return parameter
    }

    /// A value under the rules of its control type: never null, and a secret where the control says so.
    static func value(_ value: JSON, isSensitive: Bool) -> JSON {
        switch value {
        case .object: value
        case .string(let text) where isSensitive && !text.isEmpty: ["HasValue": true, "NewValue": .string(text)]
        case .string: isSensitive ? ["HasValue": false, "NewValue": nil, "Hint": nil] : value
        case .bool(let flag): flag ? "True" : "False"
        case .int(let number): .string(String(number))
        case .decimal(let text): .string(text)
        case .null, .array: isSensitive ? ["HasValue": false, "NewValue": nil, "Hint": nil] : ""
        }
    }
}
