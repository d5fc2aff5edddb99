import Catalog

@testable import Sync

/// Small replicas in normal form, written down the way people talk about them.
struct Sketch {
    var replica: Replica
    private(set) var prefix: String
    private var count = 0

    /// - Parameter prefix: makes ids of the two sides different.
    init(_ prefix: String) {
        self.prefix = prefix
        replica = Replica(
            identity: ReplicaIdentity(
                url: "https://\(prefix).example",
                spaceID: "Spaces-\(prefix)",
                spaceName: "Default",
                serverVersion: "2025.1",
                installationID: "installation-\(prefix)"
            )
        )
    }

    mutating func nextID(_ stem: String) -> String {
        count += 1
        return "\(stem)-\(prefix)\(count)"
    }

    /// Adds a document with its defaults, and what is given.
    @discardableResult
    mutating func add(_ key: EntityKey, _ members: JSON = [:], id: String? = nil, version: Int? = nil) -> Entity {
        var entity = Entity(
            key: key,
            id: id ?? nextID(key.kind.rawValue),
            version: version,
            body: Self.body(key, members)
        )
        number(&entity, known: [:])
        replica.insert(entity)
        return entity
    }

    /// Ids by folded path of the parts of a document.
    func partIDs(of key: EntityKey) -> [[String]: String] {
        replica[key].map { Parts.ids($0.partIDs, of: $0.body, Self.kind(key).shape) } ?? [:]
    }

    /// Gives each part of a document the id that it had, or a new one.
    ///
    /// - Parameter former: where a part was before that has another path now.
    mutating func number(
        _ entity: inout Entity,
        known: [[String]: String],
        former: ([String]) -> [String] = { $0 }
    ) {
        var ids: [String] = []
        Parts.forEach(entity.body, Self.kind(entity.key).shape) { path, _ in
            ids.append(known[Parts.folded(former(path))] ?? nextID("part"))
        }
        entity.partIDs = ids
    }

    static func kind(_ key: EntityKey) -> Kind {
        Catalog.standard[key.kind == .scriptModules ? .librarySets : key.kind]!
    }

    /// Other documents refer to parts by id: they follow a new name.
    mutating func followParts(_ moved: [EntityKey: EntityKey]) {
        if moved.isEmpty { return }
        for var entity in Array(replica.entities.values) {
            entity.body = entity.body.mappingKeys { moved[$0] ?? $0 }
            if entity.key.kind == .tenantVariables { followTemplates(moved, in: &entity.body) }
            replica.insert(entity)
        }
    }

    private func followTemplates(_ moved: [EntityKey: EntityKey], in body: inout JSON) {
        func renamed(_ values: JSON, _ owner: EntityKey) -> JSON {
            .object(
                JSONObject(
                    (values.objectValue ?? [:]).map { name, value in
                        (owner.part(["Templates", name]).flatMap { moved[$0]?.name } ?? name, value)
                    }
                )
            )
        }
        for (project, environments) in body["ProjectVariables"]?.objectValue ?? [:] {
            for (environment, values) in environments.objectValue ?? [:] {
                body["ProjectVariables"]?[project]?[environment] = renamed(values, EntityKey(.projects, project))
            }
        }
        for (set, values) in body["LibraryVariables"]?.objectValue ?? [:] {
            body["LibraryVariables"]?[set] = renamed(values, EntityKey(.librarySets, set))
        }
    }

    /// A new name for a step with its only action, a tag or another part, as a person gives it in the portal.
    mutating func renamePart(_ key: EntityKey, _ path: [String], to name: String) {
        guard var entity = replica[key] else { preconditionFailure("no \(key)") }
        let new = Array(path.dropLast()) + [name]
        let field = Self.kind(key).shape.fields.first { $0.name == path[0] }!
        let old = entity.body[path[0]] ?? []
        entity.body[path[0]] = Parts.renaming(old, field, [Parts.folded(path): name])
        replica.insert(entity)
        var moved: [EntityKey: EntityKey] = [:]
        if let from = key.part(path), let to = key.part(new) { moved[from] = to }
        Parts.forEach(entity.body, Self.kind(key).shape) { inner, _ in
            guard inner.count > new.count, inner.prefix(new.count) == new[...] else { return }
            let before = path + inner.dropFirst(new.count)
            if let from = key.part(before), let to = key.part(inner) { moved[from] = to }
        }
        followParts(moved)
    }

