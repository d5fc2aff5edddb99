import Catalog
import Testing

@testable import Sync

@Suite("What is remembered about a variable set")
struct VariableBaseTests {
    static let base = VariableBase(
        links: [
            VariableLink(
                sourceID: "s1",
                destinationID: "d1",
                source: VariableFields(text("s1", "V", "v", roles("Web"))),
                mappedScope: roles("Web"),
                destination: VariableFields(text("d1", "V", String(repeating: "long", count: 1_000))),
                origin: .partial,
                isFrozen: true
            )
        ],
        declined: [
            DeclinedValue(
                sourceID: "s2",
                reason: .shadowed,
                fingerprint: "f",
                policyDigest: "p",
                availabilityDigest: "a"
            )
        ],
        isAdopting: false
    )

    @Test("It survives being stored, and long values are stored as digests")
    func roundTrip() throws {
        let stored = Self.base.json.text
        #expect(try VariableBase(json: JSON.parse(stored)) == Self.base)
        #expect(stored.utf8.count < 2_000)
    }

    @Test("A damaged base is refused with the place that is damaged")
    func damaged() throws {
        var json = Self.base.json
        json["links"] = [["source": "s1", "destination": 7]]
        #expect(throws: VariableBaseError(path: "links[0].destination", expected: "a string")) {
            try VariableBase(json: json)
        }
    }

    @Test("The value of a secret is never part of it")
    func secrets() {
        var value = text("s1", "Password", "hunter2")
        value.type = VariableType.sensitive
        #expect(VariableFields(value).value == .text(.null))
    }

    @Test("New values get their real ids, wherever the server put them")
    func settling() throws {
        let set = SyncedSet(source: [
            text("s1", "A", "1", roles("x")), text("s2", "B", "2"), text("s3", "C", "3"),
        ])
        let outcome = set.plan()
        let stored = zip(["d1", "d2", "d3"], outcome.result).map { id, value in
            var value = value
            value.id = id
            return value
        }
        #expect(try outcome.settled(stored).links.map(\.destinationID) == ["d1", "d2", "d3"])
        #expect(try outcome.settled(stored.reversed()).links.map(\.destinationID) == ["d1", "d2", "d3"])
        #expect(throws: VariableSettlingError(name: "B", scope: "unscoped")) {
            try outcome.settled(stored.filter { $0.id != "d2" })
        }
    }
}

@Suite("Three-way merge of scopes")
struct ScopeMergeTests {
    struct Example: Sendable {
        var base: [String]
        var source: [String]
        var destinationBase: [String]
        var destination: [String]
        /// Nil for a conflict.
        var expected: [String]?
    }

    @Test(
        "Names that one side added or took away are merged; what means everything is not mixed with names",
        arguments: [
            Example(base: [], source: ["A"], destinationBase: [], destination: [], expected: ["A"]),
            Example(base: ["A"], source: [], destinationBase: ["A"], destination: ["A"], expected: []),
            Example(
                base: ["A"],
                source: ["A", "B"],
                destinationBase: ["A"],
                destination: ["A", "C"],
                expected: ["A", "B", "C"]
            ),
            Example(
                base: ["A", "B"],
                source: ["A"],
                destinationBase: ["A", "B"],
                destination: ["B", "A", "C"],
                expected: ["A", "C"]
            ),
            Example(base: ["A"], source: ["A"], destinationBase: ["A"], destination: [], expected: []),
            Example(base: ["A"], source: ["A", "B"], destinationBase: ["A"], destination: [], expected: nil),
            Example(base: ["A"], source: ["B"], destinationBase: ["A"], destination: ["B"], expected: ["B"]),
            Example(
                base: ["A"],
                source: ["C"],
                destinationBase: ["B"],
                destination: ["A", "B"],
                expected: ["A", "B", "C"]
            ),
        ]
    )
    func merge(_ example: Example) {
        let merge = ScopeMerge(
            base: [.environments: example.base],
            source: [.environments: example.source],
            destinationBase: [.environments: example.destinationBase],
            destination: [.environments: example.destination]
        )
        #expect(merge.isConflict == (example.expected == nil))
        if let expected = example.expected { #expect(merge.scope[.environments] == expected) }
    }

    @Test("Taking away the last name on both sides together would widen")
    func empties() {
        let merge = ScopeMerge(
            base: roles("A", "B"),
            source: roles("A"),
            destinationBase: roles("A", "B"),
            destination: roles("B")
        )
        #expect(merge.empties)
    }
}
