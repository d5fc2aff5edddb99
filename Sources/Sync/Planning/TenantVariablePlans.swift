import Catalog

extension Planner {
    /// Plans the values that tenants give to the templates of their projects and library sets (`sync.md` 2.9, end).
    func planTenantVariables() {
        guard policy.tenantVariables != .skip else { return }
        for key in planned where key.kind == .tenantVariables {
            guard let pair = pairs[key], pair.isAvailable, let owner = key.owner, let tenant = pairs[owner],
                tenant.isAvailable, !leavesAlone(valuesOf: pair)
            else { continue }
            var plan = TenantVariablePlan(planner: self, pair: pair, tenant: tenant)
            plan.run()
        }
    }
}

/// The values of one tenant. Each is known by its place: owner, environment if any, template.
struct TenantVariablePlan {
    let planner: Planner
    let pair: Pair
    let tenant: Pair
    private var after: JSON
    private let bodyBefore: JSON
    private var base: JSONObject
    private var changes: [FieldChange] = []
    /// Source values by their place at the destination, so that two that meet there are seen.
    private var arrived: [String: JSON] = [:]

    init(planner: Planner, pair: Pair, tenant: Pair) {
        self.planner = planner
        self.pair = pair
        self.tenant = tenant
        base = pair.record?.base["Values"]?.objectValue ?? [:]
        var body = pair.destination?.body ?? ["ProjectVariables": [:], "LibraryVariables": [:]]
        // Templates have their names in the end by the time that values are written.
        body = Self.withFinalTemplates(body, planner)
        bodyBefore = body
        base = Self.withFinalTemplates(base, planner)
        if !planner.renames.isEmpty { body = Self.renamed(body, planner) }
        after = body
    }

    mutating func run() {
        for (project, environments) in pair.source.body["ProjectVariables"]?.objectValue ?? [:] {
            for (environment, values) in environments.objectValue ?? [:] { projectValues(project, environment, values) }
        }
        for (set, values) in pair.source.body["LibraryVariables"]?.objectValue ?? [:] { setValues(set, values) }
        for (set, environments) in pair.source.body["ScopedLibraryVariables"]?.objectValue ?? [:] {
            for (environment, values) in environments.objectValue ?? [:] { scopedValues(set, environment, values) }
        }
        planner.records[pair.lineage] = SyncState.Record(
            lineage: pair.lineage,
            sourceKey: pair.source.key,
            destinationKey: pair.finalKey,
            sourceID: pair.source.id,
            destinationID: pair.destination?.id ?? "",
            base: ["Values": .object(base)]
        )
        guard !changes.isEmpty else { return }
        let operation = Operation(
            phase: .tenantVariables,
            action: pair.destination == nil ? .create : .update,
            key: pair.finalKey,
            lineage: pair.lineage,
            fields: changes,
            after: after,
            sourceHash: Fingerprint.hash(body: pair.source.body),
            hashBefore: pair.destination == nil ? "" : Fingerprint.hash(body: bodyBefore),
            hashAfter: Fingerprint.hash(body: after)
        )
        planner.bodies[pair.lineage] = after
        planner.add(operation, finalKey: pair.finalKey)
    }

    // MARK: - Where values go

    private mutating func projectValues(_ project: String, _ environment: String, _ values: JSON) {
        let path = ["ProjectVariables", project, environment]
        let outer = planner.enter(EntityKey(.projects, project), ofTenant: pair.source.key)
        defer { planner.leave(outer) }
        guard case .keys(let projects) = planner.resolve(EntityKey(.projects, project)), let owner = projects.first,
            case .keys(let environments) = planner.resolve(EntityKey(.environments, environment))
        else { return skip(path, "no counterpart") }
        for target in environments {
            guard isConnected(owner, target) else {
                skip(path, "the tenant is not connected to \(owner.name) in \(target.name)")
                continue
            }
            for (template, value) in values.objectValue ?? [:] {
                let name = final(template, projects: project)
                settle(value, name, ["ProjectVariables", owner.name, target.name], EntityKey(.projects, project))
            }
        }
    }

    private mutating func setValues(_ set: String, _ values: JSON) {
        guard case .keys(let sets) = planner.resolve(EntityKey(.librarySets, set)), let owner = sets.first else {
            return skip(["LibraryVariables", set], "no counterpart")
        }
        for (template, value) in values.objectValue ?? [:] {
            settle(value, final(template, sets: set), ["LibraryVariables", owner.name], EntityKey(.librarySets, set))
        }
    }

