public import Catalog

/// What is to be at the destination after a disagreement, and who says so.
struct Settlement: Hashable {
    var value: JSON
    /// For people: `decided by anna`, `conflicts, line 12: source`.
    var rule: String

    /// A change of the destination alone is no conflict; `--heal` asks whether a person wanted it.
    static let driftCode = "drift"
}

extension Planner {
    /// This run reverts the destination's changes where the policy lets it.
    var heals: Bool { input.settings.heals || policy.isReplica }

    /// The destination's changes of these documents are reverted.
    func heals(_ treatment: Treatment) -> Bool {
        heals && (treatment.mode == .exact || policy.types[treatment.name]?.heals == true)
    }

    func settlement(of dispute: ThreeWay.Dispute, _ key: EntityKey) -> Settlement? {
        if dispute.code == Settlement.driftCode { return wantedDrift(dispute, key) }
        return settlement(
            of: Conflict(
                id: Conflict.id(dispute.code, key, dispute.path),
                code: dispute.code,
                key: key,
                path: dispute.path,
                base: dispute.base,
                source: dispute.source,
                destination: dispute.destination,
                message: dispute.message
            )
        )
    }

    /// What a person decided about these very values, else what the policy says about the field.
    func settlement(of conflict: Conflict) -> Settlement? {
        if let decided = decision(about: conflict) { return decided }
        // On first meeting `initial` has spoken already.
        guard conflict.code != "adopt-difference" else { return nil }
        let (strategy, rule) = policy.strategy(for: conflict, input.catalog)
        let value: JSON? =
            switch strategy {
            case .stop, .manual: nil
            case .source: conflict.source
            case .destination: conflict.destination
            case .merge: conflict.merged
            case .newest: newest(conflict)
            }
        return value.map { Settlement(value: $0, rule: "\(rule): \(strategy.rawValue)") }
    }

    private func newest(_ conflict: Conflict) -> JSON? {
        switch input.settings.changes.newer(conflict.key) {
        case .source: return conflict.source
        case .destination: return conflict.destination
        case nil:
            undated.insert(conflict.key)
            return nil
        }
    }

    // MARK: - What people decided

    private func decision(about conflict: Conflict) -> Settlement? {
        guard let resolution = resolution(of: conflict) else { return nil }
        guard let value = value(of: resolution.choice, conflict) else {
            tellUnusable(resolution, conflict)
            return nil
        }
        usedResolutions.insert(conflict.id)
        return Settlement(value: value, rule: resolution.rule)
    }

    /// Nil when there is none, or when it was made on other values than those that are there now.
    private func resolution(of conflict: Conflict) -> ConflictResolution? {
        guard let resolution = resolutions[conflict.id] else { return nil }
        guard let moved = conflict.digest.moved(since: resolution.decidedOn) else { return resolution }
        tellOnce("resolution-outdated", conflict, "decided before, but \(moved) changed since; decide again")
        return nil
    }

    private func tellUnusable(_ resolution: ConflictResolution, _ conflict: Conflict) {
        let choices = conflict.choices.map(\.rawValue).joined(separator: ", ")
        tellOnce(
            "resolution-unusable",
            conflict,
            "the decision '\(resolution.choice.word.rawValue)' does not fit here; "
                + (choices.isEmpty ? "only the policy can decide this" : "possible: \(choices)")
        )
    }

    /// One conflict may be asked about several times on the way to a plan.
    private func tellOnce(_ code: String, _ conflict: Conflict, _ message: String) {
        guard toldResolutions.insert(conflict.id).inserted else { return }
        notice(code, conflict.key, conflict.path, message)
    }

    private func value(of choice: ConflictResolution.Choice, _ conflict: Conflict) -> JSON? {
        guard conflict.choices.contains(choice.word) else { return nil }
        switch choice {
        case .source: return conflict.source
        case .destination: return conflict.destination
        case .base: return conflict.base
        case .merge: return conflict.merged
        case .value(let value): return conflict.accepted(value) { self.exists($0) }
        }
    }

    private func exists(_ key: EntityKey) -> Bool { destination[key] != nil || creations[key] != nil }

