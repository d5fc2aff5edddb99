public import Catalog
public import Foundation

/// Reading one space of one server.
public protocol ReplicaClient: Sendable {
    var identity: ServerIdentity { get }
    /// What can be asked beside documents.
    var questions: ServerQuestions { get }

    /// All documents of a kind that this space sees, each once, in the server's order.
    ///
    /// - Throws: `APIError`.
    func list(_ kind: KindName) async throws -> [JSON]

    /// One document. For the variables of a tenant and the settings of a project `id` is the id of the owner.
    ///
    /// - Throws: `APIError`; `.notFound` when there is none.
    func get(_ kind: KindName, id: String) async throws -> JSON

    /// Documents of one of `batches(of:)` in one request, by id. Servers may leave some out or not offer this at all:
    /// what is missing has to be asked for with `get`.
    ///
    /// - Throws: `APIError`.
    func documents(_ kind: KindName, ids: [String]) async throws -> [String: JSON]

    /// The number of the newest event, or nil where the server does not tell.
    func eventCursor() async throws -> Int?

    /// What changed since the place that was noted last time. Without a place: where the feed is now.
    ///
    /// - Parameter reports: of runs of a sync, for the server's records; on the way, where it keeps any.
    /// - Throws: `APIError`.
    func feed(since mark: FeedMark?, telling reports: [RunReport]) async throws -> FeedAnswer

    /// Tells a server that has a feed of changes of runs.
    ///
    /// - Returns: those that need not be told again.
    func tell(_ reports: [RunReport]) async -> [RunReport]

    /// The server's clock, as its last answer showed it; nil where it does not tell.
    var serverTime: Date? { get }

    /// The picture of a project, a tenant or a step template.
    ///
    /// - Throws: `APIError`.
    func logo(_ kind: KindName, id: String) async throws -> SmallFile

    /// A document that a project keeps in Git, at a branch, as the server sends it.
    ///
    /// - Throws: `APIError`; `.notFound` when there is no such branch.
    func atBranch(_ branch: String, _ part: GitPart, project: String) async throws -> JSON

    /// The runbooks that a project keeps in Git, at a branch, as the server sends them.
    ///
    /// - Throws: `APIError`; `.notFound` when there is no such branch.
    func runbooks(atBranch branch: String, project: String) async throws -> [JSON]

    /// One of these runbooks, or its process.
    ///
    /// - Parameter id: as the server sends it: `Id` or `RunbookProcessId` of the runbook.
    /// - Throws: `APIError`; `.notFound` when there is none.
    func runbook(
        _ id: String,
        _ part: GitRunbookPart,
        atBranch branch: String,
        project: String
    ) async throws -> JSON

    /// The newest version of each package of the built-in feed, as the server describes it.
    ///
    /// - Throws: `APIError`; `.notFound` where the server has no built-in feed.
    func newestPackages() async throws -> [JSON]
}

extension ReplicaClient {
    /// What changed since the place that was noted last time.
    public func feed(since mark: FeedMark?) async throws -> FeedAnswer { try await feed(since: mark, telling: []) }
}

/// A source: it can be read and nothing else, by its type. (Its server's record of a run is no content of the space.)
public struct SourceClient: ReplicaClient {
    public let identity: ServerIdentity
    var transport: Transport

    /// - Throws: `APIError` when the server cannot be reached, is none, or refuses the key, or lacks the space.
    public static func connect(
        to url: String,
        key: APIKey,
        space: String,
        origin: RequestOrigin = RequestOrigin(),
        options: ClientOptions = ClientOptions()
    ) async throws -> SourceClient {
        let transport = Transport(address: try ServerAddress(url), key: key, options: options, origin: origin)
        let identity = try await ServerIdentity(asking: transport, space: space)
        return SourceClient(identity: identity, transport: transport)
    }

    /// A client of a server that was connected to before: no request is made, so that only the first answer shows
    /// whether it is still the same.
    ///
    /// - Throws: `APIError.badURL`.
    public init(
        returningTo identity: ServerIdentity,
        key: APIKey,
        origin: RequestOrigin = RequestOrigin(),
        options: ClientOptions = ClientOptions()
    ) throws {
        let address = try ServerAddress(identity.url)
        self.init(
            identity: identity,
            transport: Transport(address: address, key: key, options: options, origin: origin)
        )
    }