    private mutating func scopedValues(_ set: String, _ environment: String, _ values: JSON) {
        let path = ["ScopedLibraryVariables", set, environment]
        guard planner.input.destination.hasScopedTenantValues else {
            return skip(path, "the destination's API has no values of library sets for single environments")
        }
        guard case .keys(let sets) = planner.resolve(EntityKey(.librarySets, set)), let owner = sets.first,
            case .keys(let environments) = planner.resolve(EntityKey(.environments, environment))
        else { return skip(path, "no counterpart") }
        for target in environments {
            for (template, value) in values.objectValue ?? [:] {
                let name = final(template, sets: set)
                settle(value, name, ["ScopedLibraryVariables", owner.name, target.name], EntityKey(.librarySets, set))
            }
        }
    }

    /// The name that a template of the source has at the destination in the end.
    private func final(_ template: String, projects name: String) -> String {
        finalName(EntityKey(.projects, name), template)
    }

    private func final(_ template: String, sets name: String) -> String {
        finalName(EntityKey(.librarySets, name), template)
    }

    private func finalName(_ owner: EntityKey, _ template: String) -> String {
        guard !planner.partKeys.isEmpty, let key = owner.part(["Templates", template]) else { return template }
        return planner.partKeys[key]?.name ?? template
    }

    private func isConnected(_ project: EntityKey, _ environment: EntityKey) -> Bool {
        let body = planner.bodies[tenant.lineage] ?? tenant.destination?.body
        let links = body?["ProjectEnvironments"]?.objectValue ?? [:]
        let match = links.first { EntityKey.folded($0.key) == project.foldedPath.last }
        return match?.value.arrayValue?.contains(NormalReference.resolved(environment).json) ?? false
    }

    private func skip(_ path: [String], _ reason: String) {
        planner.skip("tenant-variable", pair.source.key, path.joined(separator: "/"), rule: reason)
    }

    // MARK: - One value

    /// - Parameter owner: the project or library set, as the source calls it.
    private mutating func settle(_ value: JSON, _ template: String, _ place: [String], _ owner: EntityKey) {
        let path = place + [template]
        let text = path.joined(separator: "/")
        guard hasTemplate(template, owner) else { return skip(path, "no such template at the destination") }
        guard let mapped = translated(value, path) else { return }
        if let other = arrived.updateValue(mapped, forKey: text), other != mapped {
            planner.conflict(
                "collision",
                pair.finalKey,
                text,
                source: mapped,
                destination: other,
                "several environments of the source become this one, with different values"
            )
            return
        }
        let present = after[place[0]].flatMap { Self.value(in: $0, Array(path.dropFirst())) }
        if NormalSecret.hasValue(mapped) != nil {
            let isSet = present.flatMap(NormalSecret.hasValue) ?? false
            planner.tenantSecrets[SecretPlace(lineage: pair.lineage, path: text)] = path
            planner.secrets.append(
                SecretNeed(
                    key: pair.finalKey,
                    path: text,
                    state: isSet ? .setAtDestination : .unset,
                    lineage: pair.lineage
                )
            )
            return
        }
        decide(mapped, present, path, text)
    }

    private mutating func decide(_ value: JSON, _ present: JSON?, _ path: [String], _ text: String) {
        let agreed = base[text]
        defer { base[text] = value }
        guard let present else {
            // Taken away at the destination on purpose: it is not brought back.
            if agreed != nil && agreed == value { return }
            return write(
                newValue(value),
                nil,
                agreed,
                path,
                agreed == nil ? "new at the source" : "changed at the source"
            )
        }
        if present == value || planner.policy.tenantVariables != .copyNew { return }
        switch planner.policy.variables.overwrite {
        case .never: return
        case .always: write(value, present, agreed, path, "variables.overwrite: always")
        case .ifUnchanged:
            guard let agreed, agreed != value else { return }
            if agreed == present { return write(value, present, agreed, path, "changed at the source") }
            planner.notice("drift", pair.finalKey, text, "changed on both sides; the destination's value is kept")
        }
    }

    private func newValue(_ value: JSON) -> JSON {
        guard planner.policy.tenantVariables == .placeholderNew, value.stringValue != nil else { return value }
        return .string(planner.policy.variables.placeholder)
    }

    private mutating func write(_ value: JSON, _ from: JSON?, _ agreed: JSON?, _ path: [String], _ rule: String) {
        changes.append(
            FieldChange(path: path.joined(separator: "/"), base: agreed, from: from, to: value, rule: rule)
        )
        Self.set(value, in: &after, path[...])
    }

    private func translated(_ value: JSON, _ path: [String]) -> JSON? {
        guard let reference = NormalReference(json: value) else { return value }
        guard case .resolved(let key) = reference, case .keys(let keys) = planner.resolve(key), let first = keys.first
        else {
            skip(path, "refers to something that the destination does not have")
            return nil
        }
        return NormalReference.resolved(first).json
    }

