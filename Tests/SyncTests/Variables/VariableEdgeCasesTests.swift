import Catalog
import Testing

@testable import Sync

/// The edge cases E-1 to E-68 of the sync design that concern one variable set.
@Suite("Edge cases of variable matching")
struct VariableEdgeCasesTests {
    @Test(
        "E-1, E-2: names that differ in case, blanks or composition are one name, and the destination's form stays",
        arguments: [("Port", "PORT"), ("Port", " Port "), ("Größe", "Gro\u{308}ße"), ("Größe", "GRÖSSE")]
    )
    func foldedNames(_ source: String, _ destination: String) throws {
        var set = SyncedSet(source: [text("s1", source, "1")], destination: [text("d", destination, "1")])
        #expect(try set.sync().operations == [])
        #expect(set.base.links.map(\.destinationID) == ["d"])
        set.source[0].value = "2"
        #expect(try set.sync().operations.map(\.kind) == [.update])
        #expect(set.destination.map { Array($0.name.utf8) } == [Array(destination.utf8)])
    }

    @Test("E-4: renamed on both sides: a conflict on the name, and the value is still planned")
    func renamedTwice() throws {
        var set = SyncedSet(source: [text("s1", "Old", "1")])
        try set.sync()
        set.source[0].name = "NewS"
        set.source[0].value = "2"
        set.destination[0].name = "NewD"
        let outcome = try set.sync()
        #expect(outcome.conflicts.map(\.field) == [.name])
        #expect(set.table == ["NewD = 2 [unscoped]"])
    }

    @Test("E-5: a new name that the destination uses already is a conflict")
    func nameTaken() throws {
        var set = SyncedSet(source: [text("s1", "Old", "1")])
        try set.sync()
        set.destination.append(text("own", "New", "mine"))
        set.source[0].name = "New"
        let outcome = try set.sync()
        #expect(outcome.conflicts.map(\.reason) == [.nameTaken])
        #expect(set.table == ["Old = 1 [unscoped]", "New = mine [unscoped]"])
    }

    @Test("E-6: two values that swap their names, or their scopes, do so in one write")
    func swap() throws {
        var set = SyncedSet(
            source: [text("s1", "A", "1", roles("x")), text("s2", "B", "2", roles("x"))])
        try set.sync()
        set.source[0].name = "B"
        set.source[1].name = "A"
        #expect(try set.sync().conflicts == [])
        #expect(set.table == ["B = 1 [roles=x]", "A = 2 [roles=x]"])
    }

    @Test("E-8: renamed at the source, then a new value takes the old name")
    func renameThenReuse() throws {
        var set = SyncedSet(source: [text("s1", "A", "1")])
        try set.sync()
        set.source[0].name = "B"
        set.source.append(text("s2", "A", "2"))
        #expect(try set.sync().steps == ["rename B", "add A"])
        #expect(set.table == ["B = 1 [unscoped]", "A = 2 [unscoped]"])
    }

    @Test("E-36: one environment becomes two, without duplicates")
    func oneToMany() throws {
        var set = SyncedSet(
            source: [text("s1", "V", "v", environments("Prod", "EU"))],
            mapping: ScopeMapping([.environments: ["Prod": .names(["EU", "US"]), "EU": .names(["EU"])]])
        )
        try set.sync()
        #expect(set.table == ["V = v [environments=EU,US]"])
    }

    @Test(
        "E-45, E-64: values go over to the byte",
        arguments: [
            "Value", " value", "value\r\n", "va\u{0}lue", "🙂", "é", "e\u{301}", String(repeating: "x", count: 300_000),
        ]
    )
    func exactBytes(_ value: String) throws {
        var set = SyncedSet(source: [text("s1", "V", "value")])
        try set.sync()
        set.source[0].value = .string(value)
        try set.sync()
        #expect(set.destination[0].value.stringValue.map { Array($0.utf8) } == Array(value.utf8))
        // From a composed to a decomposed letter, which Swift holds to be equal.
        set.source[0].value = .string("é")
        try set.sync()
        #expect(set.destination[0].value.stringValue.map { Array($0.utf8) } == Array("é".utf8))
    }

