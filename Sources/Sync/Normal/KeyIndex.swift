import Catalog

/// From the ids of one server to keys: what `Normalizer` looks references up in.
struct KeyIndex {
    /// Documents and tags: ids that are unique on the server.
    private(set) var documents: [String: EntityKey] = [:]
    /// Parts whose ids are unique inside their owner only: actions by project, template parameters by owner.
    private(set) var parts: [String: [String: EntityKey]] = [:]
    /// The way back, for both.
    private(set) var ids: [EntityKey: String] = [:]
    /// The reference to each thing, made once: a large space has hundreds of thousands of them.
    private var references: [EntityKey: (key: EntityKey, json: JSON)] = [:]

    /// Kinds that references can name, besides parts.
    private static let neverNamed: Set<KindName> = [
        .variableSets, .deploymentProcesses, .runbookProcesses, .deploymentSettings, .tenantVariables,
    ]

    mutating func add(_ id: String, _ key: EntityKey) {
        if let old = documents[id], old != key, ids[old] == id { ids[old] = nil }
        documents[id] = key
        ids[key] = id
        if !Self.neverNamed.contains(key.kind) { references[key] = (key, NormalReference.resolved(key).json) }
    }

    /// A reference to this key in normal form.
    func reference(to key: EntityKey) -> JSON {
        // Equal keys may still be written differently.
        if let known = references[key], known.key.isWritten(like: key) { return known.json }
        return NormalReference.resolved(key).json
    }

    mutating func addPart(_ id: String, of ownerID: String, _ key: EntityKey) {
        parts[ownerID, default: [:]][id] = key
        ids[key] = id
    }

    mutating func forget(_ id: String) {
        guard let key = documents.removeValue(forKey: id), ids[key] == id else { return }
        ids[key] = nil
    }

    /// - Parameter ownerID: the document inside which a part is looked for.
    func key(of token: String, _ reference: Reference, ownerID: String?) -> EntityKey? {
        switch reference.form {
        case .canonicalTag: return tag(token)
        case .partID:
            // `guid:packageName` names a package of the action.
            let id = token.split(separator: ":", maxSplits: 1).first.map(String.init) ?? token
            return ownerID.flatMap { parts[$0]?[id] }
        case .id:
            guard let key = documents[token] else { return nil }
            let isExpected = reference.targets.contains(key.kind) || key.kind == .scriptModules
            return isExpected ? key : nil
        case .name, .slug: return nil
        }
    }

    private func tag(_ token: String) -> EntityKey? {
        if let key = documents[token], key.kind == .tags { return key }
        guard let slash = token.firstIndex(of: "/") else { return nil }
        return EntityKey(.tags, String(token[..<slash]), String(token[token.index(after: slash)...]))
    }
}

extension KeyIndex {
    /// Indexes all documents of a replica, owners before what they own.
    init(_ documents: [KindName: [JSON]], catalog: Catalog) {
        for kind in catalog.kinds where kind.owner == nil {
            for document in documents[kind.name] ?? [] { addRoot(document, kind) }
        }
        for kind in catalog.kinds where kind.owner != nil {
            for document in documents[kind.name] ?? [] { addOwned(document, kind) }
        }
        for kind in [KindName.deploymentProcesses, .runbookProcesses] {
            for document in documents[kind] ?? [] { addActions(document, kind) }
        }
    }

    /// One more document, or a newer form of one that is known.
    mutating func learn(_ document: JSON, _ kind: Kind) {
        if kind.owner == nil { addRoot(document, kind) } else { addOwned(document, kind) }
        if kind.name == .deploymentProcesses || kind.name == .runbookProcesses { addActions(document, kind.name) }
    }

    private mutating func addRoot(_ document: JSON, _ kind: Kind) {
        guard let id = document["Id"]?.stringValue, let key = Self.rootKey(document, kind, self) else { return }
        add(id, key)
        for tag in document["Tags"]?.arrayValue ?? [] where kind.name == .tagSets {
            guard let tagID = tag["Id"]?.stringValue, let name = tag["Name"]?.stringValue else { continue }
            add(tagID, EntityKey(.tags, key.name, name))
        }
        for parameter in (document["Templates"] ?? document["Parameters"])?.arrayValue ?? [] {
            guard let parameterID = parameter["Id"]?.stringValue, let name = parameter["Name"]?.stringValue else {
                continue
            }
            addPart(parameterID, of: id, EntityKey(.templateParameters, [key.kind.rawValue] + key.path + [name]))
        }
    }

