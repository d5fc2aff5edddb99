public import Catalog

/// A plan as people read it: what is risky first, then what stops it, then what it does, phase by phase.
public struct PlanText {
    public struct Style: Sendable {
        /// ANSI colours; for terminals only.
        public var isColoured: Bool
        /// Lists everything; otherwise long lists end with a count.
        public var isLong: Bool
        public init(isColoured: Bool = false, isLong: Bool = false) {
            self.isColoured = isColoured
            self.isLong = isLong
        }
    }

    private let plan: Plan
    private let style: Style
    private let catalog: Catalog
    private var lines: [String] = []
    private static let shortList = 20
    private static let escape = "\u{1B}["

    public static func text(of plan: Plan, catalog: Catalog, style: Style = Style()) -> String {
        var writer = PlanText(plan: plan, style: style, catalog: catalog)
        writer.write()
        // What a server sends must not steer the terminal; coloured lines are made safe before they are coloured.
        return writer.lines.map { $0.hasPrefix(Self.escape) && style.isColoured ? $0 : VisibleSigns.showing($0) }
            .joined(separator: "\n") + "\n"
    }

    private init(plan: Plan, style: Style, catalog: Catalog) {
        self.plan = plan
        self.style = style
        self.catalog = catalog
    }

    private mutating func write() {
        lines.append("From \(place(plan.source))")
        lines.append("to   \(place(plan.destination))")
        lines.append("")
        lines.append(summary)
        risks()
        conflicts()
        meetings()
        operations()
        secrets()
        list("Packages that the destination lacks", plan.packages.map(package))
        list("Left out", plan.skipped.map(leftOut))
        list("Notices", plan.notices.map(notice))
    }

    private func place(_ replica: ReplicaIdentity) -> String {
        "\(replica.url), space \(replica.spaceName) (version \(replica.serverVersion))"
    }

    private var summary: String {
        if plan.operations.isEmpty, plan.conflicts.isEmpty { return "In step: nothing to do." }
        let counts = Operation.Action.allCases.compactMap { action in
            let count = plan.operations.count { $0.action == action }
            return count == 0 ? nil : "\(count) to \(action.rawValue)"
        }
        let operations = counts.isEmpty ? "no operations" : counts.joined(separator: ", ")
        return plan.conflicts.isEmpty
            ? "Plan: \(operations)." : "Plan: \(operations); \(Self.counted(plan.conflicts.count, "conflict"))."
    }

    /// `1 conflict`, `2 conflicts`
    public static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private mutating func risks() {
        for risk in Operation.Risk.allCases {
            let risky = plan.operations.filter { $0.risks.contains(risk) }
            guard !risky.isEmpty else { continue }
            list(risk.title, risky.map { title($0.key) }, colour: .red)
        }
    }

    private mutating func conflicts() {
        guard !plan.conflicts.isEmpty else { return }
        heading("Conflicts: nothing is applied until each is decided (skerry sync resolve)", .red)
        for conflict in plan.conflicts {
            lines.append("  ! \(title(conflict.key))\(at(conflict.path))   (\(conflict.id))")
            lines.append("      \(conflict.message)")
            for (label, value) in [
                ("base", conflict.base), ("source", conflict.source), ("destination", conflict.destination),
            ] {
                if let value { lines.append("      \(label): \(Self.short(value))") }
            }
        }
    }

    private mutating func meetings() {
        guard !plan.meetings.isEmpty else { return }
        let same = plan.meetings.reduce(0) { $0 + $1.same }
        let differing = plan.meetings.flatMap(\.differing)
        heading("First meeting: both sides have these already", .bold)
        lines.append("  \(same) are the same on both sides; sync remembers them and writes nothing")
        guard !differing.isEmpty else { return }
        lines.append("  \(differing.count) differ; below is what becomes of each")
        let shown = style.isLong ? differing[...] : differing.prefix(Self.shortList)
        lines.append(contentsOf: shown.map { "  - \(title($0))" })
        if shown.count < differing.count { lines.append("  … and \(differing.count - shown.count) more") }
    }

