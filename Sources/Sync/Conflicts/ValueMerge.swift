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

    /// A run of old lines that new ones take the place of.
    private struct Hunk: Hashable {
        var old: Range<Int>
        var new: [String]
    }

    private static func text(base: String, _ source: String, _ destination: String) -> String? {
        let lines = TextDiff.lines(of: base)
        guard [base, source, destination].allSatisfy({ TextDiff.lines(of: $0).count <= mostLines }) else { return nil }
        let mine = hunks(base, source)
        let theirs = hunks(base, destination)
        var result: [String] = []
        var position = 0
        var (i, j) = (0, 0)
        while i < mine.count || j < theirs.count {
            let isMine =
                j == theirs.count || (i < mine.count && mine[i].old.lowerBound <= theirs[j].old.lowerBound)
            let next = isMine ? mine[i] : theirs[j]
            if i < mine.count, j < theirs.count, touches(mine[i], theirs[j]) {
                // Both made the same change.
                guard mine[i] == theirs[j] else { return nil }
                (i, j) = (i + 1, j + 1)
            } else {
                (i, j) = isMine ? (i + 1, j) : (i, j + 1)
            }
            result += lines[position..<next.old.lowerBound] + next.new
            position = next.old.upperBound
        }
        return (result + lines[position...]).joined(separator: "\n")
    }

    private static func hunks(_ old: String, _ new: String) -> [Hunk] {
        var hunks: [Hunk] = []
        var position = 0
        var isOpen = false
        for line in TextDiff(old: old, new: new).lines {
            if line.change == .same {
                isOpen = false
                position += 1
                continue
            }
            if !isOpen { hunks.append(Hunk(old: position..<position, new: [])) }
            isOpen = true
            let last = hunks.count - 1
            if line.change == .removed {
                position += 1
                hunks[last].old = hunks[last].old.lowerBound..<position
            } else {
                hunks[last].new.append(line.text)
            }
        }
        return hunks
    }

    /// Neighbours count: lines that stand next to each other are seldom changed independently.
    private static func touches(_ left: Hunk, _ right: Hunk) -> Bool {
        left.old.lowerBound <= right.old.upperBound && right.old.lowerBound <= left.old.upperBound
    }
}
