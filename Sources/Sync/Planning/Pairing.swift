import Catalog

extension Planner {
    /// Finds the counterpart of every source entity, owners before what they own.
    func pairEverything() throws(PlanningError) {
        let selection = Selection(policy: policy, treatments: treatments, source: source, references: references)
        // Selecting tenants asks for environments; catalog order does not put those first.
        let ordered =
            treatments.ordered.filter { $0.name == .environments }
            + treatments.ordered.filter { $0.name != .environments }
        for treatment in ordered {
            try KindPairing(planner: self, treatment: treatment, selection: selection).run()
        }
        // Writing follows the phases, whatever the order of pairing.
        let place = Dictionary(uniqueKeysWithValues: treatments.ordered.enumerated().map { ($1.name, $0) })
        let focus = input.focus
        let wanted = pairs.values.filter { pair in
            pair.isPlanned && focus.map { $0.contains(pair.source.key) } ?? true
        }
        let placed = wanted.map { pair -> (place: Int, key: EntityKey) in
            (place[pair.source.key.kind] ?? 0, pair.source.key)
        }
        planned = placed.sorted { left, right in
            left.place == right.place ? left.key < right.key : left.place < right.place
        }.map(\.key)
        indexLineages()
    }

    /// For everything that is planned.
    private func indexLineages() {
        for key in planned { if let pair = pairs[key] { keysByLineage[pair.lineage] = key } }
    }

    func markUnavailable(_ key: EntityKey) { pairs[key]?.isAvailable = false }
}

/// The pairing of all entities of one kind.
private struct KindPairing {
    let planner: Planner
    let treatment: Treatment
    let selection: Selection

    func run() throws(PlanningError) {
        var open: [(entity: Entity, isPlanned: Bool)] = []
        for entity in planner.source.entities(of: treatment.name) {
            guard let isPlanned = participation(of: entity) else { continue }
            if planner.source.replica.ambiguous[entity.key] != nil {
                if isPlanned {
                    planner.conflict(
                        "ambiguous-source",
                        entity.key,
                        "the source has several \(treatment.kind.title.many) that share this name; rename all but one"
                    )
                }
                continue
            }
            if !pairByLineage(entity, isPlanned) { open.append((entity, isPlanned)) }
        }
        // A default stands for the other side's default only where no name says otherwise.
        let defaults = open.filter { isDefaultWithoutNamesake($0.entity) }
        for (entity, isPlanned) in open where !defaults.contains(where: { $0.entity.key == entity.key }) {
            try pairByName(entity, isPlanned)
        }
        for (entity, isPlanned) in defaults where !pairByDefault(entity, isPlanned) {
            try pairByName(entity, isPlanned)
        }
    }

    /// The default pool and the default policy are the same thing on every server, whatever they are called.
    private func isDefaultWithoutNamesake(_ entity: Entity) -> Bool {
        guard treatment.name == .workerPools || treatment.name == .machinePolicies else { return false }
        return entity.body["IsDefault"] == true && planner.destination[wantedKey(entity)] == nil
    }

    private func pairByDefault(_ entity: Entity, _ isPlanned: Bool) -> Bool {
        let candidate = planner.destination.entities(of: treatment.name).first { $0.body["IsDefault"] == true }
        guard let candidate, planner.claims[candidate.key] == nil,
            treatment.subtype(of: candidate.body) == treatment.subtype(of: entity.body)
        else { return false }
        accept(entity, candidate, planner.remembered.record(ofSource: entity), isPlanned)
        return true
    }

    /// Nil: of no use to anyone. False: only for references of others.
    private func participation(of entity: Entity) -> Bool? {
        if treatment.name == .projects, planner.policy.options.configAsCode == .skip,
            planner.gitPlace(ofSource: entity.key) != nil
        {
            return leaveOut(Skipped(code: "git-project", key: entity.key, rule: "cac: skip"))
        }
        if treatment.name == .environments, !planner.overrides.participants.contains(entity.key) { return nil }
        if let owner = entity.key.owner, owner.kind != .tags {
            guard let pair = planner.pairs[owner] else { return nil }
            if !pair.isPlanned { return pair.destination == nil ? nil : false }
            if !pair.isAvailable { return nil }
        }
        guard treatment.isPlanned, !planner.isInGit(entity.key) else { return false }
        if entity.key.isBuiltIn { return false }
        if let skipped = selection.exclusion(of: entity.key, treatment) { return leaveOut(skipped) }
        if let rule = planner.policy.types[treatment.name]?.rule(for: entity.key), rule.mode == .skip {
            let line =
                rule.line > 0
                ? "types.\(treatment.policyKey).overrides, line \(rule.line)"
                : "types.\(treatment.policyKey).overrides"
            return leaveOut(Skipped(code: "not-selected", key: entity.key, rule: line))
        }
        if entity.key.kind == .tenants, let skipped = planner.exclusion(ofTenant: entity) { return leaveOut(skipped) }
        if entity.key.kind == .channels, planner.lacksLifecycle(entity) { return lifecycleAnswer(entity) }
        return true
    }

