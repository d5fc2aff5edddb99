import Catalog

/// What environments become where a type, a project, a step or a variable has rules of its own. They come before the
/// rules of the whole policy: variable or step, rule of the document's type, type, project.
final class EnvironmentOverrides {
    typealias Targets = [EntityKey: EnvironmentMapping.Target]

    /// Without these the mapping of the whole policy is all there is.
    let isEmpty: Bool
    /// Source environments that have a counterpart by one of the rules.
    let participants: Set<EntityKey>
    private let policy: Policy
    private let standard: Targets
    private let make: ([Policy.EnvironmentRule]) -> EnvironmentMapping?
    /// Of the whole policy and of all its parts.
    let allRules: [Policy.EnvironmentRule]
    private var known: [[Policy.EnvironmentRule]: Targets] = [:]

    init(
        _ policy: Policy,
        standard: EnvironmentMapping,
        make: @escaping ([Policy.EnvironmentRule]) throws(PlanningError) -> EnvironmentMapping
    ) throws(PlanningError) {
        self.policy = policy
        self.standard = standard.targets
        self.make = { try? make($0) }
        var participants = standard.participants
        let all = Self.rules(policy).filter { !$0.isEmpty }
        for rules in all { participants.formUnion(try make(rules + policy.environments).participants) }
        self.participants = participants
        isEmpty = all.isEmpty
        allRules = policy.environments + all.flatMap { $0 }
    }

    private static func rules(_ policy: Policy) -> [[Policy.EnvironmentRule]] {
        let ofTypes = policy.types.sorted { $0.key < $1.key }.flatMap {
            [$1.environments] + $1.rules.map(\.environments)
        }
        let ofSteps = policy.stepRules.map { rule -> [Policy.EnvironmentRule] in
            if case .mapBy(let rules) = rule.environments { rules } else { [] }
        }
        return ofTypes + ofSteps + policy.variableRules.map(\.environments)
    }

    /// - Parameter first: rules of a step or a variable.
    func targets(for key: EntityKey, first: [Policy.EnvironmentRule] = []) -> Targets {
        isEmpty ? standard : targets(by: first + own(key))
    }

    /// What a tenant's environments of one project become.
    func targets(ofTenant tenant: EntityKey, in project: EntityKey) -> Targets {
        isEmpty ? standard : targets(by: own(tenant) + own(project))
    }

    private func targets(by rules: [Policy.EnvironmentRule]) -> Targets {
        if rules.isEmpty { return standard }
        if let found = known[rules] { return found }
        let targets = make(rules + policy.environments)?.targets ?? standard
        known[rules] = targets
        return targets
    }

    private func own(_ key: EntityKey) -> [Policy.EnvironmentRule] {
        var rules = ofType(key)
        // What a tenant has for an environment goes where the tenant is connected.
        if key.kind == .tenantVariables, let tenant = key.owner { rules += ofType(tenant) }
        if key.kind != .projects, let project = Selection.project(of: key) { rules += ofType(project) }
        return rules
    }

    private func ofType(_ key: EntityKey) -> [Policy.EnvironmentRule] {
        guard let type = policy.types[key.kind] else { return [] }
        return (type.rule(for: key)?.environments ?? []) + type.environments
    }
}

extension Policy.TypeRule {
    /// The first rule that matches a document.
    func rule(for key: EntityKey) -> Policy.EntityRule? {
        rules.first { $0.matches(key) }
    }
}

extension Policy.EntityRule {
    /// What belongs to a project, and has no name beside it, goes by the project's name.
    func matches(_ key: EntityKey) -> Bool {
        NamePattern(name).matches(key.name)
            && (project == "*" || NamePattern(project).matches(Selection.project(of: key)?.name ?? ""))
    }
}

extension Planner {
    /// From now on environments become what the rules for a document say; until `leave`.
    func enter(_ key: EntityKey, first: [Policy.EnvironmentRule] = []) -> EnvironmentOverrides.Targets {
        let outer = environmentTargets
        if !overrides.isEmpty { environmentTargets = overrides.targets(for: key, first: first) }
        return outer
    }

    /// The same for the environments of one project that a tenant, or a document of it, names.
    func enter(_ project: EntityKey, ofTenant tenant: EntityKey) -> EnvironmentOverrides.Targets {
        let outer = environmentTargets
        if !overrides.isEmpty { environmentTargets = overrides.targets(ofTenant: tenant, in: project) }
        return outer
    }

    func leave(_ outer: EnvironmentOverrides.Targets) { environmentTargets = outer }

    /// How one document is planned: its kind's treatment, with the mode of the first rule that matches it.
    func treatment(of key: EntityKey) -> Treatment? {
        guard let treatment = treatments[key.kind] else { return nil }
        return policy.types[key.kind]?.rule(for: key)?.mode.map(treatment.with) ?? treatment
    }
}
