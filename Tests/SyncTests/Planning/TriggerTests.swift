import Catalog
import Testing

@testable import Sync

@Suite("Triggers")
struct TriggerTests {
    private static let on = policy { $0.types[.triggers] = .init(mode: .merge) }

    private static func duo(_ policy: Policy = on) -> Duo {
        var duo = Duo(policy)
        duo.source.environments("Development", "Production")
        duo.destination.environments("Production")
        duo.policy.environments = [.init("Development", .drop), .init("*", .same)]
        duo.source.project("Web")
        return duo
    }

    private static func machineTrigger(_ environments: String...) -> JSON {
        [
            "Filter": [
                "FilterType": "MachineFilter", "EnvironmentIds": refs(.environments, environments), "Roles": ["web"],
                "EventGroups": ["MachineAvailableForDeployment"], "EventCategories": [],
            ],
            "Action": ["ActionType": "AutoDeploy", "ShouldRedeployWhenMachineHasBeenDeployedTo": false],
        ]
    }

    private static let key = EntityKey(.triggers, "Web", "On new machine")

    @Test("by default triggers stay where they are")
    func skipped() throws {
        var duo = Self.duo(policy())
        duo.source.add(Self.key, Self.machineTrigger("Production"))
        #expect(try !duo.sync().operations.contains { $0.key.kind == .triggers })
    }

    @Test(
        "S-64: a trigger is created disabled, after the automatic releases, and a person who enables it is not undone"
    )
    func disabled() throws {
        var duo = Self.duo()
        duo.source.add(Self.key, Self.machineTrigger("Production").setting("IsDisabled", false))
        let plan = try duo.sync()
        let operation = try #require(plan.operations.first { $0.key.kind == .triggers })
        #expect(operation.phase == .triggers && operation.phase > .releaseCreation)
        #expect(operation.after["IsDisabled"] == true)
        duo.destination.edit(Self.key) { $0["IsDisabled"] = false }
        #expect(try duo.residue() == [])
        duo.source.edit(Self.key) { $0["Description"] = "Changed" }
        #expect(try duo.sync().operations.flatMap(\.fields).map(\.path) == ["Description"])
        #expect(duo.destination.replica[Self.key]?.body["IsDisabled"] == false)
    }

    @Test("E-40: a trigger whose environments are all missing is not created; one that keeps some watches those")
    func missingEnvironments() throws {
        var duo = Self.duo()
        duo.source.add(Self.key, Self.machineTrigger("Development"))
        let both = EntityKey(.triggers, "Web", "Both")
        duo.source.add(both, Self.machineTrigger("Development", "Production"))
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.skipped.contains { $0.key == Self.key && $0.code == "widening-refused" })
        let filter = duo.destination.replica[both]?.body["Filter"]
        #expect(filter?["EnvironmentIds"] == environmentRefs("Production"))
        #expect(try duo.residue() == [])
    }

    @Test(
        "E-40: a trigger that needs what does not go over is left out, and stops nothing",
        arguments: [
            ["ActionType": "DeployLatestReleaseToEnvironment", "EnvironmentId": ref(.environments, "Development")],
            [
                "ActionType": "DeployNewRelease", "EnvironmentId": ref(.environments, "Production"),
                "ChannelId": ref(.channels, "Web", "Dev only"),
            ],
            [
                "ActionType": "DeployNewRelease", "EnvironmentId": ref(.environments, "Production"),
                "TenantIds": [ref(.tenants, "Nobody")],
            ],
            [
                "ActionType": "RunRunbook", "EnvironmentIds": [ref(.environments, "Production")],
                "RunbookId": ref(.runbooks, "Web", "Gone"),
            ],
        ] as [JSON]
    )
    func incomplete(action: JSON) throws {
        var duo = Self.duo()
        duo.policy.excludedChannels = ["Dev only"]
        duo.source.add(EntityKey(.channels, "Web", "Dev only"))
        let filter: JSON = ["FilterType": "CronExpressionSchedule", "CronExpression": "0 0 6 * * *"]
        duo.source.add(Self.key, ["Filter": filter, "Action": action])
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(!plan.operations.contains { $0.key.kind == .triggers })
        #expect(plan.skipped.contains { $0.key == Self.key })
        #expect(try duo.residue() == [])
    }
}

extension JSON {
    fileprivate func setting(_ name: String, _ value: JSON) -> JSON {
        var copy = self
        copy[name] = value
        return copy
    }
}
