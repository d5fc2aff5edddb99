import Catalog
import Store

/// Teams: some are made by the server, and say in their flags what can be done with them.
struct TeamRules: ResourceRules {
    let kind = KindName.teams

    private static let managersPrefix = "teams-spacemanagers-"
    private static let builtIn: Set<String> = ["teams-everyone", "teams-administrators", "teams-managers"]

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        guard let old, let id = old.text("Id"), Self.isBuiltIn(id) else { return }
        if let name = body.text("Name"), name != old.text("Name") {
            throw APIProblem.invalid("The team '\(old.text("Name") ?? id)' is built in and cannot be renamed.")
        }
        guard id == "teams-everyone" else { return }
        for field in ["MemberUserIds", "ExternalSecurityGroups"] where !(body[field]?.arrayValue ?? []).isEmpty {
            throw APIProblem.invalid("\(field): everyone is a member of this team; it cannot be given members.")
        }
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let id = body.text("Id") ?? ""
        let isFree = JSON.bool(!Self.isBuiltIn(id))
        body["CanBeDeleted"] = isFree
        body["CanBeRenamed"] = isFree
        body["CanChangeRoles"] = .bool(id != "teams-administrators" && !id.hasPrefix(Self.managersPrefix))
        body["CanChangeMembers"] = .bool(id != "teams-everyone")
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        if old != nil { try checkAdministrators(document, body, in: context) }
        // The members of a space's managers are seen in the space too.
        guard old != nil, document.id.hasPrefix(Self.managersPrefix), let space = document.space,
            let stored = try context.find(.spaces, space),
            stored.body["SpaceManagersTeamMembers"] != body["MemberUserIds"]
        else { return }
        try context.amend(.spaces, space) { $0["SpaceManagersTeamMembers"] = body["MemberUserIds"] }
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        guard Self.isBuiltIn(document.id) else { return }
        throw APIProblem.invalid("The team '\(document.name)' is built in and cannot be deleted.")
    }

    private static func isBuiltIn(_ id: String) -> Bool { builtIn.contains(id) || id.hasPrefix(managersPrefix) }

    /// Somebody has to be able to administer the instance.
    private func checkAdministrators(_ document: Document, _ body: JSON, in context: WriteContext) throws {
        guard document.id == "teams-administrators", context.nesting <= 1 else { return }
        let active = try body.strings("MemberUserIds").filter { id in
            try context.find(.users, id)?.body["IsActive"] ?? false == true
        }
        guard active.isEmpty else { return }
        throw APIProblem.invalid("MemberUserIds: the administrators' team needs at least one active member.")
    }
}
