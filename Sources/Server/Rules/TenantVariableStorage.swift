import Catalog
import Store

/// The values of one tenant as rows, over what is stored of them.
///
/// | row | stored in |
/// |---|---|
/// | of a project, for one environment | `ProjectVariables/{project}/Variables/{environment}/{template}` |
/// | of a library set, for all environments | `LibraryVariables/{set}/Variables/{template}` |
/// | any other, and one that keeps another id | `ScopedValues/{id}/Values/{template}` |
struct TenantVariableStorage {
    let tenant: String
    let rows: [TenantVariableRow]

    init(tenant: String, body: JSON) {
        self.tenant = tenant
        var rows: [TenantVariableRow] = []
        func add(_ values: JSON?, _ owner: String, _ environments: [String], id: String? = nil) {
            for (template, value) in values?.objectValue ?? [:] {
                let place = Self.id(tenant, owner, environments.first, template)
                rows.append(
                    TenantVariableRow(
                        id: id ?? place,
                        owner: owner,
                        template: template,
                        environments: environments,
                        value: value
                    )
                )
            }
        }
        for (project, entry) in body["ProjectVariables"]?.objectValue ?? [:] {
            for (environment, values) in entry["Variables"]?.objectValue ?? [:] { add(values, project, [environment]) }
        }
        for (set, entry) in body["LibraryVariables"]?.objectValue ?? [:] { add(entry["Variables"], set, []) }
        for (id, entry) in body["ScopedValues"]?.objectValue ?? [:] {
            let owner = entry.text("ProjectId") ?? entry.text("LibraryVariableSetId") ?? ""
            add(entry["Values"], owner, entry.strings("EnvironmentIds"), id: id)
        }
        self.rows = rows
    }

    static func isProject(_ owner: String) -> Bool { Catalog.standard.kind(ofID: owner) == .projects }

    /// The id of a row that needs no other: clients know rows by it, and it never holds a colon.
    private static func id(_ tenant: String, _ owner: String, _ environment: String?, _ template: String) -> String {
        (["TenantVariables", tenant, owner] + (environment.map { [$0] } ?? []) + [template]).joined(separator: "-")
    }

    /// The stored body with these rows in the place of all others. Secrets that stay come from where they were.
    func body(with new: [TenantVariableRow], in context: WriteContext) throws -> JSON {
        var body: JSON = [
            "TenantId": .string(tenant), "ProjectVariables": [:], "LibraryVariables": [:], "ScopedValues": [:],
        ]
        var taken = Set<String>()
        for row in new {
            let path = path(of: row, taken, newID: context.newUUID)
            taken.insert(path.joined(separator: "/"))
            let value = try value(of: row, at: path, in: context)
            if path[0] == "ScopedValues" {
                let owner = Self.isProject(row.owner) ? "ProjectId" : "LibraryVariableSetId"
                body["ScopedValues"]?[path[1]] = [
                    owner: .string(row.owner), "EnvironmentIds": JSON(row.environments),
                    "Values": .object(JSONObject([(row.template, value)])),
                ]
            } else {
                Self.set(value, at: path[...], in: &body)
            }
        }
        return body
    }

    private func path(of row: TenantVariableRow, _ taken: Set<String>, newID: () -> String) -> [String] {
        let isProject = Self.isProject(row.owner)
        let isPlain = isProject ? row.environments.count == 1 : row.environments.isEmpty
        let usual = Self.id(tenant, row.owner, row.environments.first, row.template)
        if isPlain, row.id == nil || row.id == usual {
            let path =
                isProject
                ? ["ProjectVariables", row.owner, "Variables", row.environments[0], row.template]
                : ["LibraryVariables", row.owner, "Variables", row.template]
            if !taken.contains(path.joined(separator: "/")) { return path }
        }
        let id = row.id ?? "TenantVariables-\(newID())"
        let path = ["ScopedValues", id, "Values", row.template]
        return taken.contains(path.joined(separator: "/"))
            ? ["ScopedValues", "TenantVariables-\(newID())", "Values", row.template] : path
    }

    private func value(of row: TenantVariableRow, at path: [String], in context: WriteContext) throws -> JSON {
        guard row.value["HasValue"] == true, row.value["NewValue"]?.stringValue == nil else { return row.value }
        guard let before = former(row) else { return FieldType.noSecret }
        let formerPath = self.path(of: before, [], newID: context.newUUID)
        if formerPath == path { return row.value }
        guard let id = context.catalog[.tenantVariables]?.id(ofOwner: tenant),
            let secret = try context.writer.secret(
                .tenantVariables,
                id,
                path: formerPath.joined(separator: "/")
            )
        else { return FieldType.noSecret }
        return ["HasValue": true, "NewValue": .string(String(decoding: secret, as: UTF8.self))]
    }

    /// The row that said until now what this one says: the same one, or that of the same place.
    private func former(_ row: TenantVariableRow) -> TenantVariableRow? {
        if let id = row.id, let same = rows.first(where: { $0.id == id && $0.template == row.template }) { return same }
        let candidates = rows.filter { $0.owner == row.owner && $0.template == row.template }
        if let same = candidates.first(where: { Set($0.environments) == Set(row.environments) }) { return same }
        let environment = row.environments.first
        return candidates.first { environment.map($0.environments.contains) ?? false }
            ?? candidates.first { $0.environments.isEmpty }
    }

    private static func set(_ value: JSON, at path: ArraySlice<String>, in tree: inout JSON) {
        guard let name = path.first else {
            tree = value
            return
        }
        var child = tree[name] ?? [:]
        set(value, at: path.dropFirst(), in: &child)
        tree[name] = child
    }
}
