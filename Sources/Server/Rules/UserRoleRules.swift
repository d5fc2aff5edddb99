import Catalog
import Store

/// User roles: what they may be restricted to follows from the permissions that they grant.
struct UserRoleRules: ResourceRules {
    let kind = KindName.userRoles

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let list = PermissionList.standard
        let space = body.strings("GrantedSpacePermissions").compactMap { list[$0] }
        let system = body.strings("GrantedSystemPermissions").compactMap { list[$0] }
        body["SupportedRestrictions"] = JSON(Set((space + system).flatMap(\.restrictions)).sorted())
        body["SpacePermissionDescriptions"] = JSON(space.map(\.text))
        body["SystemPermissionDescriptions"] = JSON(system.map(\.text))
        body["CanBeDeleted"] = .bool(!BuiltInUserRoles.ids.contains(body.text("Id") ?? ""))
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        guard BuiltInUserRoles.ids.contains(document.id) else { return }
        throw APIProblem.invalid("The user role '\(document.name)' is built in and cannot be deleted.")
    }
}

/// The roles of every instance, under the names by which clients look them up.
enum BuiltInUserRoles {
    static let spaceManager = "userroles-spacemanager"
    static let ids = Set(all.map(\.id))

    struct Role: Sendable {
        var id: String
        var name: String
        var description: String
        var space: [String] = []
        var system: [String] = []
    }

    /// Creates those that are not there yet.
    static func create(in context: WriteContext) throws {
        for role in all where try context.find(.userRoles, role.id) == nil {
            try context.create(
                .userRoles,
                [
                    "Name": .string(role.name), "Description": .string(role.description),
                    "GrantedSpacePermissions": JSON(role.space), "GrantedSystemPermissions": JSON(role.system),
                ],
                id: role.id
            )
        }
    }

    static let all: [Role] = {
        let list = PermissionList.standard
        let viewing = list.spaceNames.filter { $0.hasSuffix("View") || $0.hasSuffix("ViewUnscoped") }
        let project = list.spaceNames.filter { name in
            ["Project", "Process", "Variable", "Trigger", "Runbook", "Release", "Library", "ActionTemplate"]
                .contains { name.hasPrefix($0) }
        }
        let deploying = [
            "DeploymentCreate", "DeploymentView", "RunbookRunCreate", "RunbookRunView", "TaskCreate", "TaskCancel",
            "TaskView", "InterruptionView", "InterruptionSubmit", "ArtifactView",
        ]
        func views(_ stems: String...) -> [String] { stems.map { $0 + "View" } }
        let reading = views("Project", "Process", "Environment", "Lifecycle", "Release", "Runbook", "Feed", "Tenant")
        return [
            Role(
                id: "userroles-systemadministrator",
                name: "System administrator",
                description: "Can do everything at the level of the instance.",
                system: list.systemNames
            ),
            Role(
                id: "userroles-systemmanager",
                name: "System manager",
                description: "Can do everything at the level of the instance but administer it.",
                system: list.systemNames.filter { $0 != "AdministerSystem" && $0 != "ConfigureServer" }
            ),
            Role(
                id: spaceManager,
                name: "Space manager",
                description: "Can do everything in a space.",
                space: list.spaceNames
            ),
            Role(
                id: "userroles-projectviewer",
                name: "Project viewer",
                description: "Can see projects, their releases and deployments.",
                space: reading + views("Deployment")
            ),
            Role(
                id: "userroles-projectcontributor",
                name: "Project contributor",
                description: "Can edit projects, but neither create nor delete them.",
                space: (project.filter { !$0.hasSuffix("Create") && !$0.hasSuffix("Delete") } + reading).unique
            ),
            Role(
                id: "userroles-projectlead",
                name: "Project lead",
                description: "Can edit projects, create releases, and deploy.",
                space: (project + reading + deploying).unique
            ),
            Role(
                id: "userroles-projectdeployer",
                name: "Project deployer",
                description: "Can see projects and deploy their releases.",
                space: (reading + deploying).unique
            ),
            Role(
                id: "userroles-environmentviewer",
                name: "Environment viewer",
                description: "Can see environments and the machines in them.",
                space: views("Environment", "Machine", "Certificate", "Account")
            ),
            Role(
                id: "userroles-environmentmanager",
                name: "Environment manager",
                description: "Can edit environments, machines, accounts and certificates.",
                space: list.spaceNames.filter { name in
                    ["Environment", "Machine", "Account", "Certificate", "Worker", "Proxy"].contains {
                        name.hasPrefix($0)
                    }
                }
            ),
            Role(
                id: "userroles-tenantmanager",
                name: "Tenant manager",
                description: "Can edit tenants and tag sets.",
                space: list.spaceNames.filter { $0.hasPrefix("Tenant") || $0.hasPrefix("TagSet") }
            ),
            Role(
                id: "userroles-packagepublisher",
                name: "Package publisher",
                description: "Can push packages to the built-in feed.",
                space: ["BuiltInFeedPush", "FeedView"]
            ),
            Role(
                id: "userroles-spaceviewer",
                name: "Space viewer",
                description: "Can see everything in a space.",
                space: viewing
            ),
        ]
    }()
}

extension [String] {
    /// Each element once, in the order of its first place.
    fileprivate var unique: [String] {
        var seen = Set<String>()
        return filter { seen.insert($0).inserted }
    }
}
