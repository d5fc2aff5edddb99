import Catalog
import Testing

@testable import Sync

/// Variables whose values are accounts, certificates and pools, and the accounts and certificates themselves.
@Suite("Accounts, certificates and pools, by the guide")
struct ReferenceValueTests {
    private let set = EntityKey(.variableSets, "projects", "Web")

    /// A project at the source with one variable that refers to something.
    private func duo(_ type: String, _ value: JSON, isUsed: Bool = false, _ policy: Policy = Planning.policy()) -> Duo {
        var duo = Duo(policy)
        let properties: JSON = isUsed ? ["Octopus.Action.AwsAccount.Variable": "Thing"] : [:]
        duo.source.project("Web", steps: [step("Deploy", properties: properties)])
        duo.source.variables(set, [("Thing", "", [])])
        duo.source.edit(set) {
            $0["Variables"]?[0]?["Type"] = .string(type)
            $0["Variables"]?[0]?["Value"] = value
        }
        return duo
    }

    private func value(_ duo: Duo) -> JSON? { duo.destination.replica[set]?.body["Variables"]?[0]?["Value"] }

    static let references: [(String, KindName, JSON)] = [
        ("AmazonWebServicesAccount", .accounts, ["AccountType": "AmazonWebServicesAccount"]),
        ("AzureAccount", .accounts, ["AccountType": "AzureServicePrincipal"]),
        ("GoogleCloudAccount", .accounts, ["AccountType": "GoogleCloudAccount"]),
        ("UsernamePasswordAccount", .accounts, ["AccountType": "UsernamePassword"]),
        ("Certificate", .certificates, [:]), ("WorkerPool", .workerPools, ["WorkerPoolType": "StaticWorkerPool"]),
    ]

    @Test("S-156: a value that names a thing goes over as the destination's thing of that name", arguments: references)
    func byName(type: String, kind: KindName, members: JSON) throws {
        var duo = duo(type, ref(kind, "Shared"))
        duo.source.add(EntityKey(kind, "Shared"), members)
        duo.destination.add(EntityKey(kind, "shared"), members)
        #expect(try duo.sync().conflicts == [])
        #expect(value(duo) == ref(kind, "shared"))
        #expect(duo.destination.replica.entities(of: kind).count == 1)
        #expect(try duo.residue() == [])
    }

    @Test("S-136: an account or a certificate of dropped environments stays behind, and nothing else fails by that")
    func ofOneEnvironment() throws {
        for (type, kind) in [("UsernamePasswordAccount", KindName.accounts), ("Certificate", .certificates)] {
            var duo = duo(
                type,
                ref(kind, "Dev only"),
                isUsed: true,
                policy { $0.environments = [.init("Development", .drop)] }
            )
            duo.source.environments("Development", "Production")
            let members: JSON = kind == .accounts ? ["AccountType": "UsernamePassword"] : [:]
            for (name, environments) in [("Dev only", ["Development"]), ("Both", ["Development", "Production"])] {
                var body = members
                body["EnvironmentIds"] = refs(.environments, environments)
                duo.source.add(EntityKey(kind, name), body)
            }
            // A certificate cannot be made without its secret; the one for both is there already.
            if kind == .certificates {
                duo.destination.add(
                    EntityKey(kind, "Both"),
                    ["EnvironmentIds": environmentRefs("Production")]
                )
                duo.destination.environments("Production")
            }
            let plan = try duo.sync()
            #expect(plan.conflicts == [])
            let made = duo.destination.replica.entities(of: kind)
            #expect(made.map(\.key.name) == ["Both"])
            #expect(made.first?.body["EnvironmentIds"] == environmentRefs("Production"))
            #expect(plan.skipped.contains { $0.key == EntityKey(kind, "Dev only") })
            #expect(value(duo) == .null, "the variable is there for the step, and empty")
            #expect(try duo.residue() == [])
        }
    }

    @Test("S-137: one name on both sides, other details: variables and steps refer to it as they did")
    func sameNameOtherDetails() throws {
        var duo = Duo()
        let account = EntityKey(.accounts, "Cloud")
        duo.source.add(account, ["AccountType": "UsernamePassword", "Username": "dev"])
        duo.destination.add(account, ["AccountType": "UsernamePassword", "Username": "prod"])
        let properties: JSON = ["Octopus.Action.Azure.AccountId": ref(.accounts, "Cloud")]
        duo.source.project("Web", steps: [step("Deploy", properties: properties)])
        duo.source.variables(set, [("Account", "", [])])
        duo.source.edit(set) {
            $0["Variables"]?[0]?["Type"] = "UsernamePasswordAccount"
            $0["Variables"]?[0]?["Value"] = ref(.accounts, "Cloud")
        }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(!plan.operations.contains { $0.key == account })
        #expect(duo.destination.replica[account]?.body["Username"] == "prod")
        #expect(value(duo) == ref(.accounts, "Cloud"))
        let process = duo.destination.replica[EntityKey(.deploymentProcesses, "Web")]
        #expect(process?.body["Steps"]?[0]?["Actions"]?[0]?["Properties"] == properties)
        #expect(try duo.residue() == [])
    }

    @Test("LS-17: accounts stay at home, their variables go over empty, and what the destination fills in stays")
    func accountsAtHome() throws {
        var duo = duo(
            "AmazonWebServicesAccount",
            ref(.accounts, "Dev cloud"),
            isUsed: true,
            policy { $0.types[.accounts] = .init(mode: .skip) }
        )
        duo.source.add(EntityKey(.accounts, "Dev cloud"), ["AccountType": "AmazonWebServicesAccount"])
        duo.destination.add(EntityKey(.accounts, "Prod cloud"), ["AccountType": "AmazonWebServicesAccount"])
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(value(duo) == .null)
        #expect(plan.secrets.map(\.state) == [.unset])
        duo.destination.edit(set) { $0["Variables"]?[0]?["Value"] = ref(.accounts, "Prod cloud") }
        #expect(try duo.sync().operations == [])
        duo.source.edit(set) { $0["Variables"]?[0]?["Description"] = "where it runs" }
        try duo.sync()
        #expect(value(duo) == ref(.accounts, "Prod cloud"))
        #expect(duo.destination.replica.entities(of: .accounts).map(\.key.name) == ["Prod cloud"])
        #expect(try duo.residue() == [])
    }
}
