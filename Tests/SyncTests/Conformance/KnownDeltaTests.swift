import Catalog
import Testing

@testable import Sync

/// What makes sync another thing than a copy: both sides differ on purpose, and go on living.
@Suite("The known delta")
struct KnownDeltaTests {
    private let web = EntityKey(.projects, "Web")
    private let set = EntityKey(.variableSets, "projects", "Web")
    private let gull = EntityKey(.tenants, "Gull")
    private let values = EntityKey(.tenantVariables, "Gull")

    private func company(_ policy: Policy = Planning.policy()) -> Duo {
        var duo = Duo(policy)
        duo.source.environments("Test", "Production")
        duo.source.add(EntityKey(.lifecycles, "Default Lifecycle"), ["Description": "source"])
        duo.source.add(EntityKey(.accounts, "Cloud"), ["AccountType": "UsernamePassword", "Username": "source"])
        duo.source.add(EntityKey(.workerPools, "Linux"), ["WorkerPoolType": "StaticWorkerPool"])
        duo.source.project(
            "Web",
            ["Description": "source", "Templates": [["Name": "Host"]]],
            steps: [step("Deploy", properties: ["Octopus.Action.Script.ScriptBody": "source"]), step("Warm up")]
        )
        duo.source.variables(set, [("Url", "source", []), ("Port", "80", [])])
        duo.source.add(gull, ["ProjectEnvironments": ["Web": environmentRefs("Test", "Production")]])
        duo.source.add(
            values,
            [
                "ProjectVariables": ["Web": ["Test": ["Host": "test"], "Production": ["Host": "source"]]],
                "LibraryVariables": [:],
            ]
        )
        return duo
    }

    /// Something of the destination's own in every type of S-21.
    private func makeDifferent(_ duo: inout Duo) {
        duo.destination.edit(web) { $0["Description"] = "ours" }
        duo.destination.edit(EntityKey(.deploymentProcesses, "Web")) {
            $0["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Script.ScriptBody"] = "ours"
        }
        duo.destination.edit(EntityKey(.environments, "Production")) { $0["UseGuidedFailure"] = true }
        duo.destination.edit(EntityKey(.lifecycles, "Default Lifecycle")) {
            $0["Description"] = "ours"
            $0["ReleaseRetentionPolicy"]?["QuantityToKeep"] = 30
        }
        duo.destination.edit(gull) { $0["Description"] = "ours" }
        duo.destination.edit(values) { $0["ProjectVariables"]?["Web"]?["Production"]?["Host"] = "ours" }
        duo.destination.edit(EntityKey(.accounts, "Cloud")) { $0["Username"] = "ours" }
        duo.destination.edit(EntityKey(.workerPools, "Linux")) { $0["Description"] = "ours" }
        duo.destination.edit(set) { $0["Variables"]?[0]?["Value"] = "ours" }
        duo.destination.add(EntityKey(.environments, "Disaster recovery"))
        duo.destination.add(EntityKey(.machines, "prod-web01"))
        duo.destination.add(EntityKey(.workers, "prod-worker01"))
        duo.destination.add(EntityKey(.tenants, "Only here"))
    }

    @Test("S-21, S-23: what the destination has of its own survives, and the source's changes arrive beside it")
    func delta() throws {
        var duo = company()
        #expect(try duo.sync().conflicts == [])
        makeDifferent(&duo)
        let own = duo.destination.replica
        let quiet = try duo.sync()
        #expect(quiet.conflicts == [])
        #expect(quiet.operations == [])
        // The source moves on, next to each of the destination's edits.
        duo.source.edit(web) { $0["DefaultGuidedFailureMode"] = "On" }
        duo.source.edit(EntityKey(.deploymentProcesses, "Web")) { $0["Steps"]?[1]?["Condition"] = "Always" }
        duo.source.edit(set) { $0["Variables"]?[1]?["Value"] = "443" }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(
            Set(plan.operations.map(\.key)) == [web, EntityKey(.deploymentProcesses, "Web"), set]
        )
        let now = duo.destination.replica
        #expect(now[web]?.body["Description"] == "ours")
        #expect(now[web]?.body["DefaultGuidedFailureMode"] == "On")
        let steps = now[EntityKey(.deploymentProcesses, "Web")]?.body["Steps"]
        #expect(steps?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Script.ScriptBody"] == "ours")
        #expect(steps?[1]?["Condition"] == "Always")
        #expect(now[set]?.body["Variables"]?.arrayValue?.map { $0["Value"] } == ["ours", "443"])
        for key in own.entities.keys where ![web, set, EntityKey(.deploymentProcesses, "Web")].contains(key) {
            #expect(now[key]?.body == own[key]?.body, "\(key)")
        }
        #expect(try duo.residue() == [])
    }