    @Test("E-46: a value that becomes sensitive at the source is a conflict, and nothing is overwritten")
    func becomesSensitive() throws {
        var set = SyncedSet(source: [text("s1", "V", "v")])
        try set.sync()
        set.source[0].type = "Sensitive"
        set.source[0].value = nil
        let outcome = try set.sync()
        #expect(outcome.conflicts.map(\.field) == [.type])
        #expect(set.table == ["V = v [unscoped]"])
        set.rules.onConflict = [.type: .source]
        let followed = try set.sync()
        #expect(set.destination.map(\.type) == ["Sensitive"])
        #expect(followed.secretsLedger.map(\.state) == [.unset])
    }

    @Test("E-48: a value that a person made sensitive at the destination stays so, whatever the source does")
    func hardened() throws {
        var set = SyncedSet(source: [text("s1", "V", "v")])
        try set.sync()
        set.destination[0].type = "Sensitive"
        set.destination[0].value = nil
        set.destination[0].hasSecret = true
        set.rules.overwrite = .always
        set.source[0].value = "v2"
        let outcome = try set.sync()
        #expect(outcome.reasons.contains(.driftType))
        #expect(outcome.operations == [])
    }

    @Test("E-49: prompt and description are compared three ways")
    func prompt() throws {
        var set = SyncedSet(source: [text("s1", "V", "v")])
        set.source[0].prompt = ["Label": "Which?", "Options": ["a", "b"]]
        set.source[0].description = "one"
        try set.sync()
        set.source[0].prompt["Options"] = ["b", "a"]
        set.destination[0].description = "two"
        let outcome = try set.sync()
        #expect(outcome.steps == ["update V (prompt)"])
        #expect(outcome.reasons.contains(.driftDescription))
        set.source[0].description = "three"
        #expect(try set.sync().conflicts.map(\.field) == [.description])
        #expect(set.destination[0].description == "two")
    }