    private func leaveOut(_ skipped: Skipped) -> Bool? {
        planner.skipped.append(skipped)
        guard skipped.code == "excluded-channel" else { return false }
        planner.excludedChannels.insert(skipped.key)
        return nil
    }

    private func lifecycleAnswer(_ channel: Entity) -> Bool? {
        switch planner.policy.onMissingChannelLifecycle {
        case .inheritProject, .spaceDefault: return true
        case .excludeChannel:
            let rule = "lifecycles.onMissingChannelLifecycle: excludeChannel"
            return leaveOut(Skipped(code: "excluded-channel", key: channel.key, rule: rule))
        case .map, .fail:
            planner.conflict(
                "missing-required",
                channel.key,
                "LifecycleId",
                source: channel.body["LifecycleId"],
                "the channel's lifecycle does not exist at the destination and is not synced; "
                    + "name another with types.lifecycles.replace"
            )
            return nil
        }
    }

    // MARK: - By what earlier runs remember

    private func pairByLineage(_ entity: Entity, _ isPlanned: Bool) -> Bool {
        guard let record = record(of: entity) else { return false }
        let destination = planner.destination
        var counterpart = destination.entity(id: record.destinationID, kind: treatment.name)
        let key = currentKey(record.destinationKey, sourceOwner: entity.key.owner)
        if counterpart == nil, let found = destination[key],
            planner.remembered.record(ofDestination: found).map({ $0.lineage == record.lineage }) ?? true,
            planner.claims[found.key] == nil
        {
            counterpart = found
            if isPlanned, !record.destinationID.isEmpty {
                planner.notice("relinked", found.key, "replaced at the destination by another of the same name")
            }
        }
        guard let counterpart else {
            // Planned once and never carried out: still to be created.
            if record.destinationID.isEmpty { return false }
            return tombstone(entity, record, isPlanned)
        }
        accept(entity, counterpart, record, isPlanned)
        return true
    }

    private func record(of entity: Entity) -> SyncState.Record? {
        if let record = planner.remembered.record(ofSource: entity) { return record }
        guard let record = planner.remembered.record(ofSourceKey: entity.key),
            planner.source.entity(id: record.sourceID, kind: treatment.name) == nil
        else { return nil }
        planner.notice("relinked", entity.key, "replaced at the source by another of the same name")
        return record
    }

    private func tombstone(_ entity: Entity, _ record: SyncState.Record, _ isPlanned: Bool) -> Bool {
        // What an owner creates by itself comes back with the owner.
        if treatment.kind.naturalKey.isEmpty { return false }
        let isHidden = planner.destination.mayHide(record.destinationKey)
        if isPlanned, !isHidden, planner.policy.options.deletedAtDestination == .restore {
            planner.notice("restored", record.destinationKey, "deleted at the destination; created again")
            return false
        }
        if isPlanned, !isHidden {
            planner.notice(
                "deleted-at-destination",
                record.destinationKey,
                "deleted at the destination since the last sync; it is not created again"
            )
        }
        planner.pairs[entity.key] = Pair(
            source: entity,
            destination: nil,
            record: record,
            lineage: record.lineage,
            finalKey: record.destinationKey,
            isPlanned: false,
            isAvailable: false
        )
        return true
    }

    // MARK: - By name

