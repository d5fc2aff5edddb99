/// The difference of two texts by lines (Myers).
public enum LineDiff {
    public enum Line: Sendable, Hashable {
        case same(String)
        case removed(String)
        case added(String)
    }

    /// A run of old lines that new ones take the place of.
    struct Hunk: Hashable {
        var old: Range<Int>
        var new: [Substring]
    }

    /// More changed lines than this are shown as one block: finding the smallest difference costs their square.
    static let mostEdits = 2_000

    public static func lines(_ old: String, _ new: String) -> [Line] {
        let (before, after) = (split(old), split(new))
        var result: [Line] = []
        var position = 0
        for hunk in hunks(before, after) {
            result += before[position..<hunk.old.lowerBound].map { .same(String($0)) }
            result += before[hunk.old].map { .removed(String($0)) }
            result += hunk.new.map { .added(String($0)) }
            position = hunk.old.upperBound
        }
        return result + before[position...].map { .same(String($0)) }
    }

    private static func split(_ text: String) -> [Substring] {
        text.isEmpty ? [] : text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    static func hunks(_ old: [Substring], _ new: [Substring]) -> [Hunk] {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old.dropFirst(head).reversed(), new.dropFirst(head).reversed()).prefix { $0 == $1 }.count
        let (before, after) = (old[head..<(old.count - tail)], new[head..<(new.count - tail)])
        if before.isEmpty, after.isEmpty { return [] }
        guard let script = script(Array(before), Array(after)) else {
            return [Hunk(old: head..<(old.count - tail), new: Array(after))]
        }
        return collected(script, Array(after), offset: head)
    }

    private enum Edit { case keep, remove, insert }

    private static func collected(_ script: [Edit], _ new: [Substring], offset: Int) -> [Hunk] {
        var hunks: [Hunk] = []
        var (old, place) = (offset, 0)
        var isOpen = false
        for edit in script {
            if edit == .keep {
                isOpen = false
                old += 1
                place += 1
                continue
            }
            if !isOpen { hunks.append(Hunk(old: old..<old, new: [])) }
            isOpen = true
            let last = hunks.count - 1
            if edit == .remove {
                old += 1
                hunks[last].old = hunks[last].old.lowerBound..<old
            } else {
                hunks[last].new.append(new[place])
                place += 1
            }
        }
        return hunks
    }

    /// The shortest edit script, or nil when it is longer than `mostEdits`.
    private static func script(_ old: [Substring], _ new: [Substring]) -> [Edit]? {
        let limit = min(old.count + new.count, mostEdits)
        var frontier = [1: 0]
        var history: [[Int: Int]] = []
        for depth in 0...limit {
            history.append(frontier)
            for diagonal in stride(from: -depth, through: depth, by: 2) {
                let down =
                    diagonal == -depth
                    || (diagonal != depth && frontier[diagonal - 1, default: -1] < frontier[diagonal + 1, default: -1])
                var x = down ? frontier[diagonal + 1, default: 0] : frontier[diagonal - 1, default: 0] + 1
                while x < old.count, x - diagonal < new.count, x - diagonal >= 0, old[x] == new[x - diagonal] { x += 1 }
                frontier[diagonal] = x
                if x >= old.count, x - diagonal >= new.count { return trace(history, old.count, new.count) }
            }
        }
        return nil
    }

    private static func trace(_ history: [[Int: Int]], _ oldCount: Int, _ newCount: Int) -> [Edit] {
        var edits: [Edit] = []
        var (x, y) = (oldCount, newCount)
        for depth in history.indices.reversed() {
            let frontier = history[depth]
            let diagonal = x - y
            let down =
                diagonal == -depth
                || (diagonal != depth && frontier[diagonal - 1, default: -1] < frontier[diagonal + 1, default: -1])
            let previous = down ? diagonal + 1 : diagonal - 1
            let (startX, startY) = (frontier[previous, default: 0], frontier[previous, default: 0] - previous)
            while x > startX, y > startY {
                edits.append(.keep)
                x -= 1
                y -= 1
            }
            guard depth > 0 else { break }
            edits.append(down ? .insert : .remove)
            (x, y) = (startX, startY)
        }
        return edits.reversed()
    }
}
