public import Catalog

/// A plan as Markdown: for a pull request, a ticket or a chat. The same order as the page.
public struct PlanMarkdown {
    private let review: PlanReview
    private let origin: PlanPage.Origin?
    private let limits = PageLimits(value: 8_000, lines: 120, folded: 0, line: 400, page: 400_000)
    private var out = ""
    private var undetailed = 0

    public static func text(of plan: Plan, origin: PlanPage.Origin? = nil, catalog: Catalog) -> String {
        var writer = PlanMarkdown(review: PlanReview(plan, catalog: catalog), origin: origin)
        writer.write()
        return writer.out
    }

    private init(review: PlanReview, origin: PlanPage.Origin?) {
        self.review = review
        self.origin = origin
    }

    private var plan: Plan { review.plan }

    private mutating func write() {
        line("# Sync plan")
        line("")
        line("From \(place(plan.source))  ")
        line("to \(place(plan.destination))")
        if let origin {
            line("")
            line("Plan `\(origin.planID.prefix(12))`, made \(PlanPage.moment(origin.createdAt)), valid until ")
            line("\(PlanPage.moment(origin.expiresAt)).")
        }
        line("")
        line(summary)
        risks()
        conflicts()
        hands()
        for group in review.groups { self.group(group) }
        if undetailed > 0 { line("\n\(undetailed) changes are named without their details; the plan file has all.") }
        rest()
    }

    private mutating func line(_ text: String) { out += text + "\n" }

    private mutating func heading(_ text: String) { out += "\n## \(text)\n\n" }

    private func place(_ replica: ReplicaIdentity) -> String {
        "**\(Self.escaped(replica.url))**, space \(Self.escaped(replica.spaceName)), version \(Self.escaped(replica.serverVersion))"
    }

    private var summary: String {
        if plan.operations.isEmpty, plan.conflicts.isEmpty { return "**In step: nothing to do.**" }
        var parts = review.counts.map { "\($0.count) to \($0.action.rawValue)" }
        if !plan.conflicts.isEmpty { parts.append(PlanText.counted(plan.conflicts.count, "conflict")) }
        if !review.open.isEmpty {
            parts.append("\(PlanText.counted(review.open.count, "secret")) for a person to fill")
        }
        return "**\(parts.joined(separator: ", ")).**"
    }

    private mutating func risks() {
        let present = review.risks.filter { !$0.operations.isEmpty }
        guard !present.isEmpty else { return }
        heading("Risks")
        line("| | Risk | Changes | |")
        line("|---|---|---:|---|")
        for risk in present {
            let names = risk.operations.prefix(5).map { Self.escaped(review.catalog.title(of: $0.key)) }
            let more = risk.operations.count > 5 ? ", …" : ""
            line(
                "| \(risk.risk.rawValue) | \(risk.risk.title) | \(risk.operations.count) | \(names.joined(separator: ", "))\(more) |"
            )
        }
    }

    private mutating func conflicts() {
        guard !plan.conflicts.isEmpty else { return }
        heading("Conflicts to decide first")
        for conflict in plan.conflicts.prefix(200) {
            let path = conflict.path.isEmpty ? "" : " · \(Self.escaped(ReviewText.place(conflict.path)))"
            line(
                "- **\(Self.escaped(review.catalog.title(of: conflict.key)))\(path)**: \(Self.escaped(conflict.message)) (\(cell(.string(conflict.id))))"
            )
            for (name, value) in [
                ("last agreed", conflict.base), ("source", conflict.source), ("destination", conflict.destination),
            ] {
                if let value { line("  - \(name): \(cell(value))") }
            }
        }
        if plan.conflicts.count > 200 { line("- and \(plan.conflicts.count - 200) more") }
    }

    private mutating func hands() {
        guard !review.open.isEmpty else { return }
        heading("To be filled in by a person")
        for (project, needs) in review.openByProject {
            line("- **\(Self.escaped(project ?? "Shared by all projects"))**")
            for need in needs.prefix(100) {
                let state = need.state == .placeholder ? "placeholder" : "not set"
                line(
                    "  - [ ] \(Self.escaped(ReviewText.need(need, review.catalog))) (\(state))"
                )
            }
            if needs.count > 100 { line("  - and \(needs.count - 100) more") }
        }
    }

    private mutating func group(_ group: PlanReview.Group) {
        heading(Self.escaped(group.title))
        for operation in group.operations {
            let risks = operation.risks.map { " `\($0.rawValue)`" }.joined()
            var title = Self.escaped(review.catalog.title(of: operation.key))
            if operation.action == .rename, let name = operation.after["Name"]?.stringValue {
                title += " → \(Self.escaped(name))"
            }
            line("- **\(operation.action.rawValue)** \(title)\(risks)")
            guard operation.action != .create || !operation.fields.isEmpty else { continue }
            guard out.utf8.count < limits.page else {
                undetailed += operation.fields.isEmpty ? 0 : 1
                continue
            }
            for field in operation.fields.prefix(50) { self.field(field) }
            if operation.fields.count > 50 { line("  - and \(operation.fields.count - 50) more fields") }
        }
    }

