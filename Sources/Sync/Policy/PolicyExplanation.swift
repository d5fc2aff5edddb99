public import Catalog

/// What a policy says about one thing, and which line, preset or default says it. Needs no server.
public struct PolicyExplanation: Sendable, Hashable {
    public struct Line: Sendable, Hashable {
        /// `mode`, `owner`, `when both sides changed it`
        public var question: String
        public var answer: String
        /// `types.accounts.mode (line 12)`, `ownership (line 30)`, `default`
        public var decidedBy: String
    }

    public var subject: PolicySubject
    public var lines: [Line]

    public var json: JSON {
        [
            "type": .string(subject.type), "path": JSON(subject.key.path),
            "lines": .array(
                lines.map {
                    [
                        "question": .string($0.question), "answer": .string($0.answer),
                        "decidedBy": .string($0.decidedBy),
                    ]
                }
            ),
        ]
    }
}

extension Policy {
    public func explain(_ subject: PolicySubject, _ settings: PolicySettings = .standard) -> PolicyExplanation {
        var explainer = Explainer(policy: self, settings: settings, subject: subject)
        explainer.run()
        return PolicyExplanation(subject: subject, lines: explainer.lines)
    }
}

private struct Explainer {
    let policy: Policy
    let settings: PolicySettings
    let subject: PolicySubject
    var lines: [PolicyExplanation.Line] = []

    mutating func run() {
        selection()
        switch subject.part {
        case .whole:
            mode()
            alias()
            environments([])
        case .field(let name):
            mode()
            field(name)
        case .step(let name): step(name)
        case .variable(let name): variable(name)
        }
    }

    private mutating func say(_ question: String, _ answer: String, _ decidedBy: String) {
        lines.append(PolicyExplanation.Line(question: question, answer: answer, decidedBy: decidedBy))
    }

    /// A setting's value and who set it.
    private mutating func setting(_ path: String, _ question: String) {
        guard let setting = settings[path] else { return }
        let value = setting.value(policy)
        var answer = value.stringValue ?? value.text
        if case .words(let words) = setting.form, let word = words.first(where: { $0.text == answer }) {
            answer += ": \(word.meaning)"
        }
        say(question, answer, by(path))
    }

    private func by(_ path: String) -> String { "\(path) (\(policy.origin(of: path)))" }

    private func by(_ path: String, line: Int) -> String { line > 0 ? "\(path) (line \(line))" : by(path) }

    private var typeRule: Policy.TypeRule? { policy.types[subject.key.kind] }

    // MARK: - Whether it goes over

    private mutating func selection() {
        if let project = Selection.project(of: subject.key) ?? ownerProject {
            pattern(policy.projects, project.name, "select.projects", "project \(project.name)")
        }
        if subject.key.kind == .channels {
            let excluded = policy.excludedChannels.first { text in
                let pattern = NamePattern(text)
                return pattern.matches(subject.key.name) || pattern.matches(subject.key.path.joined(separator: "/"))
            }
            if let excluded { say("goes over", "no, '\(excluded)' leaves it out", by("types.channels.exclude")) }
        }
        if let select = typeRule?.select, !select.isEmpty {
            pattern(select, subject.key.name, "types.\(subject.type).select", "it")
        }
    }

    /// A variable set of a project goes with it.
    private var ownerProject: EntityKey? {
        subject.key.owner.flatMap { $0.kind == .projects ? $0 : nil }
    }

    private mutating func pattern(_ patterns: [String], _ name: String, _ path: String, _ what: String) {
        switch NameSelection(patterns).answer(name) {
        case .included: say("goes over", patterns.isEmpty ? "yes" : "yes, a pattern selects \(what)", by(path))
        case .unmatched: say("goes over", "no pattern selects \(what); only if something selected needs it", by(path))
        case .excluded(let pattern): say("goes over", "no, '\(pattern)' leaves \(what) out", by(path))
        }
    }

    // MARK: - Documents

    private mutating func mode() {
        if let rule = typeRule?.rule(for: subject.key), let mode = rule.mode {
            say("mode", meaning(of: mode), by("types.\(subject.type).overrides", line: rule.line))
        } else {
            setting("types.\(subject.type).mode", "mode")
        }
    }

    private func meaning(of mode: SyncTreatment.Mode) -> String {
        let meaning = TypeSettings.modeMeanings.first { $0.key == mode }?.value ?? ""
        return "\(mode.rawValue): \(meaning)"
    }

    private mutating func alias() {
        guard let name = typeRule?.aliases[subject.key.foldedPath.last ?? ""] else { return }
        say("name at the destination", name, by("types.\(subject.type).alias"))
    }

