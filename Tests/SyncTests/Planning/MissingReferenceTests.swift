import Catalog
import Testing

@testable import Sync

@Suite("References without a counterpart")
struct MissingReferenceTests {
    private let process = EntityKey(.deploymentProcesses, "Web")

    private func steps(_ duo: Duo) -> [JSON] { duo.destination.replica[process]?.body["Steps"]?.arrayValue ?? [] }

    private func dangling(_ kind: KindName) -> JSON { NormalReference.unresolved(kind: kind, token: "Gone-7").json }

    @Test("E-22, S-69: what is gone at the source itself stops where it is required, and is left out elsewhere")
    func dangling() throws {
        var duo = Duo()
        duo.source.project("Web", ["LifecycleId": dangling(.lifecycles)])
        let conflict = try duo.plan().plan.conflicts.first
        #expect(conflict.map { "\($0.code) \($0.key) \($0.path)" } == "missing-required projects/Web LifecycleId")
        #expect(conflict?.message.contains("Gone-7") == false, "an id means nothing to people")

        duo = Duo()
        duo.source.project("Web", steps: [step("Deploy", ["WorkerPoolId": dangling(.workerPools)])])
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.notices.map(\.code) == ["dropped-reference"])
        #expect(steps(duo).first?["Actions"]?[0]?["WorkerPoolId"] == .null)
        #expect(try duo.residue() == [])
    }

    @Test("E-25: a sign-off whose team is missing is left out, not given to everybody")
    func missingTeam() throws {
        var duo = Duo(policy { $0.types[.teams] = .init(mode: .skip) })
        duo.source.add(EntityKey(.teams, "Testers"))
        let properties: JSON = ["Octopus.Action.Manual.ResponsibleTeamIds": [ref(.teams, "Testers")]]
        duo.source.project("Web", steps: [step("Sign-off", properties: properties), step("Deploy")])
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.skipped.filter { $0.key == process }.map(\.code) == ["widening-refused"])
        #expect(steps(duo).map { $0["Name"] } == ["Deploy"])
        #expect(try duo.residue() == [])

        duo.policy.widening = .allow
        let wider = try duo.sync()
        #expect(wider.operations.first { $0.key == process }?.risks.contains(.widening) == true)
        #expect(steps(duo).count == 2)
    }

    @Test("E-26, E-28: a feed that is not given stays so; a pool that a variable names is not translated")
    func absentAndByVariable() throws {
        var duo = Duo()
        let properties: JSON = ["Octopus.Action.Package.FeedId": ""]
        let action: JSON = [
            "WorkerPoolVariable": "Pool", "WorkerPoolId": .null, "Container": ["Image": .null, "FeedId": .null],
        ]
        duo.source.project("Web", steps: [step("Deploy", action, properties: properties)])
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.add(EntityKey(.workerPools, "Linux"))
        duo.source.variables(set, [("Pool", "", [])])
        duo.source.edit(set) { body in
            var row = body["Variables"]?[0] ?? [:]
            row["Type"] = "WorkerPool"
            row["Value"] = ref(.workerPools, "Linux")
            body["Variables"] = [row]
        }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let sent = steps(duo).first?["Actions"]?[0]
        #expect(sent?["WorkerPoolVariable"] == "Pool")
        #expect(sent?["Container"]?["FeedId"] == .null)
        #expect(sent?["Properties"]?["Octopus.Action.Package.FeedId"] == "")
        #expect(duo.destination.replica[set]?.body["Variables"]?[0]?["Value"] == ref(.workerPools, "Linux"))
        #expect(try duo.residue() == [])
    }

    @Test("E-29: a tag that the destination lacks comes with its set; without the set it is left out")
    func tags() throws {
        var duo = Duo()
        duo.source.add(EntityKey(.tagSets, "Ring"), ["Tags": [["Name": "Early"]]])
        duo.destination.add(EntityKey(.tagSets, "Ring"), ["Tags": []])
        duo.source.add(EntityKey(.tenants, "Gull"), ["TenantTags": [ref(.tags, "Ring", "Early")]])
        duo.policy.onAdoptDifference = .source
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.operations.map(\.key.kind) == [.tagSets, .tenants], "the set is written first")
        #expect(duo.destination.replica[EntityKey(.tenants, "Gull")]?.body["TenantTags"]?.arrayValue?.count == 1)
        #expect(try duo.residue() == [])

        var other = Duo(policy { $0.types[.tagSets] = .init(mode: .skip) })
        other.source = duo.source
        let notices = try other.sync().notices.filter { $0.key?.kind == .tenants }
        #expect(notices.map(\.code) == ["dropped-reference"])
        #expect(other.destination.replica[EntityKey(.tenants, "Gull")]?.body["TenantTags"] == [])
    }

    @Test(
        "missingRequired: useDefault takes what every space has one of; replace names another",
        arguments: [true, false]
    )
    func required(useDefault: Bool) throws {
        var duo = Duo(
            policy { policy in
                policy.types[.lifecycles] = .init(mode: .skip)
                if useDefault {
                    policy.options.missingRequired = .useDefault
                } else {
                    policy.types[.lifecycles]?.replacements = ["slow": "Fast", "slower": "Fast"]
                }
            }
        )
        duo.destination.add(EntityKey(.lifecycles, "Default Lifecycle"))
        duo.destination.add(EntityKey(.lifecycles, "Fast"))
        for (project, lifecycle) in [("Web", "Slow"), ("Api", "Slower")] {
            duo.source.add(EntityKey(.lifecycles, lifecycle))
            duo.source.project(project, ["LifecycleId": ref(.lifecycles, lifecycle)])
        }
        #expect(try duo.sync().conflicts == [])
        let wanted = useDefault ? "Default Lifecycle" : "Fast"
        for project in ["Web", "Api"] {
            let body = duo.destination.replica[EntityKey(.projects, project)]?.body
            #expect(body?["LifecycleId"] == ref(.lifecycles, wanted))
        }
        #expect(try duo.residue() == [])
    }

    @Test("missingRequired: createStub brings what select leaves out")
    func stub() throws {
        var duo = Duo(
            policy {
                $0.types[.projectGroups] = .init(mode: .nameOnly)
                $0.types[.projectGroups]?.select = ["!*"]
            }
        )
        duo.source.project("Web")
        #expect(try duo.plan().plan.conflicts.map(\.code) == ["missing-required"])
        duo.policy.options.missingRequired = .createStub
        #expect(try duo.sync().conflicts == [])
        #expect(duo.destination.replica[EntityKey(.projectGroups, "All")] != nil)
    }

    @Test("missingOptional: fail stops; what the policy itself drops is not missing")
    func optional() throws {
        var duo = Duo(
            policy {
                $0.types[.workerPools] = .init(mode: .skip)
                $0.options.missingOptional = .fail
                $0.environments = [.init("Dev", .drop)]
            }
        )
        duo.source.environments("Dev", "Production")
        duo.source.add(EntityKey(.workerPools, "Linux"))
        let action: JSON = [
            "WorkerPoolId": ref(.workerPools, "Linux"), "Environments": environmentRefs("Dev", "Production"),
        ]
        duo.source.project("Web", steps: [step("Deploy", action)])
        #expect(
            try duo.plan().plan.conflicts.map(\.path) == ["Steps/Deploy/Actions/Deploy/WorkerPoolId"]
        )
        duo.policy.options.missingOptional = .drop
        #expect(try duo.plan().plan.conflicts == [])
    }

    @Test("Accounts that differ per instance: none is made, and what names one directly is listed")
    func sameVariable() throws {
        var duo = Duo(policy { $0.options.accounts = .sameVariable })
        duo.source.add(EntityKey(.accounts, "Dev cloud"), ["AccountType": "Token"])
        let properties: JSON = ["Octopus.Action.Azure.AccountId": ref(.accounts, "Dev cloud")]
        duo.source.project("Web", steps: [step("Deploy", properties: properties)])
        let plan = try duo.sync()
        #expect(plan.skipped.filter { $0.key.kind == .accounts }.map(\.code) == ["not-created"])
        let direct = plan.notices.filter { $0.code == "direct-reference" }
        #expect(direct.map(\.path) == ["Steps/Deploy/Actions/Deploy/Properties/Octopus.Action.Azure.AccountId"])
        #expect(duo.destination.replica.entities(of: .accounts) == [])
    }

    @Test("S-138: accounts by name of the destination's own", arguments: ["alias", "replace"])
    func mapped(setting: String) throws {
        var duo = Duo(
            policy { policy in
                policy.options.accounts = .map
                policy.types[.accounts] = .init(mode: .nameOnly)
                if setting == "alias" {
                    policy.types[.accounts]?.aliases = ["dev cloud": "Prod cloud"]
                } else {
                    policy.types[.accounts]?.replacements = ["dev cloud": "Prod cloud"]
                }
            }
        )
        duo.source.add(EntityKey(.accounts, "Dev cloud"), ["AccountType": "Token"])
        duo.destination.add(EntityKey(.accounts, "Prod cloud"), ["AccountType": "Token"])
        let properties: JSON = ["Octopus.Action.Azure.AccountId": ref(.accounts, "Dev cloud")]
        duo.source.project("Web", steps: [step("Deploy", properties: properties)])
        #expect(try duo.sync().conflicts == [])
        let sent = steps(duo).first?["Actions"]?[0]?["Properties"]?["Octopus.Action.Azure.AccountId"]
        #expect(sent == ref(.accounts, "Prod cloud"))
        #expect(try duo.residue() == [])
    }

    @Test("The default pool of one side is that of the other, whatever it is called; a name says more")
    func defaultPool() throws {
        var duo = Duo()
        duo.source.add(EntityKey(.workerPools, "Default Worker Pool"), ["IsDefault": true])
        duo.source.add(EntityKey(.workerPools, "Windows"))
        duo.destination.add(EntityKey(.workerPools, "Standard"), ["IsDefault": true])
        duo.destination.add(EntityKey(.workerPools, "Windows"))
        duo.source.project(
            "Web",
            steps: [step("Deploy", ["WorkerPoolId": ref(.workerPools, "Default Worker Pool")])]
        )
        #expect(try duo.sync().conflicts == [])
        #expect(steps(duo).first?["Actions"]?[0]?["WorkerPoolId"] == ref(.workerPools, "Standard"))
        #expect(duo.destination.replica.entities(of: .workerPools).count == 2)
        #expect(try duo.residue() == [])
    }
}
