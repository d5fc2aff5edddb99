import Catalog

extension Planner {
    /// The name that a paired entity has in the end: a change on one side is taken, on both sides is a conflict.
    func name(_ pair: Pair, _ record: SyncState.Record, _ treatment: Treatment) -> EntityKey {
        guard treatment.kind.naturalKey.contains("Name"), let current = pair.destination?.key else {
            return pair.finalKey
        }
        // Since it was made it is the destination's own, its name too.
        if treatment.mode == .initialOnly { return pair.finalKey }
        let source = pair.source.key
        let wanted = treatment.aliases[source.foldedPath.last ?? ""] ?? source.name
        let folded = EntityKey.folded(wanted)
        if folded == current.foldedPath.last { return pair.finalKey }
        let isChangedAtSource = source.foldedPath.last != record.sourceKey.foldedPath.last
        // A name in between of ours, left by an apply that was cut off, is nobody's choice.
        let isAside = current.foldedPath.last == EntityKey.folded(temporaryName(pair.lineage, wanted))
        let isChangedAtDestination =
            !isAside && current.foldedPath.last != record.destinationKey.foldedPath.last
        switch (isChangedAtSource, isChangedAtDestination) {
        case (false, false): return pair.finalKey
        case (true, false): return pair.finalKey.renamed(to: wanted)
        case (false, true):
            if heals(treatment) { return pair.finalKey.renamed(to: record.destinationKey.name) }
            notice("drift", current, "Name", "renamed at the destination; the name is kept")
            return pair.finalKey
        case (true, true):
            return settledName(pair, record, wanted, current)
        }
    }

    /// Both sides renamed it, each in its own way.
    private func settledName(
        _ pair: Pair,
        _ record: SyncState.Record,
        _ wanted: String,
        _ current: EntityKey
    ) -> EntityKey {
        let dispute = Conflict(
            id: Conflict.id("both-changed", current, "Name"),
            code: "both-changed",
            key: current,
            path: "Name",
            base: .string(record.destinationKey.name),
            source: .string(wanted),
            destination: .string(current.name),
            message: "renamed differently on both sides"
        )
        if let name = settlement(of: dispute)?.value.stringValue, !name.isEmpty {
            return pair.finalKey.renamed(to: name)
        }
        conflict(
            dispute.code,
            current,
            dispute.path,
            base: dispute.base,
            source: dispute.source,
            destination: dispute.destination,
            dispute.message
        )
        return pair.finalKey
    }

    /// Writes the renames: a name is freed before it is taken, and a circle goes through a temporary name.
    func planRenames() {
        var moves: [EntityKey: EntityKey] = [:]
        for key in planned {
            guard let pair = pairs[key], let current = pair.destination?.key else { continue }
            let target = pair.finalKey
            if target.foldedPath.last != current.foldedPath.last,
                treatments[key.kind]?.kind.naturalKey.isEmpty == false,
                key.kind != .scopedUserRoles, nameOfInstalled(pair) == nil
            {
                moves[key] = target
            }
            if target.path != current.path { renames[current] = target }
            if let known = pair.record?.destinationKey, known != current { rememberedRenames[known] = current }
        }
        refuseTakenNames(&moves)
        refuseTakenCreations()
        refuseLostEnvironmentNames()
        for kind in Set(moves.keys.map(\.kind)).sorted() {
            orderRenames(moves.filter { $0.key.kind == kind })
        }
    }

    /// A name that something else keeps cannot be taken. Refusing one rename may keep another name taken.
    private func refuseTakenNames(_ moves: inout [EntityKey: EntityKey]) {
        var isChanged = true
        while isChanged {
            isChanged = false
            for (key, target) in moves.sorted(by: { $0.key < $1.key }) {
                guard let pair = pairs[key], let current = pair.destination?.key else { continue }
                let occupied = current.renamed(to: target.name)
                guard destination[occupied] != nil, claims[occupied].flatMap({ moves[$0] }) == nil else { continue }
                conflict(
                    "name-taken",
                    current,
                    "Name",
                    source: .string(target.name),
                    destination: .string(current.name),
                    "\(current) is to be renamed to '\(target.name)', but the destination already has \(occupied)"
                )
                moves[key] = nil
                pairs[key]?.finalKey = target.renamed(to: current.name)
                renames[current] = pairs[key]?.finalKey.path == current.path ? nil : pairs[key]?.finalKey
                isChanged = true
            }
        }
    }

