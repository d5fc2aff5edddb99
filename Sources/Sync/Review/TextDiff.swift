/// The difference of two texts, line by line, with the unchanged rest folded.
///
/// Common lines at both ends are set aside first. What is between is cut at lines that occur once on each side and in
/// the same order on both; the pieces go through the shortest edit script. A piece that is too large for that is shown
/// as replaced, so that the time stays bounded whatever the texts are.
public struct TextDiff: Sendable, Hashable {
    public enum Change: Sendable, Hashable {
        case same, removed, added
    }

    public struct Line: Sendable, Hashable {
        public var change: Change
        public var text: String
        /// From 1; nil on the side that does not have the line.
        public var oldNumber: Int?
        public var newNumber: Int?
    }

    /// Lines that are shown together, or a number of unchanged lines that are not.
    public enum Part: Sendable, Hashable {
        case lines([Line])
        case folded([Line])
    }

    /// All lines of both texts, removed ones before those that take their place.
    public let lines: [Line]

    /// Lines of a piece, both sides together, that the shortest edit script is looked for. The script costs the square
    /// of the number of changed lines.
    static let largestPiece = 2_000

    public init(old: String, new: String) {
        let (old, new) = (Self.lines(of: old), Self.lines(of: new))
        var script = Script(old: old, new: new)
        script.compare(0..<old.count, 0..<new.count)
        lines = script.lines
    }

    /// `\n` ends a line; a carriage return stays part of it, since it may be all that differs.
    static func lines(of text: String) -> [String] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    public var added: Int { lines.count { $0.change == .added } }
    public var removed: Int { lines.count { $0.change == .removed } }

    /// Two texts that differ in nothing but how lines end.
    public var isOnlyLineEndings: Bool {
        let old = lines.filter { $0.change == .removed }.map(Self.withoutReturn)
        let new = lines.filter { $0.change == .added }.map(Self.withoutReturn)
        return !old.isEmpty && old == new
    }

    private static func withoutReturn(_ line: Line) -> [UInt8] {
        var bytes = Array(line.text.utf8)
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }

    /// The lines in parts: changes with `context` unchanged lines around them, and what is left between.
    public func parts(context: Int = 3) -> [Part] {
        var isShown = [Bool](repeating: false, count: lines.count)
        for (index, line) in lines.enumerated() where line.change != .same {
            for near in max(0, index - context)...min(lines.count - 1, index + context) { isShown[near] = true }
        }
        var parts: [Part] = []
        var start = 0
        while start < lines.count {
            let end = isShown[start...].firstIndex { $0 != isShown[start] } ?? lines.count
            let piece = Array(lines[start..<end])
            // To fold one line takes as much room as to show it.
            parts.append(isShown[start] || piece.count == 1 ? .lines(piece) : .folded(piece))
            start = end
        }
        return parts
    }
}

/// Compares two lists of lines. Equality is of bytes: an accent written in two ways is a difference.
private struct Script {
    private let old: [String]
    private let new: [String]
    private let oldTokens: [Int]
    private let newTokens: [Int]
    private(set) var lines: [TextDiff.Line] = []

    init(old: [String], new: [String]) {
        self.old = old
        self.new = new
        var tokens: [[UInt8]: Int] = [:]
        func token(_ line: String) -> Int {
            let bytes = Array(line.utf8)
            if let known = tokens[bytes] { return known }
            tokens[bytes] = tokens.count
            return tokens.count - 1
        }
        oldTokens = old.map(token)
        newTokens = new.map(token)
        lines.reserveCapacity(old.count + new.count)
    }

