import Catalog

/// The work of one call of `makeRollbackPlan`.
struct RollbackPlanner {
    /// What the run did to one document, all its operations together.
    struct Touched {
        var kind: KindName
        var id: String
        var lineage: String
        /// Nil: the run made it.
        var before: JSON?
        /// Nil: the run deleted it, or it is not known how the run left it.
        var after: JSON?
        var isDeleted: Bool
        /// The document that is there now.
        var now: JSON?
    }

    let input: RollbackInput
    private var plan: Plan
    private var state: SyncState
    private let touched: [Touched]
    /// Names as they are now, and as they will be once everything is undone.
    private let current: DocumentNormalizer
    private let final: DocumentNormalizer
    /// Who refers to what once everything is undone.
    private let users: [EntityKey: Set<EntityKey>]
    private let made: Set<EntityKey>
    private var kept: Set<EntityKey> = []
    private var operations: [Operation] = []

    init(_ input: RollbackInput) {
        self.input = input
        plan = Plan(
            source: input.source,
            destination: input.destination,
            destinationCursor: input.eventCursor,
            policyDigest: input.policyDigest
        )
        state = input.state
        let documents = ReservedNames.removed(from: input.documents)
        current = DocumentNormalizer(documents, catalog: input.catalog)
        touched = Self.touched(input, documents, current)
        let goal = Self.goal(documents, touched)
        final = DocumentNormalizer(goal, catalog: input.catalog)
        let current = current
        made = Set(
            touched.filter { $0.before == nil }.compactMap { touched in
                touched.now.flatMap { current.entity($0, kind: touched.kind)?.key }
            }
        )
        users = Self.users(goal, final, documents, current, made)
    }

    mutating func outcome() -> PlanningOutcome {
        kept = keptCreations()
        for touched in touched { undo(touched) }
        for key in input.packages.sorted() {
            keep(key, "package-kept", "copied by the run; releases may use it by now")
        }
        plan.operations = RollbackOrder.ordered(operations, catalog: input.catalog)
        plan.conflicts.sort { ($0.key, $0.path) < ($1.key, $1.path) }
        plan.secrets.sort { ($0.key, $0.path) < ($1.key, $1.path) }
        return PlanningOutcome(plan: plan, proposedState: state)
    }

    // MARK: - What was touched

    private static func touched(
        _ input: RollbackInput,
        _ documents: [KindName: [JSON]],
        _ current: DocumentNormalizer
    ) -> [Touched] {
        var byID: [String: JSON] = [:]
        for (kind, list) in documents {
            for document in list { byID[place(kind, id(of: document, kind, input.catalog))] = document }
        }
        var order: [String] = []
        var result: [String: Touched] = [:]
        for image in input.images {
            let place = place(image.kind, image.id)
            let deletes = image.operation.action == .delete
            if var known = result[place] {
                known.after = image.after
                known.isDeleted = deletes
                result[place] = known
                continue
            }
            order.append(place)
            result[place] = Touched(
                kind: image.kind,
                id: image.id,
                lineage: deletes && image.operation.key.wireKind != image.kind
                    ? "\(image.operation.lineage)/\(image.kind)/\(image.id)" : image.operation.lineage,
                before: image.before,
                after: image.after,
                isDeleted: deletes,
                now: byID[place]
            )
        }
        let goal = DocumentNormalizer(Self.goal(documents, Array(result.values)), catalog: input.catalog)
        return order.compactMap { result[$0] }.map { touched in
            guard touched.now == nil, let before = touched.before else { return touched }
            // What a rollback has made again has another id.
            var touched = touched
            if let key = goal.entity(before, kind: touched.kind)?.key, let id = current.id(of: key) {
                touched.now = byID[place(touched.kind, id)]
            }
            return touched
        }
    }

    /// The documents as they will be, with the ids that they have or had.
    private static func goal(_ documents: [KindName: [JSON]], _ touched: [Touched]) -> [KindName: [JSON]] {
        var goal = documents
        for touched in touched {
            let again = touched.now?["Id"]
            goal[touched.kind, default: []].removeAll { document in
                document["Id"]?.stringValue == touched.id || (again != nil && document["Id"] == again)
            }
            if let before = touched.before { goal[touched.kind, default: []].append(before) }
        }
        return goal
    }

