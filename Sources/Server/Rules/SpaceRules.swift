import Catalog
import Store

/// A space is born with what its first project needs, and with the team that manages it.
struct SpaceRules: ResourceRules {
    let kind = KindName.spaces

    static func managersTeamID(of space: String) -> String { "teams-spacemanagers-\(space)" }

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let id = body["Id"]?.stringValue ?? ""
        var teams = body.strings("SpaceManagersTeams")
        if teams.isEmpty, body.strings("SpaceManagersTeamMembers").isEmpty {
            throw APIProblem.invalid(
                "A space needs managers: name at least one team in SpaceManagersTeams or one user in "
                    + "SpaceManagersTeamMembers."
            )
        }
        if old == nil {
            // A new space runs; stopping is a second step.
            body["TaskQueueStopped"] = false
        } else {
            let managers = Self.managersTeamID(of: id)
            if !teams.contains(managers) { teams.append(managers) }
            body["SpaceManagersTeams"] = JSON(teams)
            // The flag moves when another space takes it; it cannot be put down.
            if old?.flag("IsDefault") == true { body["IsDefault"] = true }
        }
    }

    func saved(_ document: Document, body: JSON, old: JSON?, in context: WriteContext) throws {
        if body.flag("IsDefault"), old?.flag("IsDefault") != true {
            try DefaultFlag.moveAway(from: .spaces, inSpace: nil, owner: nil, to: document.id, in: context)
        }
        guard old != nil else {
            try createManagers(of: document.id, body: body, in: context)
            try SpaceContents.create(in: document.id, isDefault: body.flag("IsDefault"), context: context)
            return
        }
        let team = Self.managersTeamID(of: document.id)
        guard let stored = try context.find(.teams, team),
            stored.body.member("MemberUserIds") != body.member("SpaceManagersTeamMembers")
        else { return }
        try context.update(.teams, team) { $0["MemberUserIds"] = body.member("SpaceManagersTeamMembers") }
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        let spaces = try context.all(.spaces, inSpace: nil)
        if spaces.count == 1 { throw APIProblem.invalid("The last space cannot be deleted.") }
        if body.flag("IsDefault") {
            throw APIProblem.invalid("The default space cannot be deleted. Make another space the default first.")
        }
        guard body.flag("TaskQueueStopped") else {
            throw APIProblem.invalid(
                "The space '\(body.text("Name") ?? document.id)' still runs tasks. Save it with TaskQueueStopped set to "
                    + "true, then delete it."
            )
        }
        try SpaceContents.removeAll(of: document.id, context: context)
    }

    private func createManagers(of space: String, body: JSON, in context: WriteContext) throws {
        let team = Self.managersTeamID(of: space)
        try context.create(
            .teams,
            [
                "Name": "Space Managers", "Description": "Members manage this space.", "SpaceId": .string(space),
                "MemberUserIds": body.member("SpaceManagersTeamMembers"),
            ],
            id: team,
            inSpace: space
        )
        if try context.find(.userRoles, BuiltInUserRoles.spaceManager) != nil {
            try context.create(
                .scopedUserRoles,
                [
                    "TeamId": .string(team), "UserRoleId": .string(BuiltInUserRoles.spaceManager),
                    "SpaceId": .string(space),
                ],
                inSpace: space
            )
        }
        try context.amend(.spaces, space) { stored in
            stored["SpaceManagersTeams"] = JSON(stored.strings("SpaceManagersTeams") + [team])
        }
    }
}
