public import Catalog

/// A plan as one page that stands alone: for people who decide and do not run commands.
///
/// It needs nothing from anywhere, shows every change with its values and the rule that decided, and filters by risk
/// and type without JavaScript. Its size is bounded whatever the plan is.
public struct PlanPage {
    /// What only the file of the plan knows.
    public struct Origin: Sendable {
        public var planID: String
        public var createdAt: String
        public var expiresAt: String
        public var engine: String

        public init(planID: String, createdAt: String, expiresAt: String, engine: String) {
            self.planID = planID
            self.createdAt = createdAt
            self.expiresAt = expiresAt
            self.engine = engine
        }

        public init(_ file: PlanFile) {
            self.init(planID: file.planID, createdAt: file.createdAt, expiresAt: file.expiresAt, engine: file.engine)
        }
    }

    public static func html(of plan: Plan, origin: Origin, catalog: Catalog) -> String {
        var page = PlanPage(PlanReview(plan, catalog: catalog), origin)
        return page.text()
    }

    let review: PlanReview
    let origin: Origin
    let limits = PageLimits()
    private var out = HTMLWriter()
    /// Places of kinds in `review.kinds`: kinds come from files and do not become names of classes.
    private let kindNumbers: [KindName: Int]
    /// Details written so far, in bytes.
    private var spent = 0
    private var undetailed = 0

    private var plan: Plan { review.plan }

    private init(_ review: PlanReview, _ origin: Origin) {
        self.review = review
        self.origin = origin
        kindNumbers = Dictionary(review.kinds.enumerated().map { ($1.kind, $0) }) { first, _ in first }
    }

    private mutating func text() -> String {
        out.raw("<a class=\"skip\" href=\"#changes\">Skip to the changes</a>\n")
        header()
        out.raw("<main class=\"page\">\n")
        verdict()
        risks()
        conflicts()
        hands()
        changes()
        leftOut()
        notices()
        out.raw("</main>\n")
        footer()
        var page = Page(title: "Sync plan for \(plan.destination.spaceName) on \(plan.destination.url)")
        page.style = FilterStyle.text(review, kindNumbers)
        page.body = out
        return page.text()
    }

    // MARK: - Top

    private mutating func header() {
        out.raw("<header class=\"top\"><div class=\"page\"><p class=\"kicker\">Sync plan</p><h1>")
        out.text(headline)
        out.raw("</h1>\n<div class=\"route\">")
        out.side("From", plan.source)
        out.raw("<span class=\"arrow\" aria-hidden=\"true\">→</span>")
        out.side("To", plan.destination)
        out.raw("</div>\n<dl class=\"facts\">")
        for (name, value) in [
            ("Made", Self.moment(origin.createdAt)), ("Valid until", Self.moment(origin.expiresAt)),
            ("Plan", String(origin.planID.prefix(12))),
        ] {
            out.raw("<div>")
            out.element("dt", name)
            out.element("dd", value)
            out.raw("</div>")
        }
        out.raw("</dl></div></header>\n")
    }

    private var headline: String {
        if plan.operations.isEmpty, plan.conflicts.isEmpty { return "Both sides are in step" }
        let changes = PlanText.counted(plan.operations.count, "change")
        let projects = review.groups.count { $0.project != nil }
        let place = projects == 0 ? "" : " in \(PlanText.counted(projects, "project"))"
        let verb = plan.operations.count == 1 ? "waits" : "wait"
        if plan.conflicts.isEmpty { return "\(changes)\(place) \(verb) for approval" }
        return "\(changes)\(place), and \(PlanText.counted(plan.conflicts.count, "conflict")) to decide first"
    }

    /// `2026-01-02T03:04:05.678Z` → `2026-01-02 03:04 UTC`; another form stays as it is.
    static func moment(_ timestamp: String) -> String {
        guard timestamp.count >= 19, timestamp.hasSuffix("Z"), timestamp.utf8.allSatisfy({ $0 < 0x80 }) else {
            return timestamp
        }
        return "\(timestamp.prefix(10)) \(timestamp.dropFirst(11).prefix(5)) UTC"
    }

