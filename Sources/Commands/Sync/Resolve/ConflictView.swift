import Catalog
import Sync

/// One conflict as a person sees it: what both sides last agreed on, and what each has now.
struct ConflictView {
    let conflict: Conflict
    /// Columns of the terminal.
    let width: Int
    let isColoured: Bool

    private static let context = 3
    /// Two columns need room for a line of code each.
    private static let sideBySide = 110

    func lines() -> [String] {
        var result = [paint(title, "1"), "  \(conflict.message)".printable, ""]
        let (base, source, destination) = (text(conflict.base), text(conflict.source), text(conflict.destination))
        guard conflict.isAboutValue else {
            for (name, value) in [("source", source), ("destination", destination)] {
                if let value { result.append("  \(name): \(value)") }
            }
            return result
        }
        let versions = [base, source, destination].compactMap(\.self)
        if versions.allSatisfy({ !$0.contains("\n") && $0.count < width - 18 }) {
            for (name, value) in [("last agreed", base), ("source", source), ("destination", destination)] {
                let label = name + String(repeating: " ", count: 12 - name.count)
                result.append("  \(label) \(value ?? (name == "last agreed" ? "(never agreed)" : "(none)"))")
            }
            return result
        }
        return result + long(base, source ?? "", destination ?? "")
    }

    private var title: String {
        let path = conflict.path.isEmpty ? "" : " · \(conflict.path)"
        return "\(conflict.key.title())\(path.printable)   (\(conflict.id))"
    }

    // MARK: - Long values

    private func long(_ base: String?, _ source: String, _ destination: String) -> [String] {
        guard let base else {
            return ["  from the destination (-) to the source (+):"] + diff(destination, source).map { "  \($0)" }
        }
        let mine = diff(base, source)
        let theirs = diff(base, destination)
        guard width >= Self.sideBySide else {
            return ["  what the source changed:"] + mine.map { "  \($0)" } + ["", "  what the destination changed:"]
                + theirs.map { "  \($0)" }
        }
        return columns(mine, theirs)
    }

    private func columns(_ left: [String], _ right: [String]) -> [String] {
        let room = (width - 7) / 2
        let head = Self.fitted("what the source changed", room) + " │ what the destination changed"
        let rows = (0..<max(left.count, right.count)).map { row in
            let (mine, theirs) = (row < left.count ? left[row] : "", row < right.count ? right[row] : "")
            return "  \(mark(Self.fitted(mine, room), mine)) │ \(mark(Self.fitted(theirs, room), theirs))"
        }
        return ["  \(head)"] + rows
    }

    private static func fitted(_ text: String, _ width: Int) -> String {
        let line = text.replacing("\t", with: "    ")
        return line.count > width
            ? "\(line.prefix(width - 1))…" : line + String(repeating: " ", count: width - line.count)
    }

    /// Changed lines with a little of what is around them.
    private func diff(_ old: String, _ new: String) -> [String] {
        TextDiff(old: old, new: new).parts(context: Self.context).flatMap { part -> [String] in
            guard case .lines(let lines) = part else { return ["  …"] }
            return lines.map { line in
                let sign = line.change == .added ? "+ " : line.change == .removed ? "- " : "  "
                let text = "\(sign)\(line.text)".printable
                // Columns are coloured once they have their width.
                return width >= Self.sideBySide ? text : mark(text)
            }
        }
    }

    private func mark(_ line: String, _ original: String? = nil) -> String {
        let first = (original ?? line).prefix(2)
        if first == "- " { return paint(line, "31") }
        return first == "+ " ? paint(line, "32") : line
    }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    // MARK: - Values

    private func text(_ value: JSON?) -> String? { value.map(Self.text) }

    /// Texts as they are; lists one element a line; the rest as JSON, with names in the place of references.
    static func text(_ value: JSON) -> String {
        switch value {
        case .string(let text): return text.contains("\n") ? text : PlanText.plain(value).printable
        case .null: return "(none)"
        case .array(let elements) where !elements.isEmpty:
            return elements.map(PlanText.plain).joined(separator: "\n").printable
        case .object where NormalReference(json: value) == nil && NormalSecret.hasValue(value) == nil:
            return value.prettyText(sorted: true).printable
        default: return PlanText.plain(value).printable
        }
    }
}