    private func pairByName(_ entity: Entity, _ isPlanned: Bool) throws(PlanningError) {
        let wanted = wantedKey(entity)
        let record = planner.remembered.record(ofSource: entity)
        if treatment.name == .stepTemplates, let copy = planner.installedCounterpart(of: entity),
            planner.claims[copy.key] == nil
        {
            return accept(entity, copy, record, isPlanned)
        }
        let lineage = record?.lineage ?? planner.lineage(of: entity)
        guard !isOfNewOwner(entity), let counterpart = planner.destination[wanted], !isBeingFreed(counterpart.key)
        else {
            return try create(entity, as: finalKey(wanted, of: entity), record, lineage, isPlanned)
        }
        if let other = planner.claims[counterpart.key] {
            try takenName(entity, wanted, by: other, isPlanned)
            return
        }
        accept(entity, counterpart, record, isPlanned)
    }

    /// - Parameter key: as it will be once the plan is applied.
    private func create(
        _ entity: Entity,
        as key: EntityKey,
        _ record: SyncState.Record?,
        _ lineage: String,
        _ isPlanned: Bool
    ) throws(PlanningError) {
        guard isPlanned, mayCreate(entity, as: key), !isPerhapsThere(entity, key) else { return }
        if let other = planner.creations[key], other != entity.key {
            if treatment.name == .scopedUserRoles { return planner.skip("already-granted", entity.key, "", rule: "") }
            throw .ambiguousTarget(destination: key, sources: [other, entity.key].sorted())
        }
        planner.creations[key] = entity.key
        planner.pairs[entity.key] = Pair(
            source: entity,
            destination: nil,
            record: record,
            lineage: lineage,
            finalKey: key,
            isPlanned: true,
            isAvailable: true
        )
    }

    /// Some things have to be there already.
    private func mayCreate(_ entity: Entity, as key: EntityKey) -> Bool {
        let options = planner.policy.options
        switch treatment.name {
        case .projects where planner.gitPlace(ofSource: entity.key) != nil:
            let rule = "kept in Git: make it at the destination, from a repository or a folder of its own"
            planner.skip("git-project", entity.key, "", rule: rule)
        case .accounts where options.accounts != .sameNameStub:
            planner.skip("not-created", entity.key, "", rule: "types.accounts.strategy: \(options.accounts.rawValue)")
        case .certificates where options.certificates != .sameNameStub:
            let rule = "types.certificates.strategy: \(options.certificates.rawValue)"
            planner.skip("not-created", entity.key, "", rule: rule)
        case .stepTemplates where !treatment.subtype(of: entity.body).isEmpty && planner.installable(entity) == nil:
            planner.conflict(
                "community-template-missing",
                entity.key,
                "comes from the community library, and the destination's catalogue does not have it; load it there "
                    + "(skerry community load) or leave it out with types.stepTemplates.select: \"!\(entity.key.name)\""
            )
        default: return true
        }
        return false
    }

    /// The destination's key does not see everything of this kind, so that it may have it.
    private func isPerhapsThere(_ entity: Entity, _ key: EntityKey) -> Bool {
        guard !isOfNewOwner(entity), let reason = planner.input.destination.partialKinds[treatment.name] else {
            return false
        }
        planner.skip("partial-view", entity.key, "", rule: "the destination may have it unseen: \(reason)")
        return true
    }

    /// What is to be created has nothing yet, even where its name is still another's.
    private func isOfNewOwner(_ entity: Entity) -> Bool {
        guard let owner = entity.key.owner, let pair = planner.pairs[owner] else { return false }
        return pair.destination == nil
    }

    private func takenName(
        _ entity: Entity,
        _ wanted: EntityKey,
        by other: EntityKey,
        _ isPlanned: Bool
    ) throws(PlanningError) {
        guard isPlanned else { return }
        if treatment.name == .scopedUserRoles { return planner.skip("already-granted", entity.key, "", rule: "") }
        // Two that were never paired before: the policy or the names make them one.
        if planner.remembered.record(ofSourceKey: other) == nil {
            throw .ambiguousTarget(destination: wanted, sources: [other, entity.key].sorted())
        }
        planner.conflict(
            "name-taken",
            entity.key,
            "Name",
            destination: .string(wanted.name),
            "the destination's \(wanted) already belongs to \(other)"
        )
    }

    /// The name becomes free in the same plan.
    private func isBeingFreed(_ key: EntityKey) -> Bool {
        guard let holder = planner.claims[key], let pair = planner.pairs[holder] else { return false }
        return pair.finalKey != planner.ownerFinal(key)
    }

