import Catalog

extension Planner {
    /// Looks after documents that were synced once and are gone at the source (`sync.md` 2.13).
    ///
    /// - Throws: `PlanningError.guard` when so much is gone that something else than deletion must be the reason.
    func planOrphans() throws(PlanningError) {
        // A part of a replica cannot show that something is gone.
        if input.focus != nil { return }
        try guardEmptyLists()
        var deletes: [KindName: [SyncState.Record]] = [:]
        for record in orphans() {
            guard let found = orphan(record) else {
                if destination.mayHide(record.destinationKey) { continue }
                records[record.lineage] = nil
                continue
            }
            guard decidesDelete(record, found) else { continue }
            deletes[found.key.kind, default: []].append(record)
            deleted[found.key] = treatments[found.key.kind]?.phase
        }
        try guardMassDeletion(deletes)
        for kind in deletes.keys.sorted() {
            for record in deletes[kind] ?? [] { addDelete(record) }
        }
    }

    /// Records without a source entity, in the order in which they would go: users before what they use.
    private func orphans() -> [SyncState.Record] {
        let paired = Set(pairs.values.map(\.lineage))
        return input.state.records.values.filter { record in
            guard !paired.contains(record.lineage), let treatment = treatments[record.sourceKey.kind],
                treatment.isPlanned, !treatment.kind.naturalKey.isEmpty,
                !source.mayHide(record.sourceKey), !isInGit(record.sourceKey)
            else { return false }
            return source.entity(id: record.sourceID, kind: record.sourceKey.kind) == nil
        }.sorted { left, right in
            let phases = [left, right].map { treatments[$0.destinationKey.kind]?.phase ?? .never }
            return phases[0] == phases[1] ? left.destinationKey < right.destinationKey : phases[0] > phases[1]
        }
    }

    private func orphan(_ record: SyncState.Record) -> Entity? {
        destination.entity(id: record.destinationID, kind: record.destinationKey.kind)
            ?? destination[record.destinationKey]
    }

    /// What goes with its owner is the owner's matter.
    private func goesWithOwner(_ record: SyncState.Record) -> Bool {
        guard let owner = record.sourceKey.owner, let known = remembered.record(ofSourceKey: owner) else {
            return false
        }
        return source.entity(id: known.sourceID, kind: owner.kind) == nil
    }

    private func decidesDelete(_ record: SyncState.Record, _ entity: Entity) -> Bool {
        let mode = deleteMode
        if mode == .ignore || goesWithOwner(record) { return false }
        if mode == .report {
            let reason =
                policy.deletes.mode == .report
                ? "deletes.mode is report; --prune deletes it" : "this run deletes nothing"
            notice("orphan", entity.key, "gone at the source; kept, because \(reason)")
            return false
        }
        let pattern = policy.deletes.protect.first { protects($0, entity.key) }
        if let pattern {
            notice("orphan", entity.key, "gone at the source; kept, because deletes.protect has '\(pattern)'")
            return false
        }
        if mode == .disable {
            disable(record, entity)
            return false
        }
        let users = parting(users(of: entity), before: entity.key.kind).staying
        if !users.isEmpty {
            let list = Self.list(users)
            notice("orphan-in-use", entity.key, "gone at the source; kept, because it is used by \(list)")
            return false
        }
        if mode == .deleteIfUnchanged, !isUnchanged(record, entity) {
            let reason =
                (record.base.objectValue ?? [:]).isEmpty && record.createdHash.isEmpty
                ? "nothing is remembered that could show it unchanged" : "the destination changed it"
            notice("orphan-modified", entity.key, "gone at the source; kept, because \(reason)")
            return false
        }
        return true
    }

    /// What the policy says, as far as the run allows and asks for it.
    private var deleteMode: Policy.DeleteMode {
        switch (input.settings.pruning, policy.deletes.mode) {
        case (_, .ignore): .ignore
        case (.asPolicy, let mode): mode
        case (.never, _): .report
        case (.prune, .report): .deleteIfUnchanged
        case (.prune, let mode): mode
        }
    }

    /// Switches off what can be. What a person switches on again stays on.
    private func disable(_ record: SyncState.Record, _ entity: Entity) {
        guard let treatment = treatments[entity.key.kind], treatment.kind.field("IsDisabled") != nil else {
            return notice("orphan", entity.key, "gone at the source; kept, because it cannot be disabled")
        }
        let wasDisabled = record.base["IsDisabled"] == true
        records[record.lineage]?.base["IsDisabled"] = true
        if entity.body["IsDisabled"] == true {
            return notice("orphan", entity.key, "gone at the source; disabled")
        }
        if wasDisabled { return notice("orphan", entity.key, "gone at the source; switched on again by a person") }
        var after = entity.body
        after["IsDisabled"] = true
        let operation = Operation(
            phase: .deletes,
            action: .update,
            key: entity.key,
            lineage: record.lineage,
            fields: [
                FieldChange(
                    path: "IsDisabled",
                    from: false,
                    to: true,
                    rule: "gone at the source; deletes.mode: disable"
                )
            ],
            after: after,
            hashBefore: Fingerprint.hash(body: entity.body),
            hashAfter: Fingerprint.hash(body: after),
            risks: [.delete]
        )
        add(operation, finalKey: entity.key, undoing: treatment.phase.rawValue)
    }

