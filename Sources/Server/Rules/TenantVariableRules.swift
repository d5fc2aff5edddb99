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
        if !body.isAbsent("ScopedValues") {
            body["ScopedValues"] = scope.scopedValues(from: body.member("ScopedValues"))
        }
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
        ["ProjectVariables", "LibraryVariables", "ScopedValues"].contains { !(body[$0]?.objectValue ?? [:]).isEmpty }
    }
}

/// What a tenant has to answer: the templates of the projects that it is linked to, and those of their library sets.
struct TenantTemplates {
    private let tenant: Stored
    private var projects: [(stored: Stored, environments: [String])] = []
    private var librarySets: [Stored] = []

    init(of tenant: Stored, in reader: some StoreReading, _ resources: Resources) throws {
        self.tenant = tenant
        var seen = Set<String>()
        for (id, environments) in tenant.body["ProjectEnvironments"]?.objectValue ?? [:] {
            guard let project = try resources.find(.projects, id, in: reader) else { continue }
            projects.append((project, environments.stringsValue))
            for set in project.body.strings("IncludedLibraryVariableSetIds") where seen.insert(set).inserted {
                if let found = try resources.find(.librarySets, set, in: reader),
                    found.body.text("ContentType") != "ScriptModule"
                {
                    librarySets.append(found)
                }
            }
        }
    }

