import Catalog
import HTTPTypes
import Store

/// The variables of tenants in both forms of the contract (2.15): trees of all values at `variables`, and rows with
/// scopes at `commonvariables` and `projectvariables`. Both are views of the same values.
enum TenantVariableRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("tenants/:id/variables", scope: .space) { request in
            let id = try request.parameter("id")
            return try await request.read { .json(try tree(of: try $0.get(.tenants, idOrSlug: id), $0)) }
        }
        routes.put("tenants/:id/variables", scope: .space) { try await saveTree($0) }
        routes.post("tenants/:id/variables", scope: .space) { try await saveTree($0) }
        routes.get("tenantvariables/all", scope: .space) { request in
            let project = request.query["projectId"]
            return try await request.read { context in
                let tenants = try context.all(.tenants, inSpace: request.space?.id).filter { tenant in
                    project.map { tenant.body["ProjectEnvironments"]?[$0] != nil } ?? true
                }
                return .json(.array(try tenants.map { try tree(of: $0, context) }))
            }
        }
        for form in TenantVariableForm.allCases {
            let path = "tenants/:id/\(form.rawValue)"
            routes.get(path, scope: .space) { try await list(form, $0) }
            routes.put(path, scope: .space) { try await replace(form, $0) }
            routes.post(path, scope: .space) { try await replace(form, $0) }
        }
    }

    // MARK: Trees

    private static func tree(of tenant: Stored, _ context: ReadContext) throws -> JSON {
        guard let id = context.catalog[.tenantVariables]?.id(ofOwner: tenant.id),
            let stored = try context.find(.tenantVariables, id),
            let served = try TenantVariableRules().serve(stored.body, in: context)
        else { throw APIProblem.notFound("variables of the tenant", tenant.id) }
        return served
    }

    private static func saveTree(_ request: APIRequest) async throws -> APIResponse {
        let (id, sent) = (try request.parameter("id"), try request.objectBody())
        let tenantID = try await request.write { context in
            try write(id, context) { templates, storage in
                let given = sent.objectValue ?? [:]
                let rows = templates.rows(
                    merging: given[caseless: "ProjectVariables"] ?? .null,
                    given[caseless: "LibraryVariables"] ?? .null,
                    into: storage.rows
                )
                return (rows, given[caseless: "ConcurrencyToken"])
            }
        }
        return try await request.read { .json(try tree(of: try $0.get(.tenants, idOrSlug: tenantID), $0)) }
    }

    // MARK: Rows

    private static func list(_ form: TenantVariableForm, _ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        let withMissing = try request.query.bool("includeMissingVariables") ?? false
        return try await request.read { .json(try rows(form, of: id, withMissing: withMissing, $0)) }
    }

    private static func rows(
        _ form: TenantVariableForm,
        of id: String,
        withMissing: Bool,
        _ context: ReadContext
    ) throws -> JSON {
        let tenant = try context.get(.tenants, idOrSlug: id)
        let variables = context.catalog[.tenantVariables]?.id(ofOwner: tenant.id) ?? ""
        let stored = try context.find(.tenantVariables, variables)?.body ?? .null
        let templates = try TenantTemplates(of: tenant, in: context.reader, context.resources)
        let storage = TenantVariableStorage(tenant: tenant.id, body: stored)
        return [
            "TenantId": .string(tenant.id),
            "Variables": .array(storage.rows.compactMap { templates.served($0, form) }),
            "MissingVariables": withMissing ? .array(templates.missingRows(values: stored, form)) : [],
            "Links": ["Self": .string("/api/\(context.space?.id ?? "")/tenants/\(tenant.id)/\(form.rawValue)")],
        ]
    }

    /// Replaces all rows of one form; those of the other stay.
    private static func replace(_ form: TenantVariableForm, _ request: APIRequest) async throws -> APIResponse {
        let (id, body) = (try request.parameter("id"), try request.body())
        let sent = body.arrayValue ?? body.objectValue?[caseless: "Variables"]?.arrayValue
        guard let sent else { throw APIProblem.invalid("Variables must be an array of the tenant's values.") }
        let tenantID = try await request.write { context in
            let environments = Set(try context.all(.environments, inSpace: context.space?.id).map(\.id))
            return try write(id, context) { templates, storage in
                var reading = TenantVariableReading(
                    form: form,
                    templates: templates,
                    known: storage.rows,
                    environments: environments
                )
                let rows = try reading.rows(sent)
                return (
                    storage.rows.filter { TenantVariableStorage.isProject($0.owner) != form.isOfProjects } + rows, nil
                )
            }
        }
        return try await request.read { .json(try rows(form, of: tenantID, withMissing: false, $0)) }
    }

    // MARK: Writing

    /// - Parameter change: the new rows, and the token that the client read them with.
    private static func write(
        _ idOrSlug: String,
        _ context: WriteContext,
        _ change: (TenantTemplates, TenantVariableStorage) throws -> ([TenantVariableRow], JSON?)
    ) throws -> String {
        let tenant = try context.get(.tenants, try context.document(.tenants, idOrSlug: idOrSlug).id)
        guard let id = context.catalog[.tenantVariables]?.id(ofOwner: tenant.id),
            let stored = try context.find(.tenantVariables, id)
        else { throw APIProblem.notFound("variables of the tenant", tenant.id) }
        let templates = try TenantTemplates(of: tenant, in: context.writer, context.resources)
        let storage = TenantVariableStorage(tenant: tenant.id, body: stored.body)
        let (rows, token) = try change(templates, storage)
        var body = try storage.body(with: rows, in: context)
        body["ConcurrencyToken"] = token
        _ = try context.resources.replace(.tenantVariables, id, with: body, in: context)
        return tenant.id
    }
}

