import Catalog

extension Planner {
    /// Plans the values of library sets and script modules, then those of projects, which see the former.
    func planVariableSets() throws(PlanningError) {
        var names = VariableNames(source)
        if let focus = input.focus { settleSets(besides: focus, &names) }
        let sets = planned.filter { $0.kind == .variableSets }
        let isOfProject = { (key: EntityKey) in key.path.first == KindName.projects.rawValue }
        for key in sets.filter({ !isOfProject($0) }) + sets.filter(isOfProject) {
            guard let pair = pairs[key], pair.isAvailable else { continue }
            if let owner = key.owner, pairs[owner]?.isAvailable == false {
                markUnavailable(key)
                continue
            }
            if leavesAlone(valuesOf: pair) {
                settle(pair, &names)
            } else {
                try planSet(pair, &names)
            }
        }
    }

    /// Sets that are not planned now are in step: they hold the names that they hold.
    private func settleSets(besides focus: Set<EntityKey>, _ names: inout VariableNames) {
        for (key, pair) in pairs where key.kind == .variableSets && !focus.contains(key) {
            settle(pair, &names)
        }
    }

    private func settle(_ pair: Pair, _ names: inout VariableNames) {
        let rows = pair.destination?.body["Variables"]?.arrayValue ?? []
        names.settle(pair.finalKey, rows.compactMap { $0["Name"]?.stringValue })
    }

    private func planSet(_ pair: Pair, _ names: inout VariableNames) throws(PlanningError) {
        var plan = VariableSetPlan(planner: self, pair: pair)
        var input = plan.input(names, base: try remembered(pair))
        let outcome = plan.settled(&input)
        names.settle(pair.finalKey, outcome.result.map(\.name))
        plan.tell(outcome, input)
        var record = SyncState.Record(
            lineage: pair.lineage,
            sourceKey: pair.source.key,
            destinationKey: pair.finalKey,
            sourceID: pair.source.id,
            destinationID: pair.destination?.id ?? "",
            base: [:]
        )
        record.variableMemory = plan.memory(outcome, input)
        records[pair.lineage] = record
        guard !outcome.isBlocked, !outcome.operations.isEmpty else { return }
        let operation = plan.operation(outcome)
        bodies[pair.lineage] = operation.after
        add(operation, finalKey: pair.finalKey)
    }

    private func remembered(_ pair: Pair) throws(PlanningError) -> VariableBase {
        guard let stored = pair.record?.variables["base"] else { return VariableBase() }
        do { return try VariableBase(json: stored) } catch {
            throw .damagedState(key: pair.source.key, reason: error.description)
        }
    }
}

/// One variable set on its way through the matching.
private struct VariableSetPlan {
    let planner: Planner
    let pair: Pair
    private var sourceRows: VariableRows
    private var destinationRows: VariableRows
    private var destinationBody: JSON

    init(planner: Planner, pair: Pair) {
        self.planner = planner
        self.pair = pair
        sourceRows = VariableRows(planner.references)
        destinationRows = VariableRows(planner.references)
        let body = pair.destination?.body ?? ["Variables": []]
        destinationBody = planner.renames.isEmpty ? body : body.mappingKeys { $0.applying(planner.renames) }
    }

    private var isScriptModule: Bool { pair.source.key.path.first == KindName.scriptModules.rawValue }

    // MARK: - Before

    mutating func input(_ names: VariableNames, base: VariableBase) -> VariableSetInput {
        let source = sourceRows.values(of: pair.source.body, ids: pair.source.rowIDs)
        let outer = planner.enter(pair.source.key)
        defer { planner.leave(outer) }
        let mapping = sourceRows.mapping(by: planner)
        let destination = destinationRows.values(of: destinationBody, ids: pair.destination?.rowIDs ?? [])
        destinationRows.learn(mappedBy: planner, from: sourceRows)
        let rules = rules(source)
        let overrides = overrides(source, rules)
        var translated: [VariableValue] = []
        var unavailable: Set<String> = []
        for var value in source {
            if !translate(&value) { unavailable.insert(value.id) }
            translated.append(value)
        }
        let own = Set(source.map { VariableName.fold($0.name) })
        var input = VariableSetInput(
            source: translated,
            destination: destination,
            base: base,
            mapping: mapping,
            rules: rules,
            policyDigest: planner.policy.digest,
            availabilityDigest: digest(
                [mapping] + overrides.sorted { $0.key < $1.key }.map(\.value.mapping),
                unavailable,
                translated
            ),
            usedNames: names.used(ofSet: pair.source.key, among: own),
            knownNames: planner.knownNames(besides: pair, names),
            unavailableReferences: unavailable
        )
        input.overrides = overrides
        return input
    }