    @Test("E-52: an environment that appears later gets the values that were left out; frozen ones stay")
    func environmentAppears() throws {
        var set = SyncedSet(
            source: [
                text("s1", "Skipped", "1", environments("Dev")), text("s2", "Frozen", "2", environments("Dev")),
            ],
            mapping: having("Prod")
        )
        set.source[0].scope[.targets] = ["web01"]
        try set.sync()
        #expect(set.table == ["Frozen = Replace Me [unscoped]"])
        set.mapping = ScopeMapping([
            .environments: ["Dev": .names(["Dev"])], .targets: ["web01": .names(["web01"])],
        ])
        #expect(set.plan().operations == [], "as long as nobody says that something appeared")
        set.availabilityDigest = "now with Dev"
        try set.sync()
        #expect(
            set.table == ["Frozen = Replace Me [unscoped]", "Skipped = 1 [environments=Dev targets=web01]"]
        )
    }

    @Test("E-53: another policy looks at what was left out again")
    func policyChange() throws {
        var set = SyncedSet(
            source: [text("s1", "V", "v", environments("Dev", "Prod"))],
            mapping: having("Prod")
        )
        set.rules.scopeMismatch[.environments] = .skipUnlessExactMatch
        #expect(try set.sync().declinedReasons == ["s1": .scopeSkipped])
        set.rules.scopeMismatch[.environments] = .skipUnlessPartialMatch
        set.policyDigest = "policy 2"
        #expect(try set.sync().operations.map(\.reason) == [.newPartial])
    }

    @Test("E-54: edits of two people to one set are merged into one list")
    func merged() throws {
        var set = SyncedSet(source: [text("s1", "A", "1"), text("s2", "B", "2")])
        try set.sync()
        set.source[0].value = "1s"
        set.destination[1].value = "2d"
        #expect(try set.sync().conflicts == [])
        #expect(set.table == ["A = 1s [unscoped]", "B = 2d [unscoped]"])
    }

    @Test("E-56: of two identical rows none is guessed at")
    func identicalRows() throws {
        var set = SyncedSet(
            source: [text("s1", "V", "v")],
            destination: [text("d1", "V", "v"), text("d2", "V", "v")]
        )
        let outcome = try set.sync()
        #expect(outcome.operations == [])
        #expect(outcome.notices(.unresolvedPairing).count == 1)
        #expect(outcome.declinedReasons == ["s1": .unresolvedPairing])
    }

    @Test("E-57: deleted at the destination on purpose", arguments: VariableRules.DeletedAtDestination.allCases)
    func deletedAtDestination(_ rule: VariableRules.DeletedAtDestination) throws {
        var set = SyncedSet(source: [text("s1", "V", "v")])
        set.rules.deletedAtDestination = rule
        try set.sync()
        set.destination = []
        set.source[0].value = "v2"
        try set.sync()
        #expect(set.table == (rule == .restore ? ["V = v2 [unscoped]"] : []))
    }

    @Test(
        "E-58: a value whose account is missing is empty when a step uses it, and left out when none does",
        arguments: [true, false]
    )
    func missingAccount(isUsed: Bool) throws {
        var set = SyncedSet(source: [
            VariableValue(
                id: "s1",
                name: "Aws",
                type: "AmazonWebServicesAccount",
                value: ["ref": "accounts", "key": "aws"]
            )
        ])
        set.unavailableReferences = ["s1"]
        set.usedNames = isUsed ? ["AWS"] : []
        let outcome = try set.sync()
        #expect(set.destination.map(\.value) == (isUsed ? [.null] : []))
        #expect(outcome.secretsLedger.map(\.state) == (isUsed ? [.unset] : []))
        #expect(outcome.declinedReasons == (isUsed ? [:] : ["s1": .missingReference]))
    }

    @Test("S-157: a missing worker pool stops the set")
    func missingPool() throws {
        var set = SyncedSet(source: [
            VariableValue(id: "s1", name: "Pool", type: "WorkerPool", value: ["ref": "workerpools", "key": "p"])
        ])
        set.unavailableReferences = ["s1"]
        set.source.append(text("s2", "Other", "v"))
        let blocked = set.plan()
        #expect(blocked.blocks.map(\.reason) == [.missingReference])
        #expect(blocked.blocks.map(\.name) == ["Pool"])
        // Once the pool is there, all of it goes over.
        set.unavailableReferences = []
        let outcome = try set.sync()
        #expect(outcome.blocks.isEmpty)
        #expect(outcome.steps.sorted() == ["add Other", "add Pool"])
        #expect(set.destination.first { $0.name == "Pool" }?.value == ["ref": "workerpools", "key": "p"])
    }

    @Test(
        "E-60: what a chain of references needs stays as a placeholder",
        arguments: VariableRules.UnresolvedReference.allCases
    )
    func chain(_ rule: VariableRules.UnresolvedReference) throws {
        var set = SyncedSet(source: [
            text("a", "A", "#{B}"), text("b", "B", "#{C}", [.targets: ["gone"]]), text("c", "C", "1"),
        ])
        set.rules.unresolvedReference = rule
        let outcome = try set.sync()
        switch rule {
        case .placeholder:
            #expect(
                set.table == ["A = #{B} [unscoped]", "B = Replace Me [unscoped]", "C = 1 [unscoped]"]
            )
        case .error: #expect(outcome.blocks.map(\.name) == ["B"])
        case .warn:
            #expect(set.table == ["A = #{B} [unscoped]", "C = 1 [unscoped]"])
            #expect(outcome.notices(.unresolvedReference).map(\.name) == ["B"])
        }
    }

    @Test("E-61: a cycle of references is only pointed out")
    func cycle() throws {
        var set = SyncedSet(source: [text("a", "A", "#{B}"), text("b", "B", "#{A | ToLower}"), text("c", "C", "#{C}")])
        let outcome = try set.sync()
        #expect(outcome.operations.count == 3)
        #expect(outcome.notices(.referenceCycle).map(\.name) == ["a", "c"])
        #expect(set.table.sorted() == ["A = #{B} [unscoped]", "B = #{A | ToLower} [unscoped]", "C = #{C} [unscoped]"])
    }

    @Test("E-61: a cycle over three names is one; what leads into it, or is named twice without a cycle, is none")
    func longCycle() throws {
        var set = SyncedSet(source: [
            text("a", "A", "#{B}"), text("b", "B", "x#{C}y"), text("c", "C", "#{A}"), text("in", "In", "#{A} #{A}"),
            text("p", "P", "#{Q}#{R}"), text("q", "Q", "#{R}"), text("r", "R", "value"),
        ])
        let outcome = try set.sync()
        #expect(outcome.operations.count == 7)
        #expect(outcome.notices(.referenceCycle).map(\.name) == ["a"])
        // Mended at the source, it is not pointed out any more.
        set.source[2].value = "end"
        let mended = try set.sync()
        #expect(mended.notices(.referenceCycle).isEmpty)
        #expect(mended.steps == ["update C (value)"])
    }

    @Test("E-62: names that nothing at the destination provides are listed; known names are not")
    func unresolved() throws {
        var set = SyncedSet(source: [text("a", "A", "#{Library.Name} #{Octopus.Release.Number} #{Other}")])
        set.knownNames = ["library.name"]
        #expect(try set.sync().notices(.unresolvedReference).map(\.name) == ["Other"])
    }

    @Test("E-65: the destination's order is its own")
    func order() throws {
        var set = SyncedSet(source: [text("s1", "A", "1"), text("s2", "B", "2"), text("s3", "C", "3")])
        try set.sync()
        set.destination.reverse()
        #expect(try set.sync().operations == [])
        set.source.append(text("s4", "C", "4", roles("x")))
        try set.sync()
        #expect(set.destination.map(\.value) == ["3", "4", "2", "1"], "new values follow the last of their name")
    }

    @Test("E-66: a real value that reads like a placeholder is a real value")
    func placeholderText() throws {
        var set = SyncedSet(source: [text("s1", "V", "Replace Me")])
        let outcome = try set.sync()
        #expect(outcome.secretsLedger == [])
        set.source[0].value = "now real"
        try set.sync()
        #expect(set.table == ["V = now real [unscoped]"])
    }

    @Test(
        "S-127: a value that is scoped to an excluded channel only",
        arguments: VariableRules.ExcludedChannel.allCases
    )
    func excludedChannel(_ rule: VariableRules.ExcludedChannel) throws {
        var set = SyncedSet(
            source: [text("s1", "V", "v", [.channels: ["Dev only"]])],
            mapping: ScopeMapping([.channels: ["Dev only": .dropped]])
        )
        set.rules.onExcludedChannel = rule
        set.rules.newValue = .copy
        set.rules.widening = .allow
        try set.sync()
        let expected: [VariableRules.ExcludedChannel: [String]] = [
            .exclude: [], .placeholder: ["V = Replace Me [unscoped]"], .include: ["V = v [unscoped]"],
        ]
        #expect(set.table == expected[rule])
    }

    @Test("A variable that the destination owns is never written")
    func owned() throws {
        var set = SyncedSet(
            source: [text("s1", "Dest.Url", "source"), text("s2", "Dest.New", "source")],
            destination: [text("d1", "Dest.Url", "mine")]
        )
        set.rules.destinationOwned = ["dest.url", "dest.new"]
        set.rules.overwrite = .always
        #expect(try set.sync().operations == [])
        #expect(set.table == ["Dest.Url = mine [unscoped]"])
    }

    @Test("A value that the source narrows to something unknown here is not written to everything here")
    func narrowedAtSource() throws {
        var set = SyncedSet(source: [text("s1", "V", "v")], mapping: having("Prod"))
        set.rules.scopeMismatch[.environments] = .ignoreMismatch
        try set.sync()
        set.source[0].scope = environments("Dev")
        set.source[0].value = "for Dev only"
        let outcome = try set.sync()
        #expect(outcome.operations == [])
        #expect(outcome.reasons.contains(.wideningRefused))
        set.rules.widening = .allow
        #expect(try set.sync().operations.map(\.risks) == [[.widening]])
    }

    @Test("A placeholder that a person gives the source's value and scope becomes an ordinary value again")
    func thaw() throws {
        var set = SyncedSet(source: [text("s1", "V", "v", environments("Dev"))], mapping: having("Prod"))
        try set.sync()
        set.mapping = having("Prod", "Dev")
        try set.edit("Replace Me") {
            $0.value = "v"
            $0.scope = environments("Dev")
        }
        #expect(try set.sync().reasons.contains(.thawed))
        set.source[0].value = "v2"
        try set.sync()
        #expect(set.table == ["V = v2 [environments=Dev]"])
    }

    @Test(
        "What the two sides already had differently is left, taken or asked about",
        arguments: VariableRules.Adoption.allCases
    )
    func adoption(_ rule: VariableRules.Adoption) throws {
        var set = SyncedSet(source: [text("s1", "V", "theirs")], destination: [text("d1", "V", "mine")])
        set.rules.adoption = rule
        let outcome = try set.sync()
        #expect(set.table == [rule == .source ? "V = theirs [unscoped]" : "V = mine [unscoped]"])
        #expect(outcome.conflicts.map(\.reason) == (rule == .ask ? [.adoptDifference] : []))
        #expect(outcome.operations.flatMap(\.risks) == (rule == .source ? [.lowConfidence] : []))
    }
}
