import Catalog

extension Planner {
    /// Roles are compared by name and permissions and never written: to give permissions is each server's own decision
    /// (S-56). Looked at are the roles that people made, and the built-in ones that a synced team has.
    func compareUserRoles() {
        guard treatments[.teams]?.isPlanned == true else { return }
        let used = rolesOfSyncedTeams()
        for role in source.entities(of: .userRoles) where !role.key.isBuiltIn || used.contains(role.key) {
            guard let counterpart = destination[role.key] else {
                let permissions = Self.permissionFields.flatMap { role.body[$0]?.stringsValue ?? [] }
                notice(
                    "user-role-missing",
                    role.key,
                    "the destination has no such role, and sync writes none; make one with: "
                        + permissions.joined(separator: ", ")
                )
                continue
            }
            for field in Self.permissionFields { compare(field, role, counterpart) }
        }
    }

    private static let permissionFields = ["GrantedSpacePermissions", "GrantedSystemPermissions"]

    private func rolesOfSyncedTeams() -> Set<EntityKey> {
        var used = Set<EntityKey>()
        for entity in source.entities(of: .scopedUserRoles) where pairs[entity.key]?.isPlanned == true {
            guard case .resolved(let role) = entity.body["UserRoleId"].flatMap(NormalReference.init(json:)) else {
                continue
            }
            used.insert(role)
        }
        return used
    }

    private func compare(_ field: String, _ role: Entity, _ counterpart: Entity) {
        let wanted = Set(role.body[field]?.stringsValue ?? [])
        let present = Set(counterpart.body[field]?.stringsValue ?? [])
        guard wanted != present else { return }
        let missing = wanted.subtracting(present).sorted().joined(separator: ", ")
        let extra = present.subtracting(wanted).sorted().joined(separator: ", ")
        let parts = [missing.isEmpty ? "" : "lacks \(missing)", extra.isEmpty ? "" : "has beyond it \(extra)"]
        notice(
            "user-role-differs",
            counterpart.key,
            field,
            "not what the source's role grants: \(parts.filter { !$0.isEmpty }.joined(separator: "; "))"
        )
    }
}
