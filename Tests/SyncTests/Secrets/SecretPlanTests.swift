import Catalog
import Testing

@testable import Sync

@Suite("Secrets in a plan")
struct SecretPlanTests {
    static let account = EntityKey(.accounts, "Cloud")
    static let variables = EntityKey(.variableSets, "projects", "Web")
    static let set = NormalSecret.json(hasValue: true)
    static let unset = NormalSecret.json(hasValue: false)

    /// A source with an account, a feed and a sensitive variable, all with values.
    static func duo(_ change: (inout Policy) -> Void = { _ in }) -> Duo {
        var duo = Duo(policy(change))
        duo.source.environments("Production")
        duo.source.add(account, ["AccountType": "AmazonWebServicesAccount", "AccessKey": "AKIA", "SecretKey": set])
        duo.source.add(EntityKey(.feeds, "Packages"), ["FeedType": "Docker", "FeedUri": "https://x", "Password": set])
        duo.source.project(
            "Web",
            steps: [
                step("Deploy", properties: ["Body": "connect #{Connection}"]),
                step("Provision", properties: ["Body": "none", "Octopus.Action.AwsAccount.Variable": "Cloud.Account"]),
                step("Talk", properties: ["Body": "hello"]),
            ]
        )
        duo.source.add(
            variables,
            ["Variables": [row("Db.Password", sensitive: true), row("Connection", "Pwd=#{Db.Password}")]]
        )
        give(&duo.source, ["row-s1", "row-s2"])
        return duo
    }

    static func row(_ name: String, _ value: JSON = .null, sensitive: Bool = false, scope: JSON = [:]) -> JSON {
        [
            "Name": .string(name), "Type": sensitive ? "Sensitive" : "String", "Value": sensitive ? set : value,
            "Description": "", "Scope": scope, "IsEditable": true, "Prompt": .null,
        ]
    }

    private static func give(_ sketch: inout Sketch, _ ids: [String]) {
        guard var entity = sketch.replica[variables] else { return }
        entity.rowIDs = ids
        sketch.replica.insert(entity)
    }

    static func outcome(_ duo: Duo, provided: [String: String] = [:], explained: Bool = false) throws -> PlanningOutcome
    {
        var input = PlanningInput(
            source: duo.source.replica,
            destination: duo.destination.replica,
            state: duo.state,
            policy: duo.policy
        )
        for (name, version) in provided {
            input.provided[EntityKey.folded(name)] = ProvidedSecret(provider: "env:X", version: version, rule: "line 1")
        }
        input.explainsSecrets = explained
        return try makePlan(input)
    }

    @discardableResult
    static func sync(_ duo: inout Duo, provided: [String: String] = [:]) throws -> Plan {
        let outcome = try outcome(duo, provided: provided)
        for operation in outcome.plan.operations { duo.destination.carryOut(operation) }
        duo.state = outcome.proposedState.completed(with: duo.destination.replica)
        return outcome.plan
    }

    static func state(_ plan: Plan, _ name: String) -> SecretNeed.State? {
        plan.secrets.first { $0.name == name }?.state
    }

    static let accountName = "accounts/Cloud/SecretKey"
    static let feedName = "feeds/Packages/Password"
    static let variableName = "variables/projects/Web/Variables/Db.Password"

    @Test(
        "S-103, S-104, S-105, S-107, LS-3: what cannot be read arrives without its secret, and is listed until it is set"
    )
    func listed() throws {
        var duo = Self.duo()
        let plan = try Self.sync(&duo)
        for name in [Self.accountName, Self.feedName, Self.variableName] {
            #expect(Self.state(plan, name) == .unset, "\(name)")
        }
        #expect(duo.destination.replica[Self.account]?.body["SecretKey"] == Self.unset)
        duo.destination.edit(Self.account) { $0["SecretKey"] = Self.set }
        let next = try Self.outcome(duo).plan
        #expect(next.operations.isEmpty)
        #expect(Self.state(next, Self.accountName) == .setAtDestination && Self.state(next, Self.feedName) == .unset)
    }

    @Test(
        "X13: what the destination tells of a sensitive variable decides: set there, it is done; it is no edit to merge"
    )
    func told() throws {
        var duo = Self.duo()
        try Self.sync(&duo)
        duo.destination.edit(Self.variables) {
            $0["Variables"] = $0["Variables"]?.setting(Self.set, at: [.index(0), .member("Value")])
        }
        let plan = try Self.outcome(duo).plan
        #expect(plan.operations.isEmpty && Self.state(plan, Self.variableName) == .setAtDestination)
    }

    @Test("a destination that does not tell: what a person said stays, and only what a person said")
    func notTold() throws {
        var duo = Self.duo()
        try Self.sync(&duo)
        let first = try Self.outcome(duo)
        let need = try #require(first.plan.secrets.first { $0.name == Self.variableName })
        #expect(need.state == .unset && !need.isTold)
        duo.state.secrets[need.place] = SecretRow(state: .setAtDestination, since: "2026-01-01T00:00:00Z")
        let plan = try Self.outcome(duo)
        #expect(Self.state(plan.plan, Self.variableName) == .setAtDestination && plan.plan.operations.isEmpty)
        #expect(plan.proposedState.secrets[need.place]?.since == "2026-01-01T00:00:00Z")
    }

