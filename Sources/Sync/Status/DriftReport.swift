public import Catalog

/// What the destination changed since both sides last agreed, found without asking the source (`sync.md` 2.15).
public struct DriftReport: Sendable, Hashable {
    public struct Item: Sendable, Hashable {
        public enum Sort: String, Sendable, Hashable, CaseIterable {
            /// Fields, or parts like steps and variables, are not what was agreed on.
            case changed
            /// It was synced once and is gone.
            case missing
            /// Only the destination has it: its own, and no drift.
            case extra
        }

        public var sort: Sort
        public var key: EntityKey
        /// The destination's id of the document: what its events are found by. Empty for what is missing and was
        /// never seen.
        public var id: String
        /// From what was agreed on to what is there; empty unless something changed.
        public var fields: [FieldChange]
    }

    /// How many documents and how many variables were compared.
    public var documents: Int
    public var variables: Int
    public var items: [Item]

    /// Something that sync agreed on is different or gone.
    public var isDrifted: Bool { items.contains { $0.sort != .extra } }
}

extension DriftReport {
    /// - Parameter destination: read just now.
    public init(
        destination: Replica,
        state: SyncState,
        policy: Policy,
        catalog: Catalog = .standard
    ) throws(PlanningError) {
        var finding = DriftFinding(destination: destination, state: state, policy: policy, catalog: catalog)
        for record in state.records.values.sorted(by: { $0.destinationKey < $1.destinationKey }) {
            try finding.compare(record)
        }
        finding.findExtras()
        self.init(
            documents: finding.documents,
            variables: finding.variables,
            items: finding.items.sorted { ($0.key, $0.sort.rawValue) < ($1.key, $1.sort.rawValue) }
        )
    }
}

private struct DriftFinding {
    let destination: ReplicaIndex
    let treatments: Treatments
    let policy: Policy
    let state: SyncState
    /// From the names that were agreed on to those that the destination gave since.
    private var renames: [EntityKey: EntityKey] = [:]
    private var known: Set<EntityKey> = []
    private(set) var documents = 0
    private(set) var variables = 0
    private(set) var items: [DriftReport.Item] = []

    init(destination: Replica, state: SyncState, policy: Policy, catalog: Catalog) {
        self.destination = ReplicaIndex(destination)
        treatments = Treatments(catalog: catalog, policy: policy)
        self.policy = policy
        self.state = state
        for record in state.records.values {
            let kind = record.destinationKey.kind
            guard let entity = self.destination.entity(id: record.destinationID, kind: kind) else { continue }
            known.insert(entity.key)
            if entity.key != record.destinationKey { renames[record.destinationKey] = entity.key }
        }
    }

    mutating func compare(_ record: SyncState.Record) throws(PlanningError) {
        let key = record.destinationKey
        guard let treatment = treatments[key.kind], treatment.isPlanned else { return }
        let current = key.applying(renames)
        guard let entity = destination.entity(id: record.destinationID, kind: key.kind) ?? destination[current] else {
            // What an owner brings with it goes with it.
            if !treatment.kind.naturalKey.isEmpty, !goneWithOwner(current) {
                items.append(.init(sort: .missing, key: key, id: record.destinationID, fields: []))
            }
            return
        }
        known.insert(entity.key)
        documents += 1
        var changes: [FieldChange] = []
        if treatment.kind.naturalKey.contains("Name"), entity.key.foldedPath.last != key.foldedPath.last {
            changes.append(change("Name", .string(key.name), .string(entity.key.name)))
        }
        switch key.kind {
        case .variableSets: changes += try variableChanges(record, entity)
        case .tenantVariables: changes += tenantValues(record, entity)
        default: changes += fieldChanges(record, entity, treatment)
        }
        if !changes.isEmpty {
            items.append(.init(sort: .changed, key: entity.key, id: entity.id, fields: changes))
        }
    }

    private func goneWithOwner(_ key: EntityKey) -> Bool {
        guard let owner = key.owner else { return false }
        return destination[owner] == nil
    }

    private func change(_ path: String, _ agreed: JSON?, _ present: JSON?) -> FieldChange {
        FieldChange(path: path, base: agreed, from: agreed, to: present, rule: "changed at the destination")
    }

    // MARK: - Documents

