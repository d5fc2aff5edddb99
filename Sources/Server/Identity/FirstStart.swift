import Catalog
import Foundation
import Store

/// What a new database is given before anything else: its installation id, the built-in roles and teams, the first
/// space. Does nothing on a database that has them.
enum FirstStart {
    private static let installationSetting = DatabaseIdentity.installation
    private static let seededSetting = "seeded"

    /// - Returns: the installation's id.
    static func prepare(_ store: DocumentStore, _ resources: Resources) async throws -> String {
        let known = try await store.read { (try $0.setting(installationSetting), try $0.setting(seededSetting)) }
        if let id = known.0, known.1 != nil { return id }
        return try await store.write(as: .system) { writer in
            let id = try writer.setting(installationSetting) ?? UUIDText.new()
            try writer.setSetting(installationSetting, id)
            // Another process may have been first.
            guard try writer.setting(seededSetting) == nil else { return id }
            let context = WriteContext(
                writer: writer,
                resources: resources,
                author: .system,
                space: nil,
                now: Timestamp.text(writer.time)
            )
            try seed(context)
            try writer.setSetting(seededSetting, SkerryVersion.current)
            return id
        }
    }

    private static func seed(_ context: WriteContext) throws {
        try BuiltInUserRoles.create(in: context)
        try context.create(
            .teams,
            [
                "Name": "Octopus Administrators",
                "Description": "Members administer this instance: they may do everything in every space.",
                "MemberUserIds": [],
            ],
            id: Identity.administratorsTeam
        )
        try context.create(
            .teams,
            ["Name": "Everyone", "Description": "All users are members.", "MemberUserIds": []],
            id: Identity.everyoneTeam
        )
        try context.create(
            .spaces,
            [
                "Name": "Default", "Description": "", "IsDefault": true,
                "SpaceManagersTeams": .array([.string(Identity.administratorsTeam)]),
            ]
        )
    }
}