    private func wantedKey(_ entity: Entity) -> EntityKey {
        var key = currentKey(entity.key, sourceOwner: entity.key.owner)
        if treatment.name == .stepTemplates, let offered = planner.installable(entity) {
            // A copy has the name that the catalogue gives it.
            return key.renamed(to: offered.body["Name"]?.stringValue ?? key.name)
        }
        if let alias = treatment.aliases[entity.key.foldedPath.last ?? ""] { key = key.renamed(to: alias) }
        if treatment.name == .scopedUserRoles { key = planner.mappedRoleKey(entity) ?? key }
        return key
    }

    /// A key under the owner that the destination has now.
    private func currentKey(_ key: EntityKey, sourceOwner: EntityKey?) -> EntityKey {
        guard let sourceOwner, let pair = planner.pairs[sourceOwner] else { return key }
        return key.replacingOwner(by: pair.destination?.key ?? pair.finalKey)
    }

    private func finalKey(_ key: EntityKey, of entity: Entity) -> EntityKey {
        guard let owner = entity.key.owner, let pair = planner.pairs[owner] else { return key }
        return key.replacingOwner(by: pair.finalKey)
    }

    // MARK: - Both

    private func accept(
        _ entity: Entity,
        _ counterpart: Entity,
        _ record: SyncState.Record?,
        _ isPlanned: Bool
    ) {
        if isPlanned, planner.destination.replica.ambiguous[counterpart.key] != nil {
            planner.conflict(
                "ambiguous-destination",
                counterpart.key,
                "the destination has several \(treatment.kind.title.many) of this name; rename all but one"
            )
            return
        }
        let (mine, theirs) = (treatment.subtype(of: entity.body), treatment.subtype(of: counterpart.body))
        if !treatment.isCompatible(mine, theirs) {
            if isPlanned {
                planner.conflict(
                    "kind",
                    counterpart.key,
                    treatment.subtypeField ?? "",
                    source: .string(mine),
                    destination: .string(theirs),
                    "same name, but the source's is of type '\(mine)' and the destination's of type '\(theirs)'"
                )
            }
            return
        }
        if isPlanned, !planner.mayPairInGit(entity, counterpart) { return }
        planner.claims[counterpart.key] = entity.key
        let pair = Pair(
            source: entity,
            destination: counterpart,
            record: record,
            lineage: record?.lineage ?? planner.lineage(of: entity),
            finalKey: finalKey(counterpart.key, of: entity),
            isPlanned: isPlanned,
            isAvailable: true
        )
        if isPlanned, record == nil, !counterpart.key.isBuiltIn { planner.met.append(entity.key) }
        if isPlanned, let name = planner.nameOfInstalled(pair) {
            pair.finalKey = pair.finalKey.renamed(to: name)
        } else if isPlanned, let record, !counterpart.key.isBuiltIn {
            pair.finalKey = planner.name(pair, record, planner.treatment(of: entity.key) ?? treatment)
        }
        planner.pairs[entity.key] = pair
    }
}

extension Planner {
    /// A destination key under the final name of its owner.
    func ownerFinal(_ key: EntityKey) -> EntityKey {
        guard let owner = key.owner, let source = claims[owner], let pair = pairs[source] else { return key }
        return key.replacingOwner(by: pair.finalKey)
    }

    /// The key that a role of a team has in the destination's terms: team, role, sorted names of what it is limited to.
    func mappedRoleKey(_ entity: Entity) -> EntityKey? {
        guard let team = entity.key.owner, let pair = pairs[team],
            case .resolved(let role) = entity.body["UserRoleId"].flatMap(NormalReference.init(json:)),
            case .keys(let roles) = resolve(role), let roleKey = roles.first
        else { return nil }
        let scopes = ["ProjectIds", "ProjectGroupIds", "EnvironmentIds", "TenantIds"].flatMap { field in
            (entity.body[field]?.arrayValue ?? []).flatMap { json -> [String] in
                guard case .resolved(let key) = NormalReference(json: json), case .keys(let keys) = resolve(key) else {
                    return []
                }
                return keys.map(\.name)
            }.sorted()
        }
        let teamName = pair.destination?.key.name ?? pair.finalKey.name
        return EntityKey(.scopedUserRoles, teamName, roleKey.name, scopes.joined(separator: ","))
    }
}
