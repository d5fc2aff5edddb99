import Catalog

/// Which secrets the destination needs, what is known of them, and what a provider brings (`sync.md` 2.19).
extension Planner {
    func planSecrets() {
        collectSecrets()
        secrets = secrets.map(settled)
        provideSecrets()
        if policy.secrets.onMissing == .fail { refuseMissing() }
        rememberSecrets()
        if input.explainsSecrets { explainSecrets() }
        secrets.sort { ($0.key, $0.path) < ($1.key, $1.path) }
    }

    /// Every secret that the source has, and whether the destination has one in its place.
    private func collectSecrets() {
        for key in planned where key.kind != .variableSets && key.kind != .tenantVariables {
            guard let pair = pairs[key], pair.isAvailable,
                let body = bodies[pair.lineage] ?? pair.destination?.body
            else { continue }
            var atSource: [String] = []
            pair.source.body.forEachSecret { path, hasValue in
                if hasValue { atSource.append(path.joined(separator: "/")) }
            }
            if atSource.isEmpty { continue }
            var states: [String: Bool] = [:]
            body.forEachSecret { path, hasValue in states[path.joined(separator: "/")] = hasValue }
            for path in atSource {
                guard let isSet = states[path] else { continue }
                secrets.append(
                    SecretNeed(
                        key: pair.finalKey,
                        path: path,
                        state: isSet ? .setAtDestination : .unset,
                        lineage: pair.lineage
                    )
                )
            }
        }
    }

    /// What the destination tells, with what is remembered: that there is a value does not say whose it is.
    private func settled(_ need: SecretNeed) -> SecretNeed {
        guard need.isSecret, let row = input.state.secrets[need.place] else { return need }
        var need = need
        switch need.state {
        case .unset where !need.isTold: need.state = row.state
        case .setAtDestination where row.state == .providerSet || row.state == .placeholder: need.state = row.state
        default: break
        }
        return need
    }

    // MARK: - Providers

    private func provideSecrets() {
        if input.provided.isEmpty { return }
        var unused = input.provided
        for index in secrets.indices {
            let need = secrets[index]
            guard let provided = unused.removeValue(forKey: EntityKey.folded(need.name)) else { continue }
            guard need.isSecret else {
                notice("secret-provider", need.key, need.path, "a provider cannot set this; a person enters it there")
                continue
            }
            let row = input.state.secrets[need.place]
            switch need.state {
            case .providerSet where row?.version == provided.version: continue
            case .setAtDestination where row?.isHandedOver != true:
                notice(
                    "secret-kept",
                    need.key,
                    need.path,
                    "it is set at the destination and stays; `skerry sync secrets --hand-over` lets the provider replace it"
                )
                continue
            case .unset, .placeholder, .providerSet, .setAtDestination: break
            }
            if set(need, provided) {
                secrets[index].state = .providerSet
                givenVersions[need.place] = provided.version
            }
        }
        for (name, provided) in unused.sorted(by: { $0.key < $1.key }) {
            notice("secret-unused", EntityKey(""), "", "\(provided.rule): '\(name)' is no secret of this sync")
        }
    }

    /// Adds the value to the operation that makes or changes the document anyway, or to one of its own.
    private func set(_ need: SecretNeed, _ provided: ProvidedSecret) -> Bool {
        let last = drafts.lastIndex {
            $0.operation.lineage == need.lineage && ($0.operation.action == .create || $0.operation.action == .update)
        }
        if let last {
            guard let after = self.after(need, in: drafts[last].operation.after) else { return false }
            drafts[last].operation.after = after
            drafts[last].operation.hashAfter = Fingerprint.hash(body: after)
            drafts[last].operation.fields.append(change(need, provided))
            drafts[last].operation.risks = Set(drafts[last].operation.risks + [.secret]).sorted()
            bodies[need.lineage] = after
            return true
        }
        guard let source = keysByLineage[need.lineage], let pair = pairs[source], let phase = phase(of: need.key),
            let present = pair.destination?.body ?? Self.newTenant(need.key)
        else { return false }
        var before = bodies[need.lineage] ?? present
        if !renames.isEmpty { before = before.mappingKeys { $0.applying(renames) } }
        if need.key.kind == .variableSets { before = Self.namingRows(before) }
        guard let after = self.after(need, in: before) else { return false }
        add(
            Operation(
                phase: phase,
                action: pair.destination == nil ? .create : .update,
                key: pair.finalKey,
                lineage: need.lineage,
                fields: [change(need, provided)],
                after: after,
                sourceHash: Fingerprint.hash(body: pair.source.body),
                hashBefore: pair.destination == nil ? "" : Fingerprint.hash(body: present),
                hashAfter: Fingerprint.hash(body: after),
                risks: [.secret]
            ),
            finalKey: pair.finalKey
        )
        bodies[need.lineage] = after
        return true
    }

