import Catalog
import Testing

@testable import Sync

@Suite("The first plan")
struct FirstPlanTests {
    @Test("S-70 to S-72: creates everything in the order of the phases, and then has nothing left to do")
    func createsEverything() throws {
        var duo = Duo()
        duo.source.environments("Test", "Production")
        duo.source.project(
            "Web",
            ["Description": "shop"],
            steps: [step("Deploy", ["Environments": environmentRefs("Test")])]
        )
        duo.source.add(EntityKey(.tenants, "Gull"), ["ProjectEnvironments": ["Web": environmentRefs("Test")]])
        let plan = try duo.sync()
        #expect(plan.conflicts.isEmpty)
        #expect(
            plan.operations.map(\.summary) == [
                "10 create environments/Production", "10 create environments/Test", "10 create projectgroups/All",
                "50 create lifecycles/Default Lifecycle", "60 create tenants/Gull", "110 create projects/Web",
                "120 create channels/Web/Default", "130 create deploymentprocesses/Web",
                "210 update tenants/Gull: ProjectEnvironments",
            ]
        )
        #expect(try duo.residue() == [])
    }

    @Test("of two equal replicas adopts what is there and writes nothing")
    func adoptsEquals() throws {
        var duo = Duo()
        for name in ["Test", "Production"] {
            duo.source.environments(name)
            duo.destination.environments(name)
        }
        duo.source.project("Web", steps: [step("Deploy")])
        duo.destination.project("Web", steps: [step("Deploy")])
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(duo.state.records.count == 7)
        duo.source.edit(EntityKey(.projects, "Web")) { $0["Description"] = "new" }
        let second = try duo.sync()
        #expect(second.operations.map(\.summary) == ["110 update projects/Web: Description"])
        #expect(try duo.residue() == [])
    }

    @Test("is the same, byte for byte, for the same input")
    func isDeterministic() throws {
        var duo = Duo()
        duo.source.environments("A", "B", "C", "D", "E")
        for name in ["P", "Q", "R"] { duo.source.project(name, steps: [step("One"), step("Two")]) }
        let first = try duo.plan()
        let second = try duo.plan()
        #expect(first.plan == second.plan)
        #expect(first.plan.json.canonicalBytes == second.plan.json.canonicalBytes)
        #expect(first.proposedState == second.proposedState)
    }
}
