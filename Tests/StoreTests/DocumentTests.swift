import Catalog
import Foundation
import Store
import Testing

@Suite struct DocumentTests {
    @Test("a document comes back exactly as it was stored", arguments: Engine.allCases)
    func roundTrip(engine: Engine) async throws {
        try await withStore(engine) { store in
            let body = Array("{ \"Name\" : \"Ö\\u0000\", \"Unknown\":[1.50, null] }\n".utf8)
            let draft = DocumentDraft(
                kind: .oars,
                id: "Oars-1",
                space: "Spaces-2",
                owner: "Boats-1",
                name: "Left Ö",
                slug: "left-o",
                sortOrder: -3,
                body: body
            )
            let stored = try await store.write(as: ann, at: noon) { try $0.insert(draft, event: .created) }
            let read = try await store.read { try $0.document(.oars, "Oars-1") }
            #expect(read == stored)
            #expect(read?.body == body)
            #expect(read?.version == 1)
            #expect(read?.owner == "Boats-1")
            #expect(read?.sortOrder == -3)
            #expect(abs(try #require(read).modified.timeIntervalSince(noon)) < 0.001)
        }
    }

    @Test("what was not given is nil again", arguments: Engine.allCases)
    func absentColumns(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1") { $0.space = nil })
            let read = try #require(try await store.read { try $0.document(.boats, "Boats-1") })
            #expect(read.space == nil && read.owner == nil && read.slug == nil && read.sortOrder == nil)
        }
    }

    @Test("ids are per kind", arguments: Engine.allCases)
    func kindsAreApart(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("X-1", "boat"), .boat("X-1", "oar") { $0.kind = .oars })
            #expect(try await store.read { try $0.document(.boats, "X-1")?.name } == "boat")
            #expect(try await store.read { try $0.document(.oars, "X-1")?.name } == "oar")
            await #expect(throws: StoreError.duplicateID(kind: .boats, id: "X-1")) {
                try await store.insert(.boat("X-1", "another"))
            }
        }
    }

    @Test("a document is found by slug and by name, in its space", arguments: Engine.allCases)
    func lookUps(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(
                .boat("Boats-1", "Ann") { $0.slug = "ann" },
                .boat("Boats-2", "Ann") {
                    $0.slug = "ann"
                    $0.space = "Spaces-2"
                },
                .boat("Boats-3", "Ann") {
                    $0.slug = "ann"
                    $0.space = nil
                    $0.owner = "Boats-1"
                }
            )
            let found = try await store.read { reader in
                [
                    try reader.document(.boats, slug: "ann", in: "Spaces-2"),
                    try reader.document(.boats, slug: "ann", in: nil),
                    try reader.document(.boats, slug: "ann", in: nil, owner: "Boats-9"),
                    try reader.document(.boats, name: " aNN ", in: "Spaces-1"),
                    try reader.document(.boats, name: "Ann", in: nil),
                    try reader.document(.boats, name: "Ann", in: nil, owner: "Boats-1"),
                ].map { $0?.id }
            }
            #expect(found == ["Boats-2", "Boats-3", nil, "Boats-1", nil, "Boats-3"])
        }
    }

    @Test("an update raises the version and refuses a stale one", arguments: Engine.allCases)
    func staleUpdate(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1", "old"))
            let updated = try await store.write(as: ann) {
                try $0.update(.boat("Boats-1", "new"), expectedVersion: 1, event: .modified)
            }
            #expect(updated.version == 2)
            await #expect(throws: StoreError.stale(kind: .boats, id: "Boats-1", expected: 1, found: 2)) {
                try await store.write(as: ann) {
                    try $0.update(.boat("Boats-1", "lost"), expectedVersion: 1, event: .modified)
                }
            }
            await #expect(throws: StoreError.stale(kind: .boats, id: "Boats-1", expected: 1, found: 2)) {
                try await store.write(as: ann) {
                    try $0.delete(.boats, "Boats-1", expectedVersion: 1, event: .deleted)
                }
            }
            let read = try await store.read { try $0.document(.boats, "Boats-1") }
            #expect(read?.name == "new" && read?.version == 2)
            #expect(try await store.read { try $0.latestEventSequence() } == 2)
        }
    }

    @Test("what is not there can be neither updated nor deleted", arguments: Engine.allCases)
    func missing(engine: Engine) async throws {
        try await withStore(engine) { store in
            await #expect(throws: StoreError.notFound(kind: .boats, id: "Boats-9")) {
                try await store.write(as: ann) { try $0.update(.boat("Boats-9"), event: .modified) }
            }
            await #expect(throws: StoreError.notFound(kind: .boats, id: "Boats-9")) {
                try await store.write(as: ann) { try $0.delete(.boats, "Boats-9", event: .deleted) }
            }
        }
    }

    @Test("deleting takes references, secrets and blob along", arguments: Engine.allCases)
    func deleteTakesAll(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(
                .boat("Boats-1") {
                    $0.references = [DocumentReference(path: "Oar", toID: "Oars-1")]
                    $0.secrets = .exactly([("Key", .set([1]))])
                },
                .boat("Boats-2") { $0.references = [DocumentReference(path: "Next", toID: "Boats-1")] }
            )
            try await store.write(as: ann) { writer in
                try writer.putBlob(.boats, "Boats-1", contentType: "image/png", [1, 2], event: .modified)
                try writer.delete(.boats, "Boats-1", event: .deleted)
            }
            #expect(try await store.read { try $0.document(.boats, "Boats-1") } == nil)
            #expect(try await store.read { try $0.references(from: .boats, "Boats-1") }.isEmpty)
            #expect(try await store.read { try $0.secretPaths(.boats, "Boats-1") }.isEmpty)
            #expect(try await store.read { try $0.blob(.boats, "Boats-1") } == nil)
            // The other document still says what it says: who deletes asks for usages first.
            #expect(try await store.read { try $0.usages(of: "Boats-1") }.map(\.fromID) == ["Boats-2"])
        }
    }

    @Test("references are indexed both ways and follow updates", arguments: Engine.allCases)
    func references(engine: Engine) async throws {
        try await withStore(engine) { store in
            let one = DocumentReference(path: "Steps[0].Oar", toID: "Oars-1")
            let two = DocumentReference(path: "Steps[1].Oar", toID: "Oars-1")
            let three = DocumentReference(path: "Steps[1].Oar", toID: "Oars-2")
            try await store.insert(.boat("Boats-1") { $0.references = [two, one, one] })
            #expect(try await store.read { try $0.references(from: .boats, "Boats-1") } == [one, two])
            #expect(
                try await store.read { try $0.usages(of: "Oars-1") } == [
                    Usage(fromKind: .boats, fromID: "Boats-1", path: one.path),
                    Usage(fromKind: .boats, fromID: "Boats-1", path: two.path),
                ]
            )
            try await store.write(as: ann) { writer in
                let draft = DocumentDraft.boat("Boats-1") { $0.references = [one, three] }
                try writer.update(draft, event: .modified)
            }
            #expect(try await store.read { try $0.usages(of: "Oars-1") }.map(\.path) == [one.path])
            #expect(try await store.read { try $0.usages(of: "Oars-2") }.map(\.path) == [three.path])
        }
    }
}
