import Catalog

/// Which documents of the source take part, by the patterns of the policy and what the selected projects need.
struct Selection {
    private let policy: Policy
    private let projects: NameSelection
    private let excludedChannels: [NamePattern]
    /// Documents that no pattern includes but a selected project needs.
    private var needed: Set<EntityKey> = []

    init(policy: Policy, treatments: Treatments, source: ReplicaIndex, references: ReferenceTable) {
        self.policy = policy
        projects = NameSelection(policy.projects)
        excludedChannels = policy.excludedChannels.map(NamePattern.init)
        needed = closure(treatments, source, references)
    }

    /// Nil when the document takes part, else why not.
    func exclusion(of key: EntityKey, _ treatment: Treatment) -> Skipped? {
        if let project = Self.project(of: key), let rule = projectRule(project) {
            return Skipped(code: "not-selected", key: key, rule: rule)
        }
        if key.kind == .channels, isExcludedChannel(key) {
            return Skipped(code: "excluded-channel", key: key, rule: "channels.exclude")
        }
        if treatment.isOnlyReferenced {
            if needed.contains(key) { return nil }
            return Skipped(code: "not-selected", key: key, rule: "types.\(treatment.policyKey).select: referenced")
        }
        switch treatment.selection.answer(key.name) {
        case .included: return nil
        case .unmatched:
            if needed.contains(key) { return nil }
            return Skipped(code: "not-selected", key: key, rule: "types.\(treatment.policyKey).select")
        case .excluded(let pattern):
            // A stub is wanted of whatever something cannot be without.
            if needed.contains(key) { return nil }
            return Skipped(
                code: "not-selected",
                key: key,
                rule: "types.\(treatment.policyKey).select: \(pattern)"
            )
        }
    }

    /// A channel is named by its name, or by its project's and its own.
    func isExcludedChannel(_ key: EntityKey) -> Bool {
        excludedChannels.contains { $0.matches(key.name) || $0.matches(key.path.joined(separator: "/")) }
    }

    private func projectRule(_ project: EntityKey) -> String? {
        switch projects.answer(project.name) {
        case .included: nil
        case .unmatched: "select.projects"
        case .excluded(let pattern): "select.projects: \(pattern)"
        }
    }

    static func project(of key: EntityKey) -> EntityKey? {
        if key.kind == .projects { return key }
        return key.owner.flatMap(project)
    }

    /// What selected projects refer to, directly or through what they refer to. A project is the unit of choice and
    /// is never pulled in.
    private func closure(
        _ treatments: Treatments,
        _ source: ReplicaIndex,
        _ references: ReferenceTable
    ) -> Set<EntityKey> {
        var candidates: Set<EntityKey> = []
        for treatment in treatments.ordered where treatment.isPlanned {
            if treatment.selection.isUnlimited && !treatment.isOnlyReferenced { continue }
            for entity in source.entities(of: treatment.name)
            where treatment.isOnlyReferenced || isWanted(treatment.selection.answer(entity.key.name)) {
                candidates.insert(entity.key)
            }
        }
        guard !candidates.isEmpty else { return [] }
        var needed: Set<EntityKey> = []
        var open: [JSON] = []
        for entities in source.byKind.values {
            for entity in entities {
                if let project = Self.project(of: entity.key), projectRule(project) == nil { open.append(entity.body) }
            }
        }
        while needed.count < candidates.count, let body = open.popLast() {
            body.forEachReference(in: references) { reference in
                guard case .resolved(let key) = reference else { return }
                let target = key.kind == .tags ? key.owner ?? key : key
                guard candidates.contains(target), needed.insert(target).inserted else { return }
                if let entity = source[target] { open.append(entity.body) }
            }
        }
        return needed
    }
}

extension Selection {
    /// What a reference may pull in although no pattern includes it.
    private func isWanted(_ answer: NameSelection.Answer) -> Bool {
        switch answer {
        case .included: false
        case .unmatched: policy.closure == .required || policy.options.missingRequired == .createStub
        case .excluded: policy.options.missingRequired == .createStub || policy.variables.createsStubs
        }
    }
}

extension Planner {
    /// Whether a tenant goes over, by what the policy says of tenants; else the line that keeps it back.
    func exclusion(ofTenant tenant: Entity) -> Skipped? {
        if isSelected(tenant, policy.options.tenants) { return nil }
        if case .environmentsSurvive = policy.options.tenants {
            return Skipped(code: "no-environment-survives", key: tenant.key, rule: "environments")
        }
        return Skipped(code: "not-selected", key: tenant.key, rule: "types.tenants.select")
    }

    private func isSelected(_ tenant: Entity, _ selection: Policy.TenantSelection) -> Bool {
        switch selection {
        case .all: true
        case .none: false
        case .environmentsSurvive(let count): survivesMapping(tenant, count)
        case .tag(let tag): hasTag(tenant, tag)
        case .list(let patterns): patterns.contains { NamePattern($0).matches(tenant.key.name) }
        case .anyOf(let selections): selections.contains { isSelected(tenant, $0) }
        }
    }

    private func hasTag(_ tenant: Entity, _ tag: String) -> Bool {
        let wanted = EntityKey(.tags, tag.split(separator: "/", maxSplits: 1).map(String.init))
        return (tenant.body["TenantTags"]?.arrayValue ?? []).contains { json in
            NormalReference(json: json) == .resolved(wanted)
        }
    }

    /// A tenant takes part when enough environments of its projects have a counterpart, or when it is connected to
    /// none: then nothing of it would be lost.
    private func survivesMapping(_ tenant: Entity, _ count: Int) -> Bool {
        let links = tenant.body["ProjectEnvironments"]?.objectValue ?? [:]
        if links.allSatisfy({ $0.value.arrayValue?.isEmpty ?? true }) { return true }
        var surviving: Set<JSON> = []
        for (project, environments) in links {
            // What is said of a project's environments is said of its tenants' too.
            let outer = enter(EntityKey(.projects, project), ofTenant: tenant.key)
            defer { leave(outer) }
            surviving.formUnion((environments.arrayValue ?? []).filter(hasCounterpart))
        }
        return surviving.count >= count
    }

    private func hasCounterpart(_ environment: JSON) -> Bool {
        guard case .resolved(let key) = NormalReference(json: environment) else { return false }
        switch resolve(key) {
        case .keys(let keys): return !keys.isEmpty
        case .any: return true
        case .excluded, .missing: return false
        }
    }

    /// Whether a channel's own lifecycle stays behind.
    func lacksLifecycle(_ channel: Entity) -> Bool {
        guard let reference = channel.body["LifecycleId"].flatMap(NormalReference.init(json:)) else { return false }
        guard case .resolved(let key) = reference, case .keys = resolve(key) else { return true }
        return false
    }
}
