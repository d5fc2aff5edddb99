import Catalog
import Testing

@testable import Sync

/// The three cases that the guide to syncing is written for, and the copy, each planned on the seed's examples.
@Suite("Presets")
struct PresetTests {
    static func read(_ settings: String) throws -> Policy {
        try PolicyFile.parse(
            """
            apiVersion: skerry.sync/v1
            source: {url: "https://s.example", auth: env:S}
            destination: {url: "https://d.example", auth: env:D}
            \(settings)
            """,
            catalog: .standard
        )
    }

    @Test("S-26: the flow oneWayReplica decides what the preset mirror decides; two answers are an error")
    func replica() throws {
        let text = { (settings: String) in
            """
            apiVersion: skerry.sync/v1
            source: {url: "https://s.example", auth: env:S}
            destination: {url: "https://d.example", auth: env:D, flow: oneWayReplica}
            \(settings)
            """
        }
        let flow = try PolicyFile.parse(text(""), catalog: .standard)
        let mirror = try Self.read("preset: mirror")
        #expect(flow.types == mirror.types && flow.variables == mirror.variables && flow.isReplica)
        #expect(flow.origin(of: "steps.extra") == .preset("mirror"))
        #expect(throws: (any Error).self) { try PolicyFile.parse(text("preset: lower-upper"), catalog: .standard) }
        #expect(try PolicyFile.parse(text("preset: mirror"), catalog: .standard).isReplica)
    }

    private let set = EntityKey(.variableSets, "projects", "OctoFX")

    /// The seed's project: a step for testers, its database by environment, a tenant for testing.
    private func seed(_ duo: inout Duo, environments: [String]) {
        for name in environments { duo.source.environments(name) }
        duo.source.project(
            "OctoFX",
            steps: [
                step("Seed data", ["Environments": environmentRefs("Development")]),
                step("QA sign-off", ["Environments": environmentRefs("Test")]), step("Deploy"),
            ]
        )
        duo.source.variables(
            set,
            [
                ("Application.Database.Name", "OctoFx-Dev", ["Development"]),
                ("Application.Database.Name", "OctoFX-Test", ["Test"]),
                ("ConnectionString", "Database=#{Application.Database.Name}", []),
            ]
        )
    }

    private func steps(_ duo: Duo) -> [String] {
        let body = duo.destination.replica[EntityKey(.deploymentProcesses, "OctoFX")]?.body
        return (body?["Steps"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
    }

    private func rows(_ duo: Duo) -> [String] {
        (duo.destination.replica[set]?.body["Variables"]?.arrayValue ?? []).map {
            "\($0["Name"]?.stringValue ?? "")=\($0["Value"]?.stringValue ?? "")"
        }
    }

    @Test(
        "S-9: lower-upper brings no environment of the lower server to the upper one, and placeholders for its values"
    )
    func lowerUpper() throws {
        var duo = Duo(try Self.read("preset: lower-upper\nenvironments: {Test: [Staging]}"))
        seed(&duo, environments: ["Development", "Test"])
        duo.destination.environments("Staging", "Production")
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let names = duo.destination.replica.entities(of: .environments).map(\.key.name)
        #expect(names == ["Production", "Staging"])
        #expect(steps(duo) == ["QA sign-off", "Deploy"])
        #expect(rows(duo).contains("ConnectionString=Database=#{Application.Database.Name}"))
        #expect(rows(duo).contains("Application.Database.Name=OctoFX-Test"))
        #expect(!rows(duo).contains("Application.Database.Name=OctoFx-Dev"))
        #expect(try duo.residue() == [])
    }

    @Test("S-9, S-143: with nothing mapped, lower-upper gives the seed's Result B")
    func lowerUpperResultB() throws {
        var duo = Duo(try Self.read("preset: lower-upper"))
        seed(&duo, environments: ["Development", "Test"])
        duo.destination.environments("Staging", "Production")
        try duo.sync()
        #expect(
            Set(rows(duo)) == [
                "Application.Database.Name=Replace Me", "ConnectionString=Database=#{Application.Database.Name}",
            ]
        )
        #expect(try duo.residue() == [])
    }

    @Test("S-9: an environment that is renamed on the lower server after it was synced keeps its counterpart")
    func existingByIdentity() throws {
        var duo = Duo(try Self.read("preset: lower-upper"))
        duo.source.environments("Staging")
        duo.destination.environments("Staging", "Production")
        duo.source.project("Web", steps: [step("Deploy", ["Environments": environmentRefs("Staging")])])
        try duo.sync()
        duo.source.renameByHand(EntityKey(.environments, "Staging"), to: "Stage")
        try duo.sync()
        let body = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]?.body
        #expect(body?["Steps"]?[0]?["Actions"]?[0]?["Environments"] == environmentRefs("Stage"))
        #expect(try duo.residue() == [])
    }