    /// The values of a tenant that the plan makes, and that has no other value: the server makes them with the tenant.
    private static func newTenant(_ key: EntityKey) -> JSON? {
        key.kind == .tenantVariables ? ["ProjectVariables": [:], "LibraryVariables": [:]] : JSON?.none
    }

    private func change(_ need: SecretNeed, _ provided: ProvidedSecret) -> FieldChange {
        FieldChange(
            path: need.path,
            from: NormalSecret.json(hasValue: need.state != .unset),
            to: provided.json,
            rule: need.state == .providerSet ? "\(provided.rule): another version" : provided.rule
        )
    }

    private func after(_ need: SecretNeed, in body: JSON) -> JSON? {
        if let path = tenantSecrets[need.place] {
            // A value that is not there yet has no place in the tree of values either.
            var body = body
            TenantVariablePlan.set(NormalSecret.json(hasValue: true), in: &body, path[...])
            return body
        }
        guard let steps = SecretTree.steps(to: need.path, in: body, kind: need.key.kind) else { return nil }
        // The rows of a set never say whether there is a value: not every server does.
        if need.key.kind == .variableSets { return body }
        return body.setting(NormalSecret.json(hasValue: true), at: steps)
    }

    private func phase(of key: EntityKey) -> SyncPhase? {
        guard key.kind == .variableSets else { return treatments[key.kind]?.phase }
        return key.path.first == KindName.projects.rawValue ? .projectVariables : .librarySetValues
    }

    /// Says of each row which one of the destination it is, so that writing the list keeps all of them.
    private static func namingRows(_ body: JSON) -> JSON {
        var body = body
        body["Variables"] = .array(
            (body["Variables"]?.arrayValue ?? []).enumerated().map { index, row in
                var row = row
                if row["Type"] == "Sensitive" { row["Value"] = .null }
                row["Row"] = .int(index)
                return row
            }
        )
        return body
    }

    private func refuseMissing() {
        for need in secrets where need.state == .unset && need.isSecret {
            conflict(
                "secret-missing",
                need.key,
                need.path,
                "has no value at the destination (secrets.onMissing: fail); enter it there, or give it a provider as '\(need.name)'"
            )
        }
    }

    // MARK: - Memory

    private func rememberSecrets() {
        for need in secrets where !need.lineage.isEmpty {
            let old = input.state.secrets[need.place]
            let version = givenVersions[need.place] ?? (need.state == .providerSet ? old?.version ?? "" : "")
            let isHandedOver = old?.isHandedOver == true && need.state == .setAtDestination
            secretRows[need.place] = SecretRow(
                state: need.state,
                version: version,
                since: old?.state == need.state && old?.version == version ? old?.since ?? "" : "",
                isHandedOver: isHandedOver
            )
        }
    }

    // MARK: - Uses

    private func explainSecrets() {
        guard secrets.contains(where: \.isOpen) else { return }
        let kinds: Set<KindName> = [.projects, .deploymentProcesses, .runbookProcesses, .variableSets]
        var after: [EntityKey: JSON] = [:]
        for (key, entity) in input.destination.entities where kinds.contains(key.kind) { after[key] = entity.body }
        for key in planned where kinds.contains(key.kind) {
            guard let pair = pairs[key], pair.isAvailable else { continue }
            if let old = pair.destination?.key, old != pair.finalKey { after[old] = nil }
            if let body = bodies[pair.lineage] ?? pair.destination?.body { after[pair.finalKey] = body }
        }
        let all = SecretUses(bodies: after)
        for index in secrets.indices where secrets[index].isOpen {
            let uses = all.uses(of: secrets[index], variable: variableNames[secrets[index].place])
            secrets[index].needCount = uses.count
            secrets[index].neededBy = Array(uses.prefix(SecretNeed.mostUses))
        }
    }
}

private func < (left: (EntityKey, String), right: (EntityKey, String)) -> Bool {
    left.0 == right.0 ? left.1 < right.1 : left.0 < right.0
}
