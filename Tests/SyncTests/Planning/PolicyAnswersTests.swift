import Catalog
import Testing

@testable import Sync

@Suite("Answers of the policy to single questions")
struct PolicyAnswersTests {
    private let web = EntityKey(.projects, "Web")
    private let beta = EntityKey(.channels, "Web", "Beta")

    @Test(
        "S-43, S-79: what selected projects refer to goes over although no pattern selects it, unless closure is none"
    )
    func closure() throws {
        for closure in Policy.Closure.allCases {
            var duo = Duo(
                policy {
                    $0.projects = ["Web"]
                    $0.types[.librarySets] = .init(mode: .merge)
                    $0.types[.librarySets]?.select = ["Other"]
                    $0.closure = closure
                }
            )
            for name in ["Common", "Other"] { duo.source.add(EntityKey(.librarySets, name)) }
            duo.source.project("Web", ["IncludedLibraryVariableSetIds": [ref(.librarySets, "Common")]])
            let plan = try duo.sync()
            #expect(duo.destination.replica[web] != nil)
            #expect((duo.destination.replica[EntityKey(.librarySets, "Common")] != nil) == (closure == .required))
            #expect(duo.destination.replica[EntityKey(.librarySets, "Other")] != nil)
            // The default selection of lifecycles is what selected projects refer to: not a matter of closure.
            #expect(duo.destination.replica[EntityKey(.lifecycles, "Default Lifecycle")] != nil)
            let lost = plan.notices.contains { $0.code == "dropped-reference" && $0.message.contains("Common") }
            #expect(lost == (closure == .none))
            #expect(try duo.residue() == [])
        }
    }

    @Test("S-120: version rules of channels are the source's, or each side's own", arguments: [true, false])
    func channelRules(areSynced: Bool) throws {
        var duo = Duo(policy { $0.options.channelRules = areSynced ? .sync : .skip })
        let rules = { (range: String) -> JSON in [["VersionRange": .string(range), "Actions": []]] }
        duo.source.project("Web")
        duo.source.add(beta, ["Rules": rules("[1,2)")])
        try duo.sync()
        #expect((duo.destination.replica[beta]?.body["Rules"]?.arrayValue?.count ?? 0) == (areSynced ? 1 : 0))
        duo.destination.edit(beta) { $0["Rules"] = rules("[5,6)") }
        duo.source.edit(beta) {
            $0["Rules"] = rules("[2,3)")
            $0["Description"] = "new"
        }
        let plan = try duo.sync()
        #expect(plan.conflicts.isEmpty == !areSynced)
        if !areSynced {
            #expect(duo.destination.replica[beta]?.body["Description"] == "new")
            #expect(duo.destination.replica[beta]?.body["Rules"]?[0]?["VersionRange"] == "[5,6)")
            #expect(try duo.residue() == [])
        }
    }

    @Test("S-58: a project begins in the source's group and may be moved at the destination for good")
    func projectGroup() throws {
        var duo = Duo(policy { $0.options.projectGroup = .destination })
        for name in ["A", "B"] { duo.source.add(EntityKey(.projectGroups, name)) }
        duo.source.project("Web", ["ProjectGroupId": ref(.projectGroups, "A")])
        try duo.sync()
        #expect(duo.destination.replica[web]?.body["ProjectGroupId"] == ref(.projectGroups, "A"))
        duo.destination.edit(web) { $0["ProjectGroupId"] = ref(.projectGroups, "B") }
        duo.source.add(EntityKey(.projectGroups, "C"))
        duo.source.edit(web) { $0["ProjectGroupId"] = ref(.projectGroups, "C") }
        #expect(try duo.sync().operations.map(\.summary) == ["10 create projectgroups/C"])
        #expect(duo.destination.replica[web]?.body["ProjectGroupId"] == ref(.projectGroups, "B"))
    }

