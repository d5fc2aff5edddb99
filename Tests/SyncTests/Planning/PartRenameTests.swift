import Catalog
import Testing

@testable import Sync

@Suite("Parts of documents that get another name")
struct PartRenameTests {
    private let process = EntityKey(.deploymentProcesses, "Web")

    private func settled(_ steps: JSON) throws -> Duo {
        var duo = Duo()
        duo.source.project("Web", steps: steps)
        try duo.sync()
        return duo
    }

    private func names(_ side: Sketch) -> [String] {
        side.replica[process]?.body["Steps"]?.arrayValue?.map { $0["Name"]?.stringValue ?? "" } ?? []
    }

    @Test("E-13: a step that is renamed and moved at once is the same step; its order is another change")
    func renamedAndMoved() throws {
        var duo = try settled([step("Deploy"), step("Test"), step("Notify")])
        let id = duo.destination.partIDs(of: process)[["steps", "deploy", "actions", "deploy"]]
        duo.source.renameStep(process, "Deploy", to: "Ship")
        duo.source.edit(process) { $0["Steps"] = [step("Test"), step("Notify"), step("Ship")] }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(
            plan.operations.flatMap(\.fields).map(\.path)
                == ["Steps/Ship/Name", "Steps/Ship/Actions/Ship/Name", "Steps/@order"]
        )
        #expect(plan.operations.map(\.risks) == [[.rename]])
        #expect(names(duo.destination) == ["Test", "Notify", "Ship"])
        #expect(duo.destination.partIDs(of: process)[["steps", "ship", "actions", "ship"]] == id)
        #expect(try duo.residue() == [])
    }

    @Test("E-13, E-72: the destination's secret in a renamed step survives")
    func secretSurvives() throws {
        let secret = NormalSecret.json(hasValue: true)
        var duo = try settled([step("Deploy", properties: ["Password": secret])])
        duo.destination.edit(process) { $0["Steps"] = [step("Deploy", properties: ["Password": secret])] }
        duo.source.renameStep(process, "Deploy", to: "Ship")
        let plan = try duo.sync()
        #expect(plan.secrets.map(\.state) == [.setAtDestination])
        let action = duo.destination.replica[process]?.body["Steps"]?[0]?["Actions"]?[0]
        #expect(action?["Name"] == "Ship")
        #expect(action?["Properties"] == ["Password": secret])
        #expect(try duo.residue() == [])
    }