    mutating func compare(_ olds: Range<Int>, _ news: Range<Int>) {
        var (olds, news) = (olds, news)
        while let first = olds.first, let other = news.first, oldTokens[first] == newTokens[other] {
            keep(first, other)
            olds.removeFirst()
            news.removeFirst()
        }
        var tail = 0
        while tail < min(olds.count, news.count),
            oldTokens[olds.upperBound - 1 - tail] == newTokens[news.upperBound - 1 - tail]
        { tail += 1 }
        middle(olds.dropLast(tail), news.dropLast(tail))
        for step in (0..<tail).reversed() { keep(olds.upperBound - 1 - step, news.upperBound - 1 - step) }
    }

    private mutating func middle(_ olds: Range<Int>, _ news: Range<Int>) {
        if olds.isEmpty || news.isEmpty { return replace(olds, news) }
        if olds.count + news.count <= TextDiff.largestPiece { return shortest(olds, news) }
        let anchors = self.anchors(olds, news)
        if anchors.isEmpty { return replace(olds, news) }
        var (oldStart, newStart) = (olds.lowerBound, news.lowerBound)
        for (oldLine, newLine) in anchors {
            compare(oldStart..<oldLine, newStart..<newLine)
            keep(oldLine, newLine)
            (oldStart, newStart) = (oldLine + 1, newLine + 1)
        }
        compare(oldStart..<olds.upperBound, newStart..<news.upperBound)
    }

    private mutating func shortest(_ olds: Range<Int>, _ news: Range<Int>) {
        let difference = newTokens[news].difference(from: oldTokens[olds])
        var (removed, added) = (Set<Int>(), Set<Int>())
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(olds.lowerBound + offset)
            case .insert(let offset, _, _): added.insert(news.lowerBound + offset)
            }
        }
        var (oldLine, newLine) = (olds.lowerBound, news.lowerBound)
        while oldLine < olds.upperBound || newLine < news.upperBound {
            let (oldStart, newStart) = (oldLine, newLine)
            while oldLine < olds.upperBound, removed.contains(oldLine) { oldLine += 1 }
            while newLine < news.upperBound, added.contains(newLine) { newLine += 1 }
            replace(oldStart..<oldLine, newStart..<newLine)
            if oldLine < olds.upperBound, newLine < news.upperBound {
                keep(oldLine, newLine)
                oldLine += 1
                newLine += 1
            }
        }
    }

    /// Pairs of lines that occur once on each side, the longest run of them that is in order on both.
    private func anchors(_ olds: Range<Int>, _ news: Range<Int>) -> [(Int, Int)] {
        func unique(_ tokens: ArraySlice<Int>) -> [Int: Int] {
            var places: [Int: Int?] = [:]
            for (index, token) in zip(tokens.indices, tokens) {
                places[token] = .some(places[token] == nil ? index : nil)
            }
            return places.compactMapValues { $0 }
        }
        let newPlaces = unique(newTokens[news])
        let pairs = unique(oldTokens[olds]).compactMap { token, place in newPlaces[token].map { (place, $0) } }
            .sorted { $0.0 < $1.0 }
        // Patience: the smallest last place of a run of each length.
        var ends: [Int] = []
        var before = [Int?](repeating: nil, count: pairs.count)
        for (index, pair) in pairs.enumerated() {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if pairs[ends[middle]].1 < pair.1 { low = middle + 1 } else { high = middle }
            }
            before[index] = low == 0 ? nil : ends[low - 1]
            if low == ends.count { ends.append(index) } else { ends[low] = index }
        }
        var result: [(Int, Int)] = []
        var next = ends.last
        while let index = next {
            result.append(pairs[index])
            next = before[index]
        }
        return result.reversed()
    }

    private mutating func keep(_ oldLine: Int, _ newLine: Int) {
        lines.append(.init(change: .same, text: new[newLine], oldNumber: oldLine + 1, newNumber: newLine + 1))
    }

    private mutating func replace(_ olds: Range<Int>, _ news: Range<Int>) {
        for line in olds { lines.append(.init(change: .removed, text: old[line], oldNumber: line + 1)) }
        for line in news { lines.append(.init(change: .added, text: new[line], newNumber: line + 1)) }
    }
}
