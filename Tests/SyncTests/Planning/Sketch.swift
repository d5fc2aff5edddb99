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
                url: "https://\(prefix).example", spaceID: "Spaces-\(prefix)", spaceName: "Default",
                serverVersion: "2025.1", installationID: "installation-\(prefix)"))
    }

    mutating func nextID(_ stem: String) -> String {
        count += 1
        return "\(stem)-\(prefix)\(count)"
    }

    /// Adds a document with its defaults, and what is given.
    @discardableResult
    mutating func add(_ key: EntityKey, _ members: JSON = [:], id: String? = nil, version: Int? = nil) -> Entity {
        let entity = Entity(
            key: key, id: id ?? nextID(key.kind.rawValue), version: version, body: Self.body(key, members))
        replica.insert(entity)
        return entity
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
        destination: .init(name: "destination", url: "https://d.example", credential: .environment("D")))
    change(&policy)
    return policy
}
