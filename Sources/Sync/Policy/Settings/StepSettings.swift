import Catalog
internal import Yams

/// The `steps` section.
enum StepSettings {
    static var all: [PolicySetting] {
        [
            .choice(
                "steps.extra",
                .steps,
                "steps that only the destination has",
                \.extraSteps,
                [
                    .keep: "they stay", .report: "they stay and are listed",
                    .remove: "they are removed, with `deletes.mode: disable` switched off",
                ],
                answers: "S-26"
            ),
            .choice(
                "steps.onExcludedChannel",
                .steps,
                "a step is scoped only to channels that are left out",
                \.onExcludedChannel,
                [
                    .excludeStep: "left out", .includeDisabled: "goes over disabled",
                    .includeUnscoped: "goes over for every channel, marked as a risk",
                    .mapTo: "goes over for `steps.excludedChannelTarget`",
                ],
                answers: "S-126",
                "S-135"
            ),
            .text(
                "steps.excludedChannelTarget",
                .steps,
                "for `onExcludedChannel: mapTo`: the channel of the same project that stands for those left out",
                \.options.excludedChannelTarget,
                answers: "S-126"
            ),
            .choice(
                "steps.environmentMismatch",
                .steps,
                "some of a step's scopes have no counterpart",
                \.stepMismatch,
                [
                    .leaveExistingAlone: "a new step gets what is left; an existing one keeps its own scopes",
                    .skipUnlessPartial: "left out unless something is left",
                    .skipUnlessExact: "left out", .ignore: "goes over with what is left", .error: "the plan stops",
                ],
                answers: "S-119",
                "S-130"
            ),
            rules,
        ]
    }

    private static var rules: PolicySetting {
        PolicySetting(
            "steps.rules",
            .steps,
            "answers for single steps; the first rule that matches decides",
            .other(
                schema: PolicySchema.stepRules,
                written: "`- {match: {project, process, step}, scope: {environments: …}}`, "
                    + "`- {match: …, step: drop}`"
            ),
            answers: ["S-130", "S-131", "S-132", "S-133", "S-134"],
            value: { .array($0.stepRules.map(\.json)) },
            read: { value, policy in
                guard let list = value.node.sequence else { return value.problem("a list is expected here") }
                let rules = list.enumerated().compactMap { position, item -> Policy.StepRule? in
                    let path = "\(value.path)[\(position)]"
                    guard let section = PolicySection(item, path: path, problems: value.problems) else { return nil }
                    var rule = StepRuleReader.rule(section)
                    if value.origin.line == 0 { rule.line = 0 }
                    return rule
                }
                // The file's rules come before those of its preset, since the first match decides.
                policy.stepRules = rules + policy.stepRules
            }
        )
    }
}

/// One entry of `steps.rules`.
enum StepRuleReader {
    static func rule(_ section: PolicySection) -> Policy.StepRule {
        var rule = Policy.StepRule()
        rule.line = section.line
        if let match = section.section("match") {
            rule.project = match.string("project") ?? "*"
            rule.step = match.string("step") ?? "*"
            rule.process = match.string("process") ?? "*"
            if !["*", "deployment", "runbook"].contains(rule.process) {
                match.problem("process", "write deployment, runbook or *")
            }
            match.finish()
        }
        if let word = section.string("step") {
            if word == "drop" { rule.environments = .dropStep } else { section.problem("step", "write 'step: drop'") }
        }
        if let scope = section.section("scope") {
            rule.environments = answer(scope) ?? rule.environments
            scope.finish()
        }
        if section.node("step") == nil, section.node("scope") == nil {
            let message = "say what becomes of the step: 'step: drop' or 'scope: {environments: …}'"
            section.problem("", message)
        }
        section.finish()
        return rule
    }

    /// `environments: {set: [Staging]}`, `environments: any`, `environments: drop`, `environments: map`
    private static func answer(_ scope: PolicySection) -> Policy.StepRule.Answer? {
        guard let node = scope.node("environments") else {
            scope.problem("environments", "write environments: {set: [names]}, any, drop or map")
            return nil
        }
        if node.mapping != nil {
            guard let section = scope.section("environments") else { return nil }
            if section.node("map") != nil {
                let rules = section.section("map").map { EnvironmentsReader.rules($0) } ?? []
                section.finish()
                return .mapBy(rules)
            }
            let names = section.strings("set")
            if section.node("set") == nil || names == [] {
                section.problem("set", "name at least one environment; 'any' is what removes the restriction")
            }
            section.finish()
            return names.map(Policy.StepRule.Answer.set)
        }
        switch node.scalar?.string {
        case "any": return .any
        case "drop": return .dropStep
        case "map": return .map
        default:
            scope.problem("environments", "write {set: [names]}, any, drop or map")
            return nil
        }
    }
}

extension Policy.StepRule {
    /// As the policy file writes it.
    var json: JSON {
        let match: JSON = ["project": .string(project), "process": .string(process), "step": .string(step)]
        switch environments {
        case .dropStep: return ["match": match, "step": "drop"]
        case .set(let names): return ["match": match, "scope": ["environments": ["set": JSON(names)]]]
        case .any: return ["match": match, "scope": ["environments": "any"]]
        case .map: return ["match": match, "scope": ["environments": "map"]]
        case .mapBy(let rules): return ["match": match, "scope": ["environments": ["map": rules.json]]]
        }
    }
}
