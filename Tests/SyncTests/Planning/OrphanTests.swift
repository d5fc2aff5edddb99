import Catalog
import Testing

@testable import Sync

@Suite("What is gone at the source")
struct OrphanTests {
    private func settled(_ mode: Policy.DeleteMode, groups: Int = 20) throws -> Duo {
        var duo = Duo(policy { $0.deletes.mode = mode })
        for number in 0..<groups { duo.source.add(EntityKey(.projectGroups, "G\(number)")) }
        duo.source.add(EntityKey(.tagSets, "Ring"), ["Tags": []])
        duo.source.add(EntityKey(.tagSets, "Other"), ["Tags": []])
        try duo.sync()
        return duo
    }

    @Test("is reported and kept by default, on every run")
    func report() throws {
        var duo = try settled(.report)
        duo.source.replica.remove(EntityKey(.projectGroups, "G3"))
        for _ in 0..<2 {
            let plan = try duo.sync()
            #expect(plan.operations == [])
            #expect(plan.notices.map(\.code) == ["orphan"])
        }
    }

    @Test("is deleted when the policy says so, once")
    func delete() throws {
        var duo = try settled(.delete)
        duo.source.replica.remove(EntityKey(.projectGroups, "G3"))
        #expect(try duo.sync().operations.map(\.summary) == ["300 delete projectgroups/G3"])
        #expect(try duo.residue() == [])
        #expect(duo.state.records.count == 21)
    }

    @Test("stays while something uses it")
    func used() throws {
        var duo = try settled(.delete)
        duo.source.project("Web", ["ProjectGroupId": ref(.projectGroups, "G3")])
        try duo.sync()
        duo.source.edit(EntityKey(.projects, "Web")) { $0["ProjectGroupId"] = ref(.projectGroups, "G4") }
        duo.destination.project("Mine", ["ProjectGroupId": ref(.projectGroups, "G3")])
        duo.source.replica.remove(EntityKey(.projectGroups, "G3"))
        let plan = try duo.sync()
        #expect(!plan.operations.contains { $0.action == .delete })
        #expect(plan.notices.contains { $0.code == "orphan-in-use" })
    }