    private mutating func addOwned(_ document: JSON, _ kind: Kind) {
        guard let key = Self.ownedKey(document, kind, self) else { return }
        if let id = document["Id"]?.stringValue ?? Self.impliedID(document, kind) { add(id, key) }
    }

    /// Tenant variables are served without an id.
    static func impliedID(_ document: JSON, _ kind: Kind) -> String? {
        guard let owner = kind.owner, let ownerID = document[owner.field]?.stringValue else { return nil }
        return kind.id(ofOwner: ownerID)
    }

    private mutating func addActions(_ document: JSON, _ kind: KindName) {
        guard let id = document["Id"]?.stringValue, let process = documents[id],
            let projectID = document["ProjectId"]?.stringValue
        else { return }
        let owner = kind == .deploymentProcesses ? "projects" : "runbooks"
        for step in document["Steps"]?.arrayValue ?? [] {
            for action in step["Actions"]?.arrayValue ?? [] {
                guard let actionID = action["Id"]?.stringValue, let name = action["Name"]?.stringValue else { continue }
                let path = [owner] + process.path + [step["Name"]?.stringValue ?? "", name]
                addPart(actionID, of: projectID, EntityKey(.actions, path))
            }
        }
    }

    /// The key of a document that no other owns; nil for one without a name, and for one that sync must not see.
    static func rootKey(_ document: JSON, _ kind: Kind, _ index: KeyIndex) -> EntityKey? {
        let id = document["Id"]?.stringValue ?? ""
        switch kind.name {
        case .feeds where document["FeedType"] == "BuiltIn": return EntityKey(.feeds, "@builtin")
        case .feeds where document["FeedType"] == "OctopusProject": return EntityKey(.feeds, "@builtin-releases")
        case .certificates where document["Archived"]?.isNull == false: return nil
        case .teams where !id.hasPrefix("Teams-"), .userRoles where !id.hasPrefix("UserRoles-"):
            // Built-in ones have fixed ids; that of a space's managers ends with the id of the space.
            let name = id.hasPrefix("teams-spacemanagers-") ? "teams-spacemanagers" : id
            return EntityKey(kind.name, "@" + name)
        // Teams of the whole server are each server's own; they can only be referred to.
        case .teams where document["SpaceId"]?.isNull == true:
            return document["Name"]?.stringValue.map { EntityKey(.teams, "@system/\($0)") }
        case .librarySets:
            let isModule = document["ContentType"] == "ScriptModule"
            return document["Name"]?.stringValue.map { EntityKey(isModule ? .scriptModules : .librarySets, $0) }
        case .communityStepTemplates:
            return document["ExternalId"]?.stringValue.map { EntityKey(.communityStepTemplates, $0) }
        case .users: return document["Username"]?.stringValue.map { EntityKey(.users, $0) }
        default:
            guard kind.naturalKey.contains("Name") else { return nil }
            return document["Name"]?.stringValue.map { EntityKey(kind.name, $0) }
        }
    }

    private static func scopedRoleKey(_ document: JSON, _ index: KeyIndex) -> EntityKey? {
        guard let team = document["TeamId"]?.stringValue, let role = document["UserRoleId"]?.stringValue else {
            return nil
        }
        let scopes = ["ProjectIds", "ProjectGroupIds", "EnvironmentIds", "TenantIds"].flatMap { field in
            (document[field]?.stringsValue ?? []).map { index.documents[$0]?.name ?? $0 }.sorted()
        }
        let names = [team, role].map { index.documents[$0]?.name ?? $0 }
        return EntityKey(.scopedUserRoles, names + [scopes.joined(separator: ",")])
    }

    /// The key of a document that another owns.
    static func ownedKey(_ document: JSON, _ kind: Kind, _ index: KeyIndex) -> EntityKey? {
        guard let owner = kind.owner, let ownerID = document[owner.field]?.stringValue,
            let ownerKey = index.documents[ownerID]
        else { return nil }
        if kind.name == .variableSets || kind.name == .logos {
            return EntityKey(kind.name, [ownerKey.kind.rawValue] + ownerKey.path)
        }
        if kind.naturalKey.isEmpty { return EntityKey(kind.name, ownerKey.path) }
        // A role in the whole server is no matter of a space.
        if kind.name == .scopedUserRoles {
            return document["SpaceId"]?.isNull == true ? nil : scopedRoleKey(document, index)
        }
        return document["Name"]?.stringValue.map { EntityKey(kind.name, ownerKey.path + [$0]) }
    }
}