/// The two lists of rows.
enum TenantVariableForm: String, Sendable, CaseIterable {
    case common = "commonvariables"
    case project = "projectvariables"

    var isOfProjects: Bool { self == .project }
    /// The member that names a row's owner.
    var owner: String { isOfProjects ? "ProjectId" : "LibraryVariableSetId" }
    var ownerName: String { isOfProjects ? "ProjectName" : "LibraryVariableSetName" }
}

/// Reads the rows that a client sends.
private struct TenantVariableReading {
    let form: TenantVariableForm
    let templates: TenantTemplates
    let known: [TenantVariableRow]
    /// Those of the space.
    let environments: Set<String>
    private var seen: [String: Set<String>] = [:]

    init(
        form: TenantVariableForm,
        templates: TenantTemplates,
        known: [TenantVariableRow],
        environments: Set<String>
    ) {
        self.form = form
        self.templates = templates
        self.known = known
        self.environments = environments
    }

    mutating func rows(_ sent: [JSON]) throws -> [TenantVariableRow] {
        var result: [TenantVariableRow] = []
        for (position, entry) in sent.enumerated() {
            if let row = try row(entry, place: "Variables[\(position)]") { result.append(row) }
        }
        return result
    }

    private mutating func row(_ entry: JSON, place: String) throws -> TenantVariableRow? {
        guard let object = entry.objectValue else {
            throw APIProblem.invalid("\(place) must be an object, but is \(entry.typeName).")
        }
        guard let owner = object[caseless: form.owner]?.stringValue,
            let template = object[caseless: "TemplateId"]?.stringValue
        else { throw APIProblem.invalid("\(place) needs \(form.owner) and TemplateId.") }
        guard templates.asks(template, of: owner) else {
            throw APIProblem.invalid(
                "\(place): the tenant is not asked for the template '\(template.prefix(100))' by '\(owner.prefix(100))'."
            )
        }
        let scope = object[caseless: "Scope"]?.objectValue?[caseless: "EnvironmentIds"]?.stringsValue ?? []
        for environment in scope where !environments.contains(environment) {
            throw APIProblem.invalid("\(place): there is no environment '\(environment.prefix(100))' here.")
        }
        try claim(scope, of: "\(owner)/\(template)", place: place)
        let value = object[caseless: "Value"] ?? .null
        if TenantTemplates.isUnset(value) { return nil }
        let id = object[caseless: "Id"]?.stringValue
        return TenantVariableRow(
            id: known.contains { $0.id == id && $0.owner == owner } ? id : nil,
            owner: owner,
            template: template,
            environments: scope,
            value: templates.value(value, of: template, owner)
        )
    }

    /// One template has one value in each environment; a value for all of them stands back behind it.
    private mutating func claim(_ scope: [String], of template: String, place: String) throws {
        for environment in scope.isEmpty ? [""] : scope {
            guard seen[template, default: []].insert(environment).inserted else {
                let what = environment.isEmpty ? "no environment" : "the environment '\(environment)'"
                throw APIProblem.invalid("\(place): another entry of the same template has \(what) in its scope, too.")
            }
        }
    }
}
