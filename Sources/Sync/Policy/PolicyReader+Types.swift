import Catalog
internal import Yams

extension PolicyReader {
    /// Settings that exist for one type only.
    private static let ownSettings: [String: [String]] = [
        "lifecycles": ["phases", "onMissingProjectLifecycle", "onMissingChannelLifecycle"],
        "channels": ["exclude"],
        "tenants": ["variables"],
    ]

    /// Settings of `sync.md` 2.6 and 2.10 that this version knows and does not do; the default may be written.
    private static let laterSettings: [String: [String: [String]]] = [
        "tagSets": ["extraTags": ["keep"]],
        "accounts": ["onMissing": ["createStub"], "strategy": ["sameNameStub"]],
        "workerPools": ["onMissing": ["createEmpty"]],
        "certificates": ["onMissing": ["report"], "strategy": ["sameNameStub"]],
        "lifecycles": ["onMissing": ["emptyShell"], "emptyPhase": ["dropPhase"]],
        "channels": ["rules": ["sync"], "default": ["destination"]],
        "teams": ["members": ["destination"], "roles": ["exact"], "externalGroups": ["destination"]],
        "tenants": ["links": ["intersect"]],
        "stepTemplates": ["pin": ["lineagePair"]],
        "projects": ["group": ["source"]],
        "runbooks": ["publish": ["never"]],
    ]

    func types(_ root: PolicySection, _ policy: inout Policy) {
        guard let section = root.section("types") else { return }
        let keys = policyKeys
        for (key, node) in section.names {
            let path = section.path(of: key)
            guard let kind = keys[key] else {
                if key == "packages" {
                    problems.add(node, path, "write 'packages:' beside 'types:', not in it")
                    continue
                }
                if let reason = NeverSynced.reasons[key] {
                    problems.add(node, path, reason)
                    continue
                }
                problems.add(node, path, "there is no such type\(Suggestion.text(for: key, in: keys.keys.sorted()))")
                continue
            }
            let standard = catalog[kind == .scriptModules ? .librarySets : kind]
            guard let standard else { continue }
            let treatment = kind == .scriptModules ? SyncTreatment(.exact, phase: .scriptModules) : standard.sync
            type(key, node, path, treatment, kind, &policy)
        }
    }

    private func type(
        _ key: String,
        _ node: Node,
        _ path: String,
        _ standard: SyncTreatment,
        _ kind: KindName,
        _ policy: inout Policy
    ) {
        var rule = Policy.TypeRule(mode: standard.mode)
        if node.scalar != nil {
            guard let section = PolicySection(Node([(Node("mode"), node)]), path: path, problems: problems) else {
                return
            }
            rule.mode = mode(section.node("mode")!, path, standard, section)
            policy.types[kind] = rule
            return
        }
        guard let section = PolicySection(node, path: path, problems: problems) else { return }
        if let node = section.node("mode") { rule.mode = mode(node, section.path(of: "mode"), standard, section) }
        rule.select = select(key, section)
        for (from, to) in section.section("alias")?.names ?? [] {
            rule.aliases[EntityKey.folded(from)] = to.scalar?.string
        }
        if Self.ownSettings[key] != nil { own(key, section, &policy) }
        for (setting, accepted) in Self.laterSettings[key] ?? [:] { section.refuse(setting, unless: accepted) }
        section.finish()
        policy.types[kind] = rule
    }

    private func mode(
        _ node: Node,
        _ path: String,
        _ standard: SyncTreatment,
        _ section: PolicySection
    ) -> SyncTreatment.Mode {
        guard let mode = section.choice(node, path, SyncTreatment.Mode.self) else { return standard.mode }
        if path == "types.deploymentSettings" {
            section.problem(node, path, "the settings go with their project; a mode of their own is not supported yet")
        } else if let refusal = refusal(of: mode, standard, section) {
            section.problem(node, path, refusal)
        }
        return mode
    }