    @Test("S-73: with releaseCreation: skip neither side's later changes of release settings go over")
    func releaseCreation() throws {
        var duo = Duo(policy { $0.options.releaseCreation = .skip })
        duo.source.project("Web", ["AutoCreateRelease": true, "VersioningStrategy": ["Template": "1.0.i"]])
        try duo.sync()
        #expect(duo.destination.replica[web]?.body["AutoCreateRelease"] == false)
        duo.destination.edit(web) { $0["VersioningStrategy"] = ["Template": "mine.i"] }
        duo.source.edit(web) { $0["VersioningStrategy"] = ["Template": "2.0.i"] }
        let plan = try duo.sync()
        #expect(plan.operations == [] && plan.conflicts == [])
    }

    @Test("S-28: initial: ask makes a conflict that is answered by itself")
    func ask() throws {
        var duo = Duo(policy { $0.onAdoptDifference = .ask })
        for side in [0, 1] {
            var sketch = side == 0 ? duo.source : duo.destination
            sketch.add(EntityKey(.tenants, "Acme"), ["Description": .string("\(side)")])
            if side == 0 { duo.source = sketch } else { duo.destination = sketch }
        }
        let conflicts = try duo.sync().conflicts
        #expect(conflicts.map(\.code) == ["adopt-difference"])
        #expect(conflicts.allSatisfy { duo.policy.isAnsweredAlone($0) })
        duo.policy.onAdoptDifference = .stop
        #expect(!conflicts.contains { duo.policy.isAnsweredAlone($0) })
    }

    @Test("S-119, S-128: environments of type tenants decide where tenants are connected, and with what values")
    func tenantEnvironments() throws {
        let tenant = EntityKey(.tenants, "Acme")
        var duo = Duo(
            policy {
                $0.types[.tenants] = .init(mode: .merge)
                $0.types[.tenants]?.environments = [.init("Test", .names(["Staging"]))]
                $0.environments = [.init("Test", .drop)]
            }
        )
        for name in ["Test", "Staging", "Production"] { duo.source.environments(name) }
        duo.source.project("Web")
        duo.source.add(tenant, ["ProjectEnvironments": ["Web": environmentRefs("Test")]])
        try duo.sync()
        #expect(duo.destination.replica[tenant]?.body["ProjectEnvironments"] == ["Web": environmentRefs("Staging")])
        #expect(try duo.residue() == [])
        // What is said of the project comes after what is said of the tenant.
        duo.policy.types[.projects] = .init(mode: .merge)
        duo.policy.types[.projects]?.environments = [.init("Test", .names(["Production"]))]
        #expect(try duo.residue() == [])
        duo.policy.types[.tenants]?.environments = []
        try duo.sync()
        #expect(duo.destination.replica[tenant]?.body["ProjectEnvironments"] == ["Web": environmentRefs("Production")])
    }

    @Test("S-4: the mode of a single document decides about its name, too")
    func modeOfOne() throws {
        var duo = Duo(policy { $0.types[.tenants] = .init(mode: .merge) })
        var rule = Policy.EntityRule()
        rule.name = "Own*"
        rule.mode = .initialOnly
        duo.policy.types[.tenants]?.rules = [rule]
        for name in ["Acme", "Own"] { duo.source.add(EntityKey(.tenants, name)) }
        try duo.sync()
        duo.source.renameByHand(EntityKey(.tenants, "Acme"), to: "Acme 2")
        duo.source.renameByHand(EntityKey(.tenants, "Own"), to: "Own 2")
        #expect(try duo.sync().operations.map(\.action) == [.rename])
        #expect(duo.destination.replica[EntityKey(.tenants, "Acme 2")] != nil)
        #expect(duo.destination.replica[EntityKey(.tenants, "Own")] != nil, "the destination's own, its name too")
        #expect(try duo.residue() == [])
        // An exact one gets its name back, a merged one keeps what it was given.
        duo.settings.heals = true
        duo.policy.types[.tenants]?.rules[0].mode = .exact
        duo.policy.types[.tenants]?.rules[0].name = "Acme*"
        duo.destination.renameByHand(EntityKey(.tenants, "Acme 2"), to: "Mine")
        #expect(try duo.sync().operations.map(\.summary) == ["60 rename tenants/Mine: Name"])
    }
}
