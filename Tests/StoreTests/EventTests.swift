import Catalog
import Foundation
import Store
import Testing

@Suite struct EventTests {
    @Test("every write leaves one event that tells who, what and when", arguments: Engine.allCases)
    func eventOfWrite(engine: Engine) async throws {
        try await withStore(engine) { store in
            let details = Array(#"{"Differences":[]}"#.utf8)
            try await store.write(as: ann, at: noon) { writer in
                let event = EventDraft(
                    "Created",
                    message: "ann made Oars-1",
                    relatedIDs: ["Docks-1", "Boats-1"],
                    details: details
                )
                let draft = DocumentDraft(
                    kind: .oars,
                    id: "Oars-1",
                    space: "Spaces-1",
                    owner: "Boats-1",
                    name: "x",
                    body: []
                )
                try writer.insert(draft, event: event)
            }
            let event = try #require(try await store.read { try $0.event(1) })
            #expect(event.id == "Events-1")
            #expect(event.category == "Created" && event.documentType == "oars" && event.documentID == "Oars-1")
            #expect(event.space == "Spaces-1" && event.author == ann && event.message == "ann made Oars-1")
            #expect(abs(event.occurred.timeIntervalSince(noon)) < 0.001)
            #expect(event.relatedIDs == ["Oars-1", "Boats-1", "Docks-1"])
            #expect(event.details == details)
        }
    }

    @Test("updates and deletions are events too, and an event may be about no document", arguments: Engine.allCases)
    func allKindsOfEvents(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1"))
            try await store.write(as: ann) { writer in
                try writer.update(.boat("Boats-1"), event: .modified)
                try writer.delete(.boats, "Boats-1", event: .deleted)
                try writer.record(EventDraft("LoginSucceeded", message: "ann signed in"))
            }
            let events = try await store.read { try $0.events(EventQuery()) }
            #expect(events.items.map(\.sequence) == [4, 3, 2, 1])
            #expect(events.items.map(\.category) == ["LoginSucceeded", "Deleted", "Modified", "Created"])
            #expect(events.items[0].documentID == nil && events.items[0].relatedIDs.isEmpty)
            #expect(events.items[1].space == "Spaces-1")
        }
    }

    @Test("a refused write leaves no event and no gap, even when its transaction goes on", arguments: Engine.allCases)
    func refusedWrite(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.write(as: ann) { writer in
                try writer.insert(.boat("Boats-1", "Ann"), event: .created)
                #expect(throws: StoreError.self) {
                    try writer.insert(.boat("Boats-2", "ann") { $0.uniqueName = true }, event: .created)
                }
                #expect(throws: StoreError.secretNotFound(kind: .boats, id: "Boats-3", path: "a")) {
                    let draft = DocumentDraft.boat("Boats-3") { $0.secrets = .exactly([("b", .move(from: "a"))]) }
                    try writer.insert(draft, event: .created)
                }
                try writer.insert(.boat("Boats-4"), event: .created)
            }
            let page = try await store.page(DocumentQuery(kind: .boats))
            #expect(page.items == ["Boats-1", "Boats-4"])
            let events = try await store.read { try $0.events(EventQuery()) }
            #expect(events.items.map(\.sequence) == [2, 1])
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var query: EventQuery
        var sequences: [Int]
        var total: Int

        init(_ what: String, _ sequences: [Int], total: Int? = nil, _ change: (inout EventQuery) -> Void) {
            testDescription = what
            query = EventQuery()
            change(&query)
            self.sequences = sequences
            self.total = total ?? sequences.count
        }
    }

    @Test(
        "an event query answers what it says",
        arguments: Engine.allCases,
        [
            Case("all, newest first", [6, 5, 4, 3, 2, 1]) { _ in },
            Case("oldest first", [1, 2, 3, 4, 5, 6]) { $0.oldestFirst = true },
            Case("from a number", [6, 5]) { $0.fromSequence = 5 },
            Case("up to a number", [2, 1]) { $0.toSequence = 2 },
            Case("after a number", [6]) { $0.afterSequence = 5 },
            Case("about a document", [4, 1]) { $0.regarding = ["Boats-1"] },
            Case("about two documents at once", [4]) { $0.regarding = ["Boats-1", "Oars-1"] },
            Case("about any of three", [5, 4, 2, 1]) { $0.regardingAny = ["Boats-1", "Boats-2", "Docks-9"] },
            Case("of a type", [4]) { $0.documentTypes = ["oars"] },
            Case("of categories", [5, 3]) { $0.categories = ["Deleted", "Weighed"] },
            Case("of a user", [6, 5]) { $0.userIDs = ["Users-2"] },
            Case("of a space", [3]) { $0.spaces = ["Spaces-2"] },
            Case("of the system", [6]) { $0.spaces = [nil] },
            Case("of people", [6, 4, 3, 2, 1]) { $0.includesServiceEvents = false },
            Case("from a time", [6, 5]) { $0.from = noon + 60 },
            Case("up to a time", [4, 3, 2, 1]) { $0.to = noon },
            Case("a page", [4, 3], total: 6) { ($0.skip, $0.take) = (2, 2) },
            Case("all conditions together", [1], total: 1) {
                ($0.regarding, $0.categories, $0.spaces, $0.toSequence) = (["Boats-1"], ["Created"], ["Spaces-1"], 3)
            },
        ]
    )
    func queries(engine: Engine, wanted: Case) async throws {
        try await withStore(engine) { store in
            try await store.write(as: ann, at: noon) { writer in
                try writer.insert(.boat("Boats-1"), event: .created)
                try writer.insert(.boat("Boats-2"), event: .created)
                try writer.insert(.boat("Boats-3") { $0.space = "Spaces-2" }, event: EventDraft("Weighed", message: ""))
                let oar = DocumentDraft.boat("Oars-1") { ($0.kind, $0.owner) = (.oars, "Boats-1") }
                try writer.insert(oar, event: .created)
            }
            let bob = EventAuthor(userID: "Users-2", username: "bob", isService: true)
            try await store.write(as: bob, at: noon + 60) { try $0.delete(.boats, "Boats-2", event: .deleted) }
            let person = EventAuthor(userID: "Users-2", username: "bob")
            try await store.write(as: person, at: noon + 120) {
                try $0.record(EventDraft("LoginSucceeded", message: "in"))
            }
            let page = try await store.read { try $0.events(wanted.query) }
            #expect(page.items.map(\.sequence) == wanted.sequences)
            #expect(page.total == wanted.total)
        }
    }
}