    init(identity: ServerIdentity, transport: Transport) {
        self.identity = identity
        self.transport = transport
        self.transport.adapter = SchemaAdapter(
            version: identity.version,
            changes: transport.options.schemaChanges
        )
    }

    /// The same client, of a server that has introduced itself anew.
    public func known(as identity: ServerIdentity) -> SourceClient {
        SourceClient(identity: identity, transport: transport)
    }

    /// The same client, whose requests say where they come from.
    public func from(_ origin: RequestOrigin) -> SourceClient {
        var copy = self
        copy.transport.origin = origin
        return copy
    }

    public var serverTime: Date? { transport.clock.now }

    public func list(_ kind: KindName) async throws -> [JSON] {
        try await ListReading(transport: transport, space: identity.spaceID).documents(of: kind)
    }

    public func get(_ kind: KindName, id: String) async throws -> JSON {
        try await transport.document(kind, id: id, space: identity.spaceID)
    }

    public func eventCursor() async throws -> Int? { try await transport.newestEvent(space: identity.spaceID) }

    public func feed(since mark: FeedMark?, telling reports: [RunReport]) async throws -> FeedAnswer {
        try await FeedReading(transport: transport, identity: identity).answer(since: mark, telling: reports)
    }

    public func tell(_ reports: [RunReport]) async -> [RunReport] {
        await FeedReading(transport: transport, identity: identity).told(reports)
    }

    public func logo(_ kind: KindName, id: String) async throws -> SmallFile {
        try await transport.file(at: .logo(kind, id: id, space: identity.spaceID))
    }

    public func newestPackages() async throws -> [JSON] {
        try await ListReading(transport: transport, space: identity.spaceID).newestPackages()
    }
}

/// A destination: it can be read and written.
public struct DestinationClient: ReplicaClient {
    public let identity: ServerIdentity
    var transport: Transport

    /// - Throws: `APIError` when the server cannot be reached, is none, or refuses the key, or lacks the space.
    public static func connect(
        to url: String,
        key: APIKey,
        space: String,
        origin: RequestOrigin = RequestOrigin(),
        options: ClientOptions = ClientOptions()
    ) async throws -> DestinationClient {
        let transport = Transport(address: try ServerAddress(url), key: key, options: options, origin: origin)
        let identity = try await ServerIdentity(asking: transport, space: space)
        return DestinationClient(identity: identity, transport: transport)
    }

    /// A client of a server that was connected to before: no request is made, so that only the first answer shows
    /// whether it is still the same.
    ///
    /// - Throws: `APIError.badURL`.
    public init(
        returningTo identity: ServerIdentity,
        key: APIKey,
        origin: RequestOrigin = RequestOrigin(),
        options: ClientOptions = ClientOptions()
    ) throws {
        let address = try ServerAddress(identity.url)
        self.init(
            identity: identity,
            transport: Transport(address: address, key: key, options: options, origin: origin)
        )
    }

    init(identity: ServerIdentity, transport: Transport) {
        self.identity = identity
        self.transport = transport
        self.transport.adapter = SchemaAdapter(
            version: identity.version,
            changes: transport.options.schemaChanges
        )
    }

    /// The same client, of a server that has introduced itself anew.
    public func known(as identity: ServerIdentity) -> DestinationClient {
        DestinationClient(identity: identity, transport: transport)
    }

    public func feed(since mark: FeedMark?, telling reports: [RunReport]) async throws -> FeedAnswer {
        try await FeedReading(transport: transport, identity: identity).answer(since: mark, telling: reports)
    }

    public func tell(_ reports: [RunReport]) async -> [RunReport] {
        await FeedReading(transport: transport, identity: identity).told(reports)
    }

    /// The same client, whose requests say where they come from.
    public func from(_ origin: RequestOrigin) -> DestinationClient {
        var copy = self
        copy.transport.origin = origin
        return copy
    }

    public func list(_ kind: KindName) async throws -> [JSON] {
        try await ListReading(transport: transport, space: identity.spaceID).documents(of: kind)
    }

    public func get(_ kind: KindName, id: String) async throws -> JSON {
        try await transport.document(kind, id: id, space: identity.spaceID)
    }

    public func eventCursor() async throws -> Int? { try await transport.newestEvent(space: identity.spaceID) }

