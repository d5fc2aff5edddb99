import Catalog

/// Tenant variables in normal form, and back.
///
/// `{"ProjectVariables": {project: {environment: {template: value}}}, "LibraryVariables": {set: {template: value}},
/// "ScopedLibraryVariables": {set: {environment: {template: value}}}}`, the last only where there are any; all keys names. Values by control type: a string, a reference, or a secret. Projects, environments and sets without
/// a value are left out: servers list them as soon as the tenant is connected, and nothing is said by that.
enum TenantValues {
    static func normal(_ document: JSON, index: KeyIndex) -> JSON {
        var projects = JSONObject()
        for (id, project) in document["ProjectVariables"]?.objectValue ?? [:] {
            guard let name = index.documents[id]?.name else { continue }
            let templates = Templates(project)
            var environments = JSONObject()
            for (environmentID, values) in project["Variables"]?.objectValue ?? [:] {
                guard let environment = index.documents[environmentID]?.name else { continue }
                let values = templates.normal(values, index: index)
                if values != [:] { environments[environment] = values }
            }
            if !environments.isEmpty { projects[name] = .object(environments) }
        }
        var sets = JSONObject()
        var scoped = JSONObject()
        for (id, set) in document["LibraryVariables"]?.objectValue ?? [:] {
            guard let name = index.documents[id]?.name else { continue }
            let values = Templates(set).normal(set["Variables"] ?? [:], index: index)
            if values != [:] { sets[name] = values }
            var environments = JSONObject()
            for (environmentID, values) in set["ScopedVariables"]?.objectValue ?? [:] {
                guard let environment = index.documents[environmentID]?.name else { continue }
                let values = Templates(set).normal(values, index: index)
                if values != [:] { environments[environment] = values }
            }
            if !environments.isEmpty { scoped[name] = .object(environments) }
        }
        var body: JSON = ["ProjectVariables": .object(projects), "LibraryVariables": .object(sets)]
        if !scoped.isEmpty { body["ScopedLibraryVariables"] = .object(scoped) }
        return body
    }

    /// Whether the server of these documents knows values of single environments for library sets: false as soon as a
    /// document shows that it does not.
    static func knowsScopes(_ documents: [JSON]) -> Bool {
        !documents.contains { document in
            (document["LibraryVariables"]?.objectValue ?? [:]).contains { $0.value["ScopedVariables"] == nil }
        }
    }

    /// The templates of one project or library set, as the tenant's document lists them.
    struct Templates {
        private(set) var idByName: [String: String] = [:]
        private var nameByID: [String: String] = [:]
        private(set) var controlByID: [String: String] = [:]

        init(_ owner: JSON) {
            for template in owner["Templates"]?.arrayValue ?? [] {
                guard let id = template["Id"]?.stringValue, let name = template["Name"]?.stringValue else { continue }
                idByName[EntityKey.folded(name)] = id
                nameByID[id] = name
                controlByID[id] = template["DisplaySettings"]?["Octopus.ControlType"]?.stringValue
            }
        }

        func normal(_ values: JSON, index: KeyIndex) -> JSON {
            var result = JSONObject()
            for (id, value) in values.objectValue ?? [:] {
                guard let name = nameByID[id] else { continue }
                result[name] = normal(value, controlByID[id] ?? "", index)
            }
            return .object(result)
        }

        private func normal(_ value: JSON, _ control: String, _ index: KeyIndex) -> JSON {
            if value.objectValue != nil { return NormalSecret.json(hasValue: value["HasValue"] == true) }
            guard let reference = PropertyReference.reference(ofType: control), reference.format == .single,
                let token = value.stringValue, !token.isEmpty, !token.contains("#{")
            else { return value }
            if let key = index.key(of: token, reference, ownerID: nil) { return NormalReference.resolved(key).json }
            return NormalReference.unresolved(kind: reference.targets[0], token: token).json
        }
    }
}