    /// The control type of each parameter that a document answers, by the parameter's id: says which answers are ids.
    static func controlTypes(of body: JSON, in context: WriteContext) throws -> [String: String] {
        var result: [String: String] = [:]
        func add(_ kind: KindName, _ id: String) throws {
            for template in try context.find(kind, id)?.body["Templates"]?.arrayValue ?? [] {
                guard let parameter = template.text("Id") else { continue }
                result[parameter] = template["DisplaySettings"]?.text("Octopus.ControlType")
            }
        }
        for (id, _) in body["ProjectVariables"]?.objectValue ?? [:] { try add(.projects, id) }
        for (id, _) in body["LibraryVariables"]?.objectValue ?? [:] { try add(.librarySets, id) }
        for (_, row) in body["ScopedValues"]?.objectValue ?? [:] {
            if let project = row.text("ProjectId") { try add(.projects, project) }
            if let set = row.text("LibraryVariableSetId") { try add(.librarySets, set) }
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

    /// Rows of owners that the tenant still answers; those of a project keep the environments that it still has there.
    func scopedValues(from sent: JSON) -> JSON {
        var result = JSONObject()
        for (id, row) in sent.objectValue ?? [:] {
            let project = projects.first { $0.stored.id == row.text("ProjectId") }
            let set = librarySets.first { $0.id == row.text("LibraryVariableSetId") }
            guard let owner = project?.stored ?? set else { continue }
            let kept = Self.values(row["Values"] ?? .null, of: owner.body)
            let before = row.strings("EnvironmentIds")
            let environments = project.map { project in before.filter(project.environments.contains) } ?? before
            if kept.isEmpty || environments.isEmpty != before.isEmpty { continue }
            var row = row
            row["EnvironmentIds"] = JSON(environments)
            row["Values"] = .object(kept)
            result[id] = row
        }
        return .object(result)
    }

    /// All rows, with those changed that a tree of values says otherwise.
    ///
    /// - Parameters:
    ///   - projectTrees: as a client sends them: without a value where there is to be none.
    ///   - libraryTrees: likewise; `ScopedVariables` may be absent, since only some clients know it.
    func rows(
        merging projectTrees: JSON,
        _ libraryTrees: JSON,
        into rows: [TenantVariableRow]
    ) -> [TenantVariableRow] {
        var result: [TenantVariableRow] = []
        for (project, environments) in projects {
            let given = projectTrees[project.id]?["Variables"] ?? .null
            let values = environments.map { ($0, JSON.object(Self.values(given.member($0), of: project.body))) }
            result += TenantVariableMerge.project(
                project.id,
                rows: rows.filter { $0.owner == project.id },
                environments: environments,
                values: .object(JSONObject(values))
            )
        }
        for set in librarySets {
            let given = libraryTrees[set.id] ?? .null
            let scoped = given["ScopedVariables"]?.objectValue.map { scoped in
                JSON.object(JSONObject(scoped.map { ($0.key, .object(Self.values($0.value, of: set.body))) }))
            }
            result += TenantVariableMerge.librarySet(
                set.id,
                rows: rows.filter { $0.owner == set.id },
                values: .object(Self.values(given["Variables"] ?? .null, of: set.body)),
                scoped: scoped
            )
        }
        return result
    }

    func asks(_ template: String, of owner: String) -> Bool { self.template(template, of: owner) != nil }

    /// A value under the rules of its template.
    func value(_ value: JSON, of template: String, _ owner: String) -> JSON {
        let control = self.template(template, of: owner)?["DisplaySettings"]?.text("Octopus.ControlType")
        return TemplateParameters.value(value, isSensitive: control == "Sensitive")
    }

    private func template(_ template: String, of owner: String) -> JSON? {
        self.owner(owner)?.body["Templates"]?.arrayValue?.first { $0.text("Id") == template }
    }

    private func owner(_ id: String) -> Stored? {
        projects.first { $0.stored.id == id }?.stored ?? librarySets.first { $0.id == id }
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

    static func isUnset(_ value: JSON) -> Bool {
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
        [
            "ProjectId": .string(project.id), "ProjectName": .string(project.name),
            "Templates": project.body["Templates"] ?? [],
            "Variables": .object(
                JSONObject(environments.map { ($0, .object(answers(values, of: project, in: $0))) })
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
            // Beyond the contract: what only some environments have, which its old form cannot say.
            "ScopedVariables": .object(scopedAnswers(values, of: set)),
            "Links": [:],
        ]
    }

    /// What a tenant answers a project in one environment: the value for that one, else the value for all.
    private func answers(_ values: JSON, of project: Stored, in environment: String) -> JSONObject {
        var result = Self.values(
            values["ProjectVariables"]?[project.id]?["Variables"]?[environment] ?? .null,
            of: project.body
        )
        let rows = (values["ScopedValues"]?.objectValue ?? [:]).map(\.value)
            .filter { $0.text("ProjectId") == project.id }
        for isForAll in [false, true] {
            for row in rows {
                let environments = row.strings("EnvironmentIds")
                guard isForAll ? environments.isEmpty : environments.contains(environment) else { continue }
                for (template, value) in Self.values(row["Values"] ?? .null, of: project.body)
                where result[template] == nil {
                    result[template] = value
                }
            }
        }
        return result
    }

    private func scopedAnswers(_ values: JSON, of set: Stored) -> JSONObject {
        var result: [String: JSONObject] = [:]
        for (_, row) in values["ScopedValues"]?.objectValue ?? [:] where row.text("LibraryVariableSetId") == set.id {
            for environment in row.strings("EnvironmentIds") {
                for (template, value) in Self.values(row["Values"] ?? .null, of: set.body) {
                    result[environment, default: [:]][template] = value
                }
            }
        }
        return JSONObject(result.sorted { $0.key < $1.key }.map { ($0.key, .object($0.value)) })
    }

    // MARK: Rows as they are served

    /// Nil for a row of the other form, and for one of an owner or a template that the tenant no longer answers.
    func served(_ row: TenantVariableRow, _ form: TenantVariableForm) -> JSON? {
        guard TenantVariableStorage.isProject(row.owner) == form.isOfProjects, let owner = owner(row.owner),
            let template = template(row.template, of: row.owner)
        else { return nil }
        return [
            "Id": JSON(row.id), form.owner: .string(owner.id), form.ownerName: .string(owner.name),
            "TemplateId": .string(row.template), "Template": template, "Value": row.value,
            "Scope": ["EnvironmentIds": JSON(row.environments)],
        ]
    }

    /// The templates without value and default, in the form of rows.
    func missingRows(values: JSON, _ form: TenantVariableForm) -> [JSON] {
        func row(_ owner: Stored, _ template: JSON, _ environments: [String]) -> JSON {
            [
                form.owner: .string(owner.id), form.ownerName: .string(owner.name),
                "TemplateId": template.member("Id"), "Template": template,
                "Scope": ["EnvironmentIds": JSON(environments)],
            ]
        }
        if form == .common {
            return librarySets.flatMap { set in
                unanswered(values, ofSet: set).map { row(set, $0, []) }
            }
        }
        return projects.flatMap { project, environments in
            environments.flatMap { environment in
                Self.unanswered(.object(answers(values, of: project, in: environment)), of: project.body)
                    .map { row(project, $0, [environment]) }
            }
        }
    }

    /// A template of a set counts as answered when some environment has a value.
    private func unanswered(_ values: JSON, ofSet set: Stored) -> [JSON] {
        let given = values["LibraryVariables"]?[set.id]?["Variables"] ?? .null
        let scoped = scopedAnswers(values, of: set)
        return Self.unanswered(given, of: set.body).filter { template in
            !scoped.contains { $0.value[template.text("Id") ?? ""] != nil }
        }
    }

    /// The templates that have neither a value nor a default: what `tenants/variables-missing` lists.
    func missing(values: JSON, project: String?, environment: String?) -> [JSON] {
        var result: [JSON] = []
        for (stored, environments) in projects where project == nil || project == stored.id {
            for id in environments where environment == nil || environment == id {
                let given = answers(values, of: stored, in: id)
                for template in Self.unanswered(.object(given), of: stored.body) {
                    result.append(Self.missing(template, project: stored.id, environment: id))
                }
            }
        }
        for set in librarySets where project == nil {
            for template in unanswered(values, ofSet: set) {
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
