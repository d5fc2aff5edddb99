import Catalog

/// Where an action runs, in the destination's terms, and what to do when some of it has no counterpart.
struct ActionScopes {
    enum Decision {
        case use
        /// The destination's own scopes stay.
        case keepScopes
        case skip(code: String, rule: String)
        case refuse(String)
    }

    private enum Loss: Int, Comparable {
        case none, some, all
        static func < (left: Loss, right: Loss) -> Bool { left.rawValue < right.rawValue }
    }

    let planner: Planner
    let process: Pair
    let action: JSONObject
    let shape: Shape
    let rule: Policy.StepRule?
    let path: [String]
    /// Of the scopes that become others at the destination.
    private(set) var values: [String: JSON] = [:]
    private(set) var issues: [TranslationIssue] = []
    private(set) var isDisabled = false
    private var worst = Loss.none
    private var lost: [String] = []
    /// Environments that a rule sets and that the destination does not have.
    private var unknown: [String] = []

    init(
        planner: Planner,
        process: Pair,
        action: JSONObject,
        shape: Shape,
        rule: Policy.StepRule?,
        path: [String]
    ) {
        self.planner = planner
        self.process = process
        self.action = action
        self.shape = shape
        self.rule = rule
        self.path = path
    }

    mutating func decide(exists: Bool) -> Decision {
        var channels = Loss.none
        for field in StepTranslation.scopeFields {
            let loss = translate(field)
            if field == "Channels" { channels = loss }
            if field != "Channels" || loss != .all { worst = max(worst, loss) }
        }
        if !unknown.isEmpty {
            let names = unknown.map { "'\($0)'" }.joined(separator: ", ")
            return .refuse("\(StepTranslation.text(rule)) sets \(names), which the destination does not have")
        }
        if channels == .all, let decision = channelDecision() { return decision }
        return worst == .none ? .use : mismatch(exists: exists)
    }

    /// Every channel of the action stays behind (S-126).
    private mutating func channelDecision() -> Decision? {
        switch planner.policy.onExcludedChannel {
        case .excludeStep: return .skip(code: "excluded-channel", rule: "steps.onExcludedChannel: excludeStep")
        case .includeDisabled: isDisabled = true
        case .mapTo:
            guard let channel = excludedChannelTarget else {
                let target = planner.policy.options.excludedChannelTarget
                return .refuse(
                    "steps.onExcludedChannel maps to the channel '\(target)', which the project does not have"
                )
            }
            values["Channels"] = [NormalReference.resolved(channel).json]
        case .includeUnscoped:
            issues.append(TranslationIssue(kind: .allowedWidening, path: path + ["Channels"], lost: lostText))
        }
        return nil
    }

    /// The channel that stands for excluded ones, in the same project.
    private var excludedChannelTarget: EntityKey? {
        guard let project = Selection.project(of: process.source.key), let pair = planner.pairs[project] else {
            return nil
        }
        let name = planner.policy.options.excludedChannelTarget
        let key = EntityKey(.channels, project.path + [name])
        if case .keys(let keys) = planner.resolve(key) { return keys.first }
        return pair.destination.flatMap { planner.destination[EntityKey(.channels, $0.key.path + [name])]?.key }
    }

    private mutating func mismatch(exists: Bool) -> Decision {
        let rule = "steps.environmentMismatch: \(planner.policy.stepMismatch.rawValue)"
        switch planner.policy.stepMismatch {
        case .error: return .refuse("some of its scopes have no counterpart: \(lostText)")
        case .skipUnlessExact: return .skip(code: "step-scope", rule: rule)
        case .skipUnlessPartial where worst == .all: return .skip(code: "step-scope", rule: rule)
        case .leaveExistingAlone where exists: return .keepScopes
        case .skipUnlessPartial, .leaveExistingAlone, .ignore: break
        }
        if worst == .all, planner.policy.widening != .allow {
            return .skip(code: "widening-refused", rule: "widening: \(planner.policy.widening.rawValue)")
        }
        let kind: TranslationIssue.Kind = worst == .all ? .allowedWidening : .dropped
        issues.append(TranslationIssue(kind: kind, path: path, lost: lostText))
        return .use
    }