    private static func place(_ kind: KindName, _ id: String) -> String { "\(kind)\u{1F}\(id)" }

    private static func id(of document: JSON, _ kind: KindName, _ catalog: Catalog) -> String {
        document["Id"]?.stringValue ?? catalog[kind].flatMap { KeyIndex.impliedID(document, $0) } ?? ""
    }

    // MARK: - Who uses what

    private static func users(
        _ goal: [KindName: [JSON]],
        _ final: DocumentNormalizer,
        _ documents: [KindName: [JSON]],
        _ current: DocumentNormalizer,
        _ made: Set<EntityKey>
    ) -> [EntityKey: Set<EntityKey>] {
        var result: [EntityKey: Set<EntityKey>] = [:]
        func add(_ entity: Entity) {
            entity.body.forEachReference { reference in
                guard case .resolved(let target) = reference else { return }
                result[target, default: []].insert(entity.key)
            }
        }
        for (kind, list) in goal {
            for document in list {
                // What was made by the run is no longer known by its final name.
                if let entity = final.entity(document, kind: kind) { add(entity) }
                if let entity = current.entity(document, kind: kind) { add(entity) }
            }
        }
        return result
    }

    /// What the run made and something else uses; what that needs in turn stays, too.
    private mutating func keptCreations() -> Set<EntityKey> {
        var kept = Set<EntityKey>()
        func isKept(_ key: EntityKey) -> Bool { kept.contains(key) || key.chain.contains(where: kept.contains) }
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for key in made where !isKept(key) {
                let users = (users[key] ?? []).filter { user in
                    user != key && !user.chain.contains(key)
                        && (!(made.contains(user) || user.chain.contains(where: made.contains)) || isKept(user))
                }
                guard let user = users.min() else { continue }
                kept.insert(key)
                isGrowing = true
                plan.notices.append(
                    Notice(
                        code: "created-in-use",
                        key: key,
                        message: "made by the run, and kept because \(user) uses it"
                    )
                )
            }
        }
        plan.notices.sort { ($0.key ?? EntityKey("")) < ($1.key ?? EntityKey("")) }
        return kept
    }

    // MARK: - Undoing

    private mutating func undo(_ touched: Touched) {
        guard let before = touched.before else { return undoCreation(touched) }
        guard let goal = final.entity(before, kind: touched.kind) else { return }
        // What hangs on something that the run made goes, or stays, with it.
        if goal.key.chain.contains(where: made.contains) { return }
        guard let now = touched.now else {
            if touched.isDeleted { makeAgain(touched, goal) } else { missing(touched, goal.key) }
            return
        }
        restore(touched, before, now, goal)
    }

    private mutating func restore(_ touched: Touched, _ before: JSON, _ now: JSON, _ goal: Entity) {
        guard let present = current.entity(now, kind: touched.kind),
            let presentInFinalNames = final.entity(now, kind: touched.kind)
        else { return }
        state.records[touched.lineage] = previous(touched, id: present.id)
        noteSecrets(goal, present.body)
        // Secrets are as they are: no image holds them.
        let isBack =
            Fingerprint.hash(body: presentInFinalNames.body.withoutSecretStates)
            == Fingerprint.hash(body: goal.body.withoutSecretStates)
        if isBack { return }
        guard isAsTheRunLeftIt(touched, present) else { return changed(touched, present.key) }
        if touched.kind == .stepTemplates, goal.body["CommunityActionTemplateId"]?.isNull == false {
            return keepUpdated(touched, present.key)
        }
        let body = goal.body.keepingSecrets(of: presentInFinalNames.body)
        let rows = touched.kind == .variableSets ? Self.rows(goal, now) : body
        let isRename =
            goal.key.path != present.key.path && !(catalogKind(touched.kind)?.naturalKey.isEmpty ?? true)
            && before["Name"] != now["Name"]
        operations.append(
            Operation(
                phase: phase(touched.kind, goal.key),
                action: isRename ? .rename : .update,
                key: present.key,
                lineage: touched.lineage,
                fields: Self.fields(from: presentInFinalNames.body, to: body),
                after: touched.kind == .tenantVariables ? Self.emptying(body, presentInFinalNames.body) : rows,
                hashBefore: Fingerprint.hash(body: present.body),
                hashAfter: Fingerprint.hash(body: body),
                risks: isRename ? [.rename] : []
            )
        )
    }

    /// A server updates its copy of a community template, and never takes an older version back.
    private mutating func keepUpdated(_ touched: Touched, _ key: EntityKey) {
        state.records[touched.lineage] = input.state.records[touched.lineage]
        plan.notices.append(
            Notice(
                code: "community-template-kept",
                key: key,
                message: "updated by the run from the community library; it stays in the newer version"
            )
        )
    }

    private mutating func makeAgain(_ touched: Touched, _ goal: Entity) {
        noteSecrets(goal, .null)
        state.records[touched.lineage] = previous(touched, id: "")
        let body = goal.body.withoutSecretStates
        let later = catalogKind(touched.kind)?.shape.fields.filter { $0.syncPhase != nil } ?? []
        var first = body
        for field in later { first[field.name] = nil }
        operations.append(
            Operation(
                phase: phase(touched.kind, goal.key),
                action: .create,
                key: goal.key,
                lineage: touched.lineage,
                fields: [FieldChange(path: "", to: .string("as it was before the run"), rule: Self.rule)],
                after: later.isEmpty ? body : first,
                hashAfter: Fingerprint.hash(body: later.isEmpty ? body : first),
                risks: []
            )
        )
        guard let last = later.compactMap(\.syncPhase).max() else { return }
        operations.append(
            Operation(
                phase: last,
                action: .update,
                key: goal.key,
                lineage: touched.lineage,
                fields: later.map { FieldChange(path: $0.name, to: body[$0.name], rule: Self.rule) },
                after: body,
                hashBefore: Fingerprint.hash(body: first),
                hashAfter: Fingerprint.hash(body: body)
            )
        )
    }

    private mutating func undoCreation(_ touched: Touched) {
        guard let now = touched.now, let present = current.entity(now, kind: touched.kind) else {
            state.records[touched.lineage] = nil
            return
        }
        if kept.contains(present.key) || present.key.chain.contains(where: kept.contains) { return }
        state.records[touched.lineage] = nil
        // Deleted with its owner.
        if present.key.chain.contains(where: made.contains) { return }
        if touched.kind == .logos { return keep(present.key, "logo-kept", "no server takes a picture away") }
        guard isAsTheRunLeftIt(touched, present) else { return changed(touched, present.key) }
        operations.append(
            Operation(
                phase: .deletes,
                action: .delete,
                key: present.key,
                lineage: touched.lineage,
                fields: [],
                after: .null,
                hashBefore: Fingerprint.hash(body: present.body),
                risks: [.delete]
            )
        )
    }

    /// What the API has no way to undo.
    private mutating func keep(_ key: EntityKey, _ code: String, _ why: String) {
        plan.notices.append(Notice(code: code, key: key, message: "\(why); it stays, remove it by hand if it must go"))
    }

    private func isAsTheRunLeftIt(_ touched: Touched, _ present: Entity) -> Bool {
        guard let after = touched.after, let left = current.entity(after, kind: touched.kind) else { return false }
        return Fingerprint.hash(body: left.body) == Fingerprint.hash(body: present.body)
    }

    private mutating func changed(_ touched: Touched, _ key: EntityKey) {
        // What is agreed on stays what it is.
        state.records[touched.lineage] = input.state.records[touched.lineage]
        note(key, "changed-since-run", "it was changed after the run")
    }

    private mutating func missing(_ touched: Touched, _ key: EntityKey) {
        note(key, "deleted-since-run", "it was deleted after the run")
    }

    private mutating func note(_ key: EntityKey, _ code: String, _ message: String) {
        if input.leavesChanged {
            plan.notices.append(Notice(code: code, key: key, message: "\(message); it is left as it is"))
            return
        }
        plan.conflicts.append(
            Conflict(
                id: String(Fingerprint.hash(Array("\(code) \(key)".utf8)).prefix(12)),
                code: code,
                key: key,
                message: "\(message); undo the change by hand, or leave such things alone with --leave-changed"
            )
        )
    }

    // MARK: - Parts

    private static let rule = "rollback"

    private func previous(_ touched: Touched, id: String) -> SyncState.Record? {
        guard var record = input.previous.records[touched.lineage] else { return nil }
        if record.destinationID.isEmpty || touched.isDeleted { record.destinationID = id }
        return record
    }

    private func catalogKind(_ kind: KindName) -> Kind? { input.catalog[kind] }

    private func phase(_ kind: KindName, _ key: EntityKey) -> SyncPhase {
        if key.kind == .scriptModules { return .scriptModules }
        if key.kind == .variableSets, key.path.first == KindName.librarySets.rawValue { return .librarySetValues }
        let phase = catalogKind(kind)?.sync.phase ?? .scaffolding
        return phase == .never ? .scaffolding : phase
    }

    /// Secrets are not in any image: what was replaced or deleted must be put in again.
    private mutating func noteSecrets(_ goal: Entity, _ present: JSON) {
        var there: [String: Bool] = [:]
        present.forEachSecret { path, hasValue in there[path.joined(separator: "/")] = hasValue }
        goal.body.forEachSecret { path, hasValue in
            let path = path.joined(separator: "/")
            guard hasValue else { return }
            plan.secrets.append(
                SecretNeed(key: goal.key, path: path, state: there[path] == true ? .setAtDestination : .unset)
            )
        }
    }

    /// Variables name the rows of the current document that they take the place of.
    private static func rows(_ goal: Entity, _ now: JSON) -> JSON {
        let ids = now["Variables"]?.arrayValue?.map { $0["Id"]?.stringValue ?? "" } ?? []
        var body = goal.body
        body["Variables"] = .array(
            (goal.body["Variables"]?.arrayValue ?? []).enumerated().map { position, variable in
                guard goal.rowIDs.indices.contains(position), let row = ids.firstIndex(of: goal.rowIDs[position])
                else { return variable }
                var variable = variable
                variable["Row"] = .int(row)
                return variable
            }
        )
        return body
    }

    /// Values that only the present document has are emptied, not left out, which would keep them.
    private static func emptying(_ goal: JSON, _ present: JSON) -> JSON {
        var goal = goal
        for (project, environments) in present["ProjectVariables"]?.objectValue ?? [:] {
            for (environment, _) in environments.objectValue ?? [:]
            where goal["ProjectVariables"]?[project]?[environment] == nil {
                var owner = goal["ProjectVariables"]?[project] ?? [:]
                owner[environment] = [:]
                var all = goal["ProjectVariables"] ?? [:]
                all[project] = owner
                goal["ProjectVariables"] = all
            }
        }
        for (set, _) in present["LibraryVariables"]?.objectValue ?? [:] where goal["LibraryVariables"]?[set] == nil {
            var all = goal["LibraryVariables"] ?? [:]
            all[set] = [:]
            goal["LibraryVariables"] = all
        }
        for (set, _) in present["ScopedLibraryVariables"]?.objectValue ?? [:]
        where goal["ScopedLibraryVariables"]?[set] == nil {
            var all = goal["ScopedLibraryVariables"] ?? [:]
            all[set] = [:]
            goal["ScopedLibraryVariables"] = all
        }
        return goal
    }

    private static func fields(from present: JSON, to goal: JSON) -> [FieldChange] {
        let names = Set((present.objectValue ?? [:]).map(\.key) + (goal.objectValue ?? [:]).map(\.key)).sorted()
        return names.filter { present[$0] != goal[$0] }.map { name in
            FieldChange(path: name, from: present[name], to: goal[name], rule: rule)
        }
    }
}

extension EntityKey {
    /// All owners, from the next one outwards.
    fileprivate var chain: [EntityKey] {
        var result: [EntityKey] = []
        var next = owner
        while let key = next {
            result.append(key)
            next = key.owner
        }
        return result
    }

    /// What the API calls the kind: script modules are library variable sets there.
    fileprivate var wireKind: KindName { kind == .scriptModules ? .librarySets : kind }
}
