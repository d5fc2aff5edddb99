import Testing

@testable import Catalog

@Suite("Documents of servers of other releases")
struct SchemaAdapterTests {
    let changes = [
        SchemaChange(.projects, since: APIRelease(2026, 1), .added(field: "New", standard: "none")),
        SchemaChange(.projects, since: APIRelease(2026, 1), .dropped(field: "Old", filling: 7)),
        SchemaChange(.projects, since: APIRelease(2026, 1), at: ["Parts", "*"], .renamed(from: "Was", to: "Is")),
        SchemaChange(.projects, since: APIRelease(2026, 1), .word(field: "Mode", value: "Fast", before: nil)),
        SchemaChange(.projects, since: APIRelease(2026, 1), .word(field: "Tone", value: "Teal", before: "Blue")),
    ]

    @Test("S-39, E-112: read from an older server: what is new has its standard, what was renamed its new name")
    func reading() {
        let adapter = SchemaAdapter(version: "2025.4.9", changes: changes)
        #expect(
            adapter.reading(["Name": "A", "Old": 1, "Parts": [["Was": 1], ["Is": 2]]], kind: .projects)
                == ["Name": "A", "Parts": [["Is": 1], ["Is": 2]], "New": "none"]
        )
    }

    @Test("S-39, E-112: sent to an older server: without what is new, with what it requires, under its own names")
    func writing() {
        let adapter = SchemaAdapter(version: "2025.4.9", changes: changes)
        #expect(
            adapter.writing(["Name": "A", "New": "x", "Parts": [["Is": 1]], "Tone": "Teal"], kind: .projects)
                == ["Name": "A", "Parts": [["Was": 1]], "Tone": "Blue", "Old": 7]
        )
    }

    @Test("S-41: a server of the newest release is spoken to as it is", arguments: ["2026.1.0", "2026.2", "local"])
    func identity(version: String) {
        let adapter = SchemaAdapter(version: version, changes: changes)
        let document: JSON = ["New": "x", "Old": 1]
        #expect(adapter.isIdentity(for: .projects))
        #expect(adapter.reading(document, kind: .projects) == document)
        #expect(adapter.writing(document, kind: .projects) == document)
    }

    @Test("E-112: what an older server cannot hold is known before anything is compared")
    func limits() {
        let adapter = SchemaAdapter(version: "2025.4.9", changes: changes)
        let (document, losses) = adapter.limited(["New": "x", "Tone": "Teal"], kind: .projects)
        #expect(document == ["New": "none", "Tone": "Blue"])
        #expect(losses == [.init(path: "New", since: APIRelease(2026, 1))])
        #expect(adapter.limited(["New": "none"], kind: .projects).losses.isEmpty)
    }

    @Test("E-80, E-74: a word that an older server has no counterpart for is named, not replaced")
    func words() {
        let lifecycle: JSON = [
            "Name": "L", "Phases": [["Name": "Live", "ReleaseRetentionPolicy": ["Strategy": "Default"]]],
        ]
        let older = SchemaAdapter(version: "2025.2.1")
        #expect(
            older.unknownWords(in: lifecycle, kind: .lifecycles)
                == [
                    .init(
                        path: "Phases/Live/ReleaseRetentionPolicy/Strategy",
                        since: APIRelease(2025, 3),
                        word: "Default"
                    )
                ]
        )
        #expect(older.limited(lifecycle, kind: .lifecycles).document == lifecycle, "never a silent 'for ever'")
        #expect(SchemaAdapter(version: "2025.3.1").unknownWords(in: lifecycle, kind: .lifecycles).isEmpty)
    }

    @Test("going there and back changes nothing that both releases know", arguments: ["2019.1", "2025.4", "2026.1"])
    func roundTrip(version: String) {
        let adapter = SchemaAdapter(version: version, changes: changes)
        let document: JSON = ["Name": "A", "Parts": [["Is": 1]], "New": "none"]
        #expect(adapter.reading(adapter.writing(document, kind: .projects), kind: .projects) == document)
    }
}
