public import Catalog
public import Sync

/// What the keys of a policy must be allowed to do: as much as the policy needs, and no more.
public struct RequiredPermissions: Sendable, Hashable {
    public var source: Set<String>
    public var destination: Set<String>

    /// Permissions that a role grants for the whole server instead of for a space.
    static let ofSystem: Set<String> = ["UserRoleView", "UserView"]
    /// What no sync needs, and what makes a stolen key dangerous.
    static let tooMuch = [
        "AdministerSystem", "SpaceCreate", "SpaceEdit", "SpaceDelete", "ConfigureServer", "UserEdit", "UserRoleEdit",
        "DeploymentCreate", "ReleaseCreate", "RunbookRunCreate", "TaskCreate",
    ]
    private static let alwaysRead: Set<String> = [
        "VariableView", "VariableViewUnscoped", "ProcessView", "RunbookView", "LibraryVariableSetView", "EventView",
        "TeamView", "UserRoleView",
    ]

    public init(for policy: Policy, catalog: Catalog) {
        let reading = ReadSet(for: policy, catalog: catalog)
        let views = Set(reading.lists.compactMap { catalog[$0]?.permissions.view }).union(Self.alwaysRead)
        source = views
        destination = views.union(Self.writes(policy, catalog, reading))
    }

    private static func writes(_ policy: Policy, _ catalog: Catalog, _ reading: ReadSet) -> Set<String> {
        var result: Set<String> = []
        let deletes = policy.deletes.mode == .delete || policy.deletes.mode == .deleteIfUnchanged
        for kind in catalog.kinds where reading.required.contains(kind.name) {
            // Roles are compared, never written.
            if kind.name == .userRoles { continue }
            result.formUnion([kind.permissions.create, kind.permissions.edit])
            if deletes, kind.operations.contains(.delete) { result.insert(kind.permissions.delete) }
        }
        if result.contains("VariableEdit") { result.insert("VariableEditUnscoped") }
        if policy.lease == .destination {
            result.formUnion([
                "LibraryVariableSetCreate", "LibraryVariableSetEdit", "VariableEdit", "VariableEditUnscoped",
            ])
        }
        return result
    }

    /// A role that grants exactly these, as the body of `POST /api/userroles`.
    public static func role(_ name: String, granting permissions: Set<String>) -> JSON {
        [
            "Name": .string(name),
            "Description": "What `skerry sync` needs for one policy; made by `skerry sync doctor`.",
            "GrantedSpacePermissions": JSON(permissions.subtracting(ofSystem).sorted()),
            "GrantedSystemPermissions": JSON(permissions.intersection(ofSystem).sorted()),
        ]
    }
}

/// What a key may do in one space.
struct GrantedPermissions: Sendable, Hashable {
    /// In the whole space, or for the whole server.
    var whole: Set<String> = []
    /// For some projects, environments, tenants or groups only.
    var restricted: Set<String> = []

    /// - Parameter set: the answer of `users/{id}/permissions`.
    init(_ set: JSON, space: String) {
        whole = Set(set["SystemPermissions"]?.stringsValue ?? [])
        for (name, grants) in set["SpacePermissions"]?.objectValue ?? [:] {
            for grant in grants.arrayValue ?? [] {
                let place = grant["SpaceId"]?.stringValue
                guard place == nil || place == space else { continue }
                let scopes = ["Project", "Environment", "Tenant", "ProjectGroup"].map { "RestrictedTo\($0)Ids" }
                let isWhole = scopes.allSatisfy { (grant[$0]?.arrayValue ?? []).isEmpty }
                if isWhole { whole.insert(name) } else { restricted.insert(name) }
            }
        }
        restricted.subtract(whole)
    }
}