    private func protects(_ pattern: String, _ key: EntityKey) -> Bool {
        let policyKey = treatments[key.kind]?.kind.policyKey ?? key.kind.rawValue
        let names = [key.description, ([policyKey] + key.path).joined(separator: "/")]
        return names.contains { NamePattern(pattern).matches($0) }
    }

    /// A document of which nothing was agreed on cannot be told to be unchanged.
    private func isUnchanged(_ record: SyncState.Record, _ entity: Entity) -> Bool {
        guard let base = record.base.objectValue, !base.isEmpty else {
            return !record.createdHash.isEmpty && record.createdHash == Fingerprint.hash(body: entity.body)
        }
        return base.allSatisfy { name, value in
            let present = entity.body[name] ?? treatments[entity.key.kind]?.kind.field(name)?.emptyValue ?? .null
            return present.withoutSecretStates == value
        }
    }

    private func users(of entity: Entity) -> [EntityKey] {
        if destinationUsers == nil { destinationUsers = usersAtDestination() }
        return (destinationUsers?[entity.key] ?? []).filter { $0 != entity.key && !$0.isOwned(by: entity.key) }.sorted()
    }

    /// Of those who use something: who stays, and the deletions of this plan that take the others away before it goes.
    func parting(
        _ users: [EntityKey],
        before kind: KindName
    ) -> (staying: [EntityKey], deletions: Set<EntityKey>) {
        var parted: (staying: [EntityKey], deletions: Set<EntityKey>) = ([], [])
        for user in users {
            if let deletion = deletion(of: user, before: kind) {
                parted.deletions.insert(deletion)
            } else {
                parted.staying.append(user)
            }
        }
        return parted
    }

    /// The document that takes a user of others away with it, when it goes in this plan and before those.
    private func deletion(of user: EntityKey, before kind: KindName) -> EntityKey? {
        var next: EntityKey? = user
        while let key = next {
            // Tags are no documents, and go last of all.
            if let phase = deleted[key], phase > treatments[kind]?.phase ?? .never { return key }
            next = key.owner
        }
        return nil
    }

    func usersAtDestination() -> [EntityKey: Set<EntityKey>] {
        var result: [EntityKey: Set<EntityKey>] = [:]
        for (key, entity) in destination.replica.entities {
            let body = bodies[pairs[claims[key] ?? key]?.lineage ?? ""] ?? entity.body
            body.forEachReference { reference in
                guard case .resolved(let target) = reference else { return }
                result[target, default: []].insert(key)
                if let owner = target.owner { result[owner, default: []].insert(key) }
            }
        }
        return result
    }

    private func addDelete(_ record: SyncState.Record) {
        guard let entity = orphan(record), let treatment = treatments[entity.key.kind] else { return }
        let operation = Operation(
            phase: .deletes,
            action: .delete,
            key: entity.key,
            lineage: record.lineage,
            after: .null,
            hashBefore: Fingerprint.hash(body: entity.body),
            risks: [.delete]
        )
        let earlier = parting(users(of: entity), before: entity.key.kind).deletions
        add(operation, finalKey: entity.key, undoing: treatment.phase.rawValue, after: earlier)
        records[record.lineage] = nil
        for (lineage, other) in records where other.destinationKey.isOwned(by: entity.key) { records[lineage] = nil }
    }

    // MARK: - Guards

    /// A list that is suddenly empty looks like a lost permission or a wrong space (E-88).
    private func guardEmptyLists() throws(PlanningError) {
        if policy.deletes.maxPercent >= 100 { return }
        let known = Dictionary(grouping: input.state.records.values, by: \.sourceKey.kind)
        for kind in known.keys.sorted() {
            guard let treatment = treatments[kind], treatment.isPlanned, !treatment.kind.naturalKey.isEmpty,
                source.replica.partialKinds[kind] == nil, source.entities(of: kind).isEmpty,
                let count = known[kind]?.count
            else { continue }
            throw .guard(
                kind: kind,
                reason: "the source lists none, but \(count) were synced before; check the space and the permissions "
                    + "of the key, or set deletes.maxPercent to 100 if they are really gone"
            )
        }
    }

    private func guardMassDeletion(_ deletes: [KindName: [SyncState.Record]]) throws(PlanningError) {
        for kind in deletes.keys.sorted() {
            let count = deletes[kind]?.count ?? 0
            let all = max(destination.entities(of: kind).count, 1)
            if count > policy.deletes.maxCount {
                throw .guard(
                    kind: kind,
                    reason: "\(count) deletes are more than deletes.maxCount (\(policy.deletes.maxCount))"
                )
            }
            // One is not a mass, however few there are.
            if count > 1, count * 100 > policy.deletes.maxPercent * all {
                throw .guard(
                    kind: kind,
                    reason:
                        "\(count) deletes of \(all) are more than deletes.maxPercent (\(policy.deletes.maxPercent) %)"
                )
            }
        }
    }
}

extension EntityKey {
    func isOwned(by other: EntityKey) -> Bool {
        guard let owner else { return false }
        return owner == other || owner.isOwned(by: other)
    }
}
