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
