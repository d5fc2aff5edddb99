import Catalog
import Testing

@testable import Sync

@Suite("Teams and what they may do")
struct TeamRoleTests {
    private static let team = EntityKey(.teams, "Deployers")

    private static func role(_ scopes: String...) -> EntityKey {
        EntityKey(.scopedUserRoles, "Deployers", "@userroles-projectdeployer", scopes.joined(separator: ","))
    }

    private static func duo(tenants: [String] = []) -> Duo {
        var duo = Duo()
        for side in [\Duo.source, \Duo.destination] {
            duo[keyPath: side].add(
                EntityKey(.userRoles, "@userroles-projectdeployer"),
                ["Name": "Project deployer", "GrantedSpacePermissions": ["DeploymentCreate"]]
            )
        }
        duo.source.add(team, ["MemberUserIds": [NormalReference.unresolved(kind: .users, token: "Users-9").json]])
        for tenant in tenants { duo.source.add(EntityKey(.tenants, tenant)) }
        return duo
    }

    private static func body(tenants: [String] = []) -> JSON {
        [
            "TeamId": ref(.teams, "Deployers"), "UserRoleId": ref(.userRoles, "@userroles-projectdeployer"),
            "TenantIds": refs(.tenants, tenants),
        ]
    }

    @Test("S-55, S-86: a team goes over with its roles; its members and groups are the destination's")
    func membersStay() throws {
        var duo = Self.duo()
        duo.source.add(Self.role(), Self.body())
        try duo.sync()
        #expect(duo.destination.replica[Self.role()] != nil)
        duo.destination.edit(Self.team) { $0["MemberUserIds"] = [ref(.users, "own")] }
        duo.source.edit(Self.team) { $0["ExternalSecurityGroups"] = [["Id": "S-1", "DisplayName": "Admins"]] }
        #expect(try duo.residue() == [])
    }

    @Test("S-75: permissions of teams come last, after tenants and projects")
    func phase() throws {
        var duo = Self.duo(tenants: ["A"])
        duo.source.project("Web")
        duo.source.add(Self.role("A"), Self.body(tenants: ["A"]))
        let plan = try duo.sync()
        #expect(plan.operations.last?.key.kind == .scopedUserRoles)
        #expect(try duo.residue() == [])
    }

    @Test("E-38, LS-12, LS-13: missing tenants are dropped from a role; one that loses all of them is left out")
    func missingTenants() throws {
        var duo = Self.duo(tenants: ["Kept", "Gone"])
        duo.policy.types[.tenants] = {
            var rule = Policy.TypeRule(mode: .merge)
            rule.select = ["Kept"]
            return rule
        }()
        duo.source.add(Self.role("Gone", "Kept"), Self.body(tenants: ["Gone", "Kept"]))
        duo.source.add(Self.role("Gone"), Self.body(tenants: ["Gone"]))
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(duo.destination.replica[Self.role("Kept")]?.body["TenantIds"] == refs(.tenants, ["Kept"]))
        #expect(duo.destination.replica.entities(of: .scopedUserRoles).count == 1)
        #expect(plan.notices.contains { $0.path.hasPrefix("TenantIds") && $0.message.contains("Gone") })
        #expect(plan.skipped.contains { $0.code == "widening-refused" && $0.key == Self.role("Gone") })
        #expect(try duo.residue() == [])
    }

    @Test("roles that become the same one are given once")
    func same() throws {
        var duo = Self.duo(tenants: ["Kept", "Gone"])
        duo.policy.types[.tenants] = {
            var rule = Policy.TypeRule(mode: .merge)
            rule.select = ["Kept"]
            return rule
        }()
        duo.source.add(Self.role("Gone", "Kept"), Self.body(tenants: ["Gone", "Kept"]))
        duo.source.add(Self.role("Kept"), Self.body(tenants: ["Kept"]))
        let plan = try duo.sync()
        #expect(plan.operations.filter { $0.key.kind == .scopedUserRoles }.count == 1)
        #expect(plan.skipped.contains { $0.code == "already-granted" })
        #expect(try duo.residue() == [])
    }

    @Test("S-56: roles are compared by name and permissions, and never written")
    func userRoles() throws {
        var duo = Self.duo()
        duo.source.add(EntityKey(.userRoles, "Auditor"), ["GrantedSpacePermissions": ["EventView"]])
        duo.destination.edit(EntityKey(.userRoles, "@userroles-projectdeployer")) {
            $0["GrantedSpacePermissions"] = ["ReleaseCreate"]
        }
        duo.source.add(Self.role(), Self.body())
        let plan = try duo.sync()
        #expect(!plan.operations.contains { $0.key.kind == .userRoles })
        let codes = Dictionary(grouping: plan.notices) { $0.code }
        #expect(codes["user-role-missing"]?.first?.message.contains("EventView") == true)
        let different = codes["user-role-differs"]?.first?.message ?? ""
        #expect(different.contains("lacks DeploymentCreate") && different.contains("ReleaseCreate"))
    }

    @Test("S-96: a team of the whole server is only referred to; it is neither made nor changed")
    func systemTeams() throws {
        let documents: [KindName: [JSON]] = [
            .teams: [
                ["Id": "Teams-1", "Name": "Operators", "SpaceId": nil],
                ["Id": "Teams-2", "Name": "Deployers", "SpaceId": "Spaces-1"],
            ],
            .scopedUserRoles: [
                ["Id": "ScopedUserRoles-1", "TeamId": "Teams-2", "UserRoleId": "userroles-x", "SpaceId": nil],
                ["Id": "ScopedUserRoles-2", "TeamId": "Teams-2", "UserRoleId": "userroles-x", "SpaceId": "Spaces-1"],
            ],
        ]
        let replica = SampleSpace.replica(documents)
        #expect(replica.entities(of: .teams).map(\.key) == [EntityKey(.teams, "@system/Operators"), Self.team])
        #expect(replica.entities(of: .scopedUserRoles).map(\.id) == ["ScopedUserRoles-2"])
        var duo = Duo()
        duo.source.add(EntityKey(.teams, "@system/Operators"))
        #expect(try duo.sync().operations.isEmpty)
    }
}