    private func hasTemplate(_ name: String, _ owner: EntityKey) -> Bool {
        guard let pair = planner.pairs[owner] else { return false }
        let body = planner.bodies[pair.lineage] ?? pair.destination?.body
        let folded = EntityKey.folded(name)
        return body?["Templates"]?.arrayValue?.contains { $0["Name"]?.stringValue.map(EntityKey.folded) == folded }
            ?? false
    }

    // MARK: - Trees of names

    private static func value(in tree: JSON, _ path: [String]) -> JSON? {
        guard let first = path.first else { return tree }
        let name = member(first, of: tree)
        return tree[name].flatMap { value(in: $0, Array(path.dropFirst())) }
    }

    static func set(_ value: JSON, in tree: inout JSON, _ path: ArraySlice<String>) {
        guard let first = path.first else {
            tree = value
            return
        }
        let name = member(first, of: tree)
        var child = tree[name] ?? [:]
        set(value, in: &child, path.dropFirst())
        tree[name] = child
    }

    /// The name as the tree writes it.
    private static func member(_ name: String, of tree: JSON) -> String {
        guard let object = tree.objectValue, object[name] == nil else { return name }
        let folded = EntityKey.folded(name)
        return object.keys.first { EntityKey.folded($0) == folded } ?? name
    }

    /// Current names of templates to final ones, in a body of the destination.
    private static func withFinalTemplates(_ body: JSON, _ planner: Planner) -> JSON {
        guard planner.renames.keys.contains(where: { $0.kind == .templateParameters }) else { return body }
        func settled(_ values: JSON, _ owner: EntityKey) -> JSON {
            .object(JSONObject((values.objectValue ?? [:]).map { (finalName(owner, $0.key, planner), $0.value) }))
        }
        var body = body
        for (project, environments) in body["ProjectVariables"]?.objectValue ?? [:] {
            for (environment, values) in environments.objectValue ?? [:] {
                let owner = EntityKey(.projects, project)
                body["ProjectVariables"]?[project]?[environment] = settled(values, owner)
            }
        }
        for (set, values) in body["LibraryVariables"]?.objectValue ?? [:] {
            body["LibraryVariables"]?[set] = settled(values, EntityKey(.librarySets, set))
        }
        for (set, environments) in body["ScopedLibraryVariables"]?.objectValue ?? [:] {
            for (environment, values) in environments.objectValue ?? [:] {
                let owner = EntityKey(.librarySets, set)
                body["ScopedLibraryVariables"]?[set]?[environment] = settled(values, owner)
            }
        }
        return body
    }

    /// The same for remembered values: `ProjectVariables/Web/Production/Host`.
    private static func withFinalTemplates(_ base: JSONObject, _ planner: Planner) -> JSONObject {
        guard planner.renames.keys.contains(where: { $0.kind == .templateParameters }) else { return base }
        var names: [String: String] = [:]
        for (old, new) in planner.renames where old.kind == .templateParameters && old.path.count > 2 {
            let isProject = old.path[0] == KindName.projects.rawValue
            for list in isProject ? ["ProjectVariables"] : ["LibraryVariables", "ScopedLibraryVariables"] {
                names[[list, old.path[1], old.name].joined(separator: "\u{1F}")] = new.name
            }
        }
        return JSONObject(
            base.map { text, value in
                let path = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                guard path.count > 2,
                    let name = names[[path[0], path[1], path[path.count - 1]].joined(separator: "\u{1F}")]
                else { return (text, value) }
                return ((path.dropLast() + [name]).joined(separator: "/"), value)
            }
        )
    }

    private static func finalName(_ owner: EntityKey, _ template: String, _ planner: Planner) -> String {
        guard let key = owner.part(["Templates", template]) else { return template }
        return planner.renames[key]?.name ?? template
    }

    private static func renamed(_ body: JSON, _ planner: Planner) -> JSON {
        func mapped(_ value: JSON?, _ kind: KindName, _ change: (JSON) -> JSON) -> JSON {
            .object(
                JSONObject(
                    (value?.objectValue ?? [:]).map {
                        (EntityKey(kind, $0.key).applying(planner.renames).name, change($0.value))
                    }
                )
            )
        }
        var result: JSON = [
            "ProjectVariables": mapped(body["ProjectVariables"], .projects) { mapped($0, .environments) { $0 } },
            "LibraryVariables": mapped(body["LibraryVariables"], .librarySets) { $0 },
        ]
        if let scoped = body["ScopedLibraryVariables"] {
            result["ScopedLibraryVariables"] = mapped(scoped, .librarySets) { mapped($0, .environments) { $0 } }
        }
        return result
    }
}
