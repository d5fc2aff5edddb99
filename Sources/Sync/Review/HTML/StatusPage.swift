/// A status as one page that stands alone: how far two spaces are in step, project by project.
public struct StatusPage {
    /// - Parameter time: when it was looked, RFC 3339.
    public static func html(of status: SyncStatus, at time: String) -> String {
        var page = StatusPage(status: status, time: time)
        return page.text()
    }

    private let status: SyncStatus
    private let time: String
    private var out = HTMLWriter()

    /// Lines that one project shows; the command lists all.
    private static let mostLines = 200

    private init(status: SyncStatus, time: String) {
        self.status = status
        self.time = time
    }

    private var subjects: [SyncStatus.Subject] { status.projects + status.shared }

    private mutating func text() -> String {
        out.raw("<a class=\"skip\" href=\"#changes\">Skip to the changes</a>\n")
        header()
        out.raw("<main class=\"page\">\n")
        summary()
        out.raw("<section aria-labelledby=\"changes\"><h2 id=\"changes\" tabindex=\"-1\">Project by project</h2>\n")
        filters()
        list("Projects", status.projects)
        list("Shared by all projects", status.shared)
        out.raw("</section></main>\n")
        footer()
        var page = Page(title: "Sync status of \(status.destination.spaceName) on \(status.destination.url)")
        page.style = Self.style
        page.hasScript = false
        page.body = out
        return page.text()
    }

    // MARK: - Top

    private mutating func header() {
        out.raw("<header class=\"top\"><div class=\"page\"><p class=\"kicker\">Sync status</p><h1>")
        out.text(headline)
        out.raw("</h1>\n<div class=\"route\">")
        out.side("From", status.source)
        out.raw("<span class=\"arrow\" aria-hidden=\"true\">→</span>")
        out.side("To", status.destination)
        out.raw("</div>\n<dl class=\"facts\"><div><dt>Looked at</dt><dd>")
        out.text(PlanPage.moment(time))
        out.raw("</dd></div></dl></div></header>\n")
    }

    private var headline: String {
        let behind = status.projects.count { $0.state != .upToDate }
        if status.state == .upToDate { return "Everything is in step" }
        if behind == 0 { return "All projects are in step; something that they share is not" }
        return "\(behind) of \(PlanText.counted(status.projects.count, "project")) "
            + (behind == 1 ? "needs a look" : "need a look")
    }

    private mutating func summary() {
        out.raw("<section aria-labelledby=\"summary\"><h2 id=\"summary\">At a glance</h2><div class=\"tiles\">\n")
        for state in SyncStatus.State.allCases {
            out.raw("<div class=\"card tile\"><h3><span class=\"badge s-")
            out.text(state.rawValue)
            out.raw("\">")
            out.text(state.title)
            out.raw("</span><span class=\"n\">")
            out.number(status.count(state))
            out.raw("</span></h3><p>")
            out.text(state.meaning)
            out.raw("</p></div>\n")
        }
        out.raw("</div></section>\n")
    }

    // MARK: - Projects

    private mutating func filters() {
        let present = SyncStatus.State.allCases.filter { state in subjects.contains { $0.state == state } }
        guard present.count > 1 else { return }
        out.raw("<div class=\"card filters\"><fieldset><legend>State</legend>")
        filter("all", "all", isChosen: true)
        for state in present { filter(state.rawValue, state.title, isChosen: false) }
        out.raw("</fieldset></div>\n")
    }

    private mutating func filter(_ name: String, _ title: String, isChosen: Bool) {
        out.raw("<input class=\"pill\" type=\"radio\" name=\"state\"")
        out.attribute("id", "risk-\(name)")
        if isChosen { out.raw(" checked") }
        out.raw("><label")
        out.attribute("for", "risk-\(name)")
        out.raw(">")
        out.text(title)
        out.raw("</label>")
    }

