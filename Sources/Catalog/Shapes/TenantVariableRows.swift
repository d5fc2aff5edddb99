/// One value that a tenant gives to a template of a project or a library set, with the environments that it is for.
///
/// The API has two forms of the same values: trees by project, environment and template, and lists of these rows.
///
/// Source: section 2.15 of the REST contract.
public struct TenantVariableRow: Sendable, Hashable {
    /// Nil for one that its server has not seen yet.
    public var id: String?
    /// The id of the project or the library set.
    public var owner: String
    /// The id of the template parameter.
    public var template: String
    /// Ids. Empty: all that the tenant has, but those which another row is for.
    public var environments: [String]
    /// A string, or `{HasValue, NewValue}`.
    public var value: JSON

    public init(id: String? = nil, owner: String, template: String, environments: [String], value: JSON) {
        self.id = id
        self.owner = owner
        self.template = template
        self.environments = environments
        self.value = value
    }
}

/// The rows of one project or library set, brought to what a tree says. Rows that say it already stay as they are.
public struct TenantVariableMerge: Sendable {
    /// What is wanted for one environment; nil: for all of them, where no row of its own says otherwise.
    private struct Place: Hashable {
        var template: String
        var environment: String?
    }

    private let owner: String
    private var open: [(place: Place, value: JSON)] = []
    private var wanted: [Place: JSON] = [:]
    private var kept: [TenantVariableRow] = []

    private init(owner: String) { self.owner = owner }

    /// - Parameters:
    ///   - environments: those in which the tenant is connected to the project.
    ///   - values: by environment and template; what is absent is to have no value.
    public static func project(
        _ owner: String,
        rows: [TenantVariableRow],
        environments: [String],
        values: JSON
    ) -> [TenantVariableRow] {
        var merge = TenantVariableMerge(owner: owner)
        for environment in environments {
            for (template, value) in values[environment]?.objectValue ?? [:] {
                merge.want(value, Place(template: template, environment: environment))
            }
        }
        for row in rows where !row.environments.isEmpty {
            merge.keepScoped(row, among: row.environments.filter(environments.contains))
        }
        for row in rows where row.environments.isEmpty {
            let others = Set(rows.filter { $0.template == row.template }.flatMap(\.environments))
            merge.keepWhole(row, for: environments.filter { !others.contains($0) })
        }
        return merge.result
    }

    /// - Parameters:
    ///   - values: by template, for all environments.
    ///   - scoped: by environment and template; nil leaves rows of single environments as they are.
    public static func librarySet(
        _ owner: String,
        rows: [TenantVariableRow],
        values: JSON,
        scoped: JSON?
    ) -> [TenantVariableRow] {
        var merge = TenantVariableMerge(owner: owner)
        for (template, value) in values.objectValue ?? [:] {
            merge.want(value, Place(template: template, environment: nil))
        }
        for (environment, values) in scoped?.objectValue ?? [:] {
            for (template, value) in values.objectValue ?? [:] {
                merge.want(value, Place(template: template, environment: environment))
            }
        }
        for row in rows {
            if row.environments.isEmpty {
                merge.keepCommon(row)
            } else if scoped == nil {
                merge.kept.append(row)
            } else {
                merge.keepScoped(row, among: row.environments)
            }
        }
        return merge.result
    }

    private mutating func want(_ value: JSON, _ place: Place) {
        guard wanted.updateValue(value, forKey: place) == nil else { return }
        open.append((place, value))
    }

    /// A row of some environments stays for those in which its value stays, or has one new value in all of them.
    private mutating func keepScoped(_ row: TenantVariableRow, among environments: [String]) {
        let places = environments.map { Place(template: row.template, environment: $0) }
        let same = places.filter { place in wanted[place].map { Self.isSame($0, row.value) } ?? false }
        var row = row
        if same.isEmpty, let value = sameValue(at: places) {
            row.value = value
            keep(row, as: places)
        } else if !same.isEmpty {
            row.environments = same.compactMap(\.environment)
            keep(row, as: same)
        }
    }

    private mutating func keepWhole(_ row: TenantVariableRow, for environments: [String]) {
        let places = environments.map { Place(template: row.template, environment: $0) }
        var row = row
        if places.allSatisfy({ place in wanted[place].map { Self.isSame($0, row.value) } ?? false }) {
            keep(row, as: places)
        } else if let value = sameValue(at: places) {
            row.value = value
            keep(row, as: places)
        }
    }

    private mutating func keepCommon(_ row: TenantVariableRow) {
        let place = Place(template: row.template, environment: nil)
        guard let value = wanted[place] else { return }
        var row = row
        if !Self.isSame(value, row.value) { row.value = value }
        keep(row, as: [place])
    }

    private func sameValue(at places: [Place]) -> JSON? {
        guard let first = places.first.flatMap({ wanted[$0] }), !Self.isKept(first) else { return nil }
        return places.allSatisfy { wanted[$0] == first } ? first : JSON?.none
    }

    private mutating func keep(_ row: TenantVariableRow, as places: [Place]) {
        kept.append(row)
        let settled = Set(places)
        open.removeAll { settled.contains($0.place) }
    }

    private var result: [TenantVariableRow] {
        kept
            + open.map { place, value in
                TenantVariableRow(
                    owner: owner,
                    template: place.template,
                    environments: place.environment.map { [$0] } ?? [],
                    value: value
                )
            }
    }

    /// Sending a secret back as it was served keeps it.
    private static func isSame(_ wanted: JSON, _ present: JSON) -> Bool {
        isKept(wanted) ? present["HasValue"] == true : wanted == present
    }

    private static func isKept(_ value: JSON) -> Bool {
        value["HasValue"] == true && value["NewValue"]?.stringValue == nil
    }
}