    @Test("goes in the same plan as the last document that uses it, after that one")
    func usersFirst() throws {
        var duo = try settled(.delete)
        let project = EntityKey(.projects, "Web")
        duo.source.project("App")
        duo.source.project("Web", ["ProjectGroupId": ref(.projectGroups, "G3")])
        try duo.sync()
        for key in duo.source.replica.entities.keys where key == project || key.isOwned(by: project) {
            duo.source.replica.remove(key)
        }
        duo.source.replica.remove(EntityKey(.projectGroups, "G3"))
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == ["300 delete projects/Web", "300 delete projectgroups/G3"])
        #expect(plan.operations.last?.dependsOn == plan.operations.first.map { [$0.sequence] })
        #expect(try duo.residue() == [])
    }

    @Test("is deleted only as it was synced, under deleteIfUnchanged", arguments: [false, true])
    func ifUnchanged(isEdited: Bool) throws {
        var duo = try settled(.deleteIfUnchanged)
        duo.source.replica.remove(EntityKey(.tagSets, "Ring"))
        if isEdited { duo.destination.edit(EntityKey(.tagSets, "Ring")) { $0["Description"] = "mine" } }
        let plan = try duo.sync()
        #expect(plan.operations.count == (isEdited ? 0 : 1))
        #expect(plan.notices.map(\.code) == (isEdited ? ["orphan-modified"] : []))
    }

    @Test("is deleted under deleteIfUnchanged also where no field is compared", arguments: [false, true])
    func nameOnlyIfUnchanged(isEdited: Bool) throws {
        var duo = try settled(.deleteIfUnchanged)
        let key = EntityKey(.projectGroups, "G3")
        duo.source.replica.remove(key)
        if isEdited { duo.destination.edit(key) { $0["Description"] = "mine" } }
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == (isEdited ? [] : ["300 delete projectgroups/G3"]))
        #expect(plan.notices.map(\.code) == (isEdited ? ["orphan-modified"] : []))
        #expect(try duo.residue() == [])
    }

    @Test("is never deleted under deleteIfUnchanged when sync did not make it")
    func adopted() throws {
        var duo = Duo(policy { $0.deletes.mode = .deleteIfUnchanged })
        for name in ["A", "B"] { duo.source.add(EntityKey(.projectGroups, name)) }
        duo.destination.add(EntityKey(.projectGroups, "A"))
        try duo.sync()
        duo.source.replica.remove(EntityKey(.projectGroups, "A"))
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(plan.notices.map(\.code) == ["orphan-modified"])
    }

    @Test("is switched off under disable: projects and steps; a person's later choice stays")
    func disable() throws {
        var duo = try settled(.disable)
        duo.source.project("Web", steps: [step("A"), step("B")])
        duo.source.project("Old")
        try duo.sync()
        let process = EntityKey(.deploymentProcesses, "Web")
        duo.source.edit(process) { $0["Steps"] = [step("B")] }
        for key in [EntityKey(.projects, "Old"), EntityKey(.channels, "Old", "Default")] {
            duo.source.replica.remove(key)
        }
        duo.source.replica.remove(EntityKey(.deploymentProcesses, "Old"))
        duo.source.replica.remove(EntityKey(.projectGroups, "G3"))
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(
            plan.operations.map(\.summary) == [
                "130 update deploymentprocesses/Web: Steps/A", "300 update projects/Old: IsDisabled",
            ]
        )
        let steps = duo.destination.replica[process]?.body["Steps"]?.arrayValue ?? []
        #expect(steps.map { $0["Actions"]?[0]?["IsDisabled"] } == [true, false])
        #expect(duo.destination.replica[EntityKey(.projectGroups, "G3")] != nil)
        #expect(try duo.residue() == [])
        duo.destination.edit(EntityKey(.projects, "Old")) { $0["IsDisabled"] = false }
        #expect(try duo.sync().operations == [])
    }

    @Test("E-89: a key that sees only a part deletes nothing of it, and an empty list is no alarm")
    func partialView() throws {
        var duo = try settled(.delete)
        duo.source.replica.partialKinds = [.projectGroups: "ProjectGroupView is granted for some project groups"]
        for number in 0..<20 { duo.source.replica.remove(EntityKey(.projectGroups, "G\(number)")) }
        duo.source.replica.remove(EntityKey(.tagSets, "Ring"))
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == ["300 delete tagsets/Ring"], "what is seen whole is deleted")
        #expect(plan.notices.filter { $0.code == "partial-view" }.map(\.path) == ["types.projectGroups"])
    }

    @Test("E-90: a tag set that an own tenant of the destination uses stays, with the list of users")
    func usedTagSet() throws {
        var duo = try settled(.delete)
        let ring = EntityKey(.tagSets, "Ring")
        duo.source.edit(ring) { $0["Tags"] = [["Name": "Early"]] }
        try duo.sync()
        duo.destination.add(EntityKey(.tenants, "Mine"), ["TenantTags": [ref(.tags, "Ring", "Early")]])
        duo.source.replica.remove(ring)
        let plan = try duo.sync()
        #expect(plan.operations == [])
        let notice = plan.notices.first { $0.code == "orphan-in-use" }
        #expect(notice?.message.contains("tenants/Mine") == true)
    }

    @Test("E-90: a tag goes after the last tenant that had it, and not while an own tenant has it")
    func usedTag() throws {
        var duo = try settled(.report)
        let ring = EntityKey(.tagSets, "Ring")
        let gull = EntityKey(.tenants, "Gull")
        duo.source.edit(ring) { $0["Tags"] = [["Name": "A"], ["Name": "B"], ["Name": "C"]] }
        duo.source.add(gull, ["TenantTags": [ref(.tags, "Ring", "A"), ref(.tags, "Ring", "B")]])
        try duo.sync()
        duo.destination.add(EntityKey(.tenants, "Mine"), ["TenantTags": [ref(.tags, "Ring", "B")]])
        duo.source.edit(gull) { $0["TenantTags"] = [ref(.tags, "Ring", "C")] }
        duo.source.edit(ring) { $0["Tags"] = [["Name": "C"]] }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(
            plan.operations.map(\.summary) == [
                "60 update tenants/Gull: TenantTags", "300 update tagsets/Ring: Tags/A",
            ]
        )
        #expect(plan.notices.first { $0.code == "tag-in-use" }?.message.contains("tenants/Mine") == true)
        #expect(try duo.residue() == [])
        duo.destination.edit(EntityKey(.tenants, "Mine")) { $0["TenantTags"] = [] }
        #expect(try duo.sync().operations.map(\.summary) == ["300 update tagsets/Ring: Tags/B"])
        #expect(try duo.residue() == [])
    }

    @Test("in masses stops everything", arguments: [5, 20])
    func guards(count: Int) throws {
        var duo = try settled(.delete)
        for number in 0..<count { duo.source.replica.remove(EntityKey(.projectGroups, "G\(number)")) }
        #expect {
            try duo.plan()
        } throws: { error in
            if case PlanningError.guard(let kind, _) = error { kind == .projectGroups } else { false }
        }
    }

    @Test("E-88: a list that is suddenly empty stops everything, whatever the mode")
    func emptyList() throws {
        var duo = try settled(.report)
        for number in 0..<20 { duo.source.replica.remove(EntityKey(.projectGroups, "G\(number)")) }
        #expect(throws: PlanningError.self) { try duo.plan() }
    }

    @Test("E-92: what leaves the selection is no orphan")
    func unselected() throws {
        var duo = Duo(policy { $0.deletes.mode = .delete })
        duo.source.project("A")
        duo.source.project("B")
        try duo.sync()
        duo.policy.projects = ["A"]
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(!plan.notices.contains { $0.code.hasPrefix("orphan") })
    }
}