    /// What was to be created under a name that does not become free after all.
    private func refuseTakenCreations() {
        for (key, creator) in creations.sorted(by: { $0.key < $1.key }) {
            var current = key
            if let owner = creator.owner, let pair = pairs[owner] {
                guard let place = pair.destination?.key else { continue }
                current = key.replacingOwner(by: place)
            }
            guard let holder = destination[current],
                claims[current].map({ pairs[$0]?.finalKey == key }) ?? true
            else { continue }
            conflict(
                "name-taken",
                creator,
                "Name",
                destination: .string(holder.key.name),
                "\(creator) cannot be created, because the destination's \(holder.key) keeps that name"
            )
            markUnavailable(creator)
        }
    }

    /// The policy names environments of the destination. One that gets another name takes the rule's meaning with it.
    private func refuseLostEnvironmentNames() {
        for case .names(let names) in overrides.allRules.map(\.target) {
            for name in names {
                let key = EntityKey(.environments, name)
                guard let current = destination[key]?.key, let new = renames[current],
                    environment(takingOver: key) == nil
                else { continue }
                conflict(
                    "environment-renamed",
                    current,
                    "Name",
                    source: .string(new.name),
                    destination: .string(current.name),
                    "the policy maps environments to '\(current.name)', which is to be renamed to '\(new.name)'; "
                        + "write the new name into the policy"
                )
            }
        }
    }

    /// The environment that gets a name which another one gives up.
    func environment(takingOver key: EntityKey) -> EntityKey? {
        source.entities(of: .environments).lazy.compactMap { self.pairs[$0.key] }
            .first { $0.isAvailable && $0.finalKey == key }?.finalKey
    }

    private func orderRenames(_ moves: [EntityKey: EntityKey]) {
        // By current key: who wants which name.
        var open: [EntityKey: (source: EntityKey, wanted: EntityKey)] = [:]
        for (key, target) in moves {
            guard let current = pairs[key]?.destination?.key else { continue }
            open[current] = (key, current.renamed(to: target.name))
        }
        var turn = 0
        while !open.isEmpty {
            let free = open.filter { open[$0.value.wanted] == nil }.keys.sorted()
            if let current = free.first, let move = open.removeValue(forKey: current) {
                addRename(move.source, from: nil, to: move.wanted.name, turn: turn)
            } else if let current = open.keys.min(), let move = open.removeValue(forKey: current) {
                // Only circles are left: one of them steps aside.
                let aside = current.renamed(to: temporaryName(pairs[move.source]?.lineage ?? "", move.wanted.name))
                addRename(move.source, from: nil, to: aside.name, turn: turn)
                open[aside] = move
                temporaryNames[move.source] = aside.name
            }
            turn += 1
        }
    }

    private func temporaryName(_ lineage: String, _ name: String) -> String {
        "\(name.prefix(180)) ~\(lineage.prefix(8))"
    }

    private func addRename(_ key: EntityKey, from: String?, to name: String, turn: Int) {
        guard let pair = pairs[key], let current = pair.destination, let treatment = treatments[key.kind] else {
            return
        }
        let before = bodies[pair.lineage] ?? current.body
        var after = before
        after["Name"] = .string(name)
        let old = temporaryNames[key] ?? current.key.name
        let operation = Operation(
            phase: treatment.phase,
            action: .rename,
            key: pair.finalKey.renamed(to: old),
            lineage: pair.lineage,
            fields: [
                FieldChange(
                    path: "Name",
                    base: (pair.record?.destinationKey.name).map(JSON.string),
                    from: .string(old),
                    to: .string(name),
                    rule: "renamed at the source"
                )
            ],
            after: after,
            sourceHash: Fingerprint.hash(body: pair.source.body),
            hashBefore: Fingerprint.hash(body: before),
            hashAfter: Fingerprint.hash(body: after),
            risks: [.rename]
        )
        bodies[pair.lineage] = after
        add(operation, finalKey: pair.finalKey, turn: turn)
    }
}
