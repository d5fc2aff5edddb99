import Catalog
import Testing

@testable import Sync

@Suite("Three-way comparison")
struct ThreeWayTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var base: JSON?
        var source: JSON
        var destination: JSON
        var exact = false
        var heal = false
        var result: JSON
        var outcome: String
        var testDescription: String { outcome + (exact ? " (exact)" : "") + (heal ? " (heal)" : "") }
    }

    static let table: [Case] = [
        Case(base: "b", source: "b", destination: "b", result: "b", outcome: "nothing"),
        Case(base: "b", source: "s", destination: "b", result: "s", outcome: "change"),
        Case(base: "b", source: "b", destination: "d", result: "d", outcome: "drift"),
        Case(base: "b", source: "b", destination: "d", exact: true, result: "d", outcome: "drift"),
        Case(base: "b", source: "b", destination: "d", exact: true, heal: true, result: "b", outcome: "change"),
        Case(base: "b", source: "x", destination: "x", result: "x", outcome: "nothing"),
        Case(base: "b", source: "s", destination: "d", result: "d", outcome: "both-changed"),
        Case(base: nil, source: "x", destination: "x", result: "x", outcome: "nothing"),
        Case(base: nil, source: "s", destination: "d", result: "d", outcome: "kept"),
        Case(base: nil, source: "s", destination: "d", exact: true, result: "d", outcome: "adopt-difference"),
    ]

    @Test("of one value follows the table", arguments: table)
    func scalars(_ entry: Case) {
        var rules = ThreeWay.Rules()
        rules.isExact = entry.exact
        rules.reverts = entry.heal
        var merging = ThreeWay(rules)
        let result = merging.merge(
            .text,
            base: entry.base,
            source: entry.source,
            destination: entry.destination,
            path: ["F"]
        )
        #expect(result == entry.result)
        #expect(merging.outcome == entry.outcome)
    }

    @Test(
        "of sets is element by element",
        arguments: [
            (["a"], ["a", "b"], ["a", "c"], ["a", "b", "c"]),
            (["a", "b"], ["a"], ["a", "b", "c"], ["a", "c"]),
            (["a", "b"], ["a", "b"], ["a"], ["a"]),
            (["a", "b"], ["b"], ["a"], []),
        ]
    )
    func sets(base: [String], source: [String], destination: [String], expected: [String]) {
        var merging = ThreeWay(ThreeWay.Rules())
        let result = merging.merge(
            .names,
            base: JSON(base),
            source: JSON(source),
            destination: JSON(destination),
            path: ["F"]
        )
        #expect(result == JSON(expected))
        #expect(merging.disputes == [])
    }

    @Test("E-70: an extra element of the destination keeps its place behind its predecessor")
    func extraElement() throws {
        var duo = Duo()
        duo.source.project("Web", steps: [step("A"), step("B"), step("C")])
        try duo.sync()
        let process = EntityKey(.deploymentProcesses, "Web")
        duo.destination.edit(process) { $0["Steps"] = [step("A"), step("B"), step("Mine"), step("C")] }
        duo.source.edit(process) { $0["Steps"] = [step("C"), step("B"), step("A")] }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let names = duo.destination.replica[process]?.body["Steps"]?.arrayValue?.map { $0["Name"]?.stringValue ?? "" }
        #expect(names == ["C", "B", "Mine", "A"])
        #expect(try duo.residue() == [])
    }

    @Test("E-70: of an order changed on both sides is a conflict about the order")
    func orderConflict() throws {
        var duo = Duo()
        duo.source.project("Web", steps: [step("A"), step("B"), step("C")])
        try duo.sync()
        let process = EntityKey(.deploymentProcesses, "Web")
        duo.destination.edit(process) { $0["Steps"] = [step("B"), step("A"), step("C")] }
        duo.source.edit(process) { $0["Steps"] = [step("A"), step("C"), step("B")] }
        #expect(try duo.plan().plan.conflicts.map { "\($0.code) \($0.path)" } == ["order Steps/@order"])
    }

    @Test("E-85, E-86: equal edits are agreed on; an edit that is taken back is none")
    func agreement() throws {
        var duo = Duo()
        duo.source.project("Web")
        try duo.sync()
        let key = EntityKey(.projects, "Web")
        duo.source.edit(key) { $0["Description"] = "same" }
        duo.destination.edit(key) { $0["Description"] = "same" }
        #expect(try duo.sync().operations == [])
        duo.destination.edit(key) { $0["Description"] = "other" }
        #expect(try duo.plan().plan.notices.map(\.code) == ["drift"])
        duo.destination.edit(key) { $0["Description"] = "same" }
        #expect(try duo.plan().plan.notices == [])
    }

    @Test("leaves alone what the policy gives to the destination")
    func ownership() throws {
        var duo = Duo(
            policy { $0.ownership = [.init(kind: "projects", field: "Description", owner: .destination)] }
        )
        duo.source.project("Web", ["Description": "initial"])
        try duo.sync()
        let key = EntityKey(.projects, "Web")
        #expect(duo.destination.replica[key]?.body["Description"] == "initial")
        duo.source.edit(key) { $0["Description"] = "changed" }
        #expect(try duo.residue() == [])
    }

    @Test("E-72: a secret of the destination survives every sync")
    func secrets() throws {
        var duo = Duo()
        let secret = NormalSecret.json(hasValue: true)
        duo.source.project("Web", steps: [step("Deploy", properties: ["Password": secret, "Path": "a"])])
        let first = try duo.sync()
        #expect(first.secrets.map(\.state) == [.unset])
        let process = EntityKey(.deploymentProcesses, "Web")
        duo.destination.edit(process) { $0["Steps"] = [step("Deploy", properties: ["Password": secret, "Path": "a"])] }
        #expect(try duo.residue() == [])
        duo.source.edit(process) { $0["Steps"] = [step("Deploy", properties: ["Password": secret, "Path": "b"])] }
        let plan = try duo.sync()
        #expect(plan.operations.count == 1)
        #expect(plan.secrets.map(\.state) == [.setAtDestination])
        let properties = duo.destination.replica[process]?.body["Steps"]?[0]?["Actions"]?[0]?["Properties"]
        #expect(properties == ["Password": secret, "Path": "b"])
    }
}

extension ThreeWay {
    fileprivate var outcome: String {
        if let dispute = disputes.first { return dispute.code }
        if !drifts.isEmpty { return "drift" }
        if !keptOnAdoption.isEmpty { return "kept" }
        return changes.isEmpty ? "nothing" : "change"
    }
}
