import Catalog
import Testing

@testable import Sync

@Suite("Retention caps of a destination")
struct RetentionCapTests {
    private static let forever: JSON = [
        "Strategy": "Forever", "Unit": "Items", "QuantityToKeep": 0, "ShouldKeepForever": true,
    ]

    private static func count(_ quantity: Int, _ unit: String) -> JSON {
        [
            "Strategy": "Count", "Unit": .string(unit), "QuantityToKeep": .int(quantity),
            "ShouldKeepForever": false,
        ]
    }

    private static func duo(_ release: JSON, phase: JSON = nil, _ change: (inout Policy) -> Void = { _ in }) -> Duo {
        var duo = Duo(
            policy {
                $0.retention.maxDays = 365
                $0.lifecyclePhases = .include
                change(&$0)
            }
        )
        duo.source.environments("Test")
        duo.destination.environments("Test")
        duo.source.add(
            EntityKey(.lifecycles, "Long"),
            [
                "ReleaseRetentionPolicy": release, "TentacleRetentionPolicy": count(3, "Items"),
                "Phases": [
                    [
                        "Name": "One", "AutomaticDeploymentTargets": [],
                        "OptionalDeploymentTargets": environmentRefs("Test"), "MinimumEnvironmentsBeforePromotion": 0,
                        "IsOptionalPhase": false, "IsPriorityPhase": false, "ReleaseRetentionPolicy": phase,
                        "TentacleRetentionPolicy": nil,
                    ]
                ],
            ]
        )
        duo.source.project("Web", ["LifecycleId": ref(.lifecycles, "Long")])
        return duo
    }

    @Test("E-81, E-80: a retention beyond the destination's cap is refused, and the message names the cap")
    func refused() throws {
        let duo = Self.duo(Self.forever, phase: Self.count(400, "Days"))
        let found = try duo.plan().plan.conflicts.filter { $0.code == "retention-cap" }
        #expect(found.map(\.path) == ["Phases/One/ReleaseRetentionPolicy", "ReleaseRetentionPolicy"])
        #expect(found.allSatisfy { $0.message.contains("at most 365 days (retention.maxDays)") })
        #expect(found.last?.message.hasPrefix("keeps for ever") == true)
        #expect(try !duo.plan().plan.operations.contains { $0.key.kind == .lifecycles })
    }

    @Test("E-81: a shorter one goes over, and so does the space's own default")
    func within() throws {
        for policy in [Self.count(365, "Days"), Self.count(9_999, "Items")] {
            var duo = Self.duo(policy)
            #expect(try duo.sync().conflicts == [])
            #expect(try duo.residue() == [])
        }
    }

    @Test("E-81: with overCap: lower it becomes the cap, never a silent 'for ever', and the plan says so")
    func lowered() throws {
        var duo = Self.duo(Self.forever) { $0.retention.overCap = .lower }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.notices.contains { $0.code == "retention-lowered" && $0.path == "ReleaseRetentionPolicy" })
        let made = duo.destination.replica[EntityKey(.lifecycles, "Long")]?.body
        #expect(made?["ReleaseRetentionPolicy"] == Self.count(365, "Days"))
        #expect(try duo.residue() == [])
    }

    @Test("E-81: what the destination has already is its own business")
    func present() throws {
        var duo = Self.duo(Self.forever) { $0.retention.maxDays = 0 }
        try duo.sync()
        duo.policy.retention.maxDays = 365
        #expect(try duo.plan().plan.conflicts == [])
    }
}