    @Test("S-30: one edit anywhere is found by the comparison, with its field, and nothing else is")
    func comparison() throws {
        let edits: [(EntityKey, String, (inout JSON) -> Void)] = [
            (web, "Description", { $0["Description"] = "edited" }),
            (gull, "Description", { $0["Description"] = "edited" }),
            (
                EntityKey(.deploymentProcesses, "Web"), "Steps/Warm up/Condition",
                { $0["Steps"]?[1]?["Condition"] = "Always" }
            ),
            (set, "Variables/Url/value", { $0["Variables"]?[0]?["Value"] = "edited" }),
            (EntityKey(.channels, "Web", "Default"), "Description", { $0["Description"] = "edited" }),
        ]
        for (key, path, edit) in edits {
            var duo = company()
            try duo.sync()
            duo.source.edit(key, edit)
            let plan = try duo.sync()
            #expect(plan.operations.map(\.key) == [key])
            #expect(plan.operations.first?.fields.map(\.path) == [path])
            #expect(try duo.residue() == [])
        }
    }

    @Test("S-36: the same two servers, the same engine: what happens is what each user's policy says")
    func rules() throws {
        func synced(_ policy: Policy) throws -> Duo {
            var duo = company(policy)
            #expect(try duo.sync().conflicts == [])
            #expect(try duo.residue() == [])
            return duo
        }
        let plain = try synced(policy())
        #expect(plain.destination.replica.entities(of: .environments).count == 2)
        #expect(plain.destination.replica[gull] != nil)
        let upper = try synced(policy { $0.environments = [.init("Test", .drop)] })
        #expect(upper.destination.replica.entities(of: .environments).map(\.key.name) == ["Production"])
        #expect(
            upper.destination.replica[gull]?.body["ProjectEnvironments"] == ["Web": environmentRefs("Production")]
        )
        let withoutTenants = try synced(policy { $0.options.tenants = .none })
        #expect(withoutTenants.destination.replica.entities(of: .tenants) == [])
        let other = try synced(policy { $0.projects = ["Nothing"] })
        #expect(other.destination.replica.entities(of: .projects) == [])
    }

    @Test("E-68: a tenant's value of an environment that it no longer has is skipped, and not erased where it is")
    func tenantValue() throws {
        var duo = company()
        try duo.sync()
        // The destination's tenant is no longer deployed to Test there; its value of Test is still stored.
        duo.policy.environments = [.init("Test", .drop)]
        let before = duo.destination.replica[values]?.body
        #expect(before?["ProjectVariables"]?["Web"]?["Test"] == ["Host": "test"])
        duo.source.edit(values) { $0["ProjectVariables"]?["Web"]?["Test"]?["Host"] = "changed" }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.skipped.contains { $0.code == "tenant-variable" && $0.key == values })
        #expect(!plan.operations.contains { $0.key == values })
        #expect(duo.destination.replica[values]?.body == before)
        #expect(try duo.residue() == [])

        var fresh = company(policy { $0.environments = [.init("Test", .drop)] })
        let first = try fresh.sync()
        #expect(first.conflicts == [])
        #expect(
            fresh.destination.replica[values]?.body["ProjectVariables"] == ["Web": ["Production": ["Host": "source"]]]
        )
        #expect(first.skipped.contains { $0.code == "tenant-variable" && $0.path.contains("Test") || $0.key == values })
    }
}
