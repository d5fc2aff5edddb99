import Catalog
import Testing

@testable import Sync

@Suite("Restrictions are not lost")
struct WideningTests {
    private let roles = EntityKey(.teams, "Ops")

    private func role(_ environments: JSON, in side: inout Sketch, name: String) {
        side.add(
            EntityKey(.scopedUserRoles, "Ops", "Deployer", name),
            [
                "TeamId": ref(.teams, "Ops"), "UserRoleId": ref(.userRoles, "@deployer"),
                "EnvironmentIds": environments,
            ]
        )
    }

    @Test(
        "E-38: a role of a team keeps what is left of its scope; of nothing it is not made",
        arguments: [(["Dev", "Production"], 1), (["Dev"], 0)]
    )
    func roles(environments: [String], count: Int) throws {
        var duo = Duo(policy { $0.environments = [.init("Dev", .drop)] })
        duo.source.environments("Dev", "Production")
        for side in [0, 1] {
            let key = EntityKey(.userRoles, "@deployer")
            if side == 0 { duo.source.add(key) } else { duo.destination.add(key) }
        }
        duo.source.add(EntityKey(.teams, "Ops"))
        role(refs(.environments, environments), in: &duo.source, name: environments.joined(separator: ","))
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let made = duo.destination.replica.entities(of: .scopedUserRoles)
        #expect(made.map { $0.body["EnvironmentIds"] } == Array(repeating: environmentRefs("Production"), count: count))
        if count == 0 { #expect(plan.skipped.contains { $0.code == "widening-refused" }) }
        if count == 1 { #expect(plan.notices.contains { $0.code == "dropped-reference" }) }
        #expect(try duo.residue() == [])
    }

    private func lifecycle(_ empty: Policy.Options.EmptyPhase) -> Duo {
        var duo = Duo(
            policy {
                $0.environments = [.init("Dev", .drop)]
                $0.lifecyclePhases = .include
                $0.options.emptyPhase = empty
            }
        )
        duo.source.environments("Dev", "Production")
        duo.source.add(
            EntityKey(.lifecycles, "Standard"),
            [
                "Phases": [
                    phase("One", environmentRefs("Dev")), phase("Two", environmentRefs("Production")),
                ]
            ]
        )
        duo.source.project("Web", ["LifecycleId": ref(.lifecycles, "Standard")])
        return duo
    }

    private func phase(_ name: String, _ environments: JSON) -> JSON {
        ["Name": .string(name), "OptionalDeploymentTargets": environments, "AutomaticDeploymentTargets": []]
    }

    @Test("An emptied phase is left out, refused, or kept for any environment with a mark")
    func emptyPhase() throws {
        let key = EntityKey(.lifecycles, "Standard")
        var kept = lifecycle(.keepAsAny)
        let plan = try kept.sync()
        #expect(plan.operations.first { $0.key == key }?.risks == [.widening])
        #expect(kept.destination.replica[key]?.body["Phases"]?.arrayValue?.count == 2)
        #expect(try kept.residue() == [])
        let refused = try lifecycle(.refuse).plan().plan
        #expect(refused.conflicts.contains { $0.key == key && $0.code == "missing-required" })
    }

    @Test("E-37: environments of a phase that become one are one")
    func phaseCollision() throws {
        var duo = Duo(
            policy {
                $0.environments = [.init("Dev", .names(["Staging"])), .init("Test", .names(["Staging"]))]
                $0.lifecyclePhases = .include
            }
        )
        duo.source.environments("Dev", "Test")
        duo.destination.environments("Staging")
        duo.source.add(
            EntityKey(.lifecycles, "Standard"),
            ["Phases": [phase("One", environmentRefs("Dev", "Test"))]]
        )
        duo.source.project("Web", ["LifecycleId": ref(.lifecycles, "Standard")])
        try duo.sync()
        let phases = duo.destination.replica[EntityKey(.lifecycles, "Standard")]?.body["Phases"]
        #expect(phases?[0]?["OptionalDeploymentTargets"] == environmentRefs("Staging"))
        #expect(try duo.residue() == [])
    }

    @Test("S-123: what the destination changed of exact phases is drift, and healed")
    func exactPhases() throws {
        var duo = lifecycle(.dropPhase)
        duo.policy.lifecyclePhases = .exact
        duo.policy.onAdoptDifference = .source
        try duo.sync()
        let key = EntityKey(.lifecycles, "Standard")
        duo.destination.edit(key) { $0["Phases"] = [] }
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(plan.notices.contains { $0.code == "drift" && $0.key == key && $0.path == "Phases/Two" })
        duo.settings.heals = true
        #expect(try duo.sync().operations.map(\.summary) == ["50 update lifecycles/Standard: Phases/Two"])
        #expect(try duo.residue() == [])
    }

    /// What becomes of a restriction that both sides narrowed in different ways.
    private func narrowed(_ widening: Policy.Widening) throws -> (Plan, JSON?) {
        let runbook = EntityKey(.runbooks, "Web", "Clean")
        var duo = Duo(policy { $0.widening = widening })
        duo.source.environments("A", "B")
        duo.source.project("Web")
        duo.source.add(runbook, ["Environments": environmentRefs("A", "B"), "EnvironmentScope": "Specified"])
        try duo.sync()
        duo.source.edit(runbook) { $0["Environments"] = environmentRefs("A") }
        duo.destination.edit(runbook) { $0["Environments"] = environmentRefs("B") }
        let plan = try duo.sync()
        return (plan, duo.destination.replica[runbook]?.body["Environments"])
    }

    @Test("A merge of two edits that leaves nothing of a restriction is widening")
    func emptiedByMerge() throws {
        let (refused, kept) = try narrowed(.refuse)
        #expect(refused.conflicts.map(\.code) == ["widening"])
        #expect(kept == environmentRefs("B"))
        let (allowed, lifted) = try narrowed(.allow)
        #expect(allowed.conflicts == [])
        #expect(allowed.operations.map(\.risks) == [[.widening]])
        #expect(lifted == [])
    }

    @Test("A restriction that one side lifts and the other changes is a conflict, not a mixture")
    func liftedAndChanged() throws {
        let runbook = EntityKey(.runbooks, "Web", "Clean")
        var duo = Duo()
        duo.source.environments("A", "B")
        duo.source.project("Web")
        duo.source.add(runbook, ["Environments": environmentRefs("A")])
        try duo.sync()
        duo.source.edit(runbook) { $0["Environments"] = [] }
        duo.destination.edit(runbook) { $0["Environments"] = environmentRefs("A", "B") }
        #expect(try duo.plan().plan.conflicts.map(\.code) == ["both-changed"])
    }

    @Test("An exclusion that is lost widens: the step is left out")
    func exclusion() throws {
        var duo = Duo(policy { $0.environments = [.init("Dev", .drop)] })
        duo.source.environments("Dev", "Production")
        let action: JSON = ["ExcludedEnvironments": environmentRefs("Production", "Dev")]
        duo.source.project("Web", steps: [step("Deploy", action), step("Other")])
        let plan = try duo.sync()
        #expect(plan.skipped.contains { $0.code == "widening-refused" && $0.path.hasPrefix("Steps/Deploy") })
        duo.policy.widening = .allow
        let wider = try duo.sync()
        #expect(wider.operations.map(\.risks) == [[.widening]])
        #expect(try duo.residue() == [])
    }
}