    public var serverTime: Date? { transport.clock.now }

    /// What this server's release can hold.
    public var adapter: SchemaAdapter { transport.adapter }

    public func logo(_ kind: KindName, id: String) async throws -> SmallFile {
        try await transport.file(at: .logo(kind, id: id, space: identity.spaceID))
    }

    public func newestPackages() async throws -> [JSON] {
        try await ListReading(transport: transport, space: identity.spaceID).newestPackages()
    }

    /// Makes a document and returns it as the server keeps it. Never repeated by itself: whoever does not get an
    /// answer must look the document up before trying again.
    public func create(_ kind: KindName, _ body: JSON) async throws -> JSON {
        let endpoint = try Endpoint.collection(kind, space: identity.spaceID)
        let sent = transport.adapter.writing(body, kind: kind)
        let answer = try await transport.object(.init(method: .post, endpoint: endpoint, body: sent))
        return transport.adapter.reading(answer, kind: kind)
    }

    /// Replaces a document and returns it as the server keeps it.
    public func update(_ kind: KindName, id: String, _ body: JSON) async throws -> JSON {
        if kind == .tenantVariables {
            let sent = transport.adapter.writing(body, kind: kind)
            let answer = try await transport.updateTenantVariables(of: id, space: identity.spaceID, sent)
            return transport.adapter.reading(answer, kind: kind)
        }
        let endpoint = try Endpoint.document(kind, id: id, space: identity.spaceID)
        let sent = transport.adapter.writing(body, kind: kind)
        let answer = try await transport.object(.init(method: .put, endpoint: endpoint, body: sent))
        return transport.adapter.reading(answer, kind: kind)
    }

    /// Makes a template of the server's catalogue a step template of this space, and returns that. Never repeated by
    /// itself.
    ///
    /// - Parameter id: of the community template at this server.
    public func install(communityTemplate id: String) async throws -> JSON {
        try await writeInstallation(of: id, .post)
    }

    /// Brings the space's copy of a community template to the version of the server's catalogue.
    public func updateInstalled(communityTemplate id: String) async throws -> JSON {
        try await writeInstallation(of: id, .put)
    }

    private func writeInstallation(of id: String, _ method: Transport.Method) async throws -> JSON {
        let endpoint = try Endpoint.installation(ofCommunityTemplate: id, space: identity.spaceID)
        let answer = try await transport.object(.init(method: method, endpoint: endpoint))
        return transport.adapter.reading(answer, kind: .stepTemplates)
    }

    /// Gives a project, a tenant or a step template a picture.
    public func setLogo(_ kind: KindName, id: String, _ logo: SmallFile) async throws {
        try await transport.upload(logo, to: .logo(kind, id: id, space: identity.spaceID))
    }

    public func delete(_ kind: KindName, id: String) async throws {
        let endpoint = try Endpoint.document(kind, id: id, space: identity.spaceID)
        _ = try await transport.send(.init(method: .delete, endpoint: endpoint))
    }
}

extension Transport {
    func document(_ kind: KindName, id: String, space: String) async throws -> JSON {
        if kind == .tenantVariables {
            return adapter.reading(try await tenantVariables(of: id, space: space), kind: kind)
        }
        let document = try await object(
            .init(method: .get, endpoint: try Endpoint.document(kind, id: id, space: space))
        )
        return adapter.reading(document, kind: kind)
    }

    /// The answer, which must be an object.
    func object(_ request: Request) async throws -> JSON {
        let answer = try await send(request)
        guard case .object = answer else {
            throw APIError.badResponse(
                server: address.base,
                request: request.description,
                problem: "\(answer.isNull ? "nothing" : answer.typeName) instead of a document"
            )
        }
        return answer
    }

    /// Events are counted up for the whole server: the newest one is the first of the list.
    func newestEvent(space: String) async throws -> Int? {
        let query = [("take", "1"), ("excludeDifference", "true")]
        let answer: JSON
        do {
            answer = try await send(.init(method: .get, endpoint: try .events(space: space), query: query))
        } catch let error as APIError where error.isNotFound || error.isPermissionProblem {
            return nil
        }
        guard let id = answer["Items"]?[0]?["Id"]?.stringValue, let dash = id.lastIndex(of: "-") else { return nil }
        return Int(id[id.index(after: dash)...])
    }
}
