import Catalog

/// What a key may do in one space.
struct GrantedPermissions: Sendable, Hashable {
    /// In the whole space, or for the whole server.
    var whole: Set<String> = []
    /// For some projects, environments, tenants or groups only.
    var restricted: Set<String> = []
    /// What those are limited to, for people: `projects`, `environments`, `tenants`, `project groups`.
    var limits: [String: Set<String>] = [:]
    /// Of each permission the parts of the space that it is granted for.
    private var parts: [String: [Part]] = [:]

    private struct Part: Sendable, Hashable {
        /// Empty: of all.
        var projects: Set<String>
        var groups: Set<String>
    }

    private static let scopes = [
        ("RestrictedToProjectIds", "projects"), ("RestrictedToEnvironmentIds", "environments"),
        ("RestrictedToTenantIds", "tenants"), ("RestrictedToProjectGroupIds", "project groups"),
    ]

    /// - Parameter set: the answer of `users/{id}/permissions`.
    init(_ set: JSON, space: String) {
        whole = Set(set["SystemPermissions"]?.stringsValue ?? [])
        for (name, grants) in set["SpacePermissions"]?.objectValue ?? [:] {
            for grant in grants.arrayValue ?? [] {
                let place = grant["SpaceId"]?.stringValue
                guard place == nil || place == space else { continue }
                let limits = Self.scopes.filter { !(grant[$0.0]?.arrayValue ?? []).isEmpty }.map(\.1)
                if limits.isEmpty { whole.insert(name) } else { restricted.insert(name) }
                self.limits[name, default: []].formUnion(limits)
                parts[name, default: []].append(
                    Part(
                        projects: Set(grant["RestrictedToProjectIds"]?.stringsValue ?? []),
                        groups: Set(grant["RestrictedToProjectGroupIds"]?.stringsValue ?? [])
                    )
                )
            }
        }
        restricted.subtract(whole)
    }

    /// Whether a permission holds for one project.
    func covers(_ permission: String, project: String, group: String) -> Bool {
        if whole.contains(permission) { return true }
        return (parts[permission] ?? []).contains { part in
            (part.projects.isEmpty || part.projects.contains(project))
                && (part.groups.isEmpty || part.groups.contains(group))
        }
    }
}