    /// False when the value refers to something that the destination does not have.
    private func translate(_ value: inout VariableValue) -> Bool {
        guard let reference = planner.references.reference(value.value) else { return true }
        guard case .resolved(let key) = reference, case .keys(let keys) = planner.resolve(key), let first = keys.first
        else { return false }
        if !key.isWritten(like: first) { value.value = planner.references.json(first) }
        return true
    }

    private func rules(_ source: [VariableValue]) -> VariableRules {
        let policy = planner.policy
        var rules = policy.variables
        let patterns = policy.ownership.filter { $0.kind == "variable" }.map { (NamePattern($0.field), $0.owner) }
        for name in patterns.isEmpty ? [] : Set(source.map(\.name)) {
            // The last line that fits decides.
            guard let rule = patterns.last(where: { $0.0.matches(name) }) else { continue }
            if rule.1 == .destination { rules.destinationOwned.insert(name) }
        }
        rules.delete = deleteRule(rules.delete)
        if isScriptModule { makeExact(&rules) }
        if planner.source.replica.partialKinds[.variableSets] != nil { rules.delete = .ignore }
        return rules
    }

    /// What `variables.rules` say about single variables of this set.
    private mutating func overrides(_ source: [VariableValue], _ rules: VariableRules) -> [String: VariableOverride] {
        let owner = pair.source.key.name
        let all = planner.policy.variableRules.filter { NamePattern($0.owner).matches(owner) }
        if all.isEmpty || isScriptModule { return [:] }
        var result: [String: VariableOverride] = [:]
        for name in Set(source.map(\.name)).sorted() {
            guard let rule = all.first(where: { NamePattern($0.name).matches(name) }) else { continue }
            var own = rules
            own.newValue = rule.newValue ?? own.newValue
            own.overwrite = rule.overwrite ?? own.overwrite
            own.scopeMismatch.merge(rule.scopeMismatch) { $1 }
            let outer = planner.enter(pair.source.key, first: rule.environments)
            defer { planner.leave(outer) }
            let mapping = sourceRows.mapping(by: planner)
            destinationRows.learn(mappedBy: planner, from: sourceRows)
            result[VariableName.fold(name)] = VariableOverride(rules: own, mapping: mapping)
        }
        return result
    }

    /// What the policy says, as far as the run allows and asks for it.
    private func deleteRule(_ rule: VariableRules.Delete) -> VariableRules.Delete {
        switch (planner.input.settings.pruning, rule) {
        case (.prune, .report): .deleteIfUnchanged
        case (.never, .delete), (.never, .deleteIfUnchanged): .report
        default: rule
        }
    }

    /// The text of a script module is a variable only in storage; it is the same on both sides or a difference to settle.
    private func makeExact(_ rules: inout VariableRules) {
        let heals = planner.heals
        rules.overwrite = heals ? .always : .ifUnchanged
        rules.newValue = .copy
        rules.delete = heals ? .delete : .deleteIfUnchanged
        rules.destinationOwned = []
        switch planner.policy.onAdoptDifference {
        case nil, .stop, .ask: rules.adoption = .ask
        case .source: rules.adoption = .source
        case .destination: rules.adoption = .destination
        }
    }

    /// What exists at the destination, as far as this set can see it.
    private func digest(_ mappings: [ScopeMapping], _ unavailable: Set<String>, _ values: [VariableValue]) -> String {
        // Most sets are scoped to the same few environments, and all that they refer to exists.
        if unavailable.isEmpty, let known = planner.availabilityDigests[mappings] { return known }
        var lines: [String] = []
        for (position, mapping) in mappings.enumerated() {
            let mark = position == 0 ? "" : "\(position)\u{1F}"
            for (dimension, outcomes) in mapping.outcomes {
                for (name, outcome) in outcomes {
                    lines.append("\(mark)\(dimension.rawValue)\u{1F}\(name)\u{1F}\(outcome)")
                }
            }
        }
        for (position, value) in values.enumerated() where unavailable.contains(value.id) {
            lines.append("unavailable\u{1F}\(position)")
        }
        let digest = Fingerprint.hash(Array(lines.sorted().joined(separator: "\n").utf8))
        if unavailable.isEmpty { planner.availabilityDigests[mappings] = digest }
        return digest
    }

    // MARK: - After

    func operation(_ outcome: VariableSetOutcome) -> Operation {
        let before = pair.destination?.body
        var after = destinationBody
        after["Variables"] = .array(afterRows(outcome))
        let sourceHash = Fingerprint.hash(body: pair.source.body)
        return Operation(
            phase: phase,
            action: before == nil ? .create : .update,
            key: pair.finalKey,
            lineage: pair.lineage,
            fields: changes(outcome.operations),
            after: after,
            sourceHash: sourceHash,
            hashBefore: before.map { Fingerprint.hash(body: $0) } ?? "",
            hashAfter: after.isSame(as: pair.source.body) ? sourceHash : Fingerprint.hash(body: after),
            risks: risks(outcome.operations)
        )
    }

