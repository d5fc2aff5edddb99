import Catalog
import Testing

@testable import Sync

/// The worked examples X7 to X15 of the sync design; each is followed by a run that finds nothing to do.
@Suite("Worked examples of variable matching")
struct WorkedExamplesTests {
    struct StrategyCase: Sendable, CustomTestStringConvertible {
        var strategy: ScopeStrategy
        var scope: [String]
        var expected: [String]
        var testDescription: String { "\(strategy) \(scope)" }
    }

    @Test(
        "X7, S-152, S-153: what each strategy does with a scope that the destination has in part or not at all",
        arguments: [
            StrategyCase(strategy: .skipUnlessExactMatch, scope: ["Staging", "Production"], expected: []),
            StrategyCase(
                strategy: .skipUnlessPartialMatch,
                scope: ["Staging", "Production"],
                expected: ["V = v [environments=Production]"]
            ),
            StrategyCase(
                strategy: .ignoreMismatch,
                scope: ["Staging", "Production"],
                expected: ["V = v [environments=Production]"]
            ),
            StrategyCase(
                strategy: .ignoreMismatchOnNewLeaveExistingAlone,
                scope: ["Staging", "Production"],
                expected: ["V = v [environments=Production]"]
            ),
            StrategyCase(strategy: .skipUnlessExactMatch, scope: ["Development"], expected: []),
            StrategyCase(strategy: .skipUnlessPartialMatch, scope: ["Development"], expected: []),
            StrategyCase(strategy: .ignoreMismatch, scope: ["Development"], expected: ["V = v [unscoped]"]),
            StrategyCase(
                strategy: .ignoreMismatchOnNewLeaveExistingAlone,
                scope: ["Development"],
                expected: ["V = v [unscoped]"]
            ),
        ]
    )
    func x7(_ example: StrategyCase) throws {
        var set = SyncedSet(
            source: [text("s1", "V", "v", [.environments: example.scope])],
            mapping: having("Production")
        )
        set.rules.scopeMismatch[.environments] = example.strategy
        set.rules.newValue = .copy
        set.rules.widening = .allow
        try set.sync()
        #expect(set.table == example.expected)
    }

    @Test(
        "The error strategies block the whole set",
        arguments: [ScopeStrategy.errorUnlessExactMatch, .errorUnlessPartialMatch]
    )
    func errorStrategies(_ strategy: ScopeStrategy) throws {
        var set = SyncedSet(
            source: [text("s1", "V", "v", environments("Development")), text("s2", "W", "w")],
            mapping: having("Production")
        )
        set.rules.scopeMismatch[.environments] = strategy
        let outcome = try set.sync()
        #expect(outcome.isBlocked)
        #expect(outcome.blocks.map(\.reason) == [.scopeError])
        #expect(set.table == [])
    }

    @Test("X8, S-151: under exact matching an unscoped value is no counterpart of a role-scoped one")
    func x8() throws {
        var set = SyncedSet(
            source: [text("s1", "Port", "8080", roles("OctoFX-Web"))],
            destination: [text("own", "Port", "8080")]
        )
        let outcome = try set.sync()
        #expect(set.table == ["Port = 8080 [unscoped]", "Port = 8080 [roles=OctoFX-Web]"])
        #expect(outcome.steps == ["add Port"])
    }

    @Test("X9, E-44, S-145: equal texts in several scopes stay several values")
    func x9() throws {
        var set = SyncedSet(
            source: [
                text("s1", "Feature", "true", environments("Dev")),
                text("s2", "Feature", "true", environments("Test")), text("s3", "Feature", "false"),
            ],
            mapping: having("Dev", "Test")
        )
        #expect(try set.sync().operations.count == 3)
        // E-44: the same when the destination was filled by another tool and is adopted.
        set.base = VariableBase()
        #expect(try set.sync().operations == [])
        #expect(set.base.links.count == 3)
    }

    @Test("X10: a scope that was widened at the destination is kept, and later source changes are merged into it")
    func x10() throws {
        var set = SyncedSet(
            source: [text("s1", "V", "v", environments("Prod"))],
            mapping: having("Prod", "QA", "DR")
        )
        try set.sync()
        set.destination[0].scope = environments("Prod", "DR")
        #expect(try set.sync().reasons.contains(.driftScope))
        set.source[0].scope = environments("Prod", "QA")
        let outcome = try set.sync()
        #expect(outcome.conflicts == [])
        #expect(set.table == ["V = v [environments=DR,Prod,QA]"])
    }

