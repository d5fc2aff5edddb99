import Catalog
import Store
import Testing

@Suite struct NameTests {
    @Test(
        "names that people take for the same have one key",
        arguments: [
            ("Web", "  web\n"), ("WEB", "web"), ("Stra\u{00DF}e", "STRASSE"), ("caf\u{00E9}", "CAFE\u{0301}"),
            (
                "\u{03A3}\u{03AF}\u{03C3}\u{03C5}\u{03C6}\u{03BF}\u{03C2}",
                "\u{03A3}\u{038A}\u{03A3}\u{03A5}\u{03A6}\u{039F}\u{03A3}"
            ),
            ("\u{212B}ngstr\u{00F6}m", "\u{00E5}NGSTR\u{00D6}M"), ("a b", "A B"), ("", "  "),
        ]
    )
    func sameKey(left: String, right: String) {
        #expect(Array(NameKey.fold(left).utf8) == Array(NameKey.fold(right).utf8))
    }

    @Test(
        "names that differ keep their difference",
        arguments: [("a b", "ab"), ("e", "\u{00E9}"), ("1", "I"), ("a", "b")]
    )
    func otherKey(left: String, right: String) {
        #expect(NameKey.fold(left) != NameKey.fold(right))
    }

    @Test(
        "a taken name is refused, however it is written",
        arguments: Engine.allCases,
        ["ANN\u{00C9}", " ann\u{0065}\u{0301} "]
    )
    func duplicate(engine: Engine, name: String) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1", "Ann\u{00E9}") { $0.uniqueName = true })
            let refusal = StoreError.duplicateName(kind: .boats, name: name, existingID: "Boats-1")
            await #expect(throws: refusal) {
                try await store.insert(.boat("Boats-2", name) { $0.uniqueName = true })
            }
            try await store.insert(.boat("Boats-3", "free") { $0.uniqueName = true })
            await #expect(throws: refusal) {
                try await store.write(as: ann) { writer in
                    try writer.update(.boat("Boats-3", name) { $0.uniqueName = true }, event: .modified)
                }
            }
        }
    }

    @Test("a name is taken only within kind, space and owner, and not by its own document", arguments: Engine.allCases)
    func scopes(engine: Engine) async throws {
        try await withStore(engine) { store in
            let draft = DocumentDraft.boat("Boats-1", "Ann") { $0.uniqueName = true }
            var otherKind = draft
            otherKind.kind = .oars
            var otherSpace = draft
            (otherSpace.id, otherSpace.space) = ("Boats-2", nil)
            var otherOwner = draft
            (otherOwner.id, otherOwner.owner) = ("Boats-3", "Boats-1")
            try await store.insert(draft, otherKind, otherSpace, otherOwner)
            try await store.write(as: ann) { try $0.update(draft, event: .modified) }
            try await store.insert(.boat("Boats-4", "Ann"))
            #expect(try await store.read { try $0.count(.boats, in: "Spaces-1") } == 3)
        }
    }
}
