import Catalog
import Synchronization

/// Which form of tenant variables a server has, once it was asked.
final class TenantVariableForms: Sendable {
    enum Form: Sendable {
        /// Trees, in which a library set has one value for all environments.
        case trees
        /// Trees that say values of single environments, too: a server of ours.
        case fullTrees
        /// Rows with scopes beside the trees.
        case rows
    }

    private let form = Mutex<Form?>(nil)

    var known: Form? { form.withLock { $0 } }
    func learn(_ new: Form) { form.withLock { $0 = new } }
}

/// Tenant variables of servers that have them as rows with scopes: read into the trees that sync works with, and written
/// back row by row (2.15 of the REST contract).
extension Transport {
    /// The old form, completed by the values of single environments where the server has any.
    func tenantVariables(of tenant: String, space: String) async throws -> JSON {
        var document = try await object(
            .init(method: .get, endpoint: try .document(.tenantVariables, id: tenant, space: space))
        )
        let sets = document["LibraryVariables"]?.objectValue ?? [:]
        if sets.contains(where: { $0.value["ScopedVariables"] != nil }) {
            tenantForms.learn(.fullTrees)
            return document
        }
        guard !sets.isEmpty, try await hasRows() else { return document }
        for (set, _) in sets { document["LibraryVariables"]?[set]?["ScopedVariables"] = [:] }
        for row in try await rows(.commonVariables(ofTenant: tenant, space: space), owner: "LibraryVariableSetId") {
            guard var entry = document["LibraryVariables"]?[row.owner] else { continue }
            if row.environments.isEmpty {
                entry.set(row.value, at: ["Variables", row.template])
            } else {
                for environment in row.environments {
                    entry.set(row.value, at: ["ScopedVariables", environment, row.template])
                }
            }
            document["LibraryVariables"]?[row.owner] = entry
        }
        return document
    }

    /// - Parameter document: as `tenantVariables` gave it, with changes.
    func updateTenantVariables(of tenant: String, space: String, _ document: JSON) async throws -> JSON {
        guard tenantForms.known == .rows else {
            let endpoint = try Endpoint.document(.tenantVariables, id: tenant, space: space)
            return try await object(.init(method: .put, endpoint: endpoint, body: document))
        }
        try await update(.projectVariables(ofTenant: tenant, space: space), owner: "ProjectId") { rows in
            (document["ProjectVariables"]?.objectValue ?? [:]).flatMap { project, tree in
                let values = tree["Variables"]?.objectValue ?? [:]
                return TenantVariableMerge.project(
                    project,
                    rows: rows.filter { $0.owner == project },
                    environments: values.map(\.key),
                    values: .object(values)
                )
            }
        }
        try await update(.commonVariables(ofTenant: tenant, space: space), owner: "LibraryVariableSetId") { rows in
            (document["LibraryVariables"]?.objectValue ?? [:]).flatMap { set, tree in
                TenantVariableMerge.librarySet(
                    set,
                    rows: rows.filter { $0.owner == set },
                    values: tree["Variables"] ?? [:],
                    scoped: tree["ScopedVariables"]
                )
            }
        }
        return try await tenantVariables(of: tenant, space: space)
    }

    /// The whole list is replaced, so it is read right before; nothing is sent where nothing changes.
    private func update(
        _ endpoint: Endpoint,
        owner: String,
        _ change: ([TenantVariableRow]) -> [TenantVariableRow]
    ) async throws {
        let before = try await rows(endpoint, owner: owner)
        let after = change(before)
        if Set(after) == Set(before) { return }
        let list = after.map { row -> JSON in
            var entry: JSON = [
                owner: .string(row.owner), "TemplateId": .string(row.template), "Value": row.value,
                "Scope": ["EnvironmentIds": JSON(row.environments)],
            ]
            if let id = row.id { entry["Id"] = .string(id) }
            return entry
        }
        _ = try await send(.init(method: .put, endpoint: endpoint, body: ["Variables": .array(list)]))
    }

    private func rows(_ endpoint: Endpoint, owner: String) async throws -> [TenantVariableRow] {
        let answer = try await object(.init(method: .get, endpoint: endpoint))
        return (answer["Variables"]?.arrayValue ?? []).compactMap { row in
            guard let ownerID = row[owner]?.stringValue, let template = row["TemplateId"]?.stringValue else {
                return nil
            }
            return TenantVariableRow(
                id: row["Id"]?.stringValue,
                owner: ownerID,
                template: template,
                environments: row["Scope"]?["EnvironmentIds"]?.stringsValue ?? [],
                value: row["Value"] ?? .null
            )
        }
    }

    /// Asked once: servers have a toggle for it, and those without the list of toggles do not have it.
    private func hasRows() async throws -> Bool {
        if let known = tenantForms.known { return known == .rows }
        let toggle = "CommonVariableScopingFeatureToggle"
        var isOn = false
        do {
            let answer = try await send(.init(method: .get, endpoint: .featureToggles, query: [("Name", toggle)]))
            isOn = (answer["FeatureToggles"]?.arrayValue ?? []).contains {
                $0["Name"] == .string(toggle) && $0["IsEnabled"] == true
            }
        } catch let error as APIError where error.isNotFound || error.isPermissionProblem {
            isOn = false
        }
        tenantForms.learn(isOn ? .rows : .trees)
        return isOn
    }
}

extension JSON {
    /// Puts a value at the end of a way of members, making those that are not there.
    fileprivate mutating func set(_ value: JSON, at path: [String]) {
        guard let name = path.first else {
            self = value
            return
        }
        var child = self[name] ?? [:]
        child.set(value, at: Array(path.dropFirst()))
        self[name] = child
    }
}