    private mutating func verdict() {
        out.raw("<section aria-labelledby=\"summary\"><h2 id=\"summary\">At a glance</h2>\n")
        if !plan.conflicts.isEmpty {
            out.raw("<div class=\"card verdict stop\"><b>Cannot be applied yet</b>")
        } else if plan.operations.isEmpty {
            out.raw("<div class=\"card verdict done\"><b>Nothing to do</b>")
        } else {
            out.raw("<div class=\"card verdict go\"><b>Can be applied</b>")
        }
        let open = review.open.count
        let parts =
            review.counts.map { "\($0.count) to \($0.action.rawValue)" }
            + (plan.conflicts.isEmpty ? [] : [PlanText.counted(plan.conflicts.count, "conflict")])
            + (open == 0 ? [] : [PlanText.counted(open, "secret") + " for a person to fill"])
        for part in parts { out.element("span", part) }
        out.raw("</div>\n")
    }

    private mutating func risks() {
        let present = review.risks.filter { !$0.operations.isEmpty }
        if !present.isEmpty {
            out.raw("<div class=\"tiles\">")
            for risk in present { tile(risk) }
            out.raw("</div>")
        }
        let absent = review.risks.filter { $0.operations.isEmpty }.map { $0.risk.absence }
        if !plan.operations.isEmpty, !absent.isEmpty {
            out.raw("<p class=\"calm\">")
            out.text("Nothing in this plan \(Self.listed(absent, "or")).")
            out.raw("</p>")
        }
        out.raw("</section>\n")
    }

    static func listed(_ words: [String], _ last: String) -> String {
        guard words.count > 1, let end = words.last else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " \(last) " + end
    }

    private static let linksOfTile = 6

    private mutating func tile(_ risk: PlanReview.Risk) {
        out.raw("<div class=\"card tile\"><h3>")
        out.badge(risk.risk)
        out.text(risk.risk.title)
        out.raw("<span class=\"n\">")
        out.number(risk.operations.count)
        out.raw("</span></h3><p>")
        out.text(risk.risk.meaning)
        out.raw("</p><ul>")
        for operation in risk.operations.prefix(Self.linksOfTile) {
            out.raw("<li>")
            link(to: operation)
            out.raw("</li>")
        }
        if risk.operations.count > Self.linksOfTile {
            out.raw("<li>")
            out.text("and \(risk.operations.count - Self.linksOfTile) more: choose “\(risk.risk.short)” below")
            out.raw("</li>")
        }
        out.raw("</ul></div>")
    }

    private mutating func link(to operation: Operation) {
        out.raw("<a href=\"#op-")
        out.number(operation.sequence)
        out.raw("\">")
        out.text(Self.sentenceCase(review.catalog.title(of: operation.key)))
        out.raw("</a>")
    }

