import Catalog
import Testing

@testable import Sync

@Suite("Drift of the destination")
struct DriftReportTests {
    static let project = EntityKey(.projects, "Web")
    static let set = EntityKey(.variableSets, "projects", "Web")

    private func synced() throws -> Duo {
        var duo = Duo()
        duo.source.environments("Test", "Production")
        duo.source.project(
            "Web",
            ["Description": "a"],
            steps: [step("A", ["Environments": environmentRefs("Production")]), step("B")]
        )
        duo.source.variables("Web", [variable("Url", "u"), variable("Key", "k")])
        duo.source.add(EntityKey(.tagSets, "Ring"), ["Tags": [["Name": "One"]]])
        try duo.sync()
        return duo
    }

    private func report(_ duo: Duo) throws -> DriftReport {
        try DriftReport(destination: duo.destination.replica, state: duo.state, policy: duo.policy)
    }

    @Test("after a sync there is none")
    func none() throws {
        let report = try report(try synced())
        #expect(report.items == [])
        #expect(!report.isDrifted)
        #expect(report.variables == 2)
    }

    @Test("fields, steps and variables are told with what was agreed on and what is there")
    func fields() throws {
        var duo = try synced()
        duo.destination.edit(Self.project) { $0["Description"] = "mine" }
        duo.destination.edit(EntityKey(.deploymentProcesses, "Web")) {
            $0["Steps"] = [step("A", ["Environments": environmentRefs("Production"), "IsDisabled": true])]
        }
        duo.destination.edit(Self.set) { $0["Variables"]?[0]?["Value"] = "v" }
        let report = try report(duo)
        #expect(report.isDrifted)
        let changes = Dictionary(
            report.items.flatMap { item in item.fields.map { ("\(item.key) \($0.path)", [$0.from, $0.to]) } }
        ) { first, _ in first }
        #expect(changes["projects/Web Description"] == ["a", "mine"])
        #expect(changes["deploymentprocesses/Web Steps/A/Actions/A/IsDisabled"] == [false, true])
        #expect(changes["deploymentprocesses/Web Steps/B"]?.last == .some(.null))
        #expect(changes["variables/projects/Web Variables/Url/value"] == ["u", "v"])
        #expect(changes.count == 4)
    }

    @Test("what is gone is missing, what is the destination's own is extra and no drift")
    func missingAndExtra() throws {
        var duo = try synced()
        duo.destination.add(EntityKey(.tagSets, "Own"))
        #expect(try report(duo).items.map(\.sort) == [.extra])
        #expect(try report(duo).isDrifted == false)
        duo.destination.replica.remove(EntityKey(.tagSets, "Ring"))
        #expect(try report(duo).items.map(\.sort) == [.extra, .missing])
        #expect(try report(duo).isDrifted)
    }

    @Test("a rename at the destination is drift of the name, and of nothing that refers to it")
    func renamed() throws {
        var duo = try synced()
        duo.destination.renameByHand(EntityKey(.environments, "Production"), to: "Live")
        let report = try report(duo)
        #expect(report.items.map(\.key) == [EntityKey(.environments, "Live")])
        #expect(report.items.first?.fields.map(\.path) == ["Name"])
    }

    @Test("E-86: an edit that was taken back is none")
    func takenBack() throws {
        var duo = try synced()
        duo.destination.edit(Self.project) { $0["Description"] = "mine" }
        duo.destination.edit(Self.project) { $0["Description"] = "a" }
        #expect(try report(duo).items == [])
    }
}

@Suite("What a person means")
struct EntityQueryTests {
    static let keys = [
        EntityKey(.projects, "Web.Site"), EntityKey(.projects, "Web"), EntityKey(.tenants, "Web"),
        EntityKey(.channels, "Web", "Hot fix"), EntityKey(.variableSets, "projects", "Web"),
    ]

    @Test(
        "is found by title, by type and name, or by name alone; the longest name wins",
        arguments: [
            ("project Web", keys[1], nil), ("projects/Web.Site", keys[0], nil),
            ("Project Web.Site.Name", keys[0], "Name"),
            ("projects/web.Description", keys[1], "Description"), ("channel Web / Hot fix", keys[3], nil),
            ("Web/hot fix", keys[3], nil), ("variables of project Web.Url", keys[4], "Url"),
        ] as [(String, EntityKey, String?)]
    )
    func found(_ text: String, _ key: EntityKey, _ field: String?) throws {
        let query = try EntityQuery.parse(text, among: Self.keys)
        #expect(query.key == key)
        #expect(query.field == field)
    }

    @Test("what may be several things is asked back, what is nothing gets a suggestion")
    func problems() {
        let several = #expect(throws: EntityQuery.Problem.self) { try EntityQuery.parse("Web", among: Self.keys) }
        #expect(several?.description.contains("project Web, tenant Web") == true)
        let none = #expect(throws: EntityQuery.Problem.self) { try EntityQuery.parse("project Hot", among: Self.keys) }
        #expect(none?.description.contains("channel Web / Hot fix") == true)
    }
}
