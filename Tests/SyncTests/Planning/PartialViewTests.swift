import Catalog
import Testing

@testable import Sync

@Suite("A key that sees only a part")
struct PartialViewTests {
    private static let why = "EnvironmentView is granted for some environments only"

    @Test("E-89: the plan names each kind that was seen in part, on which side, and the permission that says so")
    func told() throws {
        var duo = Duo()
        duo.source.replica.partialKinds = [.environments: Self.why]
        duo.destination.replica.partialKinds = [.projectGroups: "ProjectGroupView is granted for some projects only"]
        let notices = try duo.plan().plan.notices.filter { $0.code == "partial-view" }
        #expect(notices.map(\.path) == ["types.environments", "types.projectGroups"])
        #expect(notices[0].message.contains("source") && notices[0].message.contains(Self.why))
        #expect(notices[1].message.contains("destination"))
    }

    @Test("E-89: nothing is created of a kind that the destination's key sees in part, for it may be there")
    func creation() throws {
        var duo = Duo()
        duo.destination.replica.partialKinds = [.projectGroups: "ProjectGroupView is granted for some projects only"]
        duo.source.add(EntityKey(.projectGroups, "G"))
        duo.source.add(EntityKey(.tagSets, "Ring"), ["Tags": []])
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == ["10 create tagsets/Ring"])
        #expect(plan.skipped.map(\.code) == ["partial-view"])
    }

    @Test("E-89: what the destination's key no longer shows is not taken for deleted there, and not forgotten")
    func hiddenCounterpart() throws {
        var duo = Duo(policy { $0.options.deletedAtDestination = .restore })
        for name in ["G", "H"] { duo.source.add(EntityKey(.projectGroups, name)) }
        try duo.sync()
        let known = duo.destination
        duo.destination.replica.remove(EntityKey(.projectGroups, "G"))
        duo.destination.replica.partialKinds = [.projectGroups: "it is"]
        #expect(try duo.sync().operations == [])
        duo.destination = known
        #expect(try duo.sync().operations == [], "it is still known as the same one")
        // Gone at the source while nobody sees it at the destination: remembered until somebody does.
        duo.source.replica.remove(EntityKey(.projectGroups, "G"))
        duo.destination.replica.remove(EntityKey(.projectGroups, "G"))
        duo.destination.replica.partialKinds = [.projectGroups: "it is"]
        try duo.sync()
        #expect(duo.state.records.count == 2)
    }

    @Test("E-89: a list that names what the source's key does not see is left as it is at the destination")
    func hiddenReference() throws {
        let runbook = EntityKey(.runbooks, "Web", "Clean up")
        var duo = Duo()
        for name in ["A", "B"] {
            duo.source.add(EntityKey(.environments, name))
            duo.destination.add(EntityKey(.environments, name))
        }
        let both: JSON = [ref(.environments, "A"), ref(.environments, "B")]
        duo.source.project("Web")
        duo.source.add(runbook, ["EnvironmentScope": "Specified", "Environments": both])
        try duo.sync()
        let hidden = NormalReference.unresolved(kind: .environments, token: "Environments-1").json
        duo.source.replica.remove(EntityKey(.environments, "A"))
        duo.source.edit(runbook) { $0["Environments"] = [hidden, ref(.environments, "B")] }
        var blind = duo
        duo.source.replica.partialKinds = [.environments: Self.why]
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(plan.skipped.contains { $0.code == "partial-view" && $0.path == "Environments" })
        #expect(try blind.sync().operations != [], "a dangling id alone is dropped")
    }

    @Test("E-89: a variable set whose values are not all seen is left alone")
    func values() throws {
        var duo = Duo()
        duo.source.project("Web")
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(set, [("Url", "a", [])])
        try duo.sync()
        duo.source.edit(set) { $0["Variables"] = .array([variable("Url", "b")]) }
        duo.destination.replica.partialKinds = [.variableSets: "VariableView is granted for some environments only"]
        let plan = try duo.plan().plan
        #expect(plan.operations == [])
        #expect(plan.skipped.contains { $0.code == "partial-view" && $0.key == set })
        duo.destination.replica.partialKinds = [:]
        #expect(try duo.sync().operations.count == 1)
    }
}