    private func risks(_ operations: [VariableOperation]) -> [Operation.Risk] {
        var risks: Set<VariableRisk> = []
        for index in operations.indices where !operations[index].risks.isEmpty {
            risks.formUnion(operations[index].risks)
        }
        return Set(risks.compactMap { Operation.Risk(rawValue: $0.rawValue) }).sorted()
    }

    private func afterRows(_ outcome: VariableSetOutcome) -> [JSON] {
        let ids = pair.destination?.rowIDs ?? []
        let places = Dictionary(ids.enumerated().map { ($1, $0) }) { first, _ in first }
        let rows = destinationBody["Variables"]?.arrayValue ?? []
        var new = NewRows(
            models: pair.source.body["Variables"]?.arrayValue ?? [],
            like: rows.first?["Scope"],
            names: destinationRows
        )
        return outcome.result.indices.map { position in
            let value = outcome.result[position]
            guard !value.id.isEmpty, let place = places[value.id] else {
                return new.row(value, from: outcome.sourcePositions[position])
            }
            return row(value, place, rows[place])
        }
    }

    private var phase: SyncPhase {
        if isScriptModule { return .scriptModules }
        return pair.source.key.path.first == KindName.projects.rawValue ? .projectVariables : .librarySetValues
    }

    private func row(_ value: VariableValue, _ place: Int, _ old: JSON) -> JSON {
        var row = old.objectValue ?? [:]
        row.write(value, scope: destinationRows.json(value.scope, like: old["Scope"]))
        row["Row"] = .int(place)
        return .object(row)
    }

    private func changes(_ operations: [VariableOperation]) -> [FieldChange] {
        var changes: [FieldChange] = []
        changes.reserveCapacity(operations.reduce(0) { $0 + max(1, $1.fields.count) })
        // By position: a whole operation is long to copy.
        for index in operations.indices {
            let path = "Variables/\(operations[index].name)"
            let rule = "\(operations[index].kind.rawValue): \(operations[index].reason.rawValue)"
            if operations[index].fields.isEmpty { changes.append(FieldChange(path: path, rule: rule)) }
            for field in operations[index].fields {
                changes.append(
                    FieldChange(
                        path: "\(path)/\(field.field.rawValue)",
                        base: field.base.isNull ? JSON?.none : field.base,
                        from: field.from.isNull ? JSON?.none : field.from,
                        to: field.to.isNull ? JSON?.none : field.to,
                        rule: rule
                    )
                )
            }
        }
        return changes
    }

    // MARK: - What people should know

    func tell(_ outcome: VariableSetOutcome, _ input: VariableSetInput) {
        let key = pair.finalKey
        let places = VariablePaths(input.source)
        for conflict in outcome.conflicts {
            let told = self.conflict(conflict, places)
            planner.conflict(
                told.code,
                told.key,
                told.path,
                base: told.base,
                source: told.source,
                destination: told.destination,
                told.message
            )
        }
        for block in outcome.blocks {
            planner.conflict(block.reason.rawValue, key, "Variables/\(block.name)", block.description)
        }
        for notice in outcome.notices {
            planner.notice(notice.reason.rawValue, key, "Variables/\(notice.name)", notice.detail)
        }
        for declined in outcome.declined {
            let path = places.path(declined.sourceID, nil)
            planner.skip(declined.reason.rawValue, pair.source.key, path, rule: "variables")
        }
        tellSecrets(outcome)
    }

    private func tellSecrets(_ outcome: VariableSetOutcome) {
        if outcome.secretsLedger.isEmpty { return }
        let rows = afterRows(outcome)
        let ids = outcome.result.enumerated().map { place, value in
            value.id.isEmpty ? outcome.provisionalIDs[place] ?? "" : value.id
        }
        let places = Dictionary(zip(ids, rows.indices)) { first, _ in first }
        let paths = SecretTree.variablePaths(rows)
        for row in outcome.secretsLedger {
            guard let state = SecretNeed.State(rawValue: row.state.rawValue), let place = places[row.destinationID]
            else {
                continue
            }
            let need = SecretNeed(
                key: pair.finalKey,
                path: paths[place],
                state: state,
                lineage: pair.lineage,
                isTold: row.isTold,
                isSecret: row.type == VariableType.sensitive
            )
            planner.secrets.append(need)
            planner.variableNames[need.place] = row.name
        }
    }

    private func conflict(_ conflict: VariableConflict, _ places: VariablePaths) -> Conflict {
        let path = "\(places.path(conflict.sourceID, conflict.name))/\(conflict.field.rawValue)"
        return Conflict(
            id: Conflict.id(conflict.reason.rawValue, pair.finalKey, path),
            code: conflict.reason.rawValue,
            key: pair.finalKey,
            path: path,
            base: conflict.base.isNull ? JSON?.none : conflict.base,
            source: conflict.source,
            destination: conflict.destination,
            message: "variable '\(conflict.name)': \(conflict.field.rawValue) differs, and nothing decides"
        )
    }