    static func sentenceCase(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    // MARK: - What stops it, what is left for hands

    private static let mostConflicts = 500

    private mutating func conflicts() {
        guard !plan.conflicts.isEmpty else { return }
        out.raw("<section aria-labelledby=\"conflicts\"><h2 id=\"conflicts\">Conflicts to decide first (")
        out.number(plan.conflicts.count)
        out.raw(")</h2><p class=\"lead\">")
        out.text(
            "Both sides changed the same thing, or something fits no rule. Nothing is written while these are open."
        )
        out.raw("</p>\n")
        for conflict in plan.conflicts.prefix(Self.mostConflicts) { self.conflict(conflict) }
        if plan.conflicts.count > Self.mostConflicts {
            out.element("p", "\(plan.conflicts.count - Self.mostConflicts) more conflicts are in the plan file.")
        }
        out.raw("</section>\n")
    }

    private mutating func conflict(_ conflict: Conflict) {
        out.raw("<article class=\"card conflict\"><h3>")
        out.text(Self.sentenceCase(review.catalog.title(of: conflict.key)))
        if !conflict.path.isEmpty { out.text(" · \(ReviewText.place(conflict.path))") }
        out.raw("</h3><p>")
        out.text(Self.sentenceCase(conflict.message))
        out.raw(" <span class=\"rule\">(")
        out.text("\(conflict.code), id \(conflict.id)")
        out.raw(")</span></p>")
        let values = [
            ("Last agreed", conflict.base), ("Source", conflict.source), ("Destination", conflict.destination),
        ]
        guard values.contains(where: { $0.1 != nil }) else { return out.raw("</article>\n") }
        let isLong = ReviewText.isLong(conflict.source) || ReviewText.isLong(conflict.destination)
        if isLong {
            out.difference(
                old: conflict.destination.map(ReviewText.outline),
                new: conflict.source.map(ReviewText.outline),
                of: "\(conflict.path), destination against source",
                limits: limits
            )
        } else {
            out.raw("<table class=\"wide\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">")
            for (name, _) in values { out.header(name) }
            out.raw("</tr></thead><tbody role=\"rowgroup\"><tr role=\"row\">")
            for (name, value) in values { out.cell(name, value, limits) }
            out.raw("</tr></tbody></table>")
        }
        out.raw("</article>\n")
    }

    private mutating func hands() {
        guard !review.open.isEmpty else { return }
        out.raw("<section aria-labelledby=\"hands\"><h2 id=\"hands\">What a person must fill in (")
        out.number(review.open.count)
        out.raw(")</h2><p class=\"lead\">")
        out.text(
            "No server tells its secrets, so these arrive without a value. What is entered at the destination stays."
        )
        out.raw("</p><ul class=\"card hand\">")
        for (project, needs) in review.openByProject {
            out.raw("<li>")
            out.element("h3", project ?? "Shared by all projects")
            out.raw("<ul>")
            for need in needs.prefix(200) { self.need(need) }
            if needs.count > 200 { out.element("li", "and \(needs.count - 200) more: skerry sync secrets lists all") }
            out.raw("</ul></li>")
        }
        out.raw("</ul></section>\n")
    }

    private mutating func need(_ need: SecretNeed) {
        out.raw("<li>")
        out.text(Self.sentenceCase(ReviewText.need(need, review.catalog)))
        out.raw(" <span class=\"badge S\">")
        out.text(need.state == .placeholder ? "placeholder" : "not set")
        out.raw("</span></li>")
    }

    // MARK: - Changes

    private mutating func changes() {
        guard !plan.operations.isEmpty else { return }
        out.raw("<section aria-labelledby=\"changes\"><h2 id=\"changes\" tabindex=\"-1\">Changes (")
        out.number(plan.operations.count)
        out.raw(")</h2>\n")
        filters()
        if plan.operations.count > 300 { out.raw("<div class=\"many\">") } else { out.raw("<div>") }
        for group in review.groups { self.group(group) }
        out.raw("<p class=\"card none\">Nothing fits both filters.</p></div>\n")
        if undetailed > 0 {
            out.raw("<p class=\"lead\">")
            out.text(
                "\(undetailed) changes are named here without their details, so that this page stays small. "
                    + "`skerry sync show PLAN --text` prints all of them."
            )
            out.raw("</p>")
        }
        out.raw("</section>\n")
    }

    private mutating func filters() {
        let risks = review.risks.filter { !$0.operations.isEmpty }.map(\.risk)
        out.raw("<form class=\"card filters\" role=\"search\" aria-label=\"Filter the changes\">")
        if !risks.isEmpty {
            out.raw("<fieldset><legend>Risk</legend>")
            out.pill("risk", "risk-all", "All", isChecked: true)
            for risk in risks { out.pill("risk", "risk-\(risk.rawValue)", risk.short) }
            out.pill("risk", "risk-none", "No risk")
            out.raw("</fieldset>")
        }
        if review.kinds.count > 1 {
            out.raw("<fieldset><legend>Type</legend>")
            out.pill("kind", "kind-all", "All", isChecked: true)
            for (kind, title) in review.kinds {
                let count = plan.operations.count { $0.key.kind == kind }
                out.pill("kind", "kind-\(kindNumbers[kind] ?? 0)", "\(Self.sentenceCase(title)) \(count)")
            }
            out.raw("</fieldset>")
        }
        out.raw(
            """
            <div class="find" hidden><label for="find">Find</label><input id="find" type="search" autocomplete="off" \
            spellcheck="false"><output aria-live="polite" for="find"></output>\
            <button type="button" data-open="yes">Open all</button><button type="button" data-open="no">Close all</button></div>
            """
        )
        out.raw("</form>\n")
    }

    private mutating func group(_ group: PlanReview.Group) {
        out.raw("<div class=\"group")
        for name in Set(group.operations.flatMap(filterClasses)).sorted() { out.text(" \(name)") }
        out.raw("\"><h3>")
        out.text(group.title)
        out.raw(" <small>")
        out.text(PlanText.counted(group.operations.count, "change"))
        out.raw("</small></h3><div class=\"card ops\">")
        for operation in group.operations { self.operation(operation) }
        out.raw("</div></div>\n")
    }

    /// `r-W`, `k-3`, and `c-W-3` for both.
    private func filterClasses(_ operation: Operation) -> [String] {
        let kind = kindNumbers[operation.key.kind] ?? 0
        let risks = operation.risks.isEmpty ? ["none"] : operation.risks.map(\.rawValue)
        return ["k-\(kind)"] + risks.flatMap { ["r-\($0)", "c-\($0)-\(kind)"] }
    }

    private mutating func operation(_ operation: Operation) {
        let details = spent < limits.page ? self.details(operation) : nil
        if spent >= limits.page, !isSelfExplaining(operation) { undetailed += 1 }
        spent += details?.count ?? 0
        let classes = filterClasses(operation).filter { !$0.hasPrefix("c-") }.joined(separator: " ")
        let isOpen = details != nil && plan.operations.count <= 60 && (details?.count ?? 0) < 20_000
        if details == nil {
            out.raw("<div class=\"op bare ")
        } else {
            out.raw("<details class=\"op ")
        }
        out.text(classes)
        out.raw("\"")
        if isOpen, operation.action != .create { out.raw(" open") }
        if details == nil {
            out.raw("><div class=\"body\" id=\"op-")
            out.number(operation.sequence)
            out.raw("\">")
            title(operation)
            out.raw("</div></div>\n")
        } else {
            out.raw("><summary>")
            title(operation)
            out.raw("</summary><div class=\"body\" id=\"op-")
            out.number(operation.sequence)
            out.raw("\">")
            if let details { out.append(details) }
            out.raw("</div></details>\n")
        }
    }

    private func isSelfExplaining(_ operation: Operation) -> Bool { review.fields(of: operation).isEmpty }

    private mutating func title(_ operation: Operation) {
        switch operation.action {
        case .create: out.raw("<span class=\"badge act create\">Create</span> ")
        case .update: out.raw("<span class=\"badge act update\">Update</span> ")
        case .rename: out.raw("<span class=\"badge act rename\">Rename</span> ")
        case .delete: out.raw("<span class=\"badge act delete\">Delete</span> ")
        }
        out.raw("<h4>")
        out.text(Self.sentenceCase(review.catalog.title(of: operation.key)))
        if operation.action == .rename, let name = operation.after["Name"]?.stringValue { out.text(" → \(name)") }
        out.raw("</h4>")
        let count = operation.fields.count
        if operation.action == .update, count > 0 {
            out.raw(" <span class=\"what\">")
            out.text(PlanText.counted(count, "field"))
            out.raw("</span>")
        }
        for risk in operation.risks {
            out.raw(" ")
            out.badge(risk)
        }
    }

    private func details(_ operation: Operation) -> HTMLWriter {
        var details = HTMLWriter()
        if operation.action == .delete {
            details.raw("<p>")
            details.text("It is deleted at the destination, with everything that belongs to it.")
            details.raw("</p>")
        }
        let fields = review.fields(of: operation)
        if fields.isEmpty {
            if operation.action == .create { details.element("p", "It is made with its name and the defaults.") }
            return details
        }
        FieldRows(fields: fields, isNew: operation.action == .create, limits: limits).write(
            to: &details,
            caption: review.catalog.title(of: operation.key)
        )
        return details
    }

    // MARK: - The rest

    private static let longList = 1_000

    private mutating func leftOut() {
        guard !plan.skipped.isEmpty else { return }
        out.raw("<section aria-labelledby=\"left\"><h2 id=\"left\" class=\"vh\">Left out</h2>")
        out.raw("<details class=\"card list\"><summary>")
        out.text("Left out by the policy (\(plan.skipped.count))")
        out.raw("</summary><div><p>These are at the source and do not go over.</p>")
        out.raw("<table class=\"wide\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">")
        for name in ["What", "Why", "Policy line"] { out.header(name) }
        out.raw("</tr></thead><tbody role=\"rowgroup\">")
        for skipped in plan.skipped.prefix(Self.longList) {
            out.raw("<tr role=\"row\">")
            let place = skipped.path.isEmpty ? "" : " · \(ReviewText.place(skipped.path))"
            out.cell("What", Self.sentenceCase(review.catalog.title(of: skipped.key)) + place)
            out.cell("Why", PlanText.reasons[skipped.code] ?? skipped.code)
            out.cell("Policy line", skipped.rule)
            out.raw("</tr>")
        }
        out.raw("</tbody></table>")
        more(plan.skipped.count)
        out.raw("</div></details></section>\n")
    }

    private mutating func notices() {
        guard !plan.notices.isEmpty else { return }
        out.raw("<section aria-labelledby=\"notices\"><h2 id=\"notices\" class=\"vh\">Notices</h2>")
        out.raw("<details class=\"card list\"><summary>")
        out.text("Good to know (\(plan.notices.count))")
        out.raw("</summary><div><p>These need no decision.</p>")
        out.raw("<table class=\"wide\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">")
        for name in ["What", "Notice"] { out.header(name) }
        out.raw("</tr></thead><tbody role=\"rowgroup\">")
        for notice in plan.notices.prefix(Self.longList) {
            out.raw("<tr role=\"row\">")
            let place = notice.path.isEmpty ? "" : " · \(ReviewText.place(notice.path))"
            out.cell("What", notice.key.map { Self.sentenceCase(review.catalog.title(of: $0)) + place } ?? "")
            out.cell("Notice", "\(notice.message) [\(notice.code)]")
            out.raw("</tr>")
        }
        out.raw("</tbody></table>")
        more(plan.notices.count)
        out.raw("</div></details></section>\n")
    }

    private mutating func more(_ count: Int) {
        guard count > Self.longList else { return }
        out.element("p", "and \(count - Self.longList) more, which the plan file lists")
    }

    private mutating func footer() {
        out.raw("<footer><div class=\"page\"><p>")
        out.text("Plan \(origin.planID). Written by Skerry \(origin.engine).")
        out.raw("</p><p>")
        out.text(
            "This page is a copy for reading. What is applied is the plan file, and only if neither side has changed. "
                + "It holds no value of a secret."
        )
        out.raw("</p></div></footer>\n")
    }
}

extension HTMLWriter {
    mutating func side(_ role: StaticString, _ replica: ReplicaIdentity) {
        raw("<div class=\"side\"><span class=\"kicker\">")
        raw(role)
        raw("</span><b>")
        text(replica.url)
        raw("</b><span>")
        text("Space \(replica.spaceName) · version \(replica.serverVersion)")
        raw("</span></div>")
    }

    mutating func badge(_ risk: Operation.Risk) {
        raw("<span class=\"badge ")
        text(risk.rawValue)
        raw("\"")
        attribute("title", risk.title)
        raw("><span aria-hidden=\"true\">")
        text(risk.rawValue)
        raw("</span><span class=\"vh\">Risk: ")
        text(risk.title)
        raw("</span></span> ")
    }

    mutating func pill(_ group: StaticString, _ id: String, _ label: String, isChecked: Bool = false) {
        raw("<input class=\"pill\" type=\"radio\" name=\"")
        raw(group)
        raw("\"")
        attribute("id", id)
        if isChecked { raw(" checked") }
        raw("><label")
        attribute("for", id)
        raw(">")
        text(label)
        raw("</label>")
    }

    mutating func header(_ name: StaticString) {
        raw("<th role=\"columnheader\" scope=\"col\">")
        raw(name)
        raw("</th>")
    }

    mutating func header(_ name: String) {
        raw("<th role=\"columnheader\" scope=\"col\">")
        text(name)
        raw("</th>")
    }

    mutating func cell(_ label: String, _ text: String) {
        raw("<td role=\"cell\"")
        attribute("data-l", label)
        raw(">")
        self.text(text)
        raw("</td>")
    }

    /// A value in a cell of a table.
    mutating func cell(_ label: String, _ value: JSON?, _ limits: PageLimits, mark: StaticString? = nil) {
        raw("<td role=\"cell\"")
        attribute("data-l", label)
        raw(">")
        if let value {
            let (shown, rest) = Self.cut(ReviewText.inline(value), limits.line)
            if ReviewText.isSpoken(value) {
                element("span", class: "spoken", shown)
            } else {
                switch mark?.description {
                case "was": raw("<del class=\"was\"><bdi>")
                case "now": raw("<ins class=\"now\"><bdi>")
                default: raw("<bdi>")
                }
                text(shown)
                raw("</bdi>")
                if mark?.description == "was" { raw("</del>") }
                if mark?.description == "now" { raw("</ins>") }
            }
            if rest > 0 { text(" … and \(rest) more bytes") }
        } else {
            raw("<span class=\"spoken\">–</span>")
        }
        raw("</td>")
    }
}

/// The rules that hide what a chosen risk or type does not fit. They name positions, never anything from the plan.
enum FilterStyle {
    static func text(_ review: PlanReview, _ kinds: [KindName: Int]) -> String {
        var style = ""
        let risks = review.risks.filter { !$0.operations.isEmpty }.map(\.risk.rawValue) + ["none"]
        var present: Set<String> = []
        for operation in review.plan.operations {
            let own = operation.risks.isEmpty ? ["none"] : operation.risks.map(\.rawValue)
            for risk in own { present.insert("\(risk)-\(kinds[operation.key.kind] ?? 0)") }
        }
        for risk in risks {
            style += "body:has(#risk-\(risk):checked) :is(.op,.group):not(.r-\(risk)){display:none}\n"
            for kind in kinds.values.sorted() {
                let both = "body:has(#risk-\(risk):checked):has(#kind-\(kind):checked)"
                style += "\(both) .group:not(.c-\(risk)-\(kind)){display:none}\n"
                if !present.contains("\(risk)-\(kind)") { style += "\(both) .none{display:block}\n" }
            }
        }
        for kind in kinds.values.sorted() {
            style += "body:has(#kind-\(kind):checked) :is(.op,.group):not(.k-\(kind)){display:none}\n"
        }
        return style
    }
}

extension Operation.Risk {
    /// For a filter.
    var short: String {
        switch self {
        case .widening: "W · widens"
        case .delete: "D · deletes"
        case .secret: "S · secret"
        case .rename: "R · renames"
        case .lowConfidence: "L · guessed"
        case .kindChange: "K · type"
        }
    }

    /// For a manager who meets the letter for the first time.
    var meaning: String {
        switch self {
        case .widening:
            "A step, a value or an account would apply to more environments, tenants or roles than it does now."
        case .delete: "Something at the destination goes away."
        case .secret: "A secret is set or asked for; a person or a provider supplies its value."
        case .rename: "The same thing gets another name. Scripts that use the old name may stop working."
        case .lowConfidence: "Two things were taken for the same by likeness, not by identity. Look whether they are."
        case .kindChange: "A value changes what kind of value it is."
        }
    }

    /// After "Nothing in this plan".
    var absence: String {
        switch self {
        case .widening: "widens a restriction"
        case .delete: "deletes anything"
        case .secret: "touches a secret"
        case .rename: "renames anything"
        case .lowConfidence: "was paired by a guess"
        case .kindChange: "changes a type"
        }
    }
}
