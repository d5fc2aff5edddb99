import APIClient
import Catalog
import Sync

/// Which kinds a key sees only in part. What such a key does not see looks as if it were deleted (E-89).
enum PartialView {
    /// - Returns: by kind why it is seen in part. Empty where the server does not tell what the key may do.
    /// - Throws: `APIError`.
    static func kinds(
        seenBy client: any ReplicaClient,
        _ readSet: ReadSet,
        catalog: Catalog
    ) async throws -> [KindName: String] {
        do {
            let user = try await client.questions.currentUser()
            guard let id = user["Id"]?.stringValue else { return [:] }
            let answer = try await client.questions.permissions(ofUser: id)
            return kinds(GrantedPermissions(answer, space: client.identity.spaceID), readSet, catalog: catalog)
        } catch let error as APIError where error.isNotFound || error.isPermissionProblem {
            return [:]
        }
    }

    static func kinds(
        _ granted: GrantedPermissions,
        _ readSet: ReadSet,
        catalog: Catalog
    ) -> [KindName: String] {
        var result: [KindName: String] = [:]
        for kind in readSet.kinds.sorted() {
            guard let view = catalog[kind]?.permissions.view else { continue }
            let asked = kind == .variableSets ? [view, "VariableViewUnscoped"] : [view]
            let reasons = asked.filter(granted.restricted.contains).map { name in
                let limits = (granted.limits[name] ?? []).sorted().joined(separator: ", ")
                return "\(name) is granted for some \(limits) only"
            }
            if !reasons.isEmpty { result[kind] = reasons.joined(separator: "; ") }
        }
        return result
    }
}
