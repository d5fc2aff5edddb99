import Catalog
import Store

/// Variable sets: made with their owner; what the scopes may hold is computed whenever one is served.
struct VariableSetRules: ResourceRules {
    let kind = KindName.variableSets
    let computesServedForm = true

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body["ScopeValues"] = nil
        body["Variables"] = try VariableList.normalised(body["Variables"] ?? [], newID: context.newUUID)
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body["ScopeValues"] = nil
        body["Variables"] = Self.changing(body["Variables"]) { $0["HasValue"] = nil }
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        guard let owner = document.owner, let project = try context.find(.projects, owner),
            GitSettings(project: project.body)?.holdsVariables == true,
            let text = body["Variables"]?.arrayValue?.first(where: { $0["Type"] != "Sensitive" })
        else { return }
        throw APIProblem.invalid(
            "The variable '\(text.text("Name") ?? "")' is no secret, and the project '\(project.name)' keeps such variables "
                + "in Git: use PUT projects/\(owner)/{branch}/variables."
        )
    }

    func serve(_ body: JSON, in context: ReadContext) throws -> JSON? {
        var served = body
        served["ScopeValues"] = try ScopeValues.of(body, in: context)
        try tellSecrets(&served, in: context)
        return served
    }

    /// Says of each sensitive variable whether it has a value, as documents with secrets do.
    private func tellSecrets(_ body: inout JSON, in context: ReadContext) throws {
        guard let id = body["Id"]?.stringValue,
            body["Variables"]?.arrayValue?.contains(where: { $0["Type"] == "Sensitive" }) == true
        else { return }
        let stored = Set(try context.reader.secretPaths(kind, id))
        body["Variables"] = Self.changing(body["Variables"]) { variable in
            guard variable["Type"] == "Sensitive" else { return }
            let path = "Variables/\(variable["Id"]?.stringValue ?? "")/Value"
            variable["HasValue"] = .bool(stored.contains(path))
        }
    }

    private static func changing(_ variables: JSON?, _ change: (inout JSON) -> Void) -> JSON? {
        variables.map { list in
            .array(
                (list.arrayValue ?? []).map { variable in
                    var variable = variable
                    change(&variable)
                    return variable
                }
            )
        }
    }
}

/// The variables of a set as they are stored, from any form in which clients send them.
enum VariableList {
    static func normalised(_ value: JSON, newID: () -> String) throws -> JSON {
        guard case .array(let given) = value else {
            throw APIProblem.invalid("Variables must be an array, but is \(value.typeName).")
        }
        var errors: [String] = []
        var ids = Set<String>()
        let variables = given.enumerated().map { position, variable in
            guard variable.objectValue != nil else {
                errors.append("Variables[\(position)] must be an object, but is \(variable.typeName).")
                return variable
            }
            var result = normalised(variable: variable, errors: &errors)
            let id = result["Id"]?.stringValue ?? ""
            if id.isEmpty || !ids.insert(id).inserted { result["Id"] = .string(newID()) }
            return result
        }
        guard errors.isEmpty else { throw APIProblem.invalid(errors) }
        return .array(variables)
    }

    private static func normalised(variable given: JSON, errors: inout [String]) -> JSON {
        var variable = given
        let name = variable["Name"]?.stringValue ?? ""
        if name.trimmingSpaces.isEmpty { errors.append("A variable has no Name. Give every variable a name.") }
        let isSensitive = variable["Type"] == "Sensitive" || variable["IsSensitive"] == true
        variable["IsSensitive"] = .bool(isSensitive)
        if isSensitive {
            variable["Type"] = "Sensitive"
        } else if variable.isAbsent("Type") {
            variable["Type"] = "String"
        }
        variable["Value"] = text(variable["Value"], of: name, isSensitive: isSensitive, errors: &errors)
        variable["Scope"] = scope(variable["Scope"], of: name, errors: &errors)
        variable.setIfAbsent("Description", "")
        variable.setIfAbsent("IsEditable", true)
        variable.setIfAbsent("Prompt", nil)
        return variable
    }

    private static func text(_ value: JSON?, of name: String, isSensitive: Bool, errors: inout [String]) -> JSON {
        switch value {
        case nil, .null: return nil
        case .string(let text): return .string(text)
        case .bool(let flag): return flag ? "True" : "False"
        case .int(let number): return .string(String(number))
        case .decimal(let text): return .string(text)
        // Some clients send secrets as they read them elsewhere.
        case .object(let object) where isSensitive: return JSON(object["NewValue"]?.stringValue)
        case .array, .object:
            errors.append("The Value of the variable '\(name)' must be a string or null.")
            return nil
        }
    }

    /// Arrays of strings under their names; empty ones restrict nothing and are left out.
    private static func scope(_ value: JSON?, of name: String, errors: inout [String]) -> JSON {
        var result = JSONObject()
        switch value {
        case nil, .null: break
        case .object(let object):
            for (key, member) in object {
                switch member {
                case .null: break
                case .string(let text): result[key] = [.string(text)]
                case .array(let elements) where elements.allSatisfy({ $0.stringValue != nil }):
                    if !elements.isEmpty { result[key] = member }
                default: errors.append("The scope '\(key)' of the variable '\(name)' must be an array of strings.")
                }
            }
        default: errors.append("The Scope of the variable '\(name)' must be an object of arrays of strings.")
        }
        return .object(result)
    }
}
