import Catalog

/// Two changed values brought together: lists by element, texts by line.
enum ValueMerge {
    /// Texts with more lines than this are decided by a person: comparing them costs lines × changes.
    static let mostLines = 20_000

    /// Nil when the values are of another sort, or when both sides changed the same place.
    static func merged(base: JSON?, source: JSON, destination: JSON) -> JSON? {
        switch (source, destination) {
        case (.array(let mine), .array(let theirs)):
            guard (mine + theirs).allSatisfy(isElement) else { return nil }
            return list(base: base?.arrayValue, mine, theirs)
        case (.string(let mine), .string(let theirs)):
            guard case .string(let agreed) = base, [mine, theirs, agreed].allSatisfy({ $0.contains("\n") }) else {
                return nil
            }
            return text(base: agreed, mine, theirs).map(JSON.string)
        default: return nil
        }
    }

    private static func isElement(_ value: JSON) -> Bool {
        switch value {
        case .string, .int, .bool: true
        default: NormalReference(json: value) != nil
        }
    }

    /// What either side added, without what either side removed.
    private static func list(base: [JSON]?, _ source: [JSON], _ destination: [JSON]) -> JSON {
        let agreed = Set(base ?? [])
        let (mine, theirs) = (Set(source), Set(destination))
        let kept = destination.filter { mine.contains($0) || !agreed.contains($0) }
        let added = source.filter { !theirs.contains($0) && !agreed.contains($0) }
        return JSON.sortedSet(kept + added)
    }

    private static func text(base: String, _ source: String, _ destination: String) -> String? {
        let texts = [base, source, destination].map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
        guard texts.allSatisfy({ $0.count <= mostLines }) else { return nil }
        let mine = LineDiff.hunks(texts[0], texts[1])
        let theirs = LineDiff.hunks(texts[0], texts[2])
        var result: [Substring] = []
        var position = 0
        var (i, j) = (0, 0)
        while i < mine.count || j < theirs.count {
            let next: LineDiff.Hunk
            if j == theirs.count || (i < mine.count && mine[i].old.lowerBound <= theirs[j].old.lowerBound) {
                if j < theirs.count, touches(mine[i], theirs[j]) {
                    guard mine[i] == theirs[j] else { return nil }
                    j += 1
                }
                next = mine[i]
                i += 1
            } else {
                if i < mine.count, touches(mine[i], theirs[j]) { return nil }
                next = theirs[j]
                j += 1
            }
            result += texts[0][position..<next.old.lowerBound] + next.new
            position = next.old.upperBound
        }
        return (result + texts[0][position...]).joined(separator: "\n")
    }

    /// Neighbours count: lines that stand next to each other are seldom changed independently.
    private static func touches(_ left: LineDiff.Hunk, _ right: LineDiff.Hunk) -> Bool {
        left.old.lowerBound <= right.old.upperBound && right.old.lowerBound <= left.old.upperBound
    }
}