    private mutating func list(_ title: String, _ subjects: [SyncStatus.Subject]) {
        guard !subjects.isEmpty else { return }
        out.raw("<div class=\"group\"><h3>")
        out.text(title)
        out.raw("</h3><div class=\"card ops\">\n")
        for subject in subjects { self.subject(subject) }
        out.raw("</div></div>\n")
    }

    private mutating func subject(_ subject: SyncStatus.Subject) {
        out.raw("<details class=\"op r-")
        out.text(subject.state.rawValue)
        if subject.lines.isEmpty { out.raw(" bare") }
        out.raw("\"><summary><span class=\"badge state s-")
        out.text(subject.state.rawValue)
        out.raw("\">")
        out.text(subject.state.title)
        out.raw("</span><h4>")
        out.text(subject.project == nil ? PlanPage.sentenceCase(subject.name) : subject.name)
        out.raw("</h4><span class=\"what\">")
        out.text(Self.counts(of: subject))
        out.raw("</span></summary>")
        if !subject.lines.isEmpty { lines(subject.lines) }
        out.raw("</details>\n")
    }

    private static func counts(of subject: SyncStatus.Subject) -> String {
        let parts = [
            (subject.conflicts, "conflict"), (subject.changes, "change"), (subject.drifts, "drift"),
            (subject.secrets, "secret"),
        ]
        return parts.filter { $0.0 > 0 }.map {
            PlanText.counted($0.0, $0.1) + ($0.1 == "secret" ? " to fill in" : "")
        }
        .joined(separator: " · ")
    }

    private mutating func lines(_ lines: [SyncStatus.Line]) {
        out.raw("<div class=\"body\"><table class=\"wide\"><thead><tr>")
        for name in ["What", "Where", "How it is"] {
            out.raw("<th scope=\"col\">")
            out.text(name)
            out.raw("</th>")
        }
        out.raw("</tr></thead><tbody>\n")
        for line in lines.prefix(Self.mostLines) {
            out.raw("<tr><td data-l=\"What\">")
            out.text(line.sort.title)
            out.raw("</td><td data-l=\"Where\">")
            out.text(HTMLWriter.cut(line.subject, 500).0)
            out.raw("</td><td data-l=\"How it is\">")
            out.text(HTMLWriter.cut(line.text, 2_000).0)
            out.raw("</td></tr>\n")
        }
        out.raw("</tbody></table>")
        if lines.count > Self.mostLines {
            out.element("p", "and \(lines.count - Self.mostLines) more: skerry sync status --long lists all")
        }
        out.raw("</div>")
    }

    private mutating func footer() {
        out.raw("<footer><div class=\"page\"><p>")
        out.text("This page is a copy for reading; it says how both sides were at that time. It holds no secret.")
        out.raw("</p></div></footer>\n")
    }

    private static let style = """
        .state{min-width:9.5rem}
        .s-upToDate{background:var(--green);color:var(--greeni)}.s-sourceAhead{background:var(--blue);color:var(--bluei)}
        .s-destinationDrifted{background:var(--amber);color:var(--amberi)}.s-diverged{background:var(--violet);color:var(--violeti)}
        .s-conflict{background:var(--red);color:var(--redi)}

        """
        + SyncStatus.State.allCases.map {
            "body:has(#risk-\($0.rawValue):checked) .op:not(.r-\($0.rawValue)){display:none}\n"
        }.joined()
}

extension SyncStatus.State {
    /// For a manager who meets the word for the first time.
    fileprivate var meaning: String {
        switch self {
        case .upToDate: "Nothing to do."
        case .sourceAhead: "The source changed; a sync brings it over."
        case .destinationDrifted: "The destination changed something that sync leaves alone."
        case .diverged: "Both changed, in different places."
        case .conflict: "Both changed the same; a person decides."
        }
    }
}

extension SyncStatus.Line.Sort {
    fileprivate var title: String {
        switch self {
        case .change: "to sync"
        case .drift: "drift"
        case .conflict: "conflict"
        case .secret: "to fill in"
        case .note: "note"
        }
    }
}
