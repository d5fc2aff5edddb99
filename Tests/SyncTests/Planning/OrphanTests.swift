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

    @Test("is deleted only as it was synced, under deleteIfUnchanged", arguments: [false, true])
    func ifUnchanged(isEdited: Bool) throws {
        var duo = try settled(.deleteIfUnchanged)
        duo.source.replica.remove(EntityKey(.tagSets, "Ring"))
        if isEdited { duo.destination.edit(EntityKey(.tagSets, "Ring")) { $0["Description"] = "mine" } }
        let plan = try duo.sync()
        #expect(plan.operations.count == (isEdited ? 0 : 1))
        #expect(plan.notices.map(\.code) == (isEdited ? ["orphan-modified"] : []))
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