    @Test("a provider's secret goes over with its document, is written once, and again when it has another version")
    func rotation() throws {
        var duo = Self.duo()
        let versions = [Self.accountName: "v1", Self.variableName: "v1"]
        let plan = try Self.sync(&duo, provided: versions)
        let creation = try #require(plan.operations.first { $0.key == Self.account })
        #expect(creation.action == .create && creation.risks == [.secret])
        #expect(
            creation.fields.contains { ProvidedSecret.isOne($0.to) && $0.path == "SecretKey" && $0.rule == "line 1" }
        )
        #expect(
            Self.state(plan, Self.accountName) == .providerSet && Self.state(plan, Self.variableName) == .providerSet
        )
        #expect(Self.state(plan, Self.feedName) == .unset)
        #expect(try Self.outcome(duo, provided: versions).plan.operations.isEmpty)

        let rotated = try Self.sync(&duo, provided: [Self.accountName: "v2", Self.variableName: "v2"])
        #expect(
            rotated.operations.map(\.summary).sorted()
                == [
                    "110 update variables/projects/Web: Variables/Db.Password", "20 update accounts/Cloud: SecretKey",
                ].sorted() || rotated.operations.count == 2
        )
        #expect(rotated.operations.allSatisfy { $0.risks == [.secret] && $0.action == .update })
        #expect(duo.destination.replica[Self.variables]?.rowIDs.count == 2, "the rows keep their ids")
        #expect(
            try Self.outcome(duo, provided: [Self.accountName: "v2", Self.variableName: "v2"]).plan.operations.isEmpty
        )
    }

    @Test("LS-4: what stands at the destination survives: the provider replaces it only when a person hands it over")
    func kept() throws {
        var duo = Self.duo()
        try Self.sync(&duo)
        duo.destination.edit(Self.account) { $0["SecretKey"] = Self.set }
        let plan = try Self.sync(&duo, provided: [Self.accountName: "v1"])
        #expect(plan.operations.isEmpty && plan.notices.contains { $0.code == "secret-kept" })
        let need = try #require(plan.secrets.first { $0.name == Self.accountName })
        duo.state.secrets[need.place]?.isHandedOver = true
        let handed = try Self.sync(&duo, provided: [Self.accountName: "v1"])
        #expect(handed.operations.count == 1 && Self.state(handed, Self.accountName) == .providerSet)
        #expect(try Self.outcome(duo, provided: [Self.accountName: "v1"]).plan.operations.isEmpty)
    }

    @Test("what the provider had set and somebody cleared is set again; a renamed account is still the same")
    func clearedAndRenamed() throws {
        var duo = Self.duo()
        try Self.sync(&duo, provided: [Self.accountName: "v1"])
        duo.destination.edit(Self.account) { $0["SecretKey"] = Self.unset }
        #expect(try Self.sync(&duo, provided: [Self.accountName: "v1"]).operations.count == 1)
        duo.source.renameByHand(Self.account, to: "Cloud 2")
        duo.destination.renameByHand(Self.account, to: "Cloud 2")
        let plan = try Self.outcome(duo, provided: ["accounts/Cloud 2/SecretKey": "v1"]).plan
        #expect(plan.operations.isEmpty && Self.state(plan, "accounts/Cloud 2/SecretKey") == .providerSet)
    }

    @Test("secrets.onMissing: fail stops the plan for what nobody supplies, and for nothing else")
    func missing() throws {
        let duo = Self.duo { $0.secrets.onMissing = .fail }
        let plan = try Self.outcome(duo, provided: [Self.accountName: "v1", Self.variableName: "v1"]).plan
        #expect(plan.conflicts.map(\.code) == ["secret-missing"] && plan.conflicts.first?.key.name == "Packages")
    }

    @Test("a name in the map that is no secret is told")
    func unused() throws {
        let plan = try Self.outcome(Self.duo(), provided: ["accounts/Clod/SecretKey": "v"]).plan
        #expect(plan.notices.contains { $0.code == "secret-unused" && $0.message.contains("accounts/clod") })
    }

    @Test("the steps that would fail are found through variables that use the secret")
    func uses() throws {
        let duo = Self.duo()
        let plan = try Self.outcome(duo, explained: true).plan
        let password = try #require(plan.secrets.first { $0.name == Self.variableName })
        #expect(password.neededBy.map(\.step) == ["Deploy"] && password.needCount == 1)
        #expect(try #require(plan.secrets.first { $0.name == Self.feedName }).neededBy.isEmpty)
        let text = SecretListing(plan.secrets).text(catalog: .standard)
        #expect(text.contains("without it 1 step fails:") && text.contains("Deploy, in the deployment process of Web"))
        #expect(text.contains(Self.variableName))
    }

    @Test("two values of one name are told apart by their scope")
    func scopes() throws {
        var duo = Self.duo()
        duo.source.edit(Self.variables) {
            $0["Variables"] = [
                Self.row("Key", sensitive: true, scope: ["Environment": environmentRefs("Production")]),
                Self.row("Key", sensitive: true),
            ]
        }
        let names = try Self.outcome(duo).plan.secrets.map(\.path).filter { $0.hasPrefix("Variables") }
        #expect(names.sorted() == ["Variables/Key", "Variables/Key [Production]"])
    }

    @Test("a plan with provided secrets survives its file, and says where a value comes from, not which it is")
    func file() throws {
        let plan = try Self.outcome(Self.duo(), provided: [Self.accountName: "0123456789abcdef"], explained: true).plan
        #expect(Plan(json: plan.json) == plan)
        #expect(
            PlanText.text(of: plan, catalog: .standard, style: .init(isLong: true)).contains("secret(env:X@01234567)")
        )
    }
}
