import Catalog

/// What a key may do in one space.
struct GrantedPermissions: Sendable, Hashable {
    /// In the whole space, or for the whole server.
    var whole: Set<String> = []
    /// For some projects, environments, tenants or groups only.
    var restricted: Set<String> = []
    /// What those are limited to, for people: `projects`, `environments`, `tenants`, `project groups`.
    var limits: [String: Set<String>] = [:]

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
            }
        }
        restricted.subtract(whole)
    }
}