    private mutating func field(_ field: FieldChange) {
        let name = Self.escaped(ReviewText.place(field.path))
        let rule = field.rule.isEmpty ? "" : " — \(Self.escaped(ReviewText.rule(field.rule)))"
        if ReviewText.isLong(field.to) || ReviewText.isLong(field.from) {
            line("  - \(name)\(rule)\n")
            difference(field)
            return
        }
        let base = field.base.map { "; last agreed \(cell($0))" } ?? ""
        line("  - \(name): \(field.from.map(cell) ?? "nothing") → \(field.to.map(cell) ?? "nothing")\(base)\(rule)")
    }

    private mutating func difference(_ field: FieldChange) {
        let old = field.from.map { HTMLWriter.cut(ReviewText.outline($0), limits.value).0 }
        let new = field.to.map { HTMLWriter.cut(ReviewText.outline($0), limits.value).0 }
        var lines: [String] = []
        for part in TextDiff(old: old ?? "", new: new ?? "").parts() {
            switch part {
            case .folded(let same): lines.append("@@ \(same.count) unchanged lines @@")
            case .lines(let shown):
                for line in shown where !(line.text.isEmpty && (old == nil || new == nil) && line.change != .same) {
                    lines.append(line.change.sign + HTMLWriter.cut(VisibleSigns.showing(line.text), limits.line).0)
                }
            }
        }
        if lines.count > limits.lines {
            lines = lines.prefix(limits.lines) + ["@@ \(lines.count - limits.lines) more lines @@"]
        }
        let fence = Self.fence(around: lines, atLeast: 3)
        line("    \(fence)diff")
        for text in lines { line("    \(text)") }
        line("    \(fence)\n")
    }

    private mutating func rest() {
        if !plan.skipped.isEmpty {
            heading("Left out (\(plan.skipped.count))")
            for skipped in plan.skipped.prefix(200) {
                let path = skipped.path.isEmpty ? "" : " · \(Self.escaped(ReviewText.place(skipped.path)))"
                let reason = PlanText.reasons[skipped.code] ?? skipped.code
                line(
                    "- \(Self.escaped(review.catalog.title(of: skipped.key)))\(path): \(Self.escaped(reason)) (\(Self.escaped(skipped.rule)))"
                )
            }
            if plan.skipped.count > 200 { line("- and \(plan.skipped.count - 200) more") }
        }
        guard !plan.notices.isEmpty else { return }
        heading("Notices (\(plan.notices.count))")
        for notice in plan.notices.prefix(200) {
            let subject = notice.key.map { "\(Self.escaped(review.catalog.title(of: $0))): " } ?? ""
            line("- \(subject)\(Self.escaped(notice.message))")
        }
        if plan.notices.count > 200 { line("- and \(plan.notices.count - 200) more") }
    }

    // MARK: - Safety

    /// A value as code: nothing in it is markup.
    private func cell(_ value: JSON) -> String {
        let text = HTMLWriter.cut(ReviewText.inline(value), limits.line).0
        if ReviewText.isSpoken(value) { return "_\(text)_" }
        let line = VisibleSigns.showing(text).replacing("\n", with: "⏎").replacing("\t", with: " ")
        let fence = Self.fence(around: [line], atLeast: 1)
        // A blank on both sides keeps backticks at the ends apart from the fence.
        let pad = line.hasPrefix("`") || line.hasSuffix("`") ? " " : ""
        return fence + pad + line + pad + fence
    }

    /// A run of backticks that is longer than every run inside.
    private static func fence(around lines: [String], atLeast least: Int) -> String {
        var longest = 0
        for line in lines {
            var run = 0
            for byte in line.utf8 {
                run = byte == UInt8(ascii: "`") ? run + 1 : 0
                longest = max(longest, run)
            }
        }
        return String(repeating: "`", count: max(least, longest + 1))
    }

    /// Text outside of code: no character of it is markup, a link, a mention or a tag.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in VisibleSigns.showing(HTMLWriter.cut(text, 2_000).0).unicodeScalars {
            switch scalar {
            case "\n", "\t": result += " "
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "@": result += "&#64;"
            case "`": result += "&#96;"
            case "\\", "*", "_", "{", "}", "[", "]", "#", "|", "!", "~": result += "\\\(scalar)"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension TextDiff.Change {
    fileprivate var sign: String {
        switch self {
        case .same: " "
        case .removed: "-"
        case .added: "+"
        }
    }
}
