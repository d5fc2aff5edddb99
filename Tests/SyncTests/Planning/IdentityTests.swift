import Catalog
import Testing

@testable import Sync

@Suite("Who is who")
struct IdentityTests {
    /// Both sides with these environments, synced once.
    private func settled(_ names: String...) throws -> Duo {
        var duo = Duo()
        for name in names { duo.source.environments(name) }
        try duo.sync()
        return duo
    }

    @Test(
        "E-1, E-2: letter case, blanks and composition of a name do not matter; the destination's stays",
        arguments: [
            ("Production", "PRODUCTION"), ("Production", " Production "), ("Caf\u{E9}", "Cafe\u{301}"),
        ]
    )
    func foldedNames(source: String, destination: String) throws {
        var duo = Duo()
        duo.source.environments(source)
        duo.destination.environments(destination)
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(duo.state.records.values.map(\.destinationKey.path) == [[destination]])
    }

    @Test("A rename at the source is a rename at the destination")
    func rename() throws {
        var duo = try settled("Test", "Production")
        duo.source.renameByHand(EntityKey(.environments, "Test"), to: "QA")
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == ["10 rename environments/Test: Name"])
        #expect(duo.destination.replica[EntityKey(.environments, "QA")] != nil)
        #expect(try duo.residue() == [])
    }

    @Test("E-4: renamed differently on both sides is a conflict about the name only")
    func renamedOnBothSides() throws {
        var duo = Duo()
        duo.source.project("Web")
        try duo.sync()
        duo.source.renameByHand(EntityKey(.projects, "Web"), to: "Shop")
        duo.destination.renameByHand(EntityKey(.projects, "Web"), to: "Store")
        duo.source.edit(EntityKey(.projects, "Shop")) { $0["Description"] = "new" }
        let plan = try duo.plan().plan
        #expect(plan.conflicts.map { "\($0.code) \($0.path)" } == ["both-changed Name"])
        #expect(plan.operations.map(\.summary) == ["110 update projects/Store: Description"])
    }

    @Test("E-5: a new name that the destination already uses is a conflict, and nothing is created")
    func nameTaken() throws {
        var duo = try settled("Test")
        duo.destination.environments("QA")
        duo.source.renameByHand(EntityKey(.environments, "Test"), to: "QA")
        let plan = try duo.plan().plan
        #expect(plan.conflicts.map(\.code) == ["name-taken"])
        #expect(plan.operations == [])
    }

    @Test("E-6: a swap of names goes through a temporary one")
    func swap() throws {
        var duo = try settled("A", "B")
        duo.source.moveKeys([
            EntityKey(.environments, "A"): EntityKey(.environments, "B"),
            EntityKey(.environments, "B"): EntityKey(.environments, "A"),
        ])
        for name in ["A", "B"] { duo.source.edit(EntityKey(.environments, name)) { $0["Name"] = .string(name) } }
        let before = duo.destination.replica[EntityKey(.environments, "A")]?.id
        let plan = try duo.sync()
        #expect(plan.operations.map(\.action) == [.rename, .rename, .rename])
        #expect(plan.operations.map(\.dependsOn) == [[], [1], [1, 2]], "a name is free before it is taken")
        #expect(duo.destination.replica[EntityKey(.environments, "B")]?.id == before)
        #expect(try duo.residue() == [])
    }

    @Test("A name in between, left by a swap that was cut off, is no change of the destination's")
    func cutSwap() throws {
        var duo = try settled("A", "B")
        let swap = [
            EntityKey(.environments, "A"): EntityKey(.environments, "B"),
            EntityKey(.environments, "B"): EntityKey(.environments, "A"),
        ]
        duo.source.moveKeys(swap)
        for name in ["A", "B"] { duo.source.edit(EntityKey(.environments, name)) { $0["Name"] = .string(name) } }
        duo.destination.carryOut(try duo.plan().plan.operations[0])
        #expect(try duo.sync().conflicts == [])
        #expect(Set(duo.destination.replica.entities(of: .environments).map(\.key.name)) == ["A", "B"])
        #expect(try duo.residue() == [])
    }

    @Test("A project with tenants is renamed, also when the destination changed the tenants' environments")
    func renameWithTenants() throws {
        var duo = try settled("Staging", "Production")
        duo.source.project("Web")
        let tenant = EntityKey(.tenants, "Gull")
        duo.source.add(tenant, ["ProjectEnvironments": ["Web": environmentRefs("Staging")]])
        try duo.sync()
        duo.destination.edit(tenant) { $0["ProjectEnvironments"] = ["Web": environmentRefs("Production")] }
        duo.source.renameByHand(EntityKey(.projects, "Web"), to: "Shop")
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.operations.map(\.summary) == ["110 rename projects/Web: Name"])
        let links = duo.destination.replica[tenant]?.body["ProjectEnvironments"]
        #expect(links == ["Shop": environmentRefs("Production")])
        #expect(try duo.residue() == [])
    }

    @Test("E-8: a rename frees the name that a new document takes")
    func renameThenCreate() throws {
        var duo = try settled("Test")
        duo.source.renameByHand(EntityKey(.environments, "Test"), to: "Old")
        duo.source.environments("Test")
        let plan = try duo.sync()
        #expect(
            plan.operations.map(\.summary) == ["10 rename environments/Test: Name", "10 create environments/Test"]
        )
        #expect(try duo.residue() == [])
    }

    @Test("E-9: one name, two types of account: a conflict, and nothing is written")
    func kindConflict() throws {
        var duo = Duo()
        let key = EntityKey(.accounts, "Cloud")
        duo.source.add(key, ["AccountType": "AmazonWebServicesAccount"])
        duo.destination.add(key, ["AccountType": "AzureServicePrincipal"])
        let plan = try duo.plan().plan
        #expect(plan.conflicts.map(\.code) == ["kind"])
        #expect(plan.operations == [])
    }

    @Test("E-12: channels of one name belong to their projects")
    func channelsOfProjects() throws {
        var duo = Duo()
        for name in ["A", "B"] {
            duo.source.project(name)
            duo.destination.project(name)
        }
        duo.source.edit(EntityKey(.channels, "B", "Default")) { $0["Description"] = "b" }
        try duo.sync()
        duo.source.edit(EntityKey(.channels, "A", "Default")) { $0["Description"] = "a" }
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == ["120 update channels/A/Default: Description"])
        let texts = ["A", "B"].map { duo.destination.replica[EntityKey(.channels, $0, "Default")]?.body["Description"] }
        // Where both sides were there before, the destination's stayed.
        #expect(texts == ["a", .null])
    }

    @Test("E-12: runbooks of one name belong to their projects: changed, renamed and deleted each by itself")
    func runbooksOfProjects() throws {
        var duo = Duo(policy { $0.deletes.mode = .delete })
        let (first, second) = (EntityKey(.runbooks, "A", "Restart"), EntityKey(.runbooks, "B", "Restart"))
        for name in ["A", "B"] { duo.source.project(name) }
        duo.source.add(first, ["Description": "a"])
        duo.source.add(second, ["Description": "b"])
        try duo.sync()
        #expect(duo.destination.replica[first]?.body["Description"] == "a")
        #expect(duo.destination.replica[second]?.body["Description"] == "b")
        duo.source.edit(second) { $0["Description"] = "c" }
        let plan = try duo.sync()
        #expect(plan.operations.map(\.key) == [second])
        #expect(duo.destination.replica[first]?.body["Description"] == "a")
        #expect(try duo.residue() == [])
    }

    @Test("Two source documents cannot become one")
    func ambiguousTarget() throws {
        var duo = Duo(
            policy { policy in
                var rule = Policy.TypeRule(mode: .nameOnly)
                rule.aliases = ["a": "Same", "b": "Same"]
                policy.types[.projectGroups] = rule
            }
        )
        duo.source.add(EntityKey(.projectGroups, "A"))
        duo.source.add(EntityKey(.projectGroups, "B"))
        #expect(throws: PlanningError.self) { try duo.plan() }
    }

    @Test("A document that was replaced by another of the same name is linked again")
    func relinked() throws {
        var duo = try settled("Test")
        duo.source.replica.remove(EntityKey(.environments, "Test"))
        duo.source.environments("Test")
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(plan.notices.map(\.code) == ["relinked"])
        #expect(duo.state.records.count == 1)
    }

    @Test("E-57: what was deleted at the destination is not created again")
    func tombstone() throws {
        var duo = try settled("Test", "Production")
        duo.destination.replica.remove(EntityKey(.environments, "Test"))
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(plan.notices.map(\.code) == ["deleted-at-destination"])
        #expect(try duo.residue() == [])
    }

    @Test("E-96: state of another pair is refused")
    func stateOfAnotherPair() throws {
        var duo = try settled("Test")
        duo.destination = Sketch("other")
        #expect(throws: PlanningError.self) { try duo.plan() }
    }
}
