import Catalog
import Store

/// A document together with its decoded body.
struct Stored: Sendable {
    var document: Document
    var body: JSON

    var id: String { document.id }
}

/// One transaction, as rules and routes see it. Never leaves the transaction.
///
/// `create`, `update` and `delete` go through the same path as requests do: rules, validation, references, secrets,
/// events.
final class WriteContext {
    let writer: StoreWriter
    let resources: Resources
    let author: EventAuthor
    /// The space of the request; nil for system routes.
    let space: SpaceSummary?
    /// When the transaction began, RFC 3339.
    let now: String
    /// The hash of the password in the request, made before the transaction began (hashing is slow).
    var passwordHash: String?
    /// The community template whose installation is being written: only that makes and changes its copies.
    var installedTemplate: String?
    /// Depth of rules that write documents whose rules write documents.
    var nesting = 0
    /// Ids of documents that are being removed with all their parts; what protects a part alone does not protect it
    /// from going with its owner.
    var leaving: Set<String> = []

    init(
        writer: StoreWriter,
        resources: Resources,
        author: EventAuthor,
        space: SpaceSummary?,
        now: String,
        passwordHash: String? = nil
    ) {
        self.writer = writer
        self.resources = resources
        self.author = author
        self.space = space
        self.now = now
        self.passwordHash = passwordHash
    }

    var catalog: Catalog { resources.catalog }

    /// A lower-case UUID, for parts of documents.
    func newUUID() -> String { UUIDText.new() }

    /// A document by its id, with its body; nil when there is none.
    func find(_ kind: KindName, _ id: String) throws -> Stored? {
        try resources.find(kind, id, in: writer)
    }

    /// What the request means by an id or a slug, in its space.
    func document(_ kind: KindName, idOrSlug: String) throws -> Document {
        try resources.visible(kind, idOrSlug, space: space?.id, in: writer)
    }

    /// A document that has to be there.
    func get(_ kind: KindName, _ id: String) throws -> Stored {
        guard let stored = try find(kind, id) else { throw APIProblem.notFound(try resources.kind(kind), id) }
        return stored
    }

    /// All documents of a kind in a space, in the order of lists.
    ///
    /// - Parameter owner: only the parts of this document.
    func all(_ kind: KindName, inSpace space: String?, owner: String? = nil) throws -> [Stored] {
        try resources.all(kind, space: space, owner: owner, in: writer)
    }

    /// Creates a document as a POST does.
    ///
    /// - Parameters:
    ///   - id: an id with a fixed shape (`feeds-builtin`); nil for the next one of the kind.
    ///   - space: where the document belongs; nil for the space of the body's `SpaceId`, else of the request.
    @discardableResult
    func create(_ kind: KindName, _ body: JSON, id: String? = nil, inSpace space: String? = nil) throws -> Stored {
        try resources.create(kind, body, id: id, space: space, in: self)
    }

    /// Changes a document as a PUT does. `change` gets the stored body, with secrets as `{HasValue, NewValue}`.
    @discardableResult
    func update(_ kind: KindName, _ id: String, _ change: (inout JSON) throws -> Void) throws -> Stored {
        var stored = try get(kind, id)
        try change(&stored.body)
        return try resources.replace(kind, id, with: stored.body, in: self)
    }

    /// Removes a document as a DELETE does.
    func delete(_ kind: KindName, _ id: String) throws {
        try resources.delete(kind, id, in: self)
    }

    /// Changes a stored body as it is: no rules, no validation, no new `Version`. For fields that the server owns (the
    /// managers' team in its space).
    func amend(_ kind: KindName, _ id: String, _ change: (inout JSON) throws -> Void) throws {
        var stored = try get(kind, id)
        try change(&stored.body)
        try resources.amend(stored, in: self)
    }
}

/// One consistent view of the store, as rules and routes see it. Never leaves the read.
final class ReadContext {
    let reader: any StoreReading
    let resources: Resources
    let space: SpaceSummary?
    /// Nil on routes with anonymous access.
    let user: SignedInUser?
    let now: String

    init(reader: any StoreReading, resources: Resources, space: SpaceSummary?, user: SignedInUser?, now: String) {
        self.reader = reader
        self.resources = resources
        self.space = space
        self.user = user
        self.now = now
    }

    var catalog: Catalog { resources.catalog }

    func find(_ kind: KindName, _ id: String) throws -> Stored? {
        try resources.find(kind, id, in: reader)
    }

    /// A document by id or slug that the request may see: of the request's space, or of the system.
    func get(_ kind: KindName, idOrSlug: String) throws -> Stored {
        let document = try resources.visible(kind, idOrSlug, space: space?.id, in: reader)
        return Stored(document: document, body: try resources.body(of: document))
    }

    func all(_ kind: KindName, inSpace space: String?, owner: String? = nil) throws -> [Stored] {
        try resources.all(kind, space: space, owner: owner, in: reader)
    }

    /// The served bytes of a document.
    func served(_ document: Document) throws -> [UInt8] { try resources.served(document, in: self) }

    /// A page of documents in the envelope of the contract.
    ///
    /// - Parameter path: the list's own path, for the links.
    func page(
        _ kind: KindName,
        path: String,
        query: Query,
        owner: String? = nil,
        where isIncluded: ((JSON) -> Bool)? = nil
    ) throws -> APIResponse {
        try resources.page(kind, path: path, query: query, owner: owner, isIncluded: isIncluded, in: self)
    }
}
