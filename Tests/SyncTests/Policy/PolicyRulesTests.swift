import Catalog
import Testing

@testable import Sync

@Suite("Rules of a policy")
struct PolicyRulesTests {
    private func read(_ settings: String) throws -> Policy { try PresetTests.read(settings) }

    private func problems(_ settings: String) -> [PolicyProblem] {
        do {
            _ = try read(settings)
            return []
        } catch {
            return (error as? PolicyError)?.problems ?? []
        }
    }

    private func scope(_ duo: Duo, _ project: String, _ step: Int = 0) -> JSON? {
        let body = duo.destination.replica[EntityKey(.deploymentProcesses, project)]?.body
        return body?["Steps"]?[step]?["Actions"]?[0]?["Environments"]
    }

    // MARK: - Environments

    @Test("S-119: environments are mapped per type, project, step and variable; the nearest rule wins")
    func environments() throws {
        let policy = try read(
            """
            environments: {Test: [Staging]}
            types:
              accounts: {environments: {Test: [Production]}}
              projects: {overrides: [{match: {name: Shop}, environments: {Test: [QA]}}]}
            steps:
              rules:
                - match: {project: Web, step: Check}
                  scope: {environments: {map: {Test: [QA, Production]}}}
            variables:
              rules:
                - {match: {name: Url, owner: Web}, environments: {Test: [Production]}}
            """
        )
        var duo = Duo(policy)
        duo.source.environments("Test")
        duo.destination.environments("QA", "Staging", "Production")
        duo.source.add(
            EntityKey(.accounts, "Cloud"),
            ["AccountType": "Token", "EnvironmentIds": environmentRefs("Test")]
        )
        let test: JSON = ["Environments": environmentRefs("Test")]
        duo.source.project("Web", steps: [step("Deploy", test), step("Check", test)])
        duo.source.project("Shop", steps: [step("Deploy", test)])
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(set, [("Url", "u", ["Test"]), ("Port", "p", ["Test"])])
        duo.source.add(
            EntityKey(.tenants, "Gull"),
            ["ProjectEnvironments": ["Web": environmentRefs("Test"), "Shop": environmentRefs("Test")]]
        )
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let account = duo.destination.replica[EntityKey(.accounts, "Cloud")]
        #expect(account?.body["EnvironmentIds"] == environmentRefs("Production"))
        #expect(scope(duo, "Web") == environmentRefs("Staging"))
        #expect(scope(duo, "Web", 1) == environmentRefs("Production", "QA"))
        #expect(scope(duo, "Shop") == environmentRefs("QA"))
        let rows = duo.destination.replica[set]?.body["Variables"]?.arrayValue ?? []
        #expect(
            rows.map { $0["Scope"]?["Environment"] } == [environmentRefs("Production"), environmentRefs("Staging")]
        )
        let links = duo.destination.replica[EntityKey(.tenants, "Gull")]?.body["ProjectEnvironments"]
        #expect(links?["Web"] == environmentRefs("Staging"))
        #expect(links?["Shop"] == environmentRefs("QA"))
        #expect(try duo.residue() == [])
    }

    @Test("S-119: a rule of one project brings an environment that the rest of the policy drops")
    func broughtByOverride() throws {
        var duo = Duo(
            try read(
                """
                environments: {Test: drop}
                types: {projects: {overrides: [{match: {name: Shop}, environments: {Test: same}}]}}
                """
            )
        )
        duo.source.environments("Test")
        let test: JSON = ["Environments": environmentRefs("Test")]
        duo.source.project("Web", steps: [step("Deploy", test)])
        duo.source.project("Shop", steps: [step("Deploy", test)])
        #expect(try duo.sync().conflicts == [])
        #expect(duo.destination.replica[EntityKey(.environments, "Test")] != nil)
        #expect(scope(duo, "Shop") == environmentRefs("Test"))
        #expect(scope(duo, "Web") == nil, "the step stays behind, it is not unscoped")
        #expect(try duo.residue() == [])
    }

    // MARK: - Single documents

    @Test("S-26, S-35: rules leave out or treat differently single documents of a type; the first match decides")
    func entityRules() throws {
        var duo = Duo(
            try read(
                """
                types:
                  projects:
                    overrides:
                      - {match: {name: Web Sandbox}, mode: skip}
                      - {match: {name: "Web*"}, mode: initialOnly}
                  channels:
                    overrides: [{match: {name: Hotfix, project: Shop}, mode: skip}]
                """
            )
        )
        for name in ["Web", "Web Sandbox", "Shop"] { duo.source.project(name) }
        duo.source.add(EntityKey(.channels, "Shop", "Hotfix"))
        duo.source.add(EntityKey(.channels, "Web", "Hotfix"))
        let plan = try duo.sync()
        #expect(duo.destination.replica.entities(of: .projects).map(\.key.name) == ["Shop", "Web"])
        let channels = duo.destination.replica.entities(of: .channels).map(\.key.description)
        #expect(channels.filter { $0.hasSuffix("Hotfix") } == ["channels/Web/Hotfix"])
        #expect(plan.skipped.contains { $0.key.name == "Web Sandbox" && $0.rule == "types.projects.overrides, line 7" })
        for name in ["Web", "Shop"] { duo.source.edit(EntityKey(.projects, name)) { $0["Description"] = "new" } }
        #expect(try duo.sync().operations.map(\.summary) == ["110 update projects/Shop: Description"])
        #expect(try duo.residue() == [])
    }

    @Test("S-150: one variable may be treated differently from the others")
    func variableRules() throws {
        var duo = Duo(
            try read(
                """
                variables:
                  rules:
                    - {match: {name: "Legacy.*"}, overwrite: never, newValue: placeholder}
                    - {match: {name: Color, owner: Web}, scopeMismatch: {environments: skipUnlessExactMatch}}
                environments: {Dev: drop}
                """
            )
        )
        duo.source.environments("Dev")
        duo.source.project("Web")
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(set, [("Legacy.Url", "a", []), ("Url", "a", []), ("Color", "red", ["Dev"])])
        try duo.sync()
        let values = { (duo: Duo) in
            (duo.destination.replica[set]?.body["Variables"]?.arrayValue ?? []).map {
                "\($0["Name"]?.stringValue ?? "")=\($0["Value"]?.stringValue ?? "")"
            }
        }
        #expect(values(duo) == ["Legacy.Url=Replace Me", "Url=a"])
        #expect(try duo.residue() == [])
    }

    // MARK: - Owners and conflicts

    @Test("S-4, S-26: a line gives a field of a type to one side, or to both")
    func owners() throws {
        let template = EntityKey(.stepTemplates, "Notify")
        var duo = Duo(
            try read(
                """
                ownership:
                  - {type: project, field: Description, owner: destination}
                  - {type: stepTemplates, field: Description, owner: shared}
                  - {type: environments, field: Description, owner: source}
                """
            )
        )
        duo.source.project("Web")
        duo.source.environments("Test")
        duo.source.add(template, version: 1)
        try duo.sync()
        duo.source.edit(EntityKey(.projects, "Web")) { $0["Description"] = "theirs" }
        duo.source.edit(EntityKey(.environments, "Test")) { $0["Description"] = "for testers" }
        duo.destination.edit(template) { $0["Description"] = "ours" }
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == ["10 update environments/Test: Description"])
        #expect(duo.destination.replica[template]?.body["Description"] == "ours", "shared: not reverted though exact")
        #expect(try duo.residue() == [])
    }

    @Test("a conflict is settled by the line of its field, and the plan names the line")
    func conflictRules() throws {
        var duo = Duo(
            try read(
                """
                conflicts:
                  default: stop
                  "project.Description": source
                  "variable.value": destination
                """
            )
        )
        duo.source.project("Web")
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(set, [("Url", "a", [])])
        try duo.sync()
        let project = EntityKey(.projects, "Web")
        duo.source.edit(project) { $0["Description"] = "s" }
        duo.destination.edit(project) { $0["Description"] = "d" }
        duo.source.edit(set) { $0["Variables"] = .array([variable("Url", "s")]) }
        duo.destination.edit(set) { $0["Variables"] = .array([variable("Url", "d")]) }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let change = plan.operations.first { $0.key == project }?.fields.first
        #expect(change?.to == "s")
        #expect(change?.rule == "conflicts, line 6: source")
        #expect(duo.destination.replica[set]?.body["Variables"]?[0]?["Value"] == "d")
        #expect(try duo.residue() == [])
    }

    @Test("the plan names the line, the preset or nothing for what it leaves out")
    func reasons() throws {
        var duo = Duo(
            try read(
                """
                preset: lower-upper
                steps:
                  onExcludedChannel: excludeStep
                types:
                  channels: {exclude: [Dev only]}
                """
            )
        )
        duo.source.project("Web", steps: [step("Runbook", ["Channels": [ref(.channels, "Web", "Dev only")]])])
        duo.source.add(EntityKey(.channels, "Web", "Dev only"))
        let plan = try duo.plan().plan
        let rules = Set(plan.skipped.map(\.rule))
        #expect(rules.contains("channels.exclude (line 8)"), "\(rules)")
        #expect(rules.contains("steps.onExcludedChannel: excludeStep (line 6)"), "\(rules)")
    }

    // MARK: - Strictness

    @Test(
        "E-122: a rule that matches nothing on either side stops the plan with its line",
        arguments: [
            ("environments: {Developmnt: drop, \"*\": same}", "environments"),
            ("select: {projects: [\"Wbe*\"]}", "select.projects"),
            ("steps: {rules: [{match: {step: QA sing-off}, step: drop}]}", "steps.rules"),
            ("types: {channels: {exclude: [Dev olny]}}", "types.channels.exclude"),
            ("types: {projects: {alias: {Wbe: Shop}}}", "types.projects.alias"),
            ("types: {projects: {overrides: [{match: {name: Wbe}, mode: skip}]}}", "types.projects.overrides"),
            ("types: {projects: {environments: {Tset: same}}}", "types.projects.environments"),
            ("variables: {rules: [{match: {name: Ulr}, overwrite: never}]}", "variables.rules"),
            ("ownership: [{type: variable, name: Ulr, owner: destination}]", "ownership"),
        ]
    )
    func unused(line: String, path: String) throws {
        var duo = Duo(try read(line))
        duo.source.environments("Test")
        duo.destination.environments("Production")
        duo.source.project("Web", steps: [step("QA sign-off")])
        duo.source.variables(EntityKey(.variableSets, "projects", "Web"), [("Url", "u", [])])
        do {
            _ = try duo.plan()
            Issue.record("a plan was made")
        } catch PlanningError.unusedRules(let problems) {
            #expect(problems.map(\.path) == [path], "\(problems)")
            #expect(problems.first?.line == 4)
        }
        duo.policy.unusedRules = .ignore
        _ = try? duo.plan()
        #expect(UnusedRules(policy: duo.policy, sides: []).problems.isEmpty)
    }

    @Test("E-122: a rule that matches on one side only is used")
    func usedOnOneSide() throws {
        var duo = Duo(try read("environments: {Production: drop, \"*\": same}"))
        duo.source.environments("Test")
        duo.destination.environments("Production")
        #expect(try duo.sync().operations.count == 1)
    }

    @Test(
        "E-122: lines that contradict or hide each other are load errors that name both lines",
        arguments: [
            (
                """
                ownership:
                  - {type: project, field: Description, owner: destination}
                  - {type: projects, field: Description, owner: source}
                """, 6, "line 5"
            ),
            (
                """
                ownership:
                  - {type: variable, name: "Dest.*", owner: destination}
                  - {type: variable, name: "dest.*", owner: destination}
                """, 6, "line 5"
            ),
            (
                """
                steps:
                  rules:
                    - {match: {project: "*"}, scope: {environments: any}}
                    - {match: {project: Web, step: Deploy}, step: drop}
                """, 7, "line 6"
            ),
            (
                """
                types:
                  projects:
                    overrides:
                      - {match: {name: "Web*"}, mode: skip}
                      - {match: {name: Web}, mode: initialOnly}
                """, 8, "line 7"
            ),
        ]
    )
    func contradictions(settings: String, line: Int, other: String) {
        let found = problems(settings)
        #expect(found.map(\.line) == [line], "\(found)")
        #expect(found.first?.message.contains(other) == true, "\(found)")
    }

    @Test(
        "misspelt words in rules come with a suggestion",
        arguments: [
            ("types: {projects: {overrides: [{match: {nmae: x}, mode: skip}]}}", "name"),
            ("types: {projects: {overrides: [{match: {name: x}, mode: skp}]}}", "skip"),
            ("variables: {rules: [{match: {name: x}, overwrite: nevr}]}", "never"),
            ("variables: {rules: [{match: {name: x}, scopeMismatch: {role: ignoreMismatch}}]}", "roles"),
            ("conflicts: {project.Descripton: source}", "Description"),
            ("conflicts: {projet.Name: source}", "projects"),
            ("conflicts: {variable.valeu: source}", "value"), ("preset: lower-uper", "lower-upper"),
        ]
    )
    func misspelt(line: String, word: String) {
        let found = problems(line)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.line == 4)
        #expect(found.first?.message.contains("did you mean '\(word)'") == true, "\(found)")
    }
}
