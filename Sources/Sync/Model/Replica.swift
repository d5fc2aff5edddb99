public import Catalog

/// One document of one replica, in normal form.
public struct Entity: Sendable, Hashable {
    public var key: EntityKey
    /// What its own server calls it. Never part of a plan.
    public var id: String
    /// The concurrency token, for kinds that have one.
    public var version: Int?
    /// The normal form: references by key, secrets by existence, noise removed, defaults filled.
    public var body: JSON
    /// For a variable set: the server's ids of its variables, in the order of the body. Empty elsewhere.
    public var rowIDs: [String]
    /// The server's ids of the parts that have one (steps, actions, phases, tags, template parameters), depth first in
    /// the order of the body. Empty where they are not known.
    public var partIDs: [String]

    public init(
        key: EntityKey,
        id: String,
        version: Int? = nil,
        body: JSON,
        rowIDs: [String] = [],
        partIDs: [String] = []
    ) {
        self.key = key
        self.id = id
        self.version = version
        self.body = body
        self.rowIDs = rowIDs
        self.partIDs = partIDs
    }
}

/// Which space of which server a replica is.
public struct ReplicaIdentity: Sendable, Hashable {
    public var url: String
    public var spaceID: String
    public var spaceName: String
    public var serverVersion: String
    /// The GUID of the installation: a server that moved to another address is still the same.
    public var installationID: String

    public init(url: String, spaceID: String, spaceName: String, serverVersion: String, installationID: String) {
        self.url = url
        self.spaceID = spaceID
        self.spaceName = spaceName
        self.serverVersion = serverVersion
        self.installationID = installationID
    }
}

/// One space on one instance as sync sees it: everything that was read, in normal form.
public struct Replica: Sendable {
    public var identity: ReplicaIdentity
    /// The number of the newest event when reading began; nil where the server does not tell.
    public var eventCursor: Int?
    public private(set) var entities: [EntityKey: Entity] = [:]
    /// Everything on this side that has an id, parts of documents (tags, actions, template parameters) included.
    public var keysByID: [String: EntityKey] = [:]
    /// Kinds of which the key that was read with may not see every document, each with the reason: nothing of them
    /// counts as missing.
    public var partialKinds: [KindName: String] = [:]
    /// Nil when the packages of the built-in feed were not read.
    public var packages: ReplicaPackages?
    /// The API of this side has values of tenants for single environments in library sets.
    public var hasScopedTenantValues = true
    /// Projects whose process is in a repository.
    public var gitProjects: [EntityKey: GitPlace] = [:]
    /// Entities of one side that share a key, so that neither can be paired.
    public var ambiguous: [EntityKey: [String]] = [:]

    public init(identity: ReplicaIdentity, eventCursor: Int? = nil) {
        self.identity = identity
        self.eventCursor = eventCursor
    }

    public subscript(key: EntityKey) -> Entity? { entities[key] }

    public mutating func insert(_ entity: Entity) {
        if let other = entities[entity.key], other.id != entity.id {
            ambiguous[entity.key, default: [other.id]].append(entity.id)
        }
        entities[entity.key] = entity
        keysByID[entity.id] = entity.key
    }

    public mutating func remove(_ key: EntityKey) {
        if let entity = entities.removeValue(forKey: key) { keysByID[entity.id] = nil }
    }

    /// All entities of a kind, sorted by key.
    public func entities(of kind: KindName) -> [Entity] {
        entities.values.filter { $0.key.kind == kind }.sorted { $0.key < $1.key }
    }
}