    /// What becomes of environments here, by the lists that apply, in their order.
    private mutating func environments(_ first: [(rules: [Policy.EnvironmentRule], path: String)]) {
        var lists = first
        lists.append((typeRule?.rule(for: subject.key)?.environments ?? [], "types.\(subject.type).overrides"))
        lists.append((typeRule?.environments ?? [], "types.\(subject.type).environments"))
        if subject.key.kind != .projects, let project = Selection.project(of: subject.key) ?? ownerProject {
            let rule = policy.types[.projects]
            lists.append((rule?.rule(for: project)?.environments ?? [], "types.projects.overrides"))
            lists.append((rule?.environments ?? [], "types.projects.environments"))
        }
        let path = policy.origins["environments"] == nil ? "destination.environments" : "environments"
        lists.append((policy.environments, path))
        for (rules, path) in lists {
            for rule in rules { say("environment \(rule.pattern)", Self.text(rule.target), by(path, line: rule.line)) }
        }
        if !lists.contains(where: { $0.rules.contains { $0.pattern == "*" } }) {
            say("other environments", "same", "default")
        }
    }

    private static func text(_ target: Policy.EnvironmentTarget) -> String {
        switch target {
        case .same: "same"
        case .existing: "same where the destination has it, else drop"
        case .drop: "drop"
        case .any: "any (no restriction)"
        case .names(let names): names.joined(separator: ", ")
        }
    }

    // MARK: - Fields

    private mutating func field(_ name: String) {
        guard let entry = settings.kinds[subject.type], let field = entry.kind.field(name) else { return }
        if case .secret = field.type {
            say("value", "a secret: no server tells it; a person fills it in at the destination", "always")
        }
        let rule = policy.ownership.last { $0.kind == subject.type && $0.field == name }
        if field.syncOwner == .derived {
            say("owner", "each server: it is made there, and never compared or sent", "always")
            return
        } else if let rule {
            let owner = rule.isShared ? "shared" : rule.owner == .destination ? "destination" : "source"
            say("owner", owner, by("ownership", line: rule.line))
            if rule.owner == .destination { return }
        } else {
            say("owner", field.syncOwner == .destination ? "destination" : "source", "default")
            if field.syncOwner == .destination { return }
        }
        let conflict = policy.conflictRules.last { $0.kind == subject.type && $0.field == name }
        if let conflict {
            say(
                "both sides changed it",
                conflict.choice.rawValue,
                by("conflicts.\(subject.type).\(name)", line: conflict.line)
            )
        } else {
            setting("conflicts.default", "both sides changed it")
        }
        setting("initial", "both sides had it at first, and differ")
    }

    // MARK: - Steps and variables

    private mutating func step(_ name: String) {
        if let rule = policy.stepRules.first(where: { $0.matches(subject.key, step: name) }) {
            switch rule.environments {
            case .dropStep: say("goes over", "no", by("steps.rules", line: rule.line))
            case .any: say("environments", "any (no restriction)", by("steps.rules", line: rule.line))
            case .set(let names): say("environments", names.joined(separator: ", "), by("steps.rules", line: rule.line))
            case .map: environments([])
            case .mapBy(let rules): environments([(rules, "steps.rules")])
            }
        } else {
            environments([])
        }
        setting("steps.environmentMismatch", "some of its scopes have no counterpart")
        setting("steps.onExcludedChannel", "it is only for channels that are left out")
        setting("steps.extra", "only the destination has it")
        setting("widening", "it would run for more than at the source")
    }

    private mutating func variable(_ name: String) {
        let rule = policy.ownership.last { $0.kind == "variable" && NamePattern($0.field).matches(name) }
        if let rule {
            let owner = rule.isShared ? "shared" : rule.owner == .destination ? "destination" : "source"
            say("owner", owner, by("ownership", line: rule.line))
            if rule.owner == .destination { return }
        } else {
            say("owner", "by value: what the destination edits stays its own", "default")
        }
        let own = policy.variableRules.first {
            NamePattern($0.name).matches(name) && NamePattern($0.owner).matches(subject.key.name)
        }
        let line = own.map { by("variables.rules", line: $0.line) } ?? ""
        if let value = own?.newValue {
            say("new value", value.rawValue, line)
        } else {
            setting("variables.newValue", "new value")
        }
        if let value = own?.overwrite {
            say("the source changed it", value.rawValue, line)
        } else {
            setting("variables.overwrite", "the source changed it")
        }
        for dimension in ScopeDimension.known {
            let question = "scope: \(dimension.policyKey)"
            if let strategy = own?.scopeMismatch[dimension] {
                say(question, strategy.rawValue, line)
            } else {
                setting("variables.scopeMismatch.\(dimension.policyKey)", question)
            }
        }
        environments([(own?.environments ?? [], "variables.rules")])
        let conflict = policy.conflictRules.last { $0.kind == "variable" && $0.field == "value" }
        if let conflict {
            say(
                "both sides changed its value",
                conflict.choice.rawValue,
                by("conflicts.variable.value", line: conflict.line)
            )
        } else {
            setting("conflicts.default", "both sides changed its value")
        }
        setting("variables.delete", "gone at the source")
    }
}