    /// A step and its only action have one name.
    mutating func renameStep(_ key: EntityKey, _ old: String, to new: String) {
        renamePart(key, ["Steps", old, "Actions", old], to: new)
        renamePart(key, ["Steps", old], to: new)
    }

    static func body(_ key: EntityKey, _ members: JSON) -> JSON {
        let kind = Catalog.standard[key.kind == .scriptModules ? .librarySets : key.kind]!
        let given = members.objectValue ?? [:]
        var object = JSONObject()
        for field in kind.shape.fields(of: given) where field.syncOwner != .derived {
            object[field.name] = field.emptyValue.normalSecrets
        }
        if kind.naturalKey.contains("Name") { object["Name"] = .string(key.name) }
        if let owner = kind.owner, object[owner.field] != nil, let ownerKey = key.owner {
            object[owner.field] = NormalReference.resolved(ownerKey).json
        }
        for (name, value) in given { object[name] = value }
        return .object(object)
    }
}

extension JSON {
    /// Wire defaults of secrets in normal form.
    fileprivate var normalSecrets: JSON {
        guard case .object(let object) = self else { return self }
        if object["HasValue"] != nil { return NormalSecret.json(hasValue: object["HasValue"] == true) }
        return .object(JSONObject(object.map { ($0.key, $0.value.normalSecrets) }))
    }
}

func ref(_ kind: KindName, _ path: String...) -> JSON { NormalReference.resolved(EntityKey(kind, path)).json }

func refs(_ kind: KindName, _ names: [String]) -> JSON {
    JSON.sortedSet(names.map { NormalReference.resolved(EntityKey(kind, [$0])).json })
}

func environmentRefs(_ names: String...) -> JSON { refs(.environments, names) }

extension Sketch {
    mutating func environments(_ names: String...) {
        for name in names { add(EntityKey(.environments, name)) }
    }

    /// A project with the group, the lifecycle, the channel and the process that every project has.
    mutating func project(_ name: String, _ members: JSON = [:], steps: JSON = []) {
        if replica[EntityKey(.projectGroups, "All")] == nil { add(EntityKey(.projectGroups, "All")) }
        if replica[EntityKey(.lifecycles, "Default Lifecycle")] == nil {
            add(EntityKey(.lifecycles, "Default Lifecycle"))
        }
        var body = members
        if body["ProjectGroupId"] == nil { body["ProjectGroupId"] = ref(.projectGroups, "All") }
        if body["LifecycleId"] == nil { body["LifecycleId"] = ref(.lifecycles, "Default Lifecycle") }
        add(EntityKey(.projects, name), body)
        add(EntityKey(.channels, name, "Default"), ["IsDefault": true])
        add(EntityKey(.deploymentProcesses, name), ["Steps": steps])
    }
}

/// A step with one action.
func step(_ name: String, _ action: JSON = [:], properties: JSON = [:], actionName: String? = nil) -> JSON {
    var body: JSON = [
        "Name": .string(actionName ?? name), "ActionType": "Octopus.Script", "IsDisabled": false, "Environments": [],
        "ExcludedEnvironments": [], "Channels": [], "TenantTags": [], "Properties": properties,
    ]
    for (key, value) in action.objectValue ?? [:] { body[key] = value }
    return ["Name": .string(name), "Condition": "Success", "Properties": [:], "Actions": [body]]
}

func policy(_ change: (inout Policy) -> Void = { _ in }) -> Policy {
    var policy = Policy(
        source: .init(name: "source", url: "https://s.example", credential: .environment("S")),
        destination: .init(name: "destination", url: "https://d.example", credential: .environment("D"))
    )
    change(&policy)
    return policy
}
