import Catalog

/// How much of one value a page shows, and how much of all of them.
struct PageLimits {
    /// Bytes of a text that is compared and shown; the rest is counted.
    var value = 60_000
    /// Changed and neighbouring lines of one difference.
    var lines = 600
    /// Unchanged lines behind one fold.
    var folded = 150
    /// Characters of one line.
    var line = 2_000
    /// Bytes of details on the whole page. What comes after is named, not shown.
    var page = 6_000_000
}

extension HTMLWriter {
    /// Two texts, or one that is new or goes, line by line.
    mutating func difference(old: String?, new: String?, of name: String, limits: PageLimits = PageLimits()) {
        let (before, oldRest) = Self.cut(old ?? "", limits.value)
        let (after, newRest) = Self.cut(new ?? "", limits.value)
        let diff = TextDiff(old: before, new: after)
        let lines = old == nil ? diff.lines.filter { $0.change == .added } : diff.lines
        let shown = new == nil ? lines.filter { $0.change == .removed } : lines
        raw("<div class=\"diffhead\"><span class=\"plus\">")
        text("+\(shown.count { $0.change == .added })")
        raw("</span><span class=\"minus\">")
        text("−\(shown.count { $0.change == .removed })")
        raw("</span><span>")
        text(Self.headline(diff, old: old, new: new))
        raw("</span></div><div class=\"diff\" role=\"region\" tabindex=\"0\"")
        attribute("aria-label", "Lines of \(VisibleSigns.showing(name))")
        raw(">")
        parts(old == nil || new == nil ? [.lines(shown)] : diff.parts(), limits)
        if oldRest + newRest > 0 {
            raw("<div class=\"cut\">")
            text("The texts are longer than this page shows: \(oldRest + newRest) more bytes are left out here.")
            raw("</div>")
        }
        raw("</div>")
    }

    private static func headline(_ diff: TextDiff, old: String?, new: String?) -> String {
        if old == nil { return "new" }
        if new == nil { return "goes" }
        return diff.isOnlyLineEndings ? "only the ends of lines differ (CR LF and LF)" : "lines"
    }

    private mutating func parts(_ parts: [TextDiff.Part], _ limits: PageLimits) {
        var left = limits.lines
        for part in parts {
            switch part {
            case .lines(let lines):
                self.lines(lines.prefix(max(0, left)), limits)
                if lines.count > left {
                    raw("<div class=\"cut\">")
                    text("\(lines.count - max(0, left)) more lines here are left out on this page.")
                    raw("</div>")
                }
                left = max(0, left - lines.count)
            case .folded(let lines):
                raw("<details><summary>")
                text("\(lines.count) unchanged lines")
                raw("</summary>")
                self.lines(lines.prefix(limits.folded), limits)
                if lines.count > limits.folded {
                    raw("<div class=\"cut\">")
                    text("… and \(lines.count - limits.folded) more unchanged lines")
                    raw("</div>")
                }
                raw("</details>")
            }
        }
    }

    private mutating func lines(_ lines: some Collection<TextDiff.Line>, _ limits: PageLimits) {
        let lines = Array(lines)
        var index = 0
        while index < lines.count {
            guard lines[index].change != .same else {
                line(lines[index], limits)
                index += 1
                continue
            }
            let end = lines[index...].firstIndex { $0.change == .same } ?? lines.count
            let removed = lines[index..<end].filter { $0.change == .removed }
            let added = lines[index..<end].filter { $0.change == .added }
            for (place, old) in removed.enumerated() {
                line(old, limits, against: added.indices.contains(place) ? added[place].text : nil)
            }
            for (place, new) in added.enumerated() {
                line(new, limits, against: removed.indices.contains(place) ? removed[place].text : nil)
            }
            index = end
        }
    }

    private mutating func line(_ line: TextDiff.Line, _ limits: PageLimits, against other: String? = nil) {
        switch line.change {
        case .same: raw("<span class=\"l\">")
        case .removed: raw("<del>")
        case .added: raw("<ins>")
        }
        raw("<i aria-hidden=\"true\" data-o=\"")
        if let number = line.oldNumber { self.number(number) }
        raw("\" data-n=\"")
        if let number = line.newNumber { self.number(number) }
        switch line.change {
        case .same: raw("\" data-s=\"  \"></i>")
        case .removed: raw("\" data-s=\" −\"></i>")
        case .added: raw("\" data-s=\" +\"></i>")
        }
        let whole = Self.visibleBlanks(line.text, isChanged: line.change != .same)
        let (shown, rest) = Self.cut(whole, limits.line)
        marked(shown, against: other.map { Self.cut(Self.visibleBlanks($0, isChanged: true), limits.line).0 })
        if rest > 0 { text(" … and \(rest) more bytes in this line") }
        switch line.change {
        case .same: raw("</span>")
        case .removed: raw("</del>")
        case .added: raw("</ins>")
        }
    }

    /// Marks what a line does not share with the one it replaces or is replaced by.
    private mutating func marked(_ line: String, against other: String?) {
        guard let other else { return text(line) }
        let (mine, theirs) = (Array(line), Array(other))
        var head = 0
        while head < min(mine.count, theirs.count), mine[head] == theirs[head] { head += 1 }
        var tail = 0
        while tail < min(mine.count, theirs.count) - head,
            mine[mine.count - 1 - tail] == theirs[theirs.count - 1 - tail]
        { tail += 1 }
        // Lines that have next to nothing in common are clearer without.
        guard (head + tail) * 3 >= max(mine.count, theirs.count), head + tail < mine.count else { return text(line) }
        text(String(mine[..<head]))
        raw("<b>")
        text(String(mine[head..<mine.count - tail]))
        raw("</b>")
        text(String(mine[(mine.count - tail)...]))
    }

    /// Blanks at the end of a changed line are shown, since they may be all that changed.
    private static func visibleBlanks(_ line: String, isChanged: Bool) -> String {
        guard isChanged, let last = line.unicodeScalars.last, last == " " || last == "\t" else { return line }
        let kept = line.unicodeScalars.reversed().drop { $0 == " " || $0 == "\t" }.count
        let blanks = line.unicodeScalars.dropFirst(kept).map { $0 == " " ? "·" : "→" }
        return String(String.UnicodeScalarView(line.unicodeScalars.prefix(kept))) + blanks.joined()
    }

    /// At most so many bytes, never inside a character, and how many are left.
    static func cut(_ text: String, _ limit: Int) -> (String, Int) {
        if text.utf8.count <= limit { return (text, 0) }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
        while end > text.startIndex, end.samePosition(in: text.unicodeScalars) == nil {
            end = text.utf8.index(before: end)
        }
        let kept = String(text.unicodeScalars[..<end])
        return (kept, text.utf8.count - kept.utf8.count)
    }
}
