import Foundation
import Testing

@testable import Sync

@Suite("Difference of lines")
struct TextDiffTests {
    /// Both texts can be read out of the difference again: nothing is lost, nothing is made up.
    static func isFaithful(_ old: String, _ new: String) -> Bool {
        let lines = TextDiff(old: old, new: new).lines
        let olds = lines.filter { $0.change != .added }
        let news = lines.filter { $0.change != .removed }
        return olds.map { Array($0.text.utf8) } == TextDiff.lines(of: old).map { Array($0.utf8) }
            && news.map { Array($0.text.utf8) } == TextDiff.lines(of: new).map { Array($0.utf8) }
            && olds.compactMap(\.oldNumber) == Array(1...olds.count)
            && news.compactMap(\.newNumber) == Array(1...news.count)
    }

    private static var cases: Int { ProcessInfo.processInfo.environment["SKERRY_NIGHTLY"] == "1" ? 200_000 : 3_000 }

    @Test("a difference holds both texts, whatever they are")
    func faithful() async {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<Self.cases {
            // The tests beside this one need the threads, too: they hold servers and clients that give up after a while.
            await Task.yield()
            func text() -> String {
                (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                    ["a", "b", "c", "", "a\r", "é", "e\u{301}"].randomElement(using: &random)!
                }.joined(separator: "\n")
            }
            let (old, new) = (text(), text())
            #expect(Self.isFaithful(old, new), "\(old.debugDescription) → \(new.debugDescription)")
        }
    }

    @Test("the script is the shortest: as many lines stay as the longest common subsequence has")
    func shortest() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let (old, new) = (
                (0..<20).map { _ in "\(Int.random(in: 0..<5, using: &random))" },
                (0..<20).map { _ in "\(Int.random(in: 0..<5, using: &random))" }
            )
            var table = [[Int]](repeating: [Int](repeating: 0, count: 21), count: 21)
            for i in 1...20 {
                for j in 1...20 {
                    table[i][j] =
                        old[i - 1] == new[j - 1]
                        ? table[i - 1][j - 1] + 1 : max(table[i - 1][j], table[i][j - 1])
                }
            }
            let diff = TextDiff(old: old.joined(separator: "\n"), new: new.joined(separator: "\n"))
            #expect(diff.lines.count { $0.change == .same } == table[20][20])
        }
    }

    @Test("large texts are compared in bounded time, and still faithfully", .timeLimit(.minutes(10)))
    func large() {
        let old = (0..<60_000).map { "line \($0)" }
        var new = old
        for index in stride(from: 100, to: 60_000, by: 997) { new[index] = "changed \(index)" }
        new.insert("more", at: 30_000)
        let other = (0..<60_000).map { "other \($0 % 7)" }
        let (one, two) = (old.joined(separator: "\n"), new.joined(separator: "\n"))
        let diff = TextDiff(old: one, new: two)
        #expect(diff.added < 100 && diff.removed < 100)
        #expect(Self.isFaithful(one, two))
        #expect(Self.isFaithful(one, other.joined(separator: "\n")))
    }

    @Test("what did not change is folded, three lines of it are shown around a change")
    func folded() {
        let old = (1...40).map { "line \($0)" }
        var new = old
        new[19] = "changed"
        let parts = TextDiff(old: old.joined(separator: "\n"), new: new.joined(separator: "\n")).parts()
        let counts = parts.map { part in
            switch part {
            case .folded(let lines): -lines.count
            case .lines(let lines): lines.count
            }
        }
        #expect(counts == [-16, 8, -17])
    }

    @Test("a difference in nothing but the ends of lines is recognised as such")
    func lineEndings() {
        #expect(TextDiff(old: "a\nb\nc", new: "a\r\nb\r\nc").isOnlyLineEndings)
        #expect(!TextDiff(old: "a\nb\nc", new: "a\r\nB\r\nc").isOnlyLineEndings)
        #expect(!TextDiff(old: "a", new: "a").isOnlyLineEndings)
    }
}
