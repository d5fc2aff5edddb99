import Catalog
import Foundation
import Sync
import Testing

@testable import SyncRun

@Suite("Permissions that a policy needs")
struct PermissionTests {
    @Test("2.20: the source's key is asked to view, never to change anything")
    func source() {
        let required = RequiredPermissions(for: Self.policy, catalog: .standard)
        #expect(required.source.allSatisfy { $0.hasSuffix("View") || $0 == "VariableViewUnscoped" })
        #expect(required.source.isSuperset(of: ["ProjectView", "ProcessView", "VariableView", "EventView"]))
        #expect(required.source.isSubset(of: required.destination))
    }

    @Test("2.20, S-98: no side is ever asked for administration, or to deploy")
    func never() {
        var policy = Self.policy
        policy.deletes.mode = .delete
        let required = RequiredPermissions(for: policy, catalog: .standard)
        let all = required.source.union(required.destination)
        #expect(all.isDisjoint(with: RequiredPermissions.tooMuch))
    }

    @Test("2.20: deletes and the lease ask for their permissions only when the policy wants them")
    func options() {
        var policy = Self.policy
        #expect(!RequiredPermissions(for: policy, catalog: .standard).destination.contains("ProjectDelete"))
        policy.deletes.mode = .deleteIfUnchanged
        #expect(RequiredPermissions(for: policy, catalog: .standard).destination.contains("ProjectDelete"))
        policy.types[.librarySets] = .init(mode: .skip)
        policy.types[.scriptModules] = .init(mode: .skip)
        policy.lease = .local
        #expect(!RequiredPermissions(for: policy, catalog: .standard).destination.contains("LibraryVariableSetCreate"))
        policy.lease = .destination
        #expect(RequiredPermissions(for: policy, catalog: .standard).destination.contains("LibraryVariableSetCreate"))
    }

    @Test("E-89: a permission for some projects only is not one for the space, nor one of another space")
    func scopes() {
        let granted = GrantedPermissions(
            [
                "SystemPermissions": ["UserRoleView"],
                "SpacePermissions": [
                    "ProjectView": [["SpaceId": "Spaces-1", "RestrictedToProjectIds": ["Projects-1"]]],
                    "ProcessView": [["SpaceId": "Spaces-2"]],
                    "FeedView": [
                        ["SpaceId": "Spaces-1", "RestrictedToTenantIds": ["Tenants-1"]], ["SpaceId": "Spaces-1"],
                    ],
                    "TeamView": [["SpaceId": .null, "RestrictedToProjectIds": []]],
                ],
            ],
            space: "Spaces-1"
        )
        #expect(granted.whole == ["UserRoleView", "FeedView", "TeamView"])
        #expect(granted.restricted == ["ProjectView"])
    }

    @Test("2.20: the role definition grants exactly what is needed, each permission at its level")
    func role() {
        let role = RequiredPermissions.role("R", granting: ["ProjectView", "UserRoleView"])
        #expect(role["GrantedSpacePermissions"] == ["ProjectView"])
        #expect(role["GrantedSystemPermissions"] == ["UserRoleView"])
    }

    @Test("a lease's holder is the same for the same file, and another for a copy of it")
    func holder() throws {
        let note = LeaseNote(holder: LeaseHolder(id: "a", machine: "m"), run: "r", until: .now)
        #expect(LeaseNote(text: note.text) == note)
        #expect(LeaseNote(text: "Replace Me") == nil)
        #expect(LeaseHolder(statePath: #filePath) == LeaseHolder(statePath: #filePath))
        #expect(LeaseHolder(statePath: #filePath) != LeaseHolder(statePath: "/tmp"))
    }

    static let policy = Policy(
        source: .init(name: "source", url: "http://a", credential: .environment("A")),
        destination: .init(name: "destination", url: "http://b", credential: .environment("B"))
    )
}
