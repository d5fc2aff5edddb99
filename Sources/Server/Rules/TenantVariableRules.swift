import Catalog
import Store

/// The values of one tenant. Stored is only what was set; templates, names and links are put in when it is served.
struct TenantVariableRules: ResourceRules {
    let kind = KindName.tenantVariables
    let computesServedForm = true

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let id = body.text("Id") ?? ""
        guard let tenantID = context.catalog[kind]?.ownerID(of: id) else { return }
        if let sent = body.text("ConcurrencyToken"), let current = old?.text("ConcurrencyToken"), sent != current {
            throw APIProblem.invalid(
                "The variables of the tenant were changed by someone else. Read them again, then repeat your change."
            )
        }
        let tenant = try context.get(.tenants, tenantID)
        let scope = try TenantTemplates(of: tenant, in: context.writer, context.resources)
        body["ProjectVariables"] = scope.projectValues(from: body.member("ProjectVariables"))
        body["LibraryVariables"] = scope.libraryValues(from: body.member("LibraryVariables"))
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body["ConcurrencyToken"] = .string(context.newUUID())
        body["TenantName"] = JSON.null
    }

    func serve(_ body: JSON, in context: ReadContext) throws -> JSON? {
        guard let tenant = try context.find(.tenants, body.text("TenantId") ?? "") else { return nil }
        let scope = try TenantTemplates(of: tenant, in: context.reader, context.resources)
        return scope.document(values: body)
    }

    static func holdsValues(_ body: JSON) -> Bool {
        ["ProjectVariables", "LibraryVariables"].contains { !(body[$0]?.objectValue ?? [:]).isEmpty }
    }
}

/// What a tenant has to answer: the templates of the projects that it is linked to, and those of their library sets.
struct TenantTemplates {
    private let tenant: Stored
    private var projects: [(stored: Stored, environments: [String])] = []
    private var librarySets: [Stored] = []

    init(of tenant: Stored, in reader: some StoreReading, _ resources: Resources) throws {
        self.tenant = tenant
        func find(_ kind: KindName, _ id: String) throws -> Stored? {
            try reader.document(kind, id).map { Stored(document: $0, body: try resources.body(of: $0)) }
        }
        var seen = Set<String>()
        for (id, environments) in tenant.body["ProjectEnvironments"]?.objectValue ?? [:] {
            guard let project = try find(.projects, id) else { continue }
            projects.append((project, environments.stringsValue))
            for set in project.body.strings("IncludedLibraryVariableSetIds") where seen.insert(set).inserted {
                if let found = try find(.librarySets, set), found.body.text("ContentType") != "ScriptModule" {
                    librarySets.append(found)
                }
            }
        }
    }

    /// The control type of each parameter that a document answers, by the parameter's id: says which answers are ids.
    static func controlTypes(of body: JSON, in context: WriteContext) throws -> [String: String] {
        var result: [String: String] = [:]
        for (field, kind) in [("ProjectVariables", KindName.projects), ("LibraryVariables", .librarySets)] {
            for (id, _) in body[field]?.objectValue ?? [:] {
                for template in try context.find(kind, id)?.body["Templates"]?.arrayValue ?? [] {
                    guard let parameter = template.text("Id") else { continue }
                    result[parameter] = template["DisplaySettings"]?.text("Octopus.ControlType")
                }
            }
        }
        return result
    }

    // MARK: What is stored

    /// The values for known projects, environments and templates; all others are ignored.
    func projectValues(from sent: JSON) -> JSON {
        var result = JSONObject()
        for (project, environments) in projects {
            let given = sent[project.id]?["Variables"] ?? .null
            var values = JSONObject()
            for environment in environments {
                let kept = Self.values(given.member(environment), of: project.body)
                if !kept.isEmpty { values[environment] = .object(kept) }
            }
            if !values.isEmpty {
                result[project.id] = ["ProjectId": .string(project.id), "Variables": .object(values)]
            }
        }
        return .object(result)
    }

    func libraryValues(from sent: JSON) -> JSON {
        var result = JSONObject()
        for set in librarySets {
            let kept = Self.values(sent[set.id]?["Variables"] ?? .null, of: set.body)
            if !kept.isEmpty {
                result[set.id] = ["LibraryVariableSetId": .string(set.id), "Variables": .object(kept)]
            }
        }
        return .object(result)
    }