    private mutating func operations() {
        var phase: SyncPhase?
        for operation in plan.operations {
            if operation.phase != phase { heading(operation.phase.title, .bold) }
            phase = operation.phase
            let mark = operation.action.mark
            let words = operation.risks.map(\.word).joined(separator: ", ")
            let risks = words.isEmpty ? "" : "   (\(words))"
            let line = "  \(mark) \(operation.action.rawValue) \(title(operation.key))\(risks)"
            lines.append(coloured(line, operation.action.colour))
            if operation.action != .create || style.isLong { fields(operation) }
        }
    }

    private mutating func fields(_ operation: Operation) {
        for field in operation.fields {
            let from = field.from.map(Self.short) ?? "(none)"
            let to = field.to.map(Self.short) ?? "(none)"
            lines.append("      \(Self.wholeElement(field) ?? "\(field.path): \(from) → \(to)")")
            if style.isLong, !field.rule.isEmpty { lines.append("        because \(field.rule)") }
        }
    }

    /// A step, a phase or a variable that comes or goes as a whole is told by its name.
    private static func wholeElement(_ field: FieldChange) -> String? {
        let isNothing: (JSON?) -> Bool = { $0 == nil || $0 == .null }
        func isElement(_ value: JSON?) -> Bool { value?["Name"] != nil }
        if isNothing(field.from), isElement(field.to) { return "\(field.path): added" }
        if isNothing(field.to), isElement(field.from) { return "\(field.path): removed" }
        return nil
    }

    private mutating func secrets() {
        let open = plan.secrets.filter(\.isOpen)
        list(
            "To be filled in by a person at the destination",
            open.map { "\(title($0.key))\(at($0.path)) (\($0.state == .unset ? "not set" : "placeholder"))" }
        )
    }

    private func package(_ need: PackageNeed) -> String {
        let there = need.versionAtDestination.isEmpty ? "none" : need.versionAtDestination
        let here =
            need.version.isEmpty
            ? "nor has the source" : "source has \(need.version), \(need.size) bytes\(need.isCopied ? ", copied" : "")"
        let users = need.neededBy.prefix(3).map { title($0) }.joined(separator: ", ")
        let more = need.neededBy.count > 3 ? " and \(need.neededBy.count - 3) more" : ""
        return "\(need.packageID): destination has \(there), \(here); used by \(users)\(more)"
    }

    private func leftOut(_ skipped: Skipped) -> String {
        let place = "\(title(skipped.key))\(at(skipped.path))"
        let rule = skipped.rule.isEmpty ? "" : " (\(skipped.rule))"
        guard let reason = Self.reasons[skipped.code] else { return "\(place) — \(skipped.rule)" }
        return "\(place) — \(reason)\(rule)"
    }

    /// Why something is left out, for people who do not know the codes.
    static let reasons = [
        "widening-refused": "nothing that it is restricted to exists there; without that it would apply to everything",
        "certificate-missing": "no server tells a certificate's content: upload one of this name at the destination",
        "incomplete": "something that it needs does not exist there",
        "already-granted": "another role of the team is the same there",
        "no-environment-survives": "none of its environments exists there",
        "not-selected": "not selected",
        "excluded-channel": "its channel is left out",
        "step-scope": "some of what it is restricted to does not exist there",
        "step-dropped": "a rule for this step",
        "shadowed": "another value has this scope already",
        "existing-left-alone": "the destination's value stays",
        "decided": "left as it is",
        "scope-skipped": "what it is restricted to does not exist there",
        "beside-frozen": "the destination has taken this variable over",
        "unresolved-pairing": "several values there could be its counterpart",
        "occupied": "another value there has its name and scope",
        "destination-owned": "the destination owns it",
        "missing-reference": "it refers to something that does not exist there",
        "deleted-at-destination": "it was deleted there on purpose",
        "tenant-variable": "this value of the tenant has no place there",
    ]

    private func notice(_ notice: Notice) -> String {
        "\(notice.key.map { title($0) + at(notice.path) + ": " } ?? "")\(notice.message)"
    }

    private mutating func list(_ title: String, _ items: [String], colour: Colour = .bold) {
        guard !items.isEmpty else { return }
        heading("\(title) (\(items.count))", colour)
        let shown = style.isLong ? items[...] : items.prefix(Self.shortList)
        lines.append(contentsOf: shown.map { "  - \($0)" })
        if shown.count < items.count { lines.append("  … and \(items.count - shown.count) more; --long lists all") }
    }