    @Test("S-10: isolated-production gets production only, and keeps its own values")
    func isolatedProduction() throws {
        var duo = Duo(try Self.read("preset: isolated-production"))
        seed(&duo, environments: ["Development", "Test", "Staging", "Production"])
        duo.source.edit(set) {
            $0["Variables"] = .array(
                ($0["Variables"]?.arrayValue ?? []) + [variable("Application.Database.Name", "OctoFX", ["Production"])]
            )
        }
        var entity = duo.source.replica[set]!
        entity.rowIDs.append("row-extra")
        duo.source.replica.insert(entity)
        duo.source.add(
            EntityKey(.lifecycles, "Standard"),
            [
                "Phases": .array(
                    ["Development", "Production"].map {
                        [
                            "Name": .string($0), "OptionalDeploymentTargets": environmentRefs($0),
                            "AutomaticDeploymentTargets": [],
                        ]
                    }
                )
            ]
        )
        duo.source.project("Shop", ["LifecycleId": ref(.lifecycles, "Standard")])
        for (tenant, environment) in [("Tester", "Test"), ("Agency", "Production")] {
            duo.source.add(
                EntityKey(.tenants, tenant),
                ["ProjectEnvironments": ["OctoFX": environmentRefs(environment)]]
            )
        }
        duo.destination.environments("Production")
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(duo.destination.replica.entities(of: .environments).map(\.key.name) == ["Production"])
        #expect(steps(duo) == ["Deploy"])
        #expect(duo.destination.replica.entities(of: .tenants).map(\.key.name) == ["Agency"])
        let phases = duo.destination.replica[EntityKey(.lifecycles, "Standard")]?.body["Phases"]?.arrayValue
        #expect(phases?.map { $0["Name"]?.stringValue } == ["Production"])
        #expect(rows(duo).contains("Application.Database.Name=OctoFX"))
        #expect(!rows(duo).contains { $0.hasSuffix("OctoFx-Dev") || $0.hasSuffix("OctoFX-Test") })
        #expect(try duo.residue() == [])
        // The isolated side's own value, and the main side's next one.
        let own = { (duo: inout Sketch, text: String) in
            duo.edit(EntityKey(.variableSets, "projects", "OctoFX")) { body in
                let rows = (body["Variables"]?.arrayValue ?? []).map { row -> JSON in
                    var row = row
                    if row["Scope"]?["Environment"] == environmentRefs("Production") { row["Value"] = .string(text) }
                    return row
                }
                body["Variables"] = .array(rows)
            }
        }
        own(&duo.source, "OctoFX-v2")
        try duo.sync()
        #expect(rows(duo).contains("Application.Database.Name=OctoFX"), "never overwritten")
        own(&duo.destination, "Agency-DB")
        try duo.sync()
        #expect(rows(duo).contains("Application.Database.Name=Agency-DB"))
    }

    @Test("S-11, S-129: tenant-split has the same environments, and of the tenants those that are named")
    func tenantSplit() throws {
        var duo = Duo(try Self.read("preset: tenant-split\ntypes: {tenants: {select: [\"Test *\"]}}"))
        seed(&duo, environments: ["Development", "Test", "Production"])
        for tenant in ["Test tenant", "Gull"] {
            duo.source.add(
                EntityKey(.tenants, tenant),
                ["ProjectEnvironments": ["OctoFX": environmentRefs("Production")]]
            )
        }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(duo.destination.replica.entities(of: .environments).count == 3)
        #expect(duo.destination.replica.entities(of: .tenants).map(\.key.name) == ["Test tenant"])
        #expect(steps(duo) == ["Seed data", "QA sign-off", "Deploy"])
        #expect(rows(duo).count == 3)
        #expect(try duo.residue() == [])
    }

    @Test("S-11: without a word about tenants, tenant-split leaves them all at home")
    func tenantSplitNone() throws {
        var duo = Duo(try Self.read("preset: tenant-split"))
        duo.source.environments("Production")
        duo.source.project("OctoFX")
        let links: JSON = ["ProjectEnvironments": ["OctoFX": environmentRefs("Production")]]
        duo.source.add(EntityKey(.tenants, "Gull"), links)
        let plan = try duo.sync()
        #expect(duo.destination.replica.entities(of: .tenants).isEmpty)
        let skipped = plan.skipped.first { $0.key.kind == .tenants }
        #expect(skipped?.rule.contains("preset tenant-split") == true, "\(String(describing: skipped))")
    }

    @Test("mirror undoes every edit at the destination and adds nothing of its own")
    func mirror() throws {
        var duo = Duo(try Self.read("preset: mirror"))
        seed(&duo, environments: ["Development", "Test"])
        try duo.sync()
        #expect(try duo.residue() == [])
        let process = EntityKey(.deploymentProcesses, "OctoFX")
        duo.destination.edit(EntityKey(.projects, "OctoFX")) { $0["Description"] = "edited here" }
        duo.destination.edit(process) { body in
            body["Steps"] = .array((body["Steps"]?.arrayValue ?? []) + [step("Extra")])
        }
        duo.destination.edit(set) { body in
            let rows = (body["Variables"]?.arrayValue ?? []).map { row -> JSON in
                var row = row
                row["Value"] = "edited"
                return row
            }
            body["Variables"] = .array(rows)
        }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(duo.destination.replica[EntityKey(.projects, "OctoFX")]?.body["Description"] != "edited here")
        #expect(steps(duo) == ["Seed data", "QA sign-off", "Deploy"])
        #expect(Set(rows(duo)).contains("Application.Database.Name=OctoFx-Dev"))
        #expect(try duo.residue() == [])
        let rules = plan.operations.flatMap(\.fields).map(\.rule)
        #expect(rules.contains { $0.hasSuffix("(preset mirror)") }, "\(rules)")
    }

    @Test("S-7: what the file says comes after the preset, and decisions name both")
    func order() throws {
        let policy = try Self.read("preset: mirror\nsteps: {extra: keep}")
        let decisions = policy.decisions()
        #expect(decisions.first { $0.path == "steps.extra" }?.origin == .line(5))
        #expect(decisions.first { $0.path == "variables.overwrite" }?.origin == .preset("mirror"))
        #expect(policy.extraSteps == .keep)
        #expect(policy.variables.overwrite == .always)
    }

    @Test(
        "S-12: every preset reads without a problem and sets only what settings describe",
        arguments: PolicyPreset.all
    )
    func valid(_ preset: PolicyPreset) throws {
        let policy = try Self.read("preset: \(preset.name)")
        #expect(policy.preset == preset.name)
        #expect(policy.origins.values.contains(.preset(preset.name)))
        _ = try Self.read(preset.text)
    }
}
