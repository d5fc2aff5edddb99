import Catalog
import Testing

@testable import Sync

@Suite("How kinds are treated")
struct KindPlansTests {
    @Test("S-80, S-87: name-only kinds are created with the source's settings and are the destination's from then on")
    func nameOnly() throws {
        var duo = Duo()
        duo.source.add(EntityKey(.environments, "Test"), ["UseGuidedFailure": true])
        try duo.sync()
        #expect(duo.destination.replica[EntityKey(.environments, "Test")]?.body["UseGuidedFailure"] == true)
        duo.source.edit(EntityKey(.environments, "Test")) { $0["UseGuidedFailure"] = false }
        #expect(try duo.residue() == [])
    }

    @Test(
        "S-77: an exact kind asks when the sides meet with a difference, and reverts changes of the destination with --heal"
    )
    func exact() throws {
        let key = EntityKey(.stepTemplates, "Notify")
        var duo = Duo()
        duo.source.add(key, ["Description": "a"], version: 4)
        duo.destination.add(key, ["Description": "b"], version: 9)
        #expect(try duo.plan().plan.conflicts.map(\.code) == ["adopt-difference"])
        duo.policy.onAdoptDifference = .source
        #expect(try duo.sync().operations.count == 1)
        duo.destination.edit(key) { $0["Description"] = "c" }
        #expect(try duo.plan().plan.notices.map(\.code) == ["drift"])
        #expect(try duo.residue() == [])
        duo.settings.heals = true
        #expect(try duo.sync().operations.map(\.summary) == ["30 update actiontemplates/Notify: Description"])
        #expect(try duo.residue() == [])
    }

    @Test("S-78: tags that only the destination has stay")
    func extraTags() throws {
        let key = EntityKey(.tagSets, "Ring")
        var duo = Duo()
        duo.source.add(key, ["Tags": [["Name": "Early"], ["Name": "Late"]]])
        try duo.sync()
        duo.destination.edit(key) { $0["Tags"] = [["Name": "Own"], ["Name": "Early"], ["Name": "Late"]] }
        duo.source.edit(key) { $0["Tags"] = [["Name": "Late"], ["Name": "Early"], ["Name": "New"]] }
        try duo.sync()
        let names = duo.destination.replica[key]?.body["Tags"]?.arrayValue?.map { $0["Name"]?.stringValue ?? "" }
        #expect(names.map(Set.init) == ["Own", "Early", "Late", "New"])
        #expect(try duo.residue() == [])
    }

