import Catalog
import Testing

@testable import Sync

/// The seed's own example (S-139 to S-149) and what may have happened between its two syncs.
@Suite("The seed's variable example")
struct SeedVariablesTests {
    static let initialSource = [
        text("s1", "Application.Database.Name", "OctoFx-Dev", environments("Development")),
        text("s2", "Application.Database.Name", "OctoFX-Test", environments("Test")),
        text("s3", "ConnectionString", "Database=#{Application.Database.Name}"),
    ]

    static let laterSource = [
        text("s4", "Application.Database.Name", "OctoFx-#{Octopus.Environment.Name}"),
        text("s3", "ConnectionString", "Database=#{Application.Database.Name}", roles("SQL-Server")),
        text("s5", "ConnectionString", "Data Source=#{Application.Database.Name}", roles("Oracle")),
    ]

    static func resultA() throws -> (SyncedSet, VariableSetOutcome) {
        var set = SyncedSet(source: initialSource, mapping: having("Staging", "Production"))
        set.rules.newValue = .copy
        set.rules.widening = .allow
        let outcome = try set.sync()
        return (set, outcome)
    }

    static func resultB() throws -> (SyncedSet, VariableSetOutcome) {
        var set = SyncedSet(source: initialSource, mapping: having("Staging", "Production"))
        let outcome = try set.sync()
        return (set, outcome)
    }

    /// S-149: one name left alone, one scope set, one value added.
    static func expectRecurring(_ set: inout SyncedSet, keeping kept: [String]) throws {
        let outcome = try set.sync()
        #expect(outcome.steps == ["update ConnectionString (scope)", "add ConnectionString"])
        #expect(
            set.table.filter { $0.hasPrefix("ConnectionString") } == [
                "ConnectionString = Database=#{Application.Database.Name} [roles=SQL-Server]",
                "ConnectionString = Data Source=#{Application.Database.Name} [roles=Oracle]",
            ]
        )
        #expect(set.table.filter { $0.hasPrefix("Application") } == kept)
        #expect(outcome.conflicts == [])
        #expect(outcome.declinedReasons["s4"] == .besideFrozen)
    }

    @Test("X1, E-41, S-139, S-140, S-142: Result A keeps the values and drops the scopes")
    func x1() throws {
        let (set, outcome) = try Self.resultA()
        #expect(
            set.table == [
                "Application.Database.Name = OctoFx-Dev [unscoped]",
                "Application.Database.Name = OctoFX-Test [unscoped]",
                "ConnectionString = Database=#{Application.Database.Name} [unscoped]",
            ]
        )
        #expect(outcome.operations.count == 3)
        #expect(outcome.notices(.ambiguous).count == 1)
        #expect(outcome.notices(.editMe).count == 2)
        #expect(outcome.operations.filter { $0.risks == [.widening] }.count == 2)
    }

    @Test(
        "X2, E-42, S-139, S-140, S-143: Result B makes exactly one placeholder, and keeps the real value that uses it"
    )
    func x2() throws {
        let (set, outcome) = try Self.resultB()
        #expect(
            set.table == [
                "Application.Database.Name = Replace Me [unscoped]",
                "ConnectionString = Database=#{Application.Database.Name} [unscoped]",
            ]
        )
        #expect(outcome.operations.count == 2)
        #expect(set.base.links.map(\.sourceID) == ["s1", "s2", "s3"])
        #expect(set.base.links[0].destinationID == set.base.links[1].destinationID)
        #expect(outcome.secretsLedger.map(\.state) == [.placeholder])
        #expect(outcome.operations.allSatisfy { $0.risks.isEmpty })
    }

    @Test("S-141: Result A without leave to widen copies nothing, but what is used gets a placeholder")
    func resultAWithoutWidening() throws {
        var set = SyncedSet(source: Self.initialSource, mapping: having("Staging", "Production"))
        set.rules.newValue = .copy
        let outcome = try set.sync()
        #expect(set.table.contains("Application.Database.Name = Replace Me [unscoped]"))
        #expect(outcome.operations.map(\.reason).contains(.neededPlaceholder))
        #expect(outcome.operations.count == 2)
    }

    @Test("X3, E-43, S-144, S-148, S-149: the recurring sync after Result B")
    func x3() throws {
        var (set, _) = try Self.resultB()
        set.source = Self.laterSource
        try Self.expectRecurring(&set, keeping: ["Application.Database.Name = Replace Me [unscoped]"])
    }

    @Test("X4: the recurring sync after a person has filled the placeholder and added a value")
    func x4() throws {
        var (set, _) = try Self.resultB()
        try set.edit("Replace Me") {
            $0.value = "Stg"
            $0.scope = environments("Staging")
        }
        set.destination.append(text("own", "Application.Database.Name", "Prd", environments("Production")))
        set.source = Self.laterSource
        try Self.expectRecurring(
            &set,
            keeping: [
                "Application.Database.Name = Stg [environments=Staging]",
                "Application.Database.Name = Prd [environments=Production]",
            ]
        )
    }

    @Test("X5: the recurring sync after Result A, untouched")
    func x5Untouched() throws {
        var (set, _) = try Self.resultA()
        set.source = Self.laterSource
        try Self.expectRecurring(
            &set,
            keeping: [
                "Application.Database.Name = OctoFx-Dev [unscoped]",
                "Application.Database.Name = OctoFX-Test [unscoped]",
            ]
        )
    }

    @Test("X5: the recurring sync after Result A, edited")
    func x5Edited() throws {
        var (set, _) = try Self.resultA()
        try set.edit("OctoFx-Dev") {
            $0.value = "Stg"
            $0.scope = environments("Staging")
        }
        try set.edit("OctoFX-Test") { $0.scope = environments("Production") }
        set.source = Self.laterSource
        try Self.expectRecurring(
            &set,
            keeping: [
                "Application.Database.Name = Stg [environments=Staging]",
                "Application.Database.Name = OctoFX-Test [environments=Production]",
            ]
        )
    }

    @Test("X6: the recurring sync when every source id was regenerated")
    func x6() throws {
        var (set, _) = try Self.resultB()
        set.source = Self.laterSource.map { value in
            var value = value
            if value.id == "s3" { value.id = "s9" }
            return value
        }
        try Self.expectRecurring(&set, keeping: ["Application.Database.Name = Replace Me [unscoped]"])
    }
}
