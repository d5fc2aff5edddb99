public import Catalog

/// A document as a writer hands it in.
public struct DocumentDraft: Sendable {
    public var kind: KindName
    public var id: String
    /// nil for a document of the system.
    public var space: String?
    public var owner: String?
    public var name: String
    public var slug: String?
    public var sortOrder: Int?
    /// The JSON text to store. It holds no secret.
    public var body: [UInt8]
    /// Every reference that the body holds; an update replaces those of before.
    public var references: [DocumentReference]
    public var secrets: SecretChanges
    /// Refuses the write when another document of the same kind, space and owner has this name.
    public var uniqueName: Bool

    public init(
        kind: KindName,
        id: String,
        space: String? = nil,
        owner: String? = nil,
        name: String,
        slug: String? = nil,
        sortOrder: Int? = nil,
        body: [UInt8],
        references: [DocumentReference] = [],
        secrets: SecretChanges = .keepAll,
        uniqueName: Bool = false
    ) {
        self.kind = kind
        self.id = id
        self.space = space
        self.owner = owner
        self.name = name
        self.slug = slug
        self.sortOrder = sortOrder
        self.body = body
        self.references = references
        self.secrets = secrets
        self.uniqueName = uniqueName
    }
}

/// A place in a document and the id that stands there.
public struct DocumentReference: Sendable, Hashable {
    public var path: String
    public var toID: String

    public init(path: String, toID: String) {
        self.path = path
        self.toID = toID
    }
}

/// A document that refers to another.
public struct Usage: Sendable, Hashable {
    public var fromKind: KindName
    public var fromID: String
    public var path: String

    public init(fromKind: KindName, fromID: String, path: String) {
        self.fromKind = fromKind
        self.fromID = fromID
        self.path = path
    }
}

/// What a write does to the secrets of its document.
public enum SecretChanges: Sendable {
    /// Leaves all as they are.
    case keepAll
    /// Names every secret of the new body; those of paths that are not named are removed.
    case exactly([(path: String, change: SecretChange)])
}

/// What happens to the secret at one path.
public enum SecretChange: Sendable {
    case set([UInt8])
    case clear
    case keep
    /// Keeps the value that was at another path of the same document (an element was moved).
    case move(from: String)
}