    private var lostText: String { lost.joined(separator: ", ") }

    // MARK: - One dimension

    private mutating func translate(_ name: String) -> Loss {
        guard let value = action[name] else { return .none }
        if let ruled = ruled(name, value) {
            values[name] = ruled
            return .none
        }
        guard value.isContainer, let field = shape.fields.first(where: { $0.name == name }),
            case .reference(let reference) = field.type
        else { return .none }
        var translator = Translator(planner)
        translator.mayWiden = true
        let translated = translator.changedReferences(value, reference, path + [name])
        if let translated { values[name] = translated }
        guard !translator.issues.isEmpty else { return .none }
        lost += translator.issues.map(\.lost)
        return translator.issues.contains { $0.kind == .allowedWidening } ? .all : .some
    }

    /// What a rule for the step says about its environments; the rule is the permission to widen.
    private mutating func ruled(_ name: String, _ value: JSON) -> JSON? {
        guard let rule, name == "Environments" || name == "ExcludedEnvironments" else { return nil }
        switch rule.environments {
        case .map, .mapBy, .dropStep: return nil
        case .any:
            if name == "Environments", value.arrayValue?.isEmpty == false {
                issues.append(
                    TranslationIssue(kind: .allowedWidening, path: path + [name], lost: StepTranslation.text(rule))
                )
            }
            return []
        case .set(let names):
            guard name == "Environments" else { return [] }
            let keys = names.compactMap { planner.existingEnvironment($0) }
            unknown = names.filter { planner.existingEnvironment($0) == nil }
            return JSON.sortedSet(keys.map { NormalReference.resolved($0).json })
        }
    }
}

extension Planner {
    /// An environment that the destination has once the plan is applied, by its name there.
    func existingEnvironment(_ name: String) -> EntityKey? {
        let key = EntityKey(.environments, name)
        if let found = destination[key] {
            guard let new = renames[found.key] else { return found.key }
            return environment(takingOver: key) ?? new
        }
        return pairs[key].flatMap { $0.isAvailable ? $0.finalKey : nil }
    }

    /// The version of a step template at the destination that stands for one at the source (E-73). Versions count on
    /// each server by themselves, so the number is never copied.
    func templateVersion(_ template: EntityKey, _ version: String, _ process: EntityKey, _ path: [String]) -> String? {
        guard let pair = pairs[template], pair.isAvailable, let current = pair.source.version else { return nil }
        if version == String(current) { return expectedVersion(pair).map(String.init) }
        if policy.options.templatePin == .latest { return expectedVersion(pair).map(String.init) }
        let known = (records[pair.lineage]?.variables["versions"] ?? pair.record?.variables["versions"])?[version]
        if policy.options.templatePin == .lineagePair, let known = known?.stringValue { return known }
        conflict(
            "template-version",
            process,
            (path + ["Properties", "Octopus.Action.Template.Version"]).joined(separator: "/"),
            source: .string(version),
            "uses version \(version) of \(template), whose counterpart at the destination is not known; "
                + "use its newest version at the source"
        )
        return nil
    }

    /// The version that the destination's template has once the plan is applied.
    func expectedVersion(_ pair: Pair) -> Int? {
        guard let destination = pair.destination else { return 0 }
        let isWritten = bodies[pair.lineage] != nil
        return destination.version.map { isWritten ? $0 + 1 : $0 }
    }

    /// Which version of the destination stands for the source's current one.
    func rememberVersion(of pair: Pair) {
        guard pair.source.key.kind == .stepTemplates, let current = pair.source.version,
            let counterpart = expectedVersion(pair)
        else { return }
        var versions = records[pair.lineage]?.variables["versions"]?.objectValue ?? [:]
        versions[String(current)] = .string(String(counterpart))
        var memory: JSON = ["sourceVersion": .int(current), "versions": .object(versions)]
        let renamed = formerParameters(of: pair)
        if !renamed.isEmpty {
            memory["renamed"] = .object(JSONObject(renamed.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) }))
        }
        records[pair.lineage]?.variables = memory
    }
}