    @Test("X11: both sides changed the value: a conflict that shows all three")
    func x11Conflict() throws {
        var set = SyncedSet(source: [text("s1", "V", "1")])
        try set.sync()
        set.source[0].value = "1s"
        set.destination[0].value = "1d"
        let outcome = try set.sync()
        let conflict = try #require(outcome.conflicts.first)
        #expect(conflict.field == .value)
        #expect([conflict.base, conflict.source, conflict.destination] == ["1", "1s", "1d"])
        #expect(set.table == ["V = 1d [unscoped]"])
        set.resolutions = [conflict.id: .source]
        try set.sync()
        #expect(set.table == ["V = 1s [unscoped]"])
    }

    @Test("X11: only the source changed", arguments: VariableRules.Overwrite.allCases)
    func x11FastForward(_ overwrite: VariableRules.Overwrite) throws {
        var set = SyncedSet(source: [text("s1", "V", "1")])
        try set.sync()
        set.source[0].value = "1s"
        set.rules.overwrite = overwrite
        let outcome = try set.sync()
        #expect(set.table == [overwrite == .never ? "V = 1 [unscoped]" : "V = 1s [unscoped]"])
        #expect(outcome.reasons.contains(.overwriteNever) == (overwrite == .never))
    }

    struct CollisionCase: Sendable {
        var rule: VariableRules.Collision
        var expected: [String]
    }

    @Test(
        "X12, E-37: two environments become one",
        arguments: [
            CollisionCase(rule: .error, expected: []),
            CollisionCase(rule: .first, expected: ["V = a [environments=Staging]"]),
            CollisionCase(rule: .prefer("Test"), expected: ["V = b [environments=Staging]"]),
            CollisionCase(rule: .placeholder, expected: ["V = Replace Me [environments=Staging]"]),
        ]
    )
    func x12(_ example: CollisionCase) throws {
        var set = SyncedSet(
            source: [text("s1", "V", "a", environments("Dev")), text("s2", "V", "b", environments("Test"))],
            mapping: ScopeMapping([.environments: ["Dev": .names(["Staging"]), "Test": .names(["Staging"])]])
        )
        set.rules.collision = example.rule
        let outcome = try set.sync()
        #expect(set.table == example.expected)
        #expect(outcome.isBlocked == (example.rule == .error))
    }

    @Test("X12: equal values that become one are one")
    func x12Equal() throws {
        var set = SyncedSet(
            source: [text("s1", "V", "a", environments("Dev")), text("s2", "V", "a", environments("Test"))],
            mapping: ScopeMapping([.environments: ["Dev": .names(["Staging"]), "Test": .names(["Staging"])]])
        )
        let outcome = try set.sync()
        #expect(set.table == ["V = a [environments=Staging]"])
        #expect(outcome.declinedReasons == ["s2": .duplicate])
    }

    @Test("X13: a new sensitive value goes over empty, and its filling at the destination is no edit to merge")
    func x13() throws {
        var secret = VariableValue(
            id: "s1",
            name: "Password",
            type: "Sensitive",
            value: nil,
            scope: environments("Prod")
        )
        secret.hasSecret = true
        var set = SyncedSet(source: [secret], mapping: having("Prod"))
        let outcome = try set.sync()
        #expect(outcome.operations.map(\.risks) == [[.secret]])
        #expect(outcome.secretsLedger.map(\.state) == [.unset])
        set.destination[0].hasSecret = true
        #expect(try set.sync().secretsLedger.map(\.state) == [.setAtDestination])
    }

    @Test("X14: what happens when the source deletes a value", arguments: VariableRules.Delete.allCases, [false, true])
    func x14(_ delete: VariableRules.Delete, isEdited: Bool) throws {
        var set = SyncedSet(source: [text("s1", "V", "v")])
        set.rules.delete = delete
        try set.sync()
        set.source = []
        if isEdited { set.destination[0].value = "mine" }
        let outcome = try set.sync()
        let isDeleted = delete == .delete || delete == .deleteIfUnchanged && !isEdited
        #expect(set.destination.isEmpty == isDeleted)
        #expect(outcome.operations.map(\.kind) == (isDeleted ? [.delete] : []))
        #expect(outcome.notices(.orphan).count == (delete == .report ? 1 : 0))
        #expect(outcome.notices(.orphanModified).count == (delete == .deleteIfUnchanged && isEdited ? 1 : 0))
    }

    @Test("X15: a rename at the source is one rename, and what still uses the old name is pointed out")
    func x15() throws {
        var set = SyncedSet(source: [text("s1", "Old", "v", roles("Web"))])
        try set.sync()
        set.destination.append(text("own", "Mine", "uses #{Old}"))
        set.source[0].name = "New"
        let outcome = try set.sync()
        #expect(outcome.steps == ["rename New"])
        #expect(outcome.operations[0].risks == [.rename])
        #expect(set.table == ["New = v [roles=Web]", "Mine = uses #{Old} [unscoped]"])
        #expect(outcome.notices(.unresolvedReference).map(\.destinationID) == ["own"])
    }
}
