import Catalog
import Store

/// A parameter of a step template that got another name keeps its id. An action that is brought to the new version holds
/// the value under the new name, and says of a secret only that there is one: it is the one under the former name.
struct ParameterSecrets {
    private let kind: KindName
    private let context: WriteContext
    /// Parameter names by id, of each version of a template that was looked at.
    private var parameters: [String: [String: String]] = [:]

    init(_ kind: KindName, in context: WriteContext) {
        self.kind = kind
        self.context = context
    }

    /// Puts such secrets into `body`, whose steps and actions have their ids.
    mutating func carry(into body: inout JSON, replacing old: JSON) throws {
        var former: [String: (path: String, properties: JSON)] = [:]
        for step in old["Steps"]?.arrayValue ?? [] {
            for action in step["Actions"]?.arrayValue ?? [] {
                guard let id = action.text("Id"), let properties = action["Properties"],
                    properties["Octopus.Action.Template.Id"] != nil
                else { continue }
                former[id] = ("Steps/\(step.text("Id") ?? "")/Actions/\(id)/Properties", properties)
            }
        }
        if former.isEmpty { return }
        for (step, given) in (body["Steps"]?.arrayValue ?? []).enumerated() {
            for (action, given) in (given["Actions"]?.arrayValue ?? []).enumerated() {
                guard let id = given.text("Id"), let before = former[id], let properties = given["Properties"] else {
                    continue
                }
                for (name, value) in try secrets(properties, before.properties, path: before.path, document: old) {
                    body["Steps"]?[step]?["Actions"]?[action]?["Properties"]?[name] = value
                }
            }
        }
    }

    private mutating func secrets(
        _ new: JSON,
        _ old: JSON,
        path: String,
        document: JSON
    ) throws -> [(String, JSON)] {
        guard let template = new.text("Octopus.Action.Template.Id"),
            template == old.text("Octopus.Action.Template.Id"),
            let version = new.text("Octopus.Action.Template.Version"),
            let oldVersion = old.text("Octopus.Action.Template.Version"), version != oldVersion
        else { return [] }
        var result: [(String, JSON)] = []
        for (name, value) in new.objectValue ?? [:] where Self.isKept(value) && old[name]?["HasValue"] != true {
            let ids = try names(template, version).filter { $0.value == name }.map(\.key)
            guard let formerName = try ids.compactMap({ try names(template, oldVersion)[$0] }).first,
                old[formerName]?["HasValue"] == true,
                let secret = try context.writer.secret(kind, document.text("Id") ?? "", path: "\(path)/\(formerName)")
            else { continue }
            result.append((name, ["HasValue": true, "NewValue": .string(String(decoding: secret, as: UTF8.self))]))
        }
        return result
    }

    private static func isKept(_ value: JSON) -> Bool {
        value["HasValue"] == true && value["NewValue"]?.stringValue == nil
    }

    private mutating func names(_ template: String, _ version: String) throws -> [String: String] {
        if let known = parameters["\(template)/\(version)"] { return known }
        var body = try context.find(.stepTemplates, template)?.body
        if let number = Int(version), body?["Version"]?.intValue != number {
            let id = StepTemplateRules.versionID(template, number)
            body = try context.writer.document(StepTemplateRules.versions, id).map {
                try context.resources.body(of: $0)
            }
        }
        let pairs = (body?["Parameters"]?.arrayValue ?? []).compactMap { parameter in
            parameter.text("Id").flatMap { id in parameter.text("Name").map { (id, $0) } }
        }
        let names = Dictionary(pairs) { first, _ in first }
        parameters["\(template)/\(version)"] = names
        return names
    }
}
