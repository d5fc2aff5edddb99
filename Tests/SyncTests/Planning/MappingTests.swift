import Catalog
import Testing

@testable import Sync

@Suite("Different environments")
struct MappingTests {
    private static let drop = Policy.EnvironmentTarget.drop

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var source: [String]
        var destination: [String]
        var rules: [Policy.EnvironmentRule]
        /// What a step scoped to all of the source's environments is scoped to.
        var scope: [String]
    }

    @Test(
        "Subset, disjoint and overlapping sets keep a step where it has a counterpart",
        arguments: [
            Case(
                testDescription: "S-115: D/T/S/P → S/P",
                source: ["D", "T", "S", "P"],
                destination: ["S", "P"],
                rules: [.init("D", drop), .init("T", drop)],
                scope: ["P", "S"]
            ),
            Case(
                testDescription: "S-116: D/T → S/P",
                source: ["D", "T"],
                destination: ["S", "P"],
                rules: [.init("D", drop), .init("T", .names(["S"]))],
                scope: ["S"]
            ),
            Case(
                testDescription: "S-117: D/T/S → S/P",
                source: ["D", "T", "S"],
                destination: ["S", "P"],
                rules: [.init("D", drop), .init("T", .names(["S", "P"])), .init("*", .same)],
                scope: ["P", "S"]
            ),
        ]
    )
    func cases(_ entry: Case) throws {
        var duo = Duo(policy { $0.environments = entry.rules })
        for name in entry.source { duo.source.environments(name) }
        for name in entry.destination { duo.destination.environments(name) }
        duo.source.project("Web", steps: [step("Deploy", ["Environments": refs(.environments, entry.source)])])
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let process = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]
        #expect(process?.body["Steps"]?[0]?["Actions"]?[0]?["Environments"] == refs(.environments, entry.scope))
        #expect(duo.destination.replica.entities(of: .environments).count == 2)
        #expect(try duo.residue() == [])
    }

    @Test("A rule that maps to an environment of neither side makes no plan")
    func unknownTarget() throws {
        var duo = Duo(policy { $0.environments = [.init("Test", .names(["Stagging"]))] })
        duo.source.environments("Test")
        #expect(throws: PlanningError.self) { try duo.plan() }
    }

    /// A sign-off scoped to Test, on the way to a server with Staging and Production.
    private func signOff(_ answer: Policy.StepRule.Answer?, widening: Policy.Widening = .refuse) throws -> JSON? {
        var duo = Duo(
            policy { policy in
                policy.environments = [.init("Test", .drop)]
                policy.widening = widening
                guard let answer else { return }
                var rule = Policy.StepRule()
                rule.step = "QA*"
                rule.environments = answer
                policy.stepRules = [rule]
            }
        )
        duo.source.environments("Test")
        duo.destination.environments("Staging", "Production")
        duo.source.project(
            "Web",
            steps: [step("QA sign-off", ["Environments": environmentRefs("Test")]), step("Deploy")]
        )
        try duo.sync()
        #expect(try duo.residue() == [])
        let steps = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]?.body["Steps"]?.arrayValue
        return steps?.first { $0["Name"] == "QA sign-off" }?["Actions"]?[0]?["Environments"]
    }

    @Test("S-131 to S-134: the four answers for a manual step")
    func stepRules() throws {
        #expect(try signOff(.set(["Staging"])) == environmentRefs("Staging"))
        #expect(try signOff(.dropStep) == nil)
        #expect(try signOff(.any) == [])
        #expect(try signOff(nil) == nil, "E-30: without a rule the step is left out, never unscoped")
        #expect(try signOff(nil, widening: .allow) == [])
    }

    @Test("A rule that sets an environment of neither side stops the step; it would run everywhere otherwise")
    func unknownAnswer() throws {
        var duo = Duo(
            policy { policy in
                var rule = Policy.StepRule()
                rule.environments = .set(["Stagging"])
                policy.stepRules = [rule]
            }
        )
        duo.source.environments("Test")
        duo.source.project("Web", steps: [step("Sign-off", ["Environments": environmentRefs("Test")])])
        let plan = try duo.sync()
        #expect(plan.conflicts.map(\.code) == ["step-scope"])
        #expect(plan.conflicts.first?.message.contains("'Stagging'") == true)
        let steps = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]?.body["Steps"]
        #expect(steps == [])
    }

    @Test("A mapping by name means the environment that has the name in the end")
    func swappedTarget() throws {
        var duo = Duo(policy { $0.environments = [.init("Test", .names(["Staging"]))] })
        duo.source.environments("Test", "Staging", "Production")
        duo.source.project("Web", steps: [step("Deploy", ["Environments": environmentRefs("Test")])])
        try duo.sync()
        let (staging, production) = (EntityKey(.environments, "Staging"), EntityKey(.environments, "Production"))
        duo.source.moveKeys([staging: production, production: staging])
        for key in [staging, production] { duo.source.edit(key) { $0["Name"] = .string(key.name) } }
        #expect(try duo.sync().conflicts == [])
        let process = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]
        #expect(process?.body["Steps"]?[0]?["Actions"]?[0]?["Environments"] == environmentRefs("Staging"))
        #expect(try duo.residue() == [])
    }

    @Test("An environment that a mapping names is not renamed under it")
    func renamedTarget() throws {
        var duo = Duo(policy { $0.environments = [.init("Test", .names(["Staging"]))] })
        duo.source.environments("Test", "Staging")
        try duo.sync()
        duo.source.renameByHand(EntityKey(.environments, "Staging"), to: "Stage")
        #expect(try duo.plan().plan.conflicts.map(\.code) == ["environment-renamed"])
        duo.policy.environments = [.init("Test", .names(["Stage"]))]
        #expect(try duo.sync().conflicts == [])
        #expect(try duo.residue() == [])
    }

    @Test(
        "S-135: a step of an excluded channel",
        arguments: [
            (Policy.OnExcludedChannel.excludeStep, 0, false), (.includeDisabled, 1, true), (.includeUnscoped, 1, false),
        ]
    )
    func excludedChannel(_ answer: Policy.OnExcludedChannel, count: Int, isDisabled: Bool) throws {
        var duo = Duo(
            policy {
                $0.excludedChannels = ["Dev only"]
                $0.onExcludedChannel = answer
            }
        )
        duo.source.project("Web", steps: [step("Runbook", ["Channels": [ref(.channels, "Web", "Dev only")]])])
        duo.source.add(EntityKey(.channels, "Web", "Dev only"))
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(duo.destination.replica[EntityKey(.channels, "Web", "Dev only")] == nil)
        let steps = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]?.body["Steps"]?.arrayValue ?? []
        #expect(steps.count == count)
        if count > 0 { #expect(steps[0]["Actions"]?[0]?["IsDisabled"] == .bool(isDisabled)) }
        #expect(try duo.residue() == [])
    }

    @Test("E-32: an account whose environments all stay behind is not created unrestricted")
    func account() throws {
        var duo = Duo(policy { $0.environments = [.init("Dev", .drop)] })
        duo.source.environments("Dev")
        duo.source.add(
            EntityKey(.accounts, "Cloud"),
            ["AccountType": "Token", "EnvironmentIds": environmentRefs("Dev")]
        )
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(plan.skipped.map(\.code) == ["widening-refused"])
    }

    @Test("E-33: a phase whose environments all stay behind is left out")
    func phases() throws {
        var duo = Duo(
            policy {
                $0.environments = [.init("Dev", .drop)]
                $0.lifecyclePhases = .include
            }
        )
        duo.source.environments("Dev", "Production")
        duo.source.project("Web", ["LifecycleId": ref(.lifecycles, "Standard")])
        duo.source.add(
            EntityKey(.lifecycles, "Standard"),
            [
                "Phases": [
                    [
                        "Name": "One", "OptionalDeploymentTargets": environmentRefs("Dev"),
                        "AutomaticDeploymentTargets": [],
                    ],
                    [
                        "Name": "Two", "OptionalDeploymentTargets": environmentRefs("Production"),
                        "AutomaticDeploymentTargets": [],
                    ],
                ]
            ]
        )
        try duo.sync()
        let phases = duo.destination.replica[EntityKey(.lifecycles, "Standard")]?.body["Phases"]?.arrayValue
        #expect(phases?.map { $0["Name"]?.stringValue } == ["Two"])
        #expect(try duo.residue() == [])
    }

    @Test("E-34: a channel whose tenant tags all stay behind is not created for all tenants")
    func channelTags() throws {
        var duo = Duo(policy { $0.types[.tagSets] = .init(mode: .skip) })
        duo.source.add(EntityKey(.tagSets, "Ring"), ["Tags": [["Name": "Early"]]])
        duo.source.project("Web")
        duo.source.add(EntityKey(.channels, "Web", "Early"), ["TenantTags": [ref(.tags, "Ring", "Early")]])
        let plan = try duo.sync()
        #expect(duo.destination.replica[EntityKey(.channels, "Web", "Early")] == nil)
        #expect(plan.skipped.contains { $0.code == "widening-refused" && $0.key.name == "Early" })
    }

    @Test(
        "LS-11, LS-14: a tenant of dropped environments only stays behind; of others it keeps the rest",
        arguments: [
            (["Dev"], nil), (["Dev", "Production"], ["Production"]),
        ] as [([String], [String]?)]
    )
    func tenants(environments: [String], expected: [String]?) throws {
        var duo = Duo(policy { $0.environments = [.init("Dev", .drop)] })
        duo.source.environments("Dev", "Production")
        duo.source.project("Web")
        duo.source.add(
            EntityKey(.tenants, "Gull"),
            ["ProjectEnvironments": ["Web": refs(.environments, environments)]]
        )
        try duo.sync()
        let links = duo.destination.replica[EntityKey(.tenants, "Gull")]?.body["ProjectEnvironments"]?["Web"]
        #expect(links == expected.map { refs(.environments, $0) })
        #expect(try duo.residue() == [])
    }
}
