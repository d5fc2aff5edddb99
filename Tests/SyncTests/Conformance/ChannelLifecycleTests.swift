import Catalog
import Testing

@testable import Sync

/// The ripple from environments to lifecycles to channels to steps and values.
@Suite("Lifecycles and channels, by the guide")
struct ChannelLifecycleTests {
    private let qa = EntityKey(.channels, "Web", "QA")
    private let process = EntityKey(.deploymentProcesses, "Web")
    private let set = EntityKey(.variableSets, "projects", "Web")

    /// The guide's example: the default lifecycle and channel, and a QA channel with a lifecycle of its own, to which a
    /// step and a value are scoped.
    private func guide(_ policy: Policy) -> Duo {
        var duo = Duo(policy)
        duo.source.environments("Development", "Test")
        duo.source.add(EntityKey(.lifecycles, "QA"), ["Phases": [Self.phase("Test", "Test")]])
        duo.source.project(
            "Web",
            steps: [step("Deploy"), step("QA report", ["Channels": [ref(.channels, "Web", "QA")]])]
        )
        duo.source.add(qa, ["LifecycleId": ref(.lifecycles, "QA")])
        duo.source.variables(set, [("Everywhere", "1", []), ("Report.To", "qa@example.com", [])])
        duo.source.edit(set) { $0["Variables"]?[1]?["Scope"] = ["Channel": [ref(.channels, "Web", "QA")]] }
        duo.destination.add(EntityKey(.lifecycles, "Default Lifecycle"))
        return duo
    }

    private static func phase(_ name: String, _ environments: String...) -> JSON {
        [
            "Name": .string(name), "OptionalDeploymentTargets": refs(.environments, environments),
            "AutomaticDeploymentTargets": [],
        ]
    }

    private func withoutQA(_ change: (inout Policy) -> Void = { _ in }) -> Policy {
        policy {
            $0.types[.lifecycles] = .init(mode: .nameOnly)
            var rule = Policy.EntityRule()
            rule.name = "QA"
            rule.mode = .skip
            $0.types[.lifecycles]?.rules = [rule]
            change(&$0)
        }
    }

    private func steps(_ duo: Duo) -> [String] {
        (duo.destination.replica[process]?.body["Steps"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
    }

    private func values(_ duo: Duo) -> [String] {
        (duo.destination.replica[set]?.body["Variables"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
    }

    @Test("LS-10, S-120: without the QA lifecycle its channel stays behind, and with it the QA step and the QA value")
    func cascade() throws {
        var duo = guide(withoutQA())
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(duo.destination.replica.entities(of: .lifecycles).map(\.key.name) == ["Default Lifecycle"])
        #expect(duo.destination.replica.entities(of: .channels).map(\.key.name) == ["Default"])
        #expect(steps(duo) == ["Deploy"])
        #expect(values(duo) == ["Everywhere"])
        #expect(plan.skipped.contains { $0.key == qa && $0.code == "excluded-channel" })
        #expect(try duo.residue() == [])
    }

    @Test("LS-10, S-120: with the QA lifecycle all of it goes over")
    func included() throws {
        var duo = guide(Planning.policy())
        #expect(try duo.sync().conflicts == [])
        #expect(duo.destination.replica[qa]?.body["LifecycleId"] == ref(.lifecycles, "QA"))
        #expect(steps(duo) == ["Deploy", "QA report"])
        #expect(values(duo) == ["Everywhere", "Report.To"])
        #expect(try duo.residue() == [])
    }

    @Test(
        "S-125: a channel whose lifecycle stays behind",
        arguments: Policy.OnMissingChannelLifecycle.allCases
    )
    func missingLifecycle(_ answer: Policy.OnMissingChannelLifecycle) throws {
        var duo = guide(withoutQA { $0.onMissingChannelLifecycle = answer })
        let plan = try duo.sync()
        let made = duo.destination.replica[qa]
        switch answer {
        case .excludeChannel: #expect(made == nil)
        case .inheritProject: #expect(made?.body["LifecycleId"] == .null)
        case .spaceDefault: #expect(made?.body["LifecycleId"] == ref(.lifecycles, "Default Lifecycle"))
        case .map, .fail:
            #expect(made == nil)
            #expect(plan.conflicts.contains { $0.key == qa && $0.code == "missing-required" })
        }
        #expect(steps(duo).contains("QA report") == (answer == .inheritProject || answer == .spaceDefault))
        if answer != .map, answer != .fail { #expect(try duo.residue() == []) }
    }

    @Test(
        "S-122, S-123: phases of a lifecycle that goes over",
        arguments: [
            (Policy.LifecyclePhases.exclude, [], []), (.include, ["Production"], ["Production", "Later"]),
            (.initialOnly, ["Production"], ["Production"]), (.exact, ["Production"], ["Production", "Later"]),
        ] as [(Policy.LifecyclePhases, [String], [String])]
    )
    func phases(_ answer: Policy.LifecyclePhases, first: [String], second: [String]) throws {
        let key = EntityKey(.lifecycles, "Standard")
        var duo = Duo(
            policy {
                $0.environments = [.init("Development", .drop)]
                $0.lifecyclePhases = answer
            }
        )
        duo.source.environments("Development", "Production")
        let phases = [Self.phase("Development", "Development"), Self.phase("Production", "Production")]
        duo.source.add(key, ["Phases": .array(phases)])
        duo.source.project("Web", ["LifecycleId": ref(.lifecycles, "Standard")])
        try duo.sync()
        let names = { (duo: Duo) in
            (duo.destination.replica[key]?.body["Phases"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
        }
        #expect(names(duo) == first)
        duo.source.edit(key) { $0["Phases"] = .array(phases + [Self.phase("Later", "Production")]) }
        try duo.sync()
        #expect(names(duo) == second)
        #expect(try duo.residue() == [])
    }
}
