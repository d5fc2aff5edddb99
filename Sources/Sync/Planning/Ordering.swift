import Catalog

extension Planner {
    func outcome() -> PlanningOutcome {
        var plan = Plan(
            source: input.source.identity,
            destination: input.destination.identity,
            sourceCursor: input.source.eventCursor,
            destinationCursor: input.destination.eventCursor,
            policyDigest: policy.digest
        )
        plan.operations = orderedOperations()
        plan.conflicts = conflicts.sorted { ($0.key, $0.path, $0.code) < ($1.key, $1.path, $1.code) }
        plan.notices = notices.sorted { left, right in
            (left.key ?? EntityKey(""), left.path, left.code, left.message)
                < (right.key ?? EntityKey(""), right.path, right.code, right.message)
        }
        for position in plan.operations.indices { locateRules(of: &plan.operations[position]) }
        for position in skipped.indices {
            skipped[position].rule = located(skipped[position].rule, code: skipped[position].code)
        }
        plan.skipped = skipped.sorted { ($0.key, $0.path, $0.code) < ($1.key, $1.path, $1.code) }
        plan.secrets = secrets
        plan.packages = packages
        plan.settings = PlanSettings(heals: input.settings.heals, pruning: input.settings.pruning)
        plan.settings.resolutions = resolutions.values.filter { usedResolutions.contains($0.conflictID) }
            .sorted { $0.conflictID < $1.conflictID }
        plan.meetings = meetings(plan)
        let pair = SyncState.Pair(source: input.source.identity, destination: input.destination.identity)
        return PlanningOutcome(
            plan: plan,
            proposedState: SyncState(pair: pair, records: records, secrets: secretRows),
            undated: undated.sorted()
        )
    }

    /// Most rules are told as they are, and many fields in a row have one rule.
    private func locateRules(of operation: inout Operation) {
        var last = (rule: "", text: "")
        for field in operation.fields.indices {
            let rule = operation.fields[field].rule
            if rule != last.rule { last = (rule, located(rule, kind: operation.key.kind)) }
            if last.text != rule { operation.fields[field].rule = last.text }
        }
    }

    /// What exists on both sides and was never synced, by type.
    private func meetings(_ plan: Plan) -> [Meeting] {
        guard !met.isEmpty else { return [] }
        var differing = Set(plan.conflicts.map(\.key))
        differing.formUnion(plan.notices.filter { $0.code == "adopted" }.compactMap(\.key))
        let touched = Set(plan.operations.map(\.lineage))
        return Dictionary(grouping: met, by: \.kind).sorted { $0.key < $1.key }.map { kind, keys in
            let others = keys.compactMap { pairs[$0] }.filter {
                touched.contains($0.lineage) || differing.contains($0.finalKey)
            }
            return Meeting(
                kind: kind,
                same: keys.count - others.count,
                differing: others.map(\.finalKey).sorted()
            )
        }
    }

    /// By phase; inside a phase names are freed before they are taken, and things are made before they are referred to.
    private func orderedOperations() -> [Operation] {
        let drafts = drafts
        // Operations are large: their places are sorted, and only here they leave the planner.
        self.drafts = []
        let order = drafts.indices.sorted { left, right in
            if drafts[left].operation.phase != drafts[right].operation.phase {
                return drafts[left].operation.phase < drafts[right].operation.phase
            }
            if drafts[left].undoing != drafts[right].undoing { return drafts[left].undoing > drafts[right].undoing }
            if drafts[left].rank != drafts[right].rank { return drafts[left].rank < drafts[right].rank }
            if drafts[left].turn != drafts[right].turn { return drafts[left].turn < drafts[right].turn }
            let (first, second) = (drafts[left].finalKey, drafts[right].finalKey)
            return first == second ? left < right : first < second
        }
        var operations: [Operation] = []
        operations.reserveCapacity(order.count)
        // The newest operation that makes or names each thing.
        var makers: [EntityKey: Int] = [:]
        var byLineage: [String: Int] = [:]
        // The rename that gave each name up: whoever takes the name waits for it.
        var freed: [EntityKey: Int] = [:]
        var deletions: [EntityKey: Int] = [:]
        for (position, place) in order.enumerated() {
            var operation = drafts[place].operation
            let finalKey = drafts[place].finalKey
            operation.sequence = position + 1
            var needed = dependencies(of: operation, finalKey, makers, byLineage)
            if let rename = freed[operation.takenKey(finalKey)] { needed.insert(rename) }
            needed.formUnion(drafts[place].users.compactMap { deletions[$0] })
            operation.dependsOn = needed.sorted()
            if operation.action == .delete { deletions[operation.key] = operation.sequence }
            if operation.action == .rename { freed[operation.key] = operation.sequence }
            if operation.action == .create || operation.action == .rename { makers[finalKey] = operation.sequence }
            byLineage[operation.lineage] = operation.sequence
            operations.append(operation)
        }
        return operations
    }

    private func dependencies(
        of operation: Operation,
        _ finalKey: EntityKey,
        _ makers: [EntityKey: Int],
        _ byLineage: [String: Int]
    ) -> Set<Int> {
        var result = Set<Int>()
        if let earlier = byLineage[operation.lineage] { result.insert(earlier) }
        if makers.isEmpty { return result }
        var owner = finalKey.owner
        while let key = owner {
            if let maker = makers[key] { result.insert(maker) }
            owner = key.owner
        }
        operation.after.forEachReference(in: references) { reference in
            guard case .resolved(let key) = reference else { return }
            if let maker = makers[key] ?? key.owner.flatMap({ makers[$0] }) { result.insert(maker) }
        }
        return result
    }
}

extension Operation {
    /// The name that this one makes use of; a rename may take a temporary one first.
    fileprivate func takenKey(_ finalKey: EntityKey) -> EntityKey {
        guard action == .rename, let name = after["Name"]?.stringValue else { return finalKey }
        return key.renamed(to: name)
    }
}

private func < (left: (EntityKey, String, String), right: (EntityKey, String, String)) -> Bool {
    if left.0 != right.0 { return left.0 < right.0 }
    return (left.1, left.2) < (right.1, right.2)
}

private func < (left: (EntityKey, String, String, String), right: (EntityKey, String, String, String)) -> Bool {
    if left.0 != right.0 { return left.0 < right.0 }
    return (left.1, left.2, left.3) < (right.1, right.2, right.3)
}
