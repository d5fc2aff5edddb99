import Catalog
import Foundation
import Testing

@testable import Sync

@Suite("Conflicts and what people decide about them")
struct ResolutionTests {
    static let project = EntityKey(.projects, "Web")

    /// One project whose description both sides changed.
    private func disputed(_ policy: Policy = Planning.policy()) throws -> Duo {
        var duo = Duo(policy)
        duo.source.project("Web", ["Description": "old"])
        try duo.sync()
        duo.source.edit(Self.project) { $0["Description"] = "theirs" }
        duo.destination.edit(Self.project) { $0["Description"] = "ours" }
        return duo
    }

    private func decide(_ choice: ConflictResolution.Choice, _ duo: inout Duo) throws {
        for conflict in try duo.plan().plan.conflicts {
            duo.settings.resolutions.append(
                ConflictResolution(conflictID: conflict.id, choice: choice, decidedOn: conflict.digest, by: "anna")
            )
        }
    }

    private func description(_ duo: Duo) -> JSON? { duo.destination.replica[Self.project]?.body["Description"] }

    @Test(
        "each choice writes what it says, and the next plan is empty, without the decision too",
        arguments: [
            (ConflictResolution.Choice.source, "theirs"), (.destination, "ours"), (.base, "old"),
            (.value("both"), "both"),
        ]
    )
    func choices(_ choice: ConflictResolution.Choice, _ expected: String) throws {
        var duo = try disputed()
        let conflict = try #require(try duo.plan().plan.conflicts.first)
        #expect(conflict.choices == [.source, .destination, .base, .value])
        try decide(choice, &duo)
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.settings.resolutions == duo.settings.resolutions)
        #expect(description(duo) == .string(expected))
        #expect(try duo.residue() == [])
        duo.settings.resolutions = []
        let after = try duo.plan().plan
        #expect(after.operations == [])
        #expect(after.conflicts == [])
    }

    @Test("a decision does not hold once a side changed again, and says which", arguments: [true, false])
    func outdated(sourceMoves: Bool) throws {
        var duo = try disputed()
        try decide(.source, &duo)
        if sourceMoves {
            duo.source.edit(Self.project) { $0["Description"] = "again" }
        } else {
            duo.destination.edit(Self.project) { $0["Description"] = "again" }
        }
        let plan = try duo.plan().plan
        #expect(plan.conflicts.map(\.code) == ["both-changed"])
        let told = try #require(plan.notices.first { $0.code == "resolution-outdated" })
        #expect(told.message.contains(sourceMoves ? "the source changed" : "the destination changed"))
        #expect(plan.settings.resolutions == [])
    }

    @Test("a choice that the conflict does not offer is refused with those that it does")
    func unusable() throws {
        var duo = try disputed()
        try decide(.value(7), &duo)
        let plan = try duo.plan().plan
        #expect(plan.conflicts.count == 1)
        let told = try #require(plan.notices.first { $0.code == "resolution-unusable" })
        #expect(told.message.contains("source, destination, base, value"))
    }

    @Test("E-85: both sides made the same edit: agreement is recorded, nothing is written")
    func sameEdit() throws {
        var duo = try disputed()
        duo.destination.edit(Self.project) { $0["Description"] = "theirs" }
        #expect(try duo.sync().operations == [])
        duo.source.edit(Self.project) { $0["Description"] = "next" }
        #expect(try duo.sync().operations.count == 1)
        #expect(description(duo) == "next")
    }

    @Test("E-86: an edit that was taken back by hand is no drift")
    func takenBack() throws {
        var duo = Duo()
        duo.source.project("Web", ["Description": "old"])
        try duo.sync()
        duo.destination.edit(Self.project) { $0["Description"] = "ours" }
        #expect(try duo.plan().plan.notices.map(\.code) == ["drift"])
        duo.destination.edit(Self.project) { $0["Description"] = "old" }
        #expect(try duo.plan().plan.notices == [])
    }

    @Test("E-9: what cannot be written can be left as it is, by decision")
    func leftAsItIs() throws {
        var duo = Duo()
        let account = EntityKey(.accounts, "Cloud")
        duo.source.add(account, ["AccountType": "AzureServicePrincipal"])
        duo.destination.add(account, ["AccountType": "AmazonWebServicesAccount"])
        let conflict = try #require(try duo.plan().plan.conflicts.first)
        #expect(conflict.code == "kind")
        #expect(conflict.choices == [.destination])
        try decide(.destination, &duo)
        let plan = try duo.plan().plan
        #expect(plan.conflicts == [])
        #expect(plan.operations == [])
        #expect(plan.skipped.contains { $0.code == "decided" && $0.key == account })
    }

    @Test("E-4: two renames of one thing are a conflict, and a third name can be given")
    func renames() throws {
        var duo = try disputed()
        duo.source.edit(Self.project) { $0["Description"] = "old" }
        duo.destination.edit(Self.project) { $0["Description"] = "old" }
        duo.source.renameByHand(Self.project, to: "Shop")
        duo.destination.renameByHand(Self.project, to: "Store")
        try decide(.value("Market"), &duo)
        #expect(try duo.sync().conflicts == [])
        #expect(duo.destination.replica[EntityKey(.projects, "Market")] != nil)
        #expect(try duo.residue() == [])
    }

    // MARK: - Rules per field

    private static func rule(_ strategy: Policy.ConflictStrategy, _ field: String = "Description") -> Policy {
        SyncTests.policy { $0.conflictRules = [.init(kind: "projects", field: field, strategy: strategy)] }
    }

    @Test(
        "a rule for one field decides that field and no other",
        arguments: [(Policy.ConflictStrategy.source, "theirs"), (.destination, "ours")]
    )
    func fieldRule(_ strategy: Policy.ConflictStrategy, _ expected: String) throws {
        var duo = try disputed(Self.rule(strategy))
        #expect(try duo.sync().conflicts == [])
        #expect(description(duo) == .string(expected))
        #expect(try duo.residue() == [])
        let other = try disputed(Self.rule(strategy, "Name"))
        #expect(try other.plan().plan.conflicts.count == 1)
    }

    @Test("manual stops where the default would decide, until a person does")
    func manual() throws {
        var policy = Self.rule(.manual)
        policy.onConflict = .source
        var duo = try disputed(policy)
        #expect(try duo.plan().plan.conflicts.count == 1)
        try decide(.destination, &duo)
        #expect(try duo.sync().conflicts == [])
        #expect(description(duo) == "ours")
    }

    @Test("newest takes the side whose events are newer, and stops when no event tells")
    func newest() throws {
        var duo = try disputed(Self.rule(.newest))
        #expect(try duo.plan().plan.conflicts.count == 1)
        duo.settings.changes.source[Self.project] = Date(timeIntervalSince1970: 100)
        duo.settings.changes.destination[Self.project] = Date(timeIntervalSince1970: 200)
        #expect(try duo.plan().plan.operations == [])
        duo.settings.changes.source[Self.project] = Date(timeIntervalSince1970: 300)
        #expect(try duo.sync().operations.count == 1)
        #expect(description(duo) == "theirs")
    }

    @Test("merge joins changes of different lines, and stops where they meet")
    func merge() throws {
        var duo = try disputed(Self.rule(.merge))
        let base = "one\ntwo\nthree\nfour\nfive"
        duo.source.edit(Self.project) { $0["Description"] = .string(base) }
        duo.settings.resolutions = []
        duo.destination.edit(Self.project) { $0["Description"] = .string(base) }
        try duo.sync()
        duo.source.edit(Self.project) { $0["Description"] = "ONE\ntwo\nthree\nfour\nfive" }
        duo.destination.edit(Self.project) { $0["Description"] = "one\ntwo\nthree\nfour\nfive\nsix" }
        try duo.sync()
        #expect(description(duo) == "ONE\ntwo\nthree\nfour\nfive\nsix")
        #expect(try duo.residue() == [])
        duo.source.edit(Self.project) { $0["Description"] = "ONE\n2\nthree\nfour\nfive" }
        duo.destination.edit(Self.project) { $0["Description"] = "ONE\nzwei\nthree\nfour\nfive\nsix" }
        #expect(try duo.plan().plan.conflicts.count == 1)
    }

    // MARK: - Variables

    private func disputedVariable() throws -> Duo {
        var duo = Duo()
        duo.source.project("Web")
        duo.source.variables("Web", [variable("Url", "old")])
        try duo.sync()
        let key = EntityKey(.variableSets, "projects", "Web")
        duo.source.edit(key) { $0["Variables"] = [variable("Url", "theirs")] }
        duo.destination.edit(key) { $0["Variables"] = [variable("Url", "ours")] }
        return duo
    }

    @Test(
        "X11: a variable that both sides changed shows all three values, and each choice settles it",
        arguments: [
            (ConflictResolution.Choice.source, "theirs"), (.destination, "ours"), (.base, "old"),
            (.value("both"), "both"),
        ]
    )
    func variables(_ choice: ConflictResolution.Choice, _ expected: String) throws {
        var duo = try disputedVariable()
        let conflict = try #require(try duo.plan().plan.conflicts.first)
        #expect([conflict.base, conflict.source, conflict.destination] == ["old", "theirs", "ours"])
        try decide(choice, &duo)
        #expect(try duo.sync().conflicts == [])
        let rows = duo.destination.replica[EntityKey(.variableSets, "projects", "Web")]?.body["Variables"]
        #expect(rows?[0]?["Value"] == .string(expected))
        #expect(try duo.residue() == [])
        duo.settings.resolutions = []
        #expect(try duo.plan().plan.conflicts == [])
    }

    @Test("a rule for variable values decides them")
    func variableRule() throws {
        var duo = try disputedVariable()
        duo.policy.conflictRules = [.init(kind: "variable", field: "value", strategy: .destination)]
        #expect(try duo.sync().conflicts == [])
        #expect(try duo.residue() == [])
    }

    // MARK: - Heal and prune

    @Test("--heal reverts drift of exact kinds, of others only where the policy says so, and no decision of a person")
    func heal() throws {
        let template = EntityKey(.stepTemplates, "Notify")
        var duo = Duo()
        duo.source.project("Web", ["Description": "a"])
        duo.source.add(template, ["Description": "a"], version: 1)
        try duo.sync()
        for key in [Self.project, template] { duo.destination.edit(key) { $0["Description"] = "mine" } }
        #expect(try duo.residue() == [])
        duo.settings.heals = true
        #expect(try duo.plan().plan.operations.map(\.key) == [template])
        var rule = Policy.TypeRule(mode: .merge)
        rule.heals = true
        duo.policy.types[.projects] = rule
        #expect(Set(try duo.plan().plan.operations.map(\.key)) == [template, Self.project])
        // Both changed it, and a person wanted the destination's.
        duo.source.edit(template) { $0["Description"] = "b" }
        try decide(.destination, &duo)
        try duo.sync()
        #expect(duo.destination.replica[template]?.body["Description"] == "mine")
        #expect(try duo.residue() == [])
    }

    @Test("--prune deletes what the policy only reports, unless the destination changed it; never wins over the policy")
    func prune() throws {
        var duo = Duo()
        for name in ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"] {
            duo.source.add(EntityKey(.projectGroups, name), ["Description": "x"])
        }
        try duo.sync()
        duo.source.replica.remove(EntityKey(.projectGroups, "A"))
        #expect(try duo.plan().plan.operations == [])
        duo.settings.pruning = .prune
        #expect(
            try duo.plan().plan.operations.map(\.summary) == ["\(SyncPhase.deletes.rawValue) delete projectgroups/A"]
        )
        duo.destination.edit(EntityKey(.projectGroups, "A")) { $0["Description"] = "mine" }
        #expect(try duo.plan().plan.operations == [])
        duo.policy.deletes.mode = .delete
        #expect(try duo.plan().plan.operations.count == 1)
        duo.settings.pruning = .never
        #expect(try duo.plan().plan.operations == [])
    }
}

func variable(_ name: String, _ value: String) -> JSON {
    [
        "Name": .string(name), "Value": .string(value), "Type": "String", "Description": "", "IsEditable": true,
        "Prompt": nil, "Scope": [:],
    ]
}

extension Sketch {
    mutating func variables(_ project: String, _ rows: [JSON]) {
        let key = EntityKey(.variableSets, "projects", project)
        let ids = rows.map { _ in nextID("row") }
        replica.insert(
            Entity(key: key, id: nextID("variableset"), body: ["Variables": .array(rows)], rowIDs: ids)
        )
    }
}
