import Catalog

/// The fields of one operation: what both sides agreed on last, what stands at the destination, what the source brings,
/// and which rule decided.
struct FieldRows {
    var fields: [FieldChange]
    /// Nothing is there yet: there is nothing to compare with.
    var isNew: Bool
    var limits: PageLimits

    private static let mostFields = 300

    func write(to out: inout HTMLWriter, caption: String) {
        out.raw("<table class=\"wide fields\" role=\"table\"><caption class=\"vh\">")
        out.text("Fields of \(caption)")
        out.raw("</caption><thead role=\"rowgroup\"><tr role=\"row\">")
        out.header("Field")
        if !isNew {
            out.header("Last agreed")
            out.header("Destination now")
        }
        out.header("From the source")
        out.header("Decided by")
        out.raw("</tr></thead><tbody role=\"rowgroup\">")
        for field in fields.prefix(Self.mostFields) { row(field, &out) }
        out.raw("</tbody></table>")
        if fields.count > Self.mostFields {
            out.raw("<p>")
            out.text("and \(fields.count - Self.mostFields) more fields, which the plan file lists")
            out.raw("</p>")
        }
    }

    private func row(_ field: FieldChange, _ out: inout HTMLWriter) {
        let isLong = ReviewText.isLong(field.to) || ReviewText.isLong(field.from) || ReviewText.isLong(field.base)
        out.raw("<tr role=\"row\"><th role=\"rowheader\" scope=\"row\"><bdi>")
        let place = ReviewText.place(field.path)
        out.text(HTMLWriter.cut(place, 400).0)
        out.raw("</bdi>")
        if field.path.contains("Octopus.") {
            out.raw("<code class=\"path\">")
            out.text(field.path.split(separator: "/").last.map(String.init) ?? field.path)
            out.raw("</code>")
        }
        out.raw("</th>")
        if isLong {
            if !isNew {
                out.cell("Last agreed", agreed(field))
                out.cell("Destination now", size(field.from))
            }
            out.cell("From the source", size(field.to))
        } else {
            if !isNew {
                out.cell("Last agreed", field.base, limits)
                out.cell("Destination now", field.from, limits, mark: "was")
            }
            out.cell("From the source", field.to, limits, mark: isNew ? nil : "now")
        }
        out.raw("<td role=\"cell\" class=\"rule\" data-l=\"Decided by\">")
        out.text(field.rule.isEmpty ? "–" : ReviewText.rule(field.rule))
        out.raw("</td></tr>")
        guard isLong else { return }
        out.raw("<tr role=\"row\" class=\"long\"><td role=\"cell\" class=\"long\" colspan=\"")
        out.number(isNew ? 3 : 5)
        out.raw("\">")
        out.difference(
            old: field.from.map(ReviewText.outline),
            new: field.to.map(ReviewText.outline),
            of: place,
            limits: limits
        )
        out.raw("</td></tr>")
    }

    /// The long value that both agreed on is one of the two in the difference, nearly always.
    private func agreed(_ field: FieldChange) -> String {
        guard let base = field.base else { return "–" }
        if base == field.from { return "as at the destination" }
        if base == field.to { return "as from the source" }
        return size(base)
    }

    private func size(_ value: JSON?) -> String {
        guard let value else { return "–" }
        let text = ReviewText.outline(value)
        let lines = TextDiff.lines(of: text).count
        return lines == 1 ? PlanText.counted(text.count, "character") : PlanText.counted(lines, "line")
    }
}
