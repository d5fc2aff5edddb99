import Catalog
import Store

/// Users: passwords live apart from the document, and the last administrator stays.
struct UserRules: ResourceRules {
    let kind = KindName.users

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        // The hash was made before the transaction began.
        body["Password"] = nil
        if let old {
            if body["IsService"] == nil { body["IsService"] = old["IsService"] }
        } else {
            // A user cannot be created inactive.
            body["IsActive"] = true
        }
        let isService = body["IsService"]?.boolValue ?? false
        let hasIdentity = !(body["Identities"]?.arrayValue ?? []).isEmpty
        if isService, context.passwordHash != nil {
            throw APIProblem.invalid("Password: a service account has no password; it uses API keys.")
        }
        if old == nil, !isService, !hasIdentity, context.passwordHash == nil {
            throw APIProblem.invalid("Password: a user needs a password.")
        }
        if (body["DisplayName"]?.stringValue ?? "").isEmpty { body["DisplayName"] = body["Username"] }
        body["CanPasswordBeEdited"] = .bool(!isService)
        body["IsRequestor"] = false
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        if let hash = context.passwordHash {
            try context.writer.setPasswordHash(
                hash,
                ofUser: document.id,
                event: EventDraft("Modified", message: "The password of \(document.name) was set", documentType: "User")
            )
            context.passwordHash = nil
            // Whoever knew the old password is signed out.
            if old != nil { try context.writer.deleteSessions(ofUser: document.id) }
        }
        guard old?["IsActive"] == true, body["IsActive"] == false else { return }
        try Self.checkLast(document, "deactivated", in: context)
        try context.writer.deleteSessions(ofUser: document.id)
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        if context.author.userID == document.id { throw APIProblem.invalid("You cannot delete yourself.") }
        try Self.checkLast(document, "deleted", in: context)
        // Memberships go with the user.
        for usage in try context.writer.usages(of: document.id) {
            switch usage.fromKind {
            case .teams:
                try context.amend(.teams, usage.fromID) { Self.remove(document.id, from: "MemberUserIds", of: &$0) }
            case .spaces:
                try context.amend(.spaces, usage.fromID) {
                    Self.remove(document.id, from: "SpaceManagersTeamMembers", of: &$0)
                }
            default: break
            }
        }
        try context.writer.deleteCredentials(ofUser: document.id)
    }

    private static func remove(_ id: String, from field: String, of body: inout JSON) {
        body[field] = JSON((body[field]?.stringsValue ?? []).filter { $0 != id })
    }

    /// Somebody has to be able to administer the instance.
    private static func checkLast(_ document: Document, _ what: String, in context: WriteContext) throws {
        guard let team = try context.find(.teams, Identity.administratorsTeam) else { return }
        let members = team.body["MemberUserIds"]?.stringsValue ?? []
        guard members.contains(document.id) else { return }
        let others = try members.filter { id in
            guard id != document.id, let user = try context.find(.users, id) else { return false }
            return user.body["IsActive"]?.boolValue ?? true
        }
        if others.isEmpty {
            throw APIProblem.invalid(
                "The user '\(document.name)' is the last active administrator and cannot be \(what). Make another one first."
            )
        }
    }
}