    @Test("E-50: the scope of a variable follows a step that is renamed in the same sync")
    func scopeFollows() throws {
        var duo = Duo()
        duo.source.project("Web", steps: [step("Deploy")])
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(set, [("Url", "http://a", [])])
        let scope: JSON = ["Action": [ref(.actions, "projects", "Web", "Deploy", "Deploy")]]
        duo.source.edit(set) { body in
            var row = body["Variables"]?[0] ?? [:]
            row["Scope"] = scope
            body["Variables"] = [row]
        }
        try duo.sync()
        #expect(duo.destination.replica[set]?.body["Variables"]?[0]?["Scope"] == scope)
        duo.source.renameStep(process, "Deploy", to: "Ship")
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.operations.map(\.key.kind) == [.deploymentProcesses], "nothing of the variable is written")
        let after: JSON = ["Action": [ref(.actions, "projects", "Web", "Ship", "Ship")]]
        #expect(duo.destination.replica[set]?.body["Variables"]?[0]?["Scope"] == after)
        #expect(try duo.residue() == [])
    }

    @Test("A step that the destination renamed keeps its name, and goes on getting the source's changes")
    func renamedAtDestination() throws {
        var duo = try settled([step("Deploy"), step("Test")])
        duo.destination.renameStep(process, "Deploy", to: "Mine")
        duo.source.edit(process) { $0["Steps"] = [step("Deploy", ["Notes": "new"]), step("Test")] }
        for round in 0..<2 {
            let plan = try duo.sync()
            #expect(plan.conflicts == [])
            let paths = plan.operations.flatMap(\.fields).map(\.path)
            #expect(paths == (round == 0 ? ["Steps/Mine/Actions/Mine/Notes"] : []))
            #expect(names(duo.destination) == ["Mine", "Test"])
        }
    }

    @Test("A step that the destination renamed and kept finds its actions again when it comes back at the source")
    func comesBack() throws {
        var duo = try settled([step("Deploy"), step("Test")])
        duo.destination.renameStep(process, "Test", to: "Mine")
        duo.source.edit(process) { $0["Steps"] = [step("Deploy")] }
        try duo.sync()
        #expect(names(duo.destination) == ["Deploy", "Mine"])
        let kept = duo.state.records.values.first { $0.destinationKey == process }?.parts.map(\.path)
        #expect(kept?.contains(["Steps", "Test", "Actions", "Test"]) == true)
        duo.source.edit(process) { $0["Steps"] = [step("Deploy"), step("Test", ["Notes": "back"])] }
        try duo.sync()
        #expect(names(duo.destination) == ["Deploy", "Mine"])
        #expect(try duo.residue() == [])
    }

    @Test("A step that both sides renamed is a conflict about its name only")
    func renamedOnBothSides() throws {
        var duo = try settled([step("Deploy"), step("Test")])
        duo.destination.renamePart(process, ["Steps", "Deploy"], to: "Mine")
        duo.source.renamePart(process, ["Steps", "Deploy"], to: "Ship")
        duo.source.edit(process) { body in
            var steps = body["Steps"]?.arrayValue ?? []
            steps[1] = step("Test", ["Notes": "new"])
            body["Steps"] = .array(steps)
        }
        let plan = try duo.plan().plan
        #expect(plan.conflicts.map { "\($0.code) \($0.path)" } == ["both-changed Steps/Mine/Name"])
        #expect(plan.operations.flatMap(\.fields).map(\.path) == ["Steps/Test/Actions/Test/Notes"])
        duo.policy.onConflict = .source
        try duo.sync()
        #expect(names(duo.destination) == ["Ship", "Test"])
        #expect(try duo.residue() == [])
    }

    @Test("Steps that swap names are renamed, each with its id")
    func swap() throws {
        var duo = try settled([step("A", ["Notes": "1"]), step("B", ["Notes": "2"])])
        let ids = duo.destination.partIDs(of: process)
        duo.source.renameStep(process, "A", to: "C")
        duo.source.renameStep(process, "B", to: "A")
        duo.source.renameStep(process, "C", to: "B")
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(names(duo.destination) == ["B", "A"])
        #expect(duo.destination.partIDs(of: process)[["steps", "b"]] == ids[["steps", "a"]])
        #expect(try duo.residue() == [])
    }

    @Test("A step takes the name of one that is gone: it takes its place")
    func nameOfGone() throws {
        var duo = try settled([step("A"), step("B")])
        duo.source.edit(process) { $0["Steps"] = [step("B")] }
        duo.source.renameStep(process, "B", to: "A")
        #expect(try duo.sync().conflicts == [])
        #expect(names(duo.destination) == ["A"])
        #expect(try duo.residue() == [])
    }

    @Test("A new name that an own step of the destination has is a conflict")
    func nameTaken() throws {
        var duo = try settled([step("A")])
        duo.destination.edit(process) { $0["Steps"] = [step("A"), step("Mine")] }
        duo.source.renameStep(process, "A", to: "Mine")
        let plan = try duo.plan().plan
        #expect(plan.conflicts.map(\.code) == ["name-taken"])
        #expect(!plan.operations.contains { $0.after["Steps"]?.arrayValue?.count != 2 })
    }

    @Test("A renamed tag stays with the tenants that have it; a renamed template keeps the tenants' values")
    func tagsAndTemplates() throws {
        var duo = Duo()
        duo.source.environments("Production")
        let ring = EntityKey(.tagSets, "Ring")
        duo.source.add(ring, ["Tags": [["Name": "Early"], ["Name": "Late"]]])
        duo.source.project("Web", ["Templates": [["Name": "Host"]]])
        let gull = EntityKey(.tenants, "Gull")
        duo.source.add(
            gull,
            [
                "TenantTags": [ref(.tags, "Ring", "Early")],
                "ProjectEnvironments": ["Web": environmentRefs("Production")],
            ]
        )
        let values = EntityKey(.tenantVariables, "Gull")
        duo.source.add(values, ["ProjectVariables": ["Web": ["Production": ["Host": "a"]]], "LibraryVariables": [:]])
        try duo.sync()
        duo.destination.edit(values) { $0["ProjectVariables"] = ["Web": ["Production": ["Host": "own"]]] }
        duo.source.renamePart(ring, ["Tags", "Early"], to: "First")
        duo.source.renamePart(EntityKey(.projects, "Web"), ["Templates", "Host"], to: "Server")
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(
            plan.operations.flatMap(\.fields).map(\.path) == ["Tags/First/Name", "Templates/Server/Name"]
        )
        #expect(duo.destination.replica[gull]?.body["TenantTags"] == [ref(.tags, "Ring", "First")])
        let after = duo.destination.replica[values]?.body["ProjectVariables"]?["Web"]?["Production"]
        #expect(after == ["Server": "own"])
        #expect(try duo.residue() == [])
    }

    @Test("The id of a step goes out with its new name")
    func rendering() throws {
        let kind = Catalog.standard[.deploymentProcesses]!
        let existing: JSON = [
            "Id": "deploymentprocess-Projects-1", "Version": 3,
            "Steps": [
                ["Id": "s-1", "Name": "Deploy", "Actions": [["Id": "a-1", "Name": "Deploy", "ActionType": "X"]]]
            ],
        ]
        let renames = [
            PartRename(path: ["Steps", "Ship"], formerName: "Deploy"),
            PartRename(path: ["Steps", "Ship", "Actions", "Ship"], formerName: "Deploy"),
        ]
        let body: JSON = [
            "Steps": [["Name": "Ship", "Actions": [["Name": "Ship", "ActionType": "X"]]]]
        ]
        let sent = try Renderer(renames: renames) { _ in nil }.document(body, kind: kind, onto: existing)
        #expect(sent["Steps"]?[0]?["Id"] == "s-1")
        #expect(sent["Steps"]?[0]?["Name"] == "Ship")
        #expect(sent["Steps"]?[0]?["Actions"]?[0]?["Id"] == "a-1")
    }
}