    /// Matches the set, and again with what people and policy say about its conflicts: one that is settled may
    /// uncover another of the same value.
    func settled(_ input: inout VariableSetInput) -> VariableSetOutcome {
        var outcome = matchVariables(input)
        let places = VariablePaths(input.source)
        for _ in VariableField.allCases {
            let open = outcome.conflicts.filter { input.resolutions[$0.id] == nil }
            for conflict in open { input.resolutions[conflict.id] = answer(to: self.conflict(conflict, places)) }
            guard open.contains(where: { input.resolutions[$0.id] != nil }) else { break }
            outcome = matchVariables(input)
        }
        return outcome
    }

    private func answer(to conflict: Conflict) -> VariableAnswer? {
        guard let settlement = planner.settlement(of: conflict) else { return nil }
        if settlement.value == conflict.source { return .source }
        return settlement.value == conflict.destination ? .destination : .value(settlement.value)
    }

    // MARK: - Memory

    /// New values get their ids when they are stored; until then the state says where they are in the list.
    func memory(_ outcome: VariableSetOutcome, _ input: VariableSetInput) -> VariableMemory {
        // Nothing moved: what is remembered stays the very same object.
        if outcome.provisionalIDs.isEmpty, outcome.nextBase.isExactly(input.base),
            let known = pair.record?.variables["base"]
        {
            return .stored(["base": known])
        }
        let pending = outcome.provisionalIDs.sorted { $0.key < $1.key }.map { place, id in
            FreshVariableMemory.Pending(place: place, provisionalID: id, value: outcome.result[place])
        }
        let known = pending.isEmpty ? [] : input.destination.map(\.id).sorted()
        return .fresh(FreshVariableMemory(base: outcome.nextBase, pending: pending, known: known))
    }
}

/// Rows for values that are new at the destination: the very objects that the source has, where nothing changes on the
/// way. That is nearly always so, and costs neither memory nor time when they are hashed and compared.
private struct NewRows {
    /// The source's rows.
    private let models: [JSON]
    /// A scope with the dimensions that a set without rows to learn from has.
    private let like: JSON?
    private let names: VariableRows
    private var scopes: [VariableScope: JSON] = [:]

    init(models: [JSON], like: JSON?, names: VariableRows) {
        self.models = models
        self.like = models.first?["Scope"] ?? like
        self.names = names
    }

    private static let members: JSONObject = [
        "Name": "", "Value": .null, "Description": "", "Type": "String", "Scope": [:], "IsEditable": true,
        "Prompt": .null,
    ]

    mutating func row(_ value: VariableValue, from position: Int?) -> JSON {
        let scope = scope(value.scope)
        if let position, models.indices.contains(position), case .object(var row) = models[position],
            row.count == Self.members.count
        {
            row.write(value, scope: scope)
            // One that has a member which nobody here knows has more of them now.
            if row.count == Self.members.count { return .object(row) }
        }
        var row = Self.members
        row.write(value, scope: scope)
        return .object(row)
    }

    /// Thousands of values share a handful of scopes.
    private mutating func scope(_ scope: VariableScope) -> JSON {
        if let known = scopes[scope] { return known }
        let json = names.json(scope, like: like)
        scopes[scope] = json
        return json
    }
}

extension JSONObject {
    /// Makes this row of a variable set say what a value says; it stays the same object when it does already.
    fileprivate mutating func write(_ value: VariableValue, scope: JSON) {
        write("Name", .string(value.name))
        write("Type", .string(value.type))
        write("Value", value.isSensitive ? .null : value.value)
        write("Description", .string(value.description))
        write("Scope", scope)
        write("IsEditable", .bool(value.isEditable))
        write("Prompt", value.prompt)
    }

    private mutating func write(_ name: String, _ value: JSON) {
        if self[name]?.isSame(as: value) != true { self[name] = value }
    }
}

/// Paths of variables, without ids: of several of one name the second is `Name#2`. Made when the first one is asked for.
private final class VariablePaths {
    private let values: [VariableValue]

    private lazy var paths: [String: String] = {
        var paths: [String: String] = [:]
        var counts: [String: Int] = [:]
        for value in values {
            let count = (counts[value.name] ?? 0) + 1
            counts[value.name] = count
            paths[value.id] = "Variables/\(value.name)" + (count > 1 ? "#\(count)" : "")
        }
        return paths
    }()

    init(_ values: [VariableValue]) { self.values = values }

    func path(_ id: String, _ name: String?) -> String { paths[id] ?? "Variables/\(name ?? "")" }
}