    @Test("E-10: built-in feeds pair by what they are, and are never created")
    func builtIn() throws {
        var duo = Duo()
        let feed = EntityKey(.feeds, "@builtin")
        duo.source.add(feed, ["Name": "Octopus Server (built-in)", "FeedType": "BuiltIn"])
        duo.destination.add(feed, ["Name": "Integrierter Feed", "FeedType": "BuiltIn"])
        duo.source.project(
            "Web",
            steps: [step("Deploy", properties: ["Octopus.Action.Package.FeedId": ref(.feeds, "@builtin")])]
        )
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(!plan.operations.contains { $0.key.kind == .feeds })
        // The step has the destination's own, which keeps its name.
        let process = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]
        let properties = process?.body["Steps"]?[0]?["Actions"]?[0]?["Properties"]
        #expect(properties?["Octopus.Action.Package.FeedId"] == ref(.feeds, "@builtin"))
        #expect(duo.destination.replica[feed]?.body["Name"] == "Integrierter Feed")
        #expect(try duo.residue() == [])
    }

    @Test("E-10: a feed that is called like the other side's built-in one is another feed")
    func calledBuiltIn() throws {
        var duo = Duo()
        let (builtIn, custom) = (EntityKey(.feeds, "@builtin"), EntityKey(.feeds, "Integrierter Feed"))
        duo.source.add(builtIn, ["Name": "Octopus Server (built-in)", "FeedType": "BuiltIn"])
        duo.destination.add(builtIn, ["Name": "Integrierter Feed", "FeedType": "BuiltIn"])
        duo.source.add(custom, ["FeedType": "NuGet", "FeedUri": "https://nuget.example"])
        duo.source.project(
            "Web",
            steps: [
                step("One", properties: ["Octopus.Action.Package.FeedId": ref(.feeds, "@builtin")]),
                step("Two", properties: ["Octopus.Action.Package.FeedId": ref(.feeds, "Integrierter Feed")]),
            ]
        )
        let plan = try duo.sync()
        #expect(plan.operations.filter { $0.key.kind == .feeds }.map(\.key) == [custom])
        let steps = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]?.body["Steps"]
        let feeds = (0...1).map { steps?[$0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Package.FeedId"] }
        #expect(feeds == [ref(.feeds, "@builtin"), ref(.feeds, "Integrierter Feed")])
        #expect(try duo.residue() == [])
    }

    @Test("E-14: steps with equally named actions are told apart by the step")
    func equallyNamedActions() throws {
        var duo = Duo()
        duo.source.project("Web", steps: [step("One", actionName: "Run"), step("Two", actionName: "Run")])
        try duo.sync()
        let process = EntityKey(.deploymentProcesses, "Web")
        duo.source.edit(process) {
            $0["Steps"] = [step("One", actionName: "Run"), step("Two", ["Notes": "x"], actionName: "Run")]
        }
        #expect(try duo.sync().operations.flatMap(\.fields).map(\.path) == ["Steps/Two/Actions/Run/Notes"])
        // What the destination changed in the other one stays; the one whose step goes takes nothing of it along.
        duo.destination.edit(process) {
            $0["Steps"]?[0]?["Actions"]?[0]?["Notes"] = "mine"
        }
        #expect(try duo.sync().operations == [])
        duo.source.edit(process) { $0["Steps"] = [step("One", actionName: "Run")] }
        try duo.sync()
        let steps = duo.destination.replica[process]?.body["Steps"]?.arrayValue ?? []
        #expect(steps.map { $0["Name"] } == ["One"])
        #expect(steps.first?["Actions"]?[0]?["Notes"] == "mine")
        #expect(try duo.residue() == [])
    }

    @Test("E-24: projects that deploy each other are made first, their processes after both")
    func deployEachOther() throws {
        var duo = Duo()
        for (name, other) in [("A", "B"), ("B", "A")] {
            let action: JSON = ["ActionType": "Octopus.DeployRelease"]
            let properties: JSON = ["Octopus.Action.DeployRelease.ProjectId": ref(.projects, other)]
            duo.source.project(name, steps: [step("Deploy", action, properties: properties)])
        }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let order = plan.operations.filter { [.projects, .deploymentProcesses].contains($0.key.kind) }.map(\.key.kind)
        #expect(order == [.projects, .projects, .deploymentProcesses, .deploymentProcesses])
        let process = plan.operations.last { $0.key.kind == .deploymentProcesses }
        let makers = plan.operations.filter { $0.key.kind == .projects }.map(\.sequence)
        #expect(process.map { Set($0.dependsOn).isSuperset(of: makers) } == true)
        #expect(try duo.residue() == [])
    }

    @Test("S-73: what refers to later things is written once they exist")
    func deferral() throws {
        var duo = Duo()
        duo.source.project(
            "Web",
            ["AutoCreateRelease": true, "ReleaseCreationStrategy": ["ChannelId": ref(.channels, "Web", "Default")]],
            steps: [step("Deploy")]
        )
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let phases = plan.operations.filter { $0.key.kind == .projects }.map(\.phase)
        #expect(phases == [.projects, .releaseCreation])
        #expect(duo.destination.replica[EntityKey(.projects, "Web")]?.body["AutoCreateRelease"] == true)
        #expect(try duo.residue() == [])
    }

    @Test("S-124: a missing lifecycle stops a project, or is replaced by the space's own")
    func missingLifecycle() throws {
        var duo = Duo(policy { $0.types[.lifecycles] = .init(mode: .skip) })
        duo.source.add(EntityKey(.lifecycles, "Slow"))
        duo.source.project("Web", ["LifecycleId": ref(.lifecycles, "Slow")])
        #expect(try duo.plan().plan.conflicts.map(\.code) == ["missing-required"])
        duo.destination.add(EntityKey(.lifecycles, "Default Lifecycle"))
        duo.policy.onMissingProjectLifecycle = .spaceDefault
        try duo.sync()
        let project = duo.destination.replica[EntityKey(.projects, "Web")]
        #expect(project?.body["LifecycleId"] == ref(.lifecycles, "Default Lifecycle"))
        #expect(try duo.residue() == [])
    }

    @Test("E-20, E-21: an id of the source that is not known to be a reference stops the plan; in free text it is told")
    func tripwire() throws {
        var duo = Duo()
        duo.source.environments("Test")
        let id = duo.source.replica[EntityKey(.environments, "Test")]?.id ?? ""
        duo.source.project(
            "Web",
            steps: [
                step(
                    "Deploy",
                    properties: [
                        "New.Thing": .string("a,\(id)"), "Octopus.Action.Script.ScriptBody": .string("use \(id)"),
                    ]
                )
            ]
        )
        let plan = try duo.plan().plan
        #expect(plan.conflicts.map(\.code) == ["untranslated-reference"])
        #expect(plan.conflicts.first?.path == "Steps/Deploy/Actions/Deploy/Properties/New.Thing")
        #expect(plan.notices.map(\.code) == ["id-in-text"])
    }

    @Test("S-43: Selecting projects leaves the others out and pulls in what the selected ones need")
    func selection() throws {
        var duo = Duo(
            policy {
                $0.projects = ["Web*", "!Web Sandbox"]
                $0.types[.projectGroups] = .init(mode: .nameOnly)
                $0.types[.projectGroups]?.select = ["Nothing"]
            }
        )
        for name in ["Web", "Web Sandbox", "Other"] { duo.source.project(name) }
        duo.source.add(EntityKey(.projectGroups, "Unused"))
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(duo.destination.replica.entities(of: .projects).map(\.key.name) == ["Web"])
        #expect(duo.destination.replica.entities(of: .projectGroups).map(\.key.name) == ["All"])
        #expect(try duo.residue() == [])
    }

    @Test("E-54: values that different people change on both sides go out in one write")
    func variables() throws {
        var duo = Duo()
        duo.source.project("Web")
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(set, [("One", "1", []), ("Two", "2", [])])
        try duo.sync()
        #expect(duo.destination.replica[set]?.body["Variables"]?.arrayValue?.count == 2)
        #expect(try duo.residue() == [])
        duo.source.edit(set) { $0["Variables"] = .array([variable("One", "1s"), variable("Two", "2")]) }
        duo.destination.edit(set) { $0["Variables"] = .array([variable("One", "1"), variable("Two", "2d")]) }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.operations.map(\.summary) == ["150 update variables/projects/Web: Variables/One/value"])
        let values = duo.destination.replica[set]?.body["Variables"]?.arrayValue?.map { $0["Value"]?.stringValue ?? "" }
        #expect(values == ["1s", "2d"])
        #expect(try duo.residue() == [])
    }

    @Test("Values of variables keep their scopes in the destination's terms")
    func variableScopes() throws {
        var duo = Duo(policy { $0.environments = [.init("Test", .names(["Staging"]))] })
        duo.source.environments("Test")
        duo.destination.environments("Staging")
        duo.source.project("Web")
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(set, [("Url", "http://t", ["Test"])])
        try duo.sync()
        let row = duo.destination.replica[set]?.body["Variables"]?[0]
        #expect(row?["Scope"]?["Environment"] == environmentRefs("Staging"))
        #expect(row?["Value"] == "http://t")
        #expect(try duo.residue() == [])
    }

    @Test("S-74, LS-11: tenants keep the values that they have, and get those that they lack")
    func tenantVariables() throws {
        var duo = Duo()
        duo.source.environments("Production")
        duo.source.project("Web", ["Templates": [["Name": "Host"], ["Name": "Port"]]])
        duo.source.add(EntityKey(.tenants, "Gull"), ["ProjectEnvironments": ["Web": environmentRefs("Production")]])
        let key = EntityKey(.tenantVariables, "Gull")
        duo.source.add(key, ["ProjectVariables": ["Web": ["Production": ["Host": "a"]]], "LibraryVariables": [:]])
        try duo.sync()
        #expect(duo.destination.replica[key]?.body["ProjectVariables"]?["Web"]?["Production"] == ["Host": "a"])
        duo.destination.edit(key) { $0["ProjectVariables"] = ["Web": ["Production": ["Host": "own"]]] }
        duo.source.edit(key) { $0["ProjectVariables"] = ["Web": ["Production": ["Host": "b", "Port": "1"]]] }
        try duo.sync()
        let values = duo.destination.replica[key]?.body["ProjectVariables"]?["Web"]?["Production"]
        #expect(values == ["Host": "own", "Port": "1"])
        #expect(try duo.residue() == [])
    }

    @Test("E-73: a step that uses a template gets the destination's version of it, never the source's number")
    func templateVersions() throws {
        var duo = Duo()
        duo.source.add(EntityKey(.stepTemplates, "Notify"), ["ActionType": "Octopus.Script"], version: 7)
        duo.destination.add(EntityKey(.stepTemplates, "Notify"), ["ActionType": "Octopus.Script"], version: 3)
        let properties: JSON = [
            "Octopus.Action.Template.Id": ref(.stepTemplates, "Notify"), "Octopus.Action.Template.Version": "7",
        ]
        duo.source.project("Web", steps: [step("Notify", properties: properties)])
        try duo.sync()
        let process = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]
        let sent = process?.body["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Template.Version"]
        #expect(sent == "3")
        #expect(try duo.residue() == [])
    }
}

func variable(_ name: String, _ value: String, _ environments: [String] = []) -> JSON {
    [
        "Name": .string(name), "Value": .string(value), "Description": "", "Type": "String",
        "Scope": environments.isEmpty ? [:] : ["Environment": refs(.environments, environments)], "IsEditable": true,
        "Prompt": .null,
    ]
}

extension Sketch {
    mutating func variables(_ key: EntityKey, _ rows: [(String, String, [String])]) {
        var entity = add(key, ["Variables": .array(rows.map { variable($0.0, $0.1, $0.2) })])
        entity.rowIDs = rows.map { _ in nextID("row") }
        replica.insert(entity)
    }
}