    /// A comparison in which the source has not moved: all that differs is the destination's doing.
    private func fieldChanges(_ record: SyncState.Record, _ entity: Entity, _ treatment: Treatment) -> [FieldChange] {
        var rules = ThreeWay.Rules()
        rules.reverts = true
        rules.keepsExtras = treatment.keepsExtraEntries
        rules.extraSteps = .report
        var merging = ThreeWay(rules)
        for (name, agreed) in record.base.objectValue ?? [:] {
            let field = treatment.kind.field(name)
            var base = agreed
            if !renames.isEmpty {
                base = base.mappingKeys { $0.applying(renames) }.mappingMembers(field?.type) { $0.applying(renames) }
            }
            let present = (entity.body[name] ?? field?.emptyValue ?? .null).withoutSecretStates
            _ = merging.merge(
                field?.type ?? .opaque,
                base: base,
                source: base,
                destination: present,
                path: [name]
            )
        }
        // The comparison says how to go back; a report says how it came to be.
        return merging.changes.map { change($0.path, $0.to, $0.from) }
            + merging.extras.map { change($0, nil, .string("added")) }
    }

    /// Values that tenants have of their own are the destination's, unless the policy copies them.
    private func tenantValues(_ record: SyncState.Record, _ entity: Entity) -> [FieldChange] {
        guard policy.tenantVariables == .copyNew else { return [] }
        return (record.base["Values"]?.objectValue ?? [:]).compactMap { place, agreed in
            var present: JSON? = entity.body
            for part in place.split(separator: "/") {
                let folded = EntityKey.folded(String(part))
                present = present?.objectValue?.first { EntityKey.folded($0.key) == folded }?.value
            }
            return present == agreed ? nil : change(place, agreed, present)
        }
    }

    // MARK: - Variables

    private mutating func variableChanges(
        _ record: SyncState.Record,
        _ entity: Entity
    ) throws(PlanningError) -> [FieldChange] {
        guard let stored = record.variables["base"] else { return [] }
        let base: VariableBase
        do { base = try VariableBase(json: stored) } catch {
            throw .damagedState(key: record.destinationKey, reason: error.description)
        }
        var rows = VariableRows()
        let values = rows.values(of: entity.body, ids: entity.rowIDs)
        let byID = Dictionary(values.map { ($0.id, $0) }) { first, _ in first }
        let names = Dictionary(
            renames.map { (VariableRows.text(of: $0.key), VariableRows.text(of: $0.value)) }
        ) { first, _ in first }
        var changes: [FieldChange] = []
        var seen: Set<String> = []
        // What the destination has taken over is its own to change.
        for link in base.links where !link.isFrozen && seen.insert(link.destinationID).inserted {
            variables += 1
            let path = "Variables/\(link.destination.name)"
            guard let value = byID[link.destinationID] else {
                changes.append(change(path, link.destination.value.shown, nil))
                continue
            }
            changes += self.changes(link.destination, value, path, names)
        }
        return changes
    }

    private func changes(
        _ agreed: VariableFields,
        _ value: VariableValue,
        _ path: String,
        _ renamed: [String: String]
    ) -> [FieldChange] {
        var result: [FieldChange] = []
        if VariableName.fold(agreed.name) != VariableName.fold(value.name) {
            result.append(change("\(path)/name", .string(agreed.name), .string(value.name)))
        }
        if agreed.type != value.type {
            result.append(change("\(path)/type", .string(agreed.type), .string(value.type)))
        } else if !value.isSensitive, !agreed.value.matches(value.value), agreed.value != .none {
            result.append(change("\(path)/value", agreed.value.shown, value.value))
        }
        let scope = VariableScope(
            Dictionary(
                agreed.scope.entries.map { ($0.dimension, $0.names.map { renamed[$0] ?? $0 }) }
            ) { first, _ in first }
        )
        if scope != value.scope { result.append(change("\(path)/scope", scope.json, value.scope.json)) }
        if agreed.description != .none, !agreed.description.matches(.string(value.description)) {
            result.append(change("\(path)/description", agreed.description.shown, .string(value.description)))
        }
        if agreed.prompt != .none, !agreed.prompt.matches(value.prompt) {
            result.append(change("\(path)/prompt", agreed.prompt.shown, value.prompt))
        }
        return result
    }

    // MARK: - What only the destination has

    /// Of what a synced project or the space has; what comes with something extra is not listed again.
    mutating func findExtras() {
        for entity in destination.replica.entities.values.sorted(by: { $0.key < $1.key }) {
            guard !known.contains(entity.key), !entity.key.isBuiltIn, let treatment = treatments[entity.key.kind],
                treatment.isPlanned, !treatment.kind.naturalKey.isEmpty
            else { continue }
            if let owner = entity.key.owner, !known.contains(owner) { continue }
            items.append(.init(sort: .extra, key: entity.key, id: entity.id, fields: []))
        }
    }
}

extension DriftReport {
    public var json: JSON {
        [
            "drifted": .bool(isDrifted), "documents": .int(documents), "variables": .int(variables),
            "items": .array(
                items.map {
                    [
                        "sort": .string($0.sort.rawValue), "key": $0.key.json,
                        "fields": .array($0.fields.map(\.json)),
                    ]
                }
            ),
        ]
    }
}
