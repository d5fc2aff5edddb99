import Catalog
import Foundation
import Store
import Testing

@Suite struct PagingTests {
    @Test("10,000 documents come in order, page by page, each once", arguments: Engine.allCases)
    func manyPages(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.write(as: ann) { writer in
                for number in 0..<10_000 {
                    // 7919 has no factor in common with 10,000: every name once, in a mixed order.
                    let name = String(format: "%@ %05d", number % 2 == 0 ? "boat" : "Boat", number * 7919 % 10_000)
                    try writer.insert(.boat("Boats-\(number)", name), event: .created)
                }
            }
            let names = try await store.read(.long) { reader in
                var names: [String] = []
                var query = DocumentQuery(kind: .boats, spaces: ["Spaces-1"], take: 777)
                while true {
                    let page = try reader.page(query)
                    #expect(page.total == 10_000)
                    if page.items.isEmpty { return names }
                    names += page.items.map(\.name)
                    query.skip += query.take
                }
            }
            #expect(names.count == 10_000)
            #expect(names.map { String($0.suffix(5)) } == (0..<10_000).map { String(format: "%05d", $0) })
            let streamed = try await store.read(.long) { reader in
                var count = 0
                try reader.forEach(DocumentQuery(kind: .boats)) { row in
                    count += row.withBody { $0.isEmpty ? 0 : 1 }
                }
                return count
            }
            #expect(streamed == 10_000)
        }
    }

    private static let fleet: [DocumentDraft] = [
        .boat("Boats-1", "Charlie") { $0.sortOrder = 2 },
        .boat("Boats-2", "alpha") { $0.owner = "Docks-1" },
        .boat("Boats-3", "Bravo") { ($0.sortOrder, $0.owner) = (1, "Docks-2") },
        .boat("Boats-4", "delta 50%_x") { ($0.sortOrder, $0.space) = (2, "Spaces-2") },
        .boat("Boats-5", "Alpha") { $0.space = nil },
        .boat("Oars-1", "alpha") { $0.kind = .oars },
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var query: DocumentQuery
        var ids: [Int]
        var total: Int

        init(_ what: String, _ ids: [Int], total: Int? = nil, _ change: (inout DocumentQuery) -> Void) {
            testDescription = what
            query = DocumentQuery(kind: .boats)
            change(&query)
            self.ids = ids
            self.total = total ?? ids.count
        }
    }

    @Test(
        "a query answers what it says",
        arguments: Engine.allCases,
        [
            Case("all, by name then id", [2, 5, 3, 1, 4]) { _ in },
            Case("backwards", [4, 1, 3, 5, 2]) { $0.order = .nameDescending },
            Case("by sort order, none last", [3, 1, 4, 2, 5]) { $0.order = .sortOrder },
            Case("as made", [1, 2, 3, 4, 5]) { $0.order = .created },
            Case("newest first", [5, 4, 3, 2, 1]) { $0.order = .createdNewestFirst },
            Case("one space", [2, 3, 1]) { $0.spaces = ["Spaces-1"] },
            Case("the system", [5]) { $0.spaces = [nil] },
            Case("a space and the system", [5, 4]) { $0.spaces = ["Spaces-2", nil] },
            Case("no space at all", []) { $0.spaces = [] },
            Case("owners", [2, 3]) { $0.owners = ["Docks-1", "Docks-2"] },
            Case("without owner", [5, 1, 4]) { $0.owners = [nil] },
            Case("ids, three of which one is unknown", [2, 1]) { $0.ids = ["Boats-1", "Boats-2", "Boats-77"] },
            Case("equal name", [2, 5]) { $0.nameEquals = " ALPHA" },
            Case("an empty part of a name is no condition", [2, 5, 1]) {
                ($0.ids, $0.nameContains) = (["Boats-1", "Boats-2", "Boats-5"], "")
            },
            Case("part of a name, any case", [2, 5]) { $0.nameContains = "LPH" },
            Case("a percent sign stands for itself", [4]) { $0.nameContains = "%_" },
            Case("an underscore stands for itself", []) { $0.nameContains = "a_p" },
            Case("a page in the middle", [5, 3], total: 5) { ($0.skip, $0.take) = (1, 2) },
            Case("the last page", [4], total: 5) { ($0.skip, $0.take) = (4, 30) },
            Case("behind the end", [], total: 5) { ($0.skip, $0.take) = (50, 30) },
            Case("nothing but the total", [], total: 5) { $0.take = 0 },
            Case("negative numbers count as none", [], total: 5) { ($0.skip, $0.take) = (-5, -1) },
            Case("the rest", [1, 4], total: 5) { $0.skip = 3 },
        ]
    )
    func queries(engine: Engine, wanted: Case) async throws {
        try await withStore(engine) { store in
            try await store.write(as: ann) { writer in
                for draft in Self.fleet { try writer.insert(draft, event: .created) }
            }
            let page = try await store.page(wanted.query)
            #expect(page.items == wanted.ids.map { "Boats-\($0)" })
            #expect(page.total == wanted.total)
        }
    }

    @Test("totals follow inserts, moves between spaces, deletions and rollbacks", arguments: Engine.allCases)
    func totals(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1"), .boat("Boats-2"), .boat("Boats-3") { $0.space = nil })
            try await store.insert(.boat("Oars-1") { $0.kind = .oars })
            try await store.write(as: ann) { writer in
                try writer.update(.boat("Boats-2", "x") { $0.space = "Spaces-2" }, event: .modified)
                try writer.update(.boat("Boats-1", "y"), event: .modified)
                try writer.delete(.boats, "Boats-3", event: .deleted)
                #expect(throws: StoreError.self) { try writer.insert(.boat("Boats-1"), event: .created) }
            }
            let counts = try await store.read { reader in
                try [["Spaces-1"], ["Spaces-2"], [nil], ["Spaces-1", "Spaces-2", "Spaces-1"], nil].map {
                    try reader.count(DocumentQuery(kind: .boats, spaces: $0))
                }
            }
            #expect(counts == [1, 1, 0, 2, 2])
        }
    }

    @Test("bodies of a page come joined, without being parsed", arguments: Engine.allCases)
    func joined(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1"), .boat("Boats-2"), .boat("Boats-3"))
            let (bytes, total) = try await store.read { try $0.joinedBodies(DocumentQuery(kind: .boats, take: 2)) }
            #expect(String(decoding: bytes, as: UTF8.self) == #"{"Id":"Boats-1"},{"Id":"Boats-2"}"#)
            #expect(total == 3)
        }
    }

    @Test("too many values in one list are refused with their number", arguments: Engine.allCases)
    func tooManyValues(engine: Engine) async throws {
        try await withStore(engine) { store in
            let ids = (0...16_384).map { "Boats-\($0)" }
            await #expect(throws: StoreError.tooManyValues(count: 16_385, limit: 16_384)) {
                _ = try await store.page(DocumentQuery(kind: .boats, ids: ids))
            }
            let page = try await store.page(DocumentQuery(kind: .boats, ids: Array(ids.dropLast())))
            #expect(page.total == 0)
        }
    }

    @Test("a read inside the rows of another read does not disturb it", arguments: Engine.allCases)
    func nestedReads(engine: Engine) async throws {
        try await withStore(engine) { store in
            try await store.insert(.boat("Boats-1"), .boat("Boats-2"), .boat("Boats-3"))
            let counts = try await store.read { reader in
                var counts: [Int] = []
                try reader.forEach(DocumentQuery(kind: .boats)) { _ in
                    counts.append(try reader.page(DocumentQuery(kind: .boats)).items.count)
                }
                return counts
            }
            #expect(counts == [3, 3, 3])
        }
    }
}
