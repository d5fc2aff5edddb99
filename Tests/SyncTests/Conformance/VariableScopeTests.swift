import Catalog
import Testing

@testable import Sync

/// What the guide says about the scopes of variables, and about the second sync of a set.
@Suite("Scopes of variables, by the guide")
struct VariableScopeTests {
    private static let everywhereTheSame: [ScopeDimension] = [.tenantTags, .roles, .processOwners]

    @Test("S-146: a value keeps its scope in each of the seven dimensions, and in all at once")
    func sevenDimensions() throws {
        #expect(ScopeDimension.known.count == 7)
        let all = VariableScope(
            Dictionary(ScopeDimension.known.map { ($0, ["\($0) name"]) }) { first, _ in first }
        )
        var set = SyncedSet(
            source: ScopeDimension.known.map { text("s-\($0)", "One \($0)", "v", [$0: ["\($0) name"]]) }
                + [text("all", "All", "v", all)],
            mapping: mapping { .names(["\($0) here"]) }
        )
        try set.sync()
        for dimension in ScopeDimension.known {
            let row = set.destination.first { $0.name == "One \(dimension)" }
            #expect(row?.scope == [dimension: ["\(dimension) here"]])
        }
        let here = VariableScope(
            Dictionary(ScopeDimension.known.map { ($0, ["\($0) here"]) }) { first, _ in first }
        )
        #expect(set.destination.first { $0.name == "All" }?.scope == here)
    }

    @Test("S-147: roles need no counterpart; of the dimensions that are alike everywhere, no value is stripped")
    func alikeDimensions() throws {
        for dimension in Self.everywhereTheSame {
            var set = SyncedSet(source: [text("s1", "V", "v", [dimension: ["gone"]])])
            set.mapping.outcomes[dimension] = ["gone": .missing]
            set.rules.newValue = .copy
            set.rules.widening = .allow
            #expect(try set.sync().declinedReasons == ["s1": .scopeSkipped], "\(dimension)")
        }
        var set = SyncedSet(source: [text("s1", "V", "v", roles("never seen here"))])
        try set.sync()
        #expect(set.table == ["V = v [roles=never seen here]"])
    }

    @Test(
        "S-155: each dimension has a strategy of its own: with half of a scope gone, and with all of it",
        arguments: [
            (ScopeDimension.environments, 1, 1), (.channels, 1, 1), (.processOwners, 1, 0), (.steps, 1, 0),
            (.roles, 0, 0), (.targets, 1, 0), (.tenantTags, 0, 0),
        ]
    )
    func strategies(_ dimension: ScopeDimension, half: Int, none: Int) throws {
        for (names, count) in [(["here", "gone"], half), (["gone"], none)] {
            var set = SyncedSet(source: [text("s1", "V", "v", [dimension: names])])
            set.mapping.outcomes[dimension] = ["here": .names(["here"]), "gone": .missing]
            set.rules.newValue = .copy
            set.rules.widening = .allow
            try set.sync()
            #expect(set.table.count == count, "\(dimension) \(names)")
        }
        // The strategy of one dimension says nothing about another.
        for other in ScopeDimension.known {
            var set = SyncedSet(source: [text("s1", "V", "v", [dimension: ["here", "gone"]])])
            set.mapping.outcomes[dimension] = ["here": .names(["here"]), "gone": .missing]
            for known in ScopeDimension.known { set.rules.scopeMismatch[known] = .skipUnlessPartialMatch }
            set.rules.scopeMismatch[other] = .skipUnlessExactMatch
            try set.sync()
            #expect(set.destination.isEmpty == (other == dimension), "\(dimension) beside \(other)")
        }
    }

    @Test("S-154: strategy 4 copies a new name whatever its scope, and leaves a name alone that is there")
    func newButNotExisting() throws {
        for strategy in [ScopeStrategy.ignoreMismatchOnNewLeaveExistingAlone, .ignoreMismatch] {
            var set = SyncedSet(
                source: [
                    text("s1", "New", "v", environments("Development")),
                    text("s2", "Known", "theirs", environments("Development")),
                ],
                destination: [text("own", "Known", "ours", environments("Production"))],
                mapping: having("Production")
            )
            set.rules.scopeMismatch[.environments] = strategy
            set.rules.newValue = .copy
            set.rules.widening = .allow
            let outcome = try set.sync()
            #expect(set.table.contains("New = v [unscoped]"))
            #expect(set.table.contains("Known = ours [environments=Production]"))
            let leavesAlone = strategy == .ignoreMismatchOnNewLeaveExistingAlone
            #expect(outcome.declinedReasons == (leavesAlone ? ["s2": .existingLeftAlone] : [:]))
            #expect(set.base.links.count == (leavesAlone ? 1 : 2))
            set.source[1].value = "theirs, changed"
            if leavesAlone { #expect(try set.sync().operations == []) }
        }
    }

    @Test("LS-15: of a value scoped to targets those that are here are kept; with none of them it is left out")
    func targets() throws {
        var duo = Duo()
        duo.source.project("Web")
        for name in ["web01", "web02"] { duo.source.add(EntityKey(.machines, name)) }
        duo.destination.add(EntityKey(.machines, "web01"))
        let set = EntityKey(.variableSets, "projects", "Web")
        duo.source.variables(set, [("Both", "1", []), ("Gone", "2", [])])
        duo.source.edit(set) {
            $0["Variables"] = [
                Self.scoped("Both", "1", ["Machine": refs(.machines, ["web01", "web02"])]),
                Self.scoped("Gone", "2", ["Machine": refs(.machines, ["web02"])]),
            ]
        }
        #expect(try duo.sync().conflicts == [])
        let rows = duo.destination.replica[set]?.body["Variables"]?.arrayValue ?? []
        #expect(rows.map { $0["Name"] } == ["Both"])
        #expect(rows.first?["Scope"] == ["Machine": refs(.machines, ["web01"])])
        #expect(try duo.residue() == [])
    }

    @Test("LS-16, S-144: a second sync tells a changed value, a changed scope, one more value, a new name, no change")
    func fiveStates() throws {
        var set = SyncedSet(
            source: [
                text("s1", "Value", "1", roles("Web")), text("s2", "Scope", "2", roles("Web")),
                text("s3", "More", "3", roles("Web")), text("s4", "Same", "4", roles("Web")),
            ]
        )
        try set.sync()
        set.source[0].value = "1b"
        set.source[1].scope = roles("Web", "Sql")
        set.source.append(text("s5", "More", "3b", roles("Sql")))
        set.source.append(text("s6", "New", "5"))
        let outcome = try set.sync()
        #expect(
            outcome.steps.sorted() == ["add More", "add New", "update Scope (scope)", "update Value (value)"]
        )
        #expect(
            set.table.sorted() == [
                "More = 3 [roles=Web]", "More = 3b [roles=Sql]", "New = 5 [unscoped]", "Same = 4 [roles=Web]",
                "Scope = 2 [roles=Sql,Web]", "Value = 1b [roles=Web]",
            ]
        )
    }

    /// Every dimension maps the name that `sevenDimensions` gives to it.
    private func mapping(_ outcome: (ScopeDimension) -> ScopeMapping.Outcome) -> ScopeMapping {
        ScopeMapping(
            Dictionary(ScopeDimension.known.map { ($0, ["\($0) name": outcome($0)]) }) { first, _ in first }
        )
    }

    private static func scoped(_ name: String, _ value: String, _ scope: JSON) -> JSON {
        var row = variable(name, value)
        row["Scope"] = scope
        return row
    }
}