    /// What the catalog forbids needs a second key, and what has no phase cannot be written at all.
    private func refusal(of mode: SyncTreatment.Mode, _ standard: SyncTreatment, _ section: PolicySection) -> String? {
        let isOff = mode == .skip || mode == .forbid || mode == .impossible
        switch standard.mode {
        case .impossible where mode != .impossible: return "this type is a record of one server and cannot be synced"
        case .forbid where standard.phase == .never && !isOff: return "this type is each server's own, never synced"
        case .skip where standard.phase == .never && !isOff: return "this type is compared and never written"
        case .forbid:
            let isConfirmed = section.bool("optIn") ?? false
            if isOff || isConfirmed { return nil }
            return "syncing this type lets every instance reach the same machines, which a split is meant to prevent; "
                + "if that is wanted, write {mode: \(mode.rawValue), optIn: true}"
        case .impossible: return nil
        case .skip, .exact, .merge, .nameOnly, .initialOnly:
            return mode == .impossible ? "write 'skip' to leave this type out" : nil
        }
    }

    private func select(_ key: String, _ section: PolicySection) -> [String] {
        guard let node = section.node("select") else { return [] }
        let path = section.path(of: "select")
        if let word = node.scalar?.string {
            switch word {
            case "all": return ["*"]
            case "none": return ["!*"]
            case "referenced" where key == "lifecycles": return []
            default: return [word]
            }
        }
        if node.mapping != nil {
            problems.add(node, path, "selecting by rule is not supported yet; write a list of name patterns")
            return []
        }
        return section.strings("select") ?? []
    }

    private func own(_ key: String, _ section: PolicySection, _ policy: inout Policy) {
        switch key {
        case "lifecycles":
            policy.lifecyclePhases =
                section.choice("phases", Policy.LifecyclePhases.self, later: ["exact"]) ?? policy.lifecyclePhases
            policy.onMissingProjectLifecycle =
                section.choice("onMissingProjectLifecycle", Policy.OnMissingProjectLifecycle.self, later: ["map"])
                ?? policy.onMissingProjectLifecycle
            policy.onMissingChannelLifecycle =
                section.choice("onMissingChannelLifecycle", Policy.OnMissingChannelLifecycle.self, later: ["map"])
                ?? policy.onMissingChannelLifecycle
        case "channels":
            policy.excludedChannels = section.strings("exclude") ?? []
        default:
            policy.tenantVariables =
                section.choice("variables", Policy.TenantVariables.self) ?? policy.tenantVariables
        }
    }

    func steps(_ root: PolicySection, _ policy: inout Policy) {
        guard let section = root.section("steps") else { return }
        policy.extraSteps = section.choice("extra", Policy.ExtraSteps.self) ?? policy.extraSteps
        policy.onExcludedChannel =
            section.choice("onExcludedChannel", Policy.OnExcludedChannel.self, later: ["mapTo"])
            ?? policy.onExcludedChannel
        policy.stepMismatch =
            section.choice("environmentMismatch", Policy.StepMismatch.self) ?? policy.stepMismatch
        let rules = section.node("rules")
        if let rules, rules.sequence == nil {
            section.problem(rules, section.path(of: "rules"), "a list is expected here")
        }
        for (position, item) in (rules?.sequence.map(Array.init) ?? []).enumerated() {
            stepRule(item, "steps.rules[\(position)]", &policy)
        }
        section.finish()
    }

    private func stepRule(_ node: Node, _ path: String, _ policy: inout Policy) {
        guard let section = PolicySection(node, path: path, problems: problems) else { return }
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
            problems.add(section.line, path, "say what becomes of the step: 'step: drop' or 'scope: {environments: …}'")
        }
        section.finish()
        policy.stepRules.append(rule)
    }

    /// `environments: {set: [Staging]}`, `environments: any`, `environments: drop`, `environments: map`
    private func answer(_ scope: PolicySection) -> Policy.StepRule.Answer? {
        guard let node = scope.node("environments") else {
            scope.problem("environments", "write environments: {set: [names]}, any, drop or map")
            return nil
        }
        if node.mapping != nil {
            guard let section = scope.section("environments") else { return nil }
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