    /// The conflict is about something that cannot be written, and a person wants it left out.
    func isLeftAlone(_ conflict: Conflict) -> Bool {
        guard !conflict.isAboutValue, let resolution = resolution(of: conflict) else { return false }
        guard resolution.choice == .destination, conflict.choices.contains(.destination) else {
            tellUnusable(resolution, conflict)
            return false
        }
        usedResolutions.insert(conflict.id)
        skip("decided", conflict.key, conflict.path, rule: resolution.rule)
        return true
    }

    /// The destination differs because somebody decided so when both sides differed, and the source is still the same.
    private func wantedDrift(_ dispute: ThreeWay.Dispute, _ key: EntityKey) -> Settlement? {
        for code in Conflict.valueCodes.sorted() {
            let id = Conflict.id(code, key, dispute.path)
            guard let resolution = resolutions[id],
                resolution.decidedOn.source == ConflictDigest.short(dispute.source),
                isOutcome(dispute.destination, of: resolution)
            else { continue }
            usedResolutions.insert(id)
            return Settlement(value: dispute.destination, rule: resolution.rule)
        }
        return nil
    }

    private func isOutcome(_ value: JSON, of resolution: ConflictResolution) -> Bool {
        let hash = ConflictDigest.short(value)
        switch resolution.choice {
        case .destination: return hash == resolution.decidedOn.destination
        case .base: return hash == resolution.decidedOn.base
        case .value(let chosen): return value == chosen
        // What was merged cannot be told from later edits; it is the source's again under --heal.
        case .source, .merge: return false
        }
    }
}

extension Policy {
    /// What the policy says about a field that both sides changed: the last line that fits, else the default.
    public func strategy(
        for conflict: Conflict,
        _ catalog: Catalog = .standard
    ) -> (strategy: ConflictStrategy, rule: String) {
        let (kind, field) = Self.place(of: conflict, catalog)
        let match = conflictRules.last {
            ($0.kind == kind || $0.kind == "*") && ($0.field == field || $0.field == "*")
        }
        guard let match else { return (onConflict, "conflicts.default") }
        return (match.strategy, match.line > 0 ? "conflicts, line \(match.line)" : "conflicts")
    }

    /// Whether the conflict must not be answered together with others.
    public func isAnsweredAlone(_ conflict: Conflict, _ catalog: Catalog = .standard) -> Bool {
        let initial = types[conflict.key.kind]?.initial ?? onAdoptDifference
        return (conflict.code == "adopt-difference" && initial == .ask)
            || strategy(for: conflict, catalog).strategy == .manual
    }

    /// `projects.Description`, `variable.value`: what a rule for such conflicts is called in the policy.
    public static func ruleKey(for conflict: Conflict, _ catalog: Catalog = .standard) -> String {
        let (kind, field) = place(of: conflict, catalog)
        return "\(kind).\(field)"
    }

    private static func place(of conflict: Conflict, _ catalog: Catalog) -> (kind: String, field: String) {
        let parts = conflict.path.split(separator: "/").map(String.init)
        if conflict.key.kind == .variableSets { return ("variable", parts.last ?? "") }
        let kind =
            conflict.key.kind == .scriptModules ? "scriptModules" : catalog[conflict.key.kind]?.policyKey ?? ""
        return (kind, parts.first ?? "")
    }
}

extension ConflictResolution {
    /// `decided by anna at 2026-11-21T…`
    var rule: String {
        "decided" + (by.isEmpty ? "" : " by \(by)") + (at.isEmpty ? "" : " at \(at)")
            + " (\(choice.word.rawValue), \(conflictID))"
    }
}

extension Conflict {
    /// A value that a person typed in, if it is of the field's sort. A name stands for a reference.
    public func accepted(_ value: JSON, exists: (EntityKey) -> Bool = { _ in true }) -> JSON? {
        guard let source else { return nil }
        if case .resolved(let key) = NormalReference(json: source) {
            let name: String? =
                if case .resolved(let given) = NormalReference(json: value), given.kind == key.kind { given.name } else
                {
                    value.stringValue
                }
            guard let name else { return nil }
            let wanted = key.renamed(to: name)
            return exists(wanted) ? NormalReference.resolved(wanted).json : JSON?.none
        }
        switch (source, value) {
        case (.string, .string), (.int, .int), (.bool, .bool): return value
        default: return nil
        }
    }
}