    private mutating func heading(_ text: String, _ colour: Colour) {
        lines.append("")
        lines.append(coloured(text, colour))
    }

    private func title(_ key: EntityKey) -> String { key.title(in: catalog) }

    private func at(_ path: String) -> String { path.isEmpty ? "" : " · \(path)" }

    /// One line, at most 80 characters, references by name.
    public static func short(_ value: JSON) -> String {
        let text = PlanText.plain(value)
        let line = VisibleSigns.showing(text.replacing("\r", with: "").replacing("\n", with: "⏎"))
        return line.count <= 80 ? line : "\(line.prefix(79))…"
    }

    public static func plain(_ value: JSON) -> String {
        switch NormalReference(json: value) {
        case .resolved(let key): return key.path.joined(separator: " / ")
        case .unresolved(_, let token): return token
        case nil: break
        }
        if let secret = ReviewText.secret(value) { return ProvidedSecret.isOne(value) ? secret : "(\(secret))" }
        switch value {
        case .string(let text): return "'\(text)'"
        case .array(let elements): return "[\(elements.map(plain).joined(separator: ", "))]"
        case .object(let object):
            return "{\(object.map { "\($0): \(plain($1))" }.joined(separator: ", "))}"
        default: return value.text
        }
    }
}

private enum Colour: String {
    case bold = "1"
    case red = "31"
    case green = "32"
    case yellow = "33"
}

extension PlanText {
    private func coloured(_ text: String, _ colour: Colour) -> String {
        style.isColoured ? "\(Self.escape)\(colour.rawValue)m\(VisibleSigns.showing(text))\(Self.escape)0m" : text
    }
}

extension Operation.Action {
    fileprivate var mark: String {
        switch self {
        case .create: "+"
        case .update: "~"
        case .rename: "»"
        case .delete: "-"
        }
    }

    fileprivate var colour: Colour {
        switch self {
        case .create: .green
        case .update, .rename: .yellow
        case .delete: .red
        }
    }
}

extension Operation.Risk {
    /// Behind an operation: `(widens, deletes)`.
    public var word: String {
        switch self {
        case .widening: "widens"
        case .delete: "deletes"
        case .secret: "touches a secret"
        case .rename: "renames"
        case .lowConfidence: "paired by a guess"
        case .kindChange: "changes a type"
        }
    }

    var title: String {
        switch self {
        case .widening: "Widens what a restriction lets through"
        case .delete: "Deletes"
        case .secret: "Touches a secret"
        case .rename: "Renames"
        case .lowConfidence: "Paired by a guess"
        case .kindChange: "Changes a type"
        }
    }
}

extension SyncPhase {
    /// The heading of the phase in a plan.
    public var title: String {
        switch self {
        case .never: "Never"
        case .scaffolding: "Environments, groups, tag sets, feeds, teams, policies, pools"
        case .accounts: "Accounts"
        case .stepTemplates: "Step templates"
        case .scriptModules: "Script modules"
        case .lifecycles: "Lifecycles"
        case .tenants: "Tenants"
        case .accountTenants: "Tenants of accounts"
        case .workers: "Workers"
        case .targets: "Deployment targets"
        case .certificates: "Certificates"
        case .librarySets: "Library variable sets"
        case .librarySetValues: "Values of library variable sets"
        case .projects: "Projects"
        case .channels: "Channels"
        case .deploymentProcesses: "Deployment processes"
        case .runbooks: "Runbooks"
        case .runbookProcesses: "Runbook processes"
        case .projectVariables: "Project variables"
        case .channelRules: "Version rules of channels"
        case .versioning: "Release versioning"
        case .releaseCreation: "Automatic release creation"
        case .triggers: "Triggers"
        case .logos: "Logos"
        case .tenantProjects: "Projects of tenants"
        case .tenantVariables: "Tenant variables"
        case .teamRoles: "Permissions of teams"
        case .packages: "Packages"
        case .deletes: "Deletes"
        }
    }
}
