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

@Suite("Line difference")
struct LineDiffTests {
    @Test("names what went and what came, in place")
    func lines() {
        let diff = LineDiff.lines("a\nb\nc\nd", "a\nx\nc\nd\ne")
        #expect(diff == [.same("a"), .removed("b"), .added("x"), .same("c"), .same("d"), .added("e")])
        #expect(LineDiff.lines("", "a") == [.added("a")])
        #expect(LineDiff.lines("a", "a") == [.same("a")])
    }

    @Test("of any two texts leads from one to the other, in the fewest edits that a slow search finds")
    func generated() {
        var seed: UInt64 = 7
        func roll(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for _ in 0..<3_000 {
            let old = (0..<roll(8)).map { _ in ["a", "b", "c"][roll(3)] }
            let new = (0..<roll(8)).map { _ in ["a", "b", "c"][roll(3)] }
            let hunks = LineDiff.hunks(old.map { $0[...] }, new.map { $0[...] })
            var result: [String] = []
            var position = 0
            for hunk in hunks {
                result += old[position..<hunk.old.lowerBound] + hunk.new.map(String.init)
                position = hunk.old.upperBound
            }
            result += old[position...]
            #expect(result == new)
            let edits = hunks.reduce(0) { $0 + $1.old.count + $1.new.count }
            #expect(edits == old.count + new.count - 2 * Self.longestCommon(old, new))
        }
    }

    private static func longestCommon(_ left: [String], _ right: [String]) -> Int {
        var table = Array(repeating: Array(repeating: 0, count: right.count + 1), count: left.count + 1)
        for i in left.indices {
            for j in right.indices {
                table[i + 1][j + 1] =
                    left[i] == right[j] ? table[i][j] + 1 : max(table[i][j + 1], table[i + 1][j])
            }
        }
        return table[left.count][right.count]
    }

    @Test("of two large texts without a common line is one block, at once")
    func large() {
        let old = (0..<20_000).map { "old \($0)" }.joined(separator: "\n")
        let new = (0..<20_000).map { "new \($0)" }.joined(separator: "\n")
        #expect(LineDiff.lines(old, new).count == 40_000)
    }
}
