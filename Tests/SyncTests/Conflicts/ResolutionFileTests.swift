import Catalog
import Testing

@testable import Sync

@Suite("Resolution file")
struct ResolutionFileTests {
    static let digest = ConflictDigest(base: "a", source: "b", destination: nil)

    @Test("what is written is read again, whatever is in it")
    func roundTrip() throws {
        let all: [ConflictResolution] = [
            .init(
                conflictID: "0123456789ab",
                choice: .source,
                decidedOn: Self.digest,
                about: "project \"A\": #b",
                by: "anna"
            ),
            .init(
                conflictID: "1234567890e4",
                choice: .value("true"),
                decidedOn: Self.digest,
                at: "2026-01-01T00:00:00Z"
            ),
            .init(conflictID: "223456789012", choice: .value("a\nb: c\t\u{1}ü🙂 # x"), decidedOn: Self.digest),
            .init(conflictID: "323456789012", choice: .value(true), decidedOn: Self.digest),
            .init(conflictID: "423456789012", choice: .value(7), decidedOn: Self.digest),
            .init(conflictID: "523456789012", choice: .merge, decidedOn: Self.digest),
            .init(
                conflictID: "623456789012",
                choice: .value(NormalReference.resolved(EntityKey(.lifecycles, "Default")).json),
                decidedOn: Self.digest
            ),
        ]
        #expect(try ResolutionFile.parse(ResolutionFile.text(of: all)) == all)
        #expect(try ResolutionFile.parse(ResolutionFile.text(of: [])) == [])
    }

    @Test(
        "a slip is an error with its line",
        arguments: [
            ("  \"0123456789ab\": {choise: source, decidedOn: \"-,-,-\"}", "no such setting"),
            ("  \"0123456789ab\": {choice: sauce, decidedOn: \"-,-,-\"}", "'sauce' is none of"),
            ("  \"0123456789ab\": {choice: source}", "sync resolve"),
            ("  \"0123456789ab\": {choice: source, value: x, decidedOn: \"-,-,-\"}", "either"),
            ("  \"xyz\": {choice: source, decidedOn: \"-,-,-\"}", "twelve hexadecimal"),
        ]
    )
    func slips(_ line: String, _ expected: String) {
        let text = "apiVersion: \(ResolutionFile.apiVersion)\nresolutions:\n\(line)\n"
        do {
            _ = try ResolutionFile.parse(text)
            Issue.record("was accepted")
        } catch {
            #expect(error.problems.first?.message.contains(expected) == true, "\(error)")
            #expect(error.problems.first?.line == 3)
        }
    }

    @Test("what is no resolution file is refused", arguments: ["", "[]", "x: [", "apiVersion: skerry.sync/v1"])
    func others(text: String) { #expect(throws: PolicyError.self) { try ResolutionFile.parse(text) } }
}

@Suite("Two changes of one text")
struct ValueMergeTests {
    private func merged(_ base: [String], _ source: [String], _ destination: [String]) -> JSON? {
        func text(_ lines: [String]) -> JSON { .string((lines + ["end", ""]).joined(separator: "\n")) }
        return ValueMerge.merged(base: text(base), source: text(source), destination: text(destination))
    }

    @Test("a change on one side alone is that side's text, whichever side it is; both the same is that one")
    func generated() {
        var seed: UInt64 = 7
        func roll(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        func lines() -> [String] { (0..<roll(8)).map { _ in ["a", "b", "c"][roll(3)] } }
        for _ in 0..<3_000 {
            let (base, changed) = (lines(), lines())
            let expected = JSON.string((changed + ["end", ""]).joined(separator: "\n"))
            #expect(merged(base, changed, base) == expected)
            #expect(merged(base, base, changed) == expected)
            #expect(merged(base, changed, changed) == expected)
        }
    }

    @Test("changes of different places are joined, of one place or of neighbours they are not")
    func places() {
        let base = ["1", "2", "3", "4", "5"]
        #expect(merged(base, ["x", "2", "3", "4", "5"], ["1", "2", "3", "4", "y"]) == "x\n2\n3\n4\ny\nend\n")
        #expect(merged(base, ["2", "3", "4", "5"], ["1", "2", "3", "4", "5", "6"]) == "2\n3\n4\n5\n6\nend\n")
        #expect(merged(base, ["1", "x", "3", "4", "5"], ["1", "y", "3", "4", "5"]) == nil)
        #expect(merged(base, ["1", "x", "3", "4", "5"], ["1", "2", "y", "4", "5"]) == nil)
    }

    @Test("lists are joined by element; what either side took away is gone")
    func lists() {
        let joined = ValueMerge.merged(base: ["a", "b", "c"], source: ["a", "b", "d"], destination: ["b", "c", "e"])
        #expect(joined == ["b", "d", "e"])
    }
}