    private static func values(_ given: JSON, of owner: JSON) -> JSONObject {
        var result = JSONObject()
        for template in owner["Templates"]?.arrayValue ?? [] {
            guard let id = template.text("Id"), let value = given[id], !isUnset(value) else { continue }
            let control = template["DisplaySettings"]?.text("Octopus.ControlType")
            result[id] = TemplateParameters.value(value, isSensitive: control == "Sensitive")
        }
        return result
    }

    private static func isUnset(_ value: JSON) -> Bool {
        switch value {
        case .null, .string(""): true
        case .object(let secret): secret["HasValue"] == false && (secret["NewValue"]?.stringValue ?? "").isEmpty
        default: false
        }
    }

    // MARK: What is served

    /// The old form of the contract (2.15). It has no id: a client that sees one writes to another address.
    func document(values: JSON) -> JSON {
        [
            "Id": nil, "TenantId": .string(tenant.id), "TenantName": .string(tenant.name),
            "SpaceId": JSON(tenant.document.space), "ConcurrencyToken": values.member("ConcurrencyToken"),
            "ProjectVariables": .object(
                JSONObject(projects.map { ($0.stored.id, served($0.stored, $0.environments, values)) })
            ),
            "LibraryVariables": .object(JSONObject(librarySets.map { ($0.id, served($0, values)) })),
            "LastModifiedOn": values.member("LastModifiedOn"), "LastModifiedBy": values.member("LastModifiedBy"),
            "Links": values["Links"] ?? [:],
        ]
    }

    private func served(_ project: Stored, _ environments: [String], _ values: JSON) -> JSON {
        let stored = values["ProjectVariables"]?[project.id]?["Variables"] ?? .null
        return [
            "ProjectId": .string(project.id), "ProjectName": .string(project.name),
            "Templates": project.body["Templates"] ?? [],
            "Variables": .object(
                JSONObject(environments.map { ($0, .object(Self.values(stored.member($0), of: project.body))) })
            ),
            "Links": [:],
        ]
    }

    private func served(_ set: Stored, _ values: JSON) -> JSON {
        let stored = values["LibraryVariables"]?[set.id]?["Variables"] ?? .null
        return [
            "LibraryVariableSetId": .string(set.id), "LibraryVariableSetName": .string(set.name),
            "Templates": set.body["Templates"] ?? [],
            "Variables": .object(Self.values(stored, of: set.body)),
            "Links": [:],
        ]
    }

    /// The templates that have neither a value nor a default: what `tenants/variables-missing` lists.
    func missing(values: JSON, project: String?, environment: String?) -> [JSON] {
        var result: [JSON] = []
        for (stored, environments) in projects where project == nil || project == stored.id {
            for id in environments where environment == nil || environment == id {
                let given = values["ProjectVariables"]?[stored.id]?["Variables"]?[id] ?? .null
                for template in Self.unanswered(given, of: stored.body) {
                    result.append(Self.missing(template, project: stored.id, environment: id))
                }
            }
        }
        for set in librarySets where project == nil {
            let given = values["LibraryVariables"]?[set.id]?["Variables"] ?? .null
            for template in Self.unanswered(given, of: set.body) {
                result.append(Self.missing(template, librarySet: set.id))
            }
        }
        return result
    }

    private static func unanswered(_ given: JSON, of owner: JSON) -> [JSON] {
        (owner["Templates"]?.arrayValue ?? []).filter { template in
            isUnset(template.member("DefaultValue")) && isUnset(given.member(template.text("Id") ?? ""))
        }
    }

    private static func missing(
        _ template: JSON,
        project: String? = nil,
        environment: String? = nil,
        librarySet: String? = nil
    ) -> JSON {
        [
            "ProjectId": JSON(project), "EnvironmentId": JSON(environment), "LibraryVariableSetId": JSON(librarySet),
            "VariableTemplateId": template.member("Id"), "VariableTemplateName": template.member("Name"), "Links": [:],
        ]
    }
}
