import Catalog

/// What the translation of a process decided about steps that the destination already has.
struct StepNotes {
    /// Actions that stay as they are, by folded step and action name.
    var leftAlone: Set<[String]> = []
    /// Actions of which only the scopes stay as they are.
    var keptScopes: Set<[String]> = []
}

/// The steps of one process in the destination's terms (S-126, S-131 to S-135, E-30).
struct StepTranslation {
    let planner: Planner
    let process: Pair
    var issues: [TranslationIssue] = []
    private var notes = StepNotes()

    static let scopeFields = ["Environments", "ExcludedEnvironments", "Channels", "TenantTags"]

    init(planner: Planner, process: Pair) {
        self.planner = planner
        self.process = process
    }

    mutating func translate(_ value: JSON) -> JSON {
        guard case .array(let steps) = value, let shape = stepShape else { return value }
        let translated = steps.compactMap { step(in: $0, shape) }
        planner.stepNotes[process.source.key] = notes
        return .array(translated)
    }

    private var stepShape: Shape? {
        guard case .entries(let shape, _, _) = planner.treatments[process.source.key.kind]?.kind.field("Steps")?.type
        else { return nil }
        return shape
    }

    private mutating func step(in value: JSON, _ shape: Shape) -> JSON? {
        guard case .object(let object) = value else { return nil }
        let name = object["Name"]?.stringValue ?? ""
        let path = ["Steps", name]
        let actions = object["Actions"]?.arrayValue ?? []
        let rule = stepRule(name)
        if case .dropStep = rule?.environments {
            planner.skip("step-dropped", process.source.key, path.joined(separator: "/"), rule: Self.text(rule))
            for action in actions { drop(step: name, action) }
            return nil
        }
        var actionShape = Shape([])
        if case .entries(let inner, _, _) = shape.fields.first(where: { $0.name == "Actions" })?.type {
            actionShape = inner
        }
        let kept = actions.compactMap { action(in: $0, step: name, actionShape, rule, path) }
        if kept.isEmpty && !actions.isEmpty { return nil }
        var translator = Translator(planner)
        var result = translator.members(object, shape, path, except: ["Actions"])
        issues += translator.issues
        let areSame = kept.count == actions.count && zip(kept, actions).allSatisfy { $0.isSameObject(as: $1) }
        if !areSame || object["Actions"] == nil { result["Actions"] = .array(kept) }
        return .object(result)
    }

    // MARK: - Actions

    private mutating func action(
        in value: JSON,
        step: String,
        _ shape: Shape,
        _ rule: Policy.StepRule?,
        _ path: [String]
    ) -> JSON? {
        guard case .object(let object) = value else { return nil }
        let name = object["Name"]?.stringValue ?? ""
        let place = path + ["Actions", name]
        var scopes = ActionScopes(
            planner: planner,
            process: process,
            action: object,
            shape: shape,
            rule: rule,
            path: place
        )
        let exists = existing(step: step, action: name)
        var outer: EnvironmentOverrides.Targets?
        if case .mapBy(let rules) = rule?.environments { outer = planner.enter(process.source.key, first: rules) }
        defer { if let outer { planner.leave(outer) } }
        switch scopes.decide(exists: exists) {
        case .skip(let code, let reason):
            planner.skip(code, process.source.key, place.joined(separator: "/"), rule: reason)
            leaveAlone(exists, step: step, value)
            return nil
        case .refuse(let message):
            planner.conflict("step-scope", process.source.key, place.joined(separator: "/"), message)
            leaveAlone(exists, step: step, value)
            return nil
        case .keepScopes: notes.keptScopes.insert(finalPlace(step: step, action: name))
        case .use: break
        }
        var translator = Translator(planner)
        let translated = translator.members(object, shape, place, except: Self.scopeFields)
        if let refused = translator.issues.first(where: { $0.kind == .widening }) {
            let reason = "widening: \(planner.policy.widening.rawValue)"
            planner.skip("widening-refused", process.source.key, refused.pathText, rule: reason)
            leaveAlone(exists, step: step, value)
            return nil
        }
        issues += scopes.issues + translator.issues
        return .object(assemble(object, translated, scopes, place))
    }

    /// The members in their old order, with the scopes as they were decided.
    private func assemble(
        _ object: JSONObject,
        _ translated: JSONObject,
        _ scopes: ActionScopes,
        _ path: [String]
    ) -> JSONObject {
        var result = translated
        for (name, value) in scopes.values { result[name] = value }
        if scopes.isDisabled { result["IsDisabled"] = true }
        let reference = object["Properties"]?["Octopus.Action.Template.Id"].flatMap(planner.references.reference)
        if case .resolved(let template) = reference,
            let version = object["Properties"]?["Octopus.Action.Template.Version"]?.stringValue,
            let counterpart = planner.templateVersion(template, version, process.source.key, path)
        {
            var properties = result["Properties"] ?? [:]
            properties["Octopus.Action.Template.Version"] = .string(counterpart)
            result["Properties"] = properties
        }
        return result
    }

    private func path(_ step: String, _ action: String) -> [String] {
        Parts.folded(["Steps", step, "Actions", action])
    }

    /// By the names that step and action have at the destination in the end.
    private func finalPlace(step: String, action: String) -> [String] {
        let final = planner.alignments[process.source.key]?.finalPaths[path(step, action)]
        return [final?[1] ?? step, final?[3] ?? action].map(EntityKey.folded)
    }

    private mutating func leaveAlone(_ exists: Bool, step: String, _ action: JSON) {
        let name = action["Name"]?.stringValue ?? ""
        if exists {
            notes.leftAlone.insert(finalPlace(step: step, action: name))
        } else {
            drop(step: step, action)
        }
    }

    private func existing(step: String, action: String) -> Bool {
        guard let current = process.destination?.key, let owner = current.owner else { return false }
        if let alignment = planner.alignments[process.source.key] {
            return !alignment.newParts.contains(path(step, action))
        }
        let key = EntityKey(.actions, [owner.kind.rawValue] + owner.path + [step, action])
        return planner.destination.part(key) != nil
    }

    private func drop(step: String, _ action: JSON) {
        guard let owner = process.source.key.owner, let name = action["Name"]?.stringValue else { return }
        planner.droppedActions.insert(EntityKey(.actions, [owner.kind.rawValue] + owner.path + [step, name]))
    }

    // MARK: - Rules

    private func stepRule(_ step: String) -> Policy.StepRule? {
        planner.policy.stepRules.first { $0.matches(process.source.key, step: step) }
    }

    static func text(_ rule: Policy.StepRule?) -> String {
        rule.map { $0.line > 0 ? "steps.rules, line \($0.line)" : "steps.rules" } ?? "steps"
    }
}
