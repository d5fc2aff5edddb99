import Catalog

/// Rules of the policy file that match nothing on either side: most often a misspelt name (E-122). A rule of a preset
/// is not asked, and neither is one that matches everything.
struct UnusedRules {
    let policy: Policy
    let sides: [ReplicaIndex]

    var problems: [PolicyProblem] {
        guard policy.unusedRules == .error else { return [] }
        return (environments + projects + types + steps + variables + owners).sorted {
            ($0.line, $0.path) < ($1.line, $1.path)
        }
    }

    private func problem(_ line: Int, _ path: String, _ pattern: String, _ what: String) -> PolicyProblem {
        PolicyProblem(line: line, path: path, message: "'\(pattern)' matches no \(what) on either side")
    }

    private func isKnown(_ pattern: String, _ kind: KindName) -> Bool {
        let pattern = NamePattern(pattern)
        return sides.contains { $0.entities(of: kind).contains { pattern.matches($0.key.name) } }
    }

    private static func isEverything(_ pattern: String) -> Bool { pattern.allSatisfy { $0 == "*" } }

    // MARK: - Environments

    private var environments: [PolicyProblem] {
        let path = policy.origins["environments"] == nil ? "destination.environments" : "environments"
        return unused(policy.environments, path)
    }

    private func unused(_ rules: [Policy.EnvironmentRule], _ path: String) -> [PolicyProblem] {
        rules.filter { $0.line > 0 && !Self.isEverything($0.pattern) && !isKnown($0.pattern, .environments) }.map {
            problem($0.line, path, $0.pattern, "environment")
        }
    }

    // MARK: - Types

    private var projects: [PolicyProblem] { patterns(policy.projects, "select.projects", .projects, "project") }

    /// A list of patterns has one line for all: the one at which it begins.
    private func patterns(_ patterns: [String], _ path: String, _ kind: KindName, _ what: String) -> [PolicyProblem] {
        guard case .line(let line) = policy.origin(of: path) else { return [] }
        return patterns.compactMap { pattern in
            let name = pattern.hasPrefix("!") ? String(pattern.dropFirst()) : pattern
            if Self.isEverything(name) || isKnown(name, kind) { return nil }
            return problem(line, path, pattern, what)
        }
    }

    private var types: [PolicyProblem] {
        let kinds = PolicySettings.standard.kinds.all
        return kinds.flatMap { entry -> [PolicyProblem] in
            guard let rule = policy.types[entry.name] else { return [] }
            let path = "types.\(entry.key)"
            // Of a type that is not read nothing is known.
            let isRead = sides.contains { !$0.entities(of: entry.name).isEmpty }
            let selected = isRead ? patterns(rule.select, "\(path).select", entry.name, entry.kind.title.one) : []
            let rules = rule.rules.flatMap { single -> [PolicyProblem] in
                let isUsed = sides.contains { $0.entities(of: entry.name).contains { single.matches($0.key) } }
                let inner = unused(single.environments, "\(path).overrides")
                if isUsed || single.line == 0 || !isRead { return inner }
                let pattern = single.project == "*" ? single.name : "\(single.project)/\(single.name)"
                return inner + [problem(single.line, "\(path).overrides", pattern, entry.kind.title.one)]
            }
            return selected + aliases(rule, path, entry) + unused(rule.environments, "\(path).environments") + rules
        } + channels
    }

    private func aliases(_ rule: Policy.TypeRule, _ path: String, _ entry: PolicyKinds.Entry) -> [PolicyProblem] {
        guard case .line(let line) = policy.origin(of: "\(path).alias") else { return [] }
        return rule.aliases.keys.sorted().filter { !isKnown($0, entry.name) }.map {
            problem(line, "\(path).alias", $0, entry.kind.title.one)
        }
    }

    private var channels: [PolicyProblem] {
        guard case .line(let line) = policy.origin(of: "types.channels.exclude") else { return [] }
        return policy.excludedChannels.filter { text in
            let pattern = NamePattern(text)
            return !sides.contains { side in
                side.entities(of: .channels).contains {
                    pattern.matches($0.key.name) || pattern.matches($0.key.path.joined(separator: "/"))
                }
            }
        }.map { problem(line, "types.channels.exclude", $0, "channel") }
    }

    // MARK: - Steps and variables

    private var steps: [PolicyProblem] {
        let rules = policy.stepRules.filter { $0.line > 0 }
        if rules.isEmpty { return [] }
        var open = rules
        for side in sides {
            for kind in [KindName.deploymentProcesses, .runbookProcesses] {
                for process in side.entities(of: kind) {
                    let names = (process.body["Steps"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
                    open.removeAll { rule in names.contains { rule.matches(process.key, step: $0) } }
                }
            }
        }
        return open.map { rule in
            PolicyProblem(
                line: rule.line,
                path: "steps.rules",
                message: "matches no step on either side (project '\(rule.project)', process '\(rule.process)', "
                    + "step '\(rule.step)')"
            )
        }
    }

    /// The names of variables, with the project or set that has them.
    private func isVariableKnown(_ name: NamePattern, _ owner: NamePattern) -> Bool {
        sides.contains { side in
            side.entities(of: .variableSets).contains { set in
                owner.matches(set.key.name)
                    && (set.body["Variables"]?.arrayValue ?? []).contains { row in
                        row["Name"]?.stringValue.map(name.matches) ?? false
                    }
            }
        }
    }

    private var variables: [PolicyProblem] {
        policy.variableRules.flatMap { rule -> [PolicyProblem] in
            let inner = unused(rule.environments, "variables.rules")
            if rule.line == 0 || isVariableKnown(NamePattern(rule.name), NamePattern(rule.owner)) { return inner }
            return inner + [problem(rule.line, "variables.rules", "\(rule.owner)/\(rule.name)", "variable")]
        }
    }

    private var owners: [PolicyProblem] {
        policy.ownership.filter { $0.kind == "variable" && $0.line > 0 }.filter {
            !isVariableKnown(NamePattern($0.field), NamePattern("*"))
        }.map { problem($0.line, "ownership", $0.field, "variable") }
    }
}

extension Policy.StepRule {
    func matches(_ process: EntityKey, step: String) -> Bool {
        let kind = process.kind == .runbookProcesses ? "runbook" : "deployment"
        return (self.process == "*" || self.process == kind)
            && NamePattern(project).matches(Selection.project(of: process)?.name ?? "")
            && NamePattern(self.step).matches(step)
    }
}

extension Planner {
    func refuseUnusedRules() throws(PlanningError) {
        let problems = UnusedRules(policy: policy, sides: [source, destination]).problems
        if !problems.isEmpty, isSeenWhole { throw .unusedRules(problems) }
    }
}
