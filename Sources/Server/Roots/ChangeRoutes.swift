import Catalog
import Crypto
import HTTPTypes
import Store

/// What changed in a space since a reader last looked: one request that is answered "not modified" as long as nothing
/// did, and with the changed documents themselves otherwise.
///
/// `GET /api/{space}/changes?after=N&take=N` answers
/// ```
/// {"InstallationId", "Version", "ApiVersion", "SpaceId", "SpaceName",
///  "Cursor": the number of the newest event, "Oldest": that of the oldest one that is kept,
///  "Next": where to go on, "HasMore": bool,
///  "Items": [{"Kind": "projects", "Id": "Projects-12", "Sequence": 431, "Document": {…} or null when it is gone}]}
/// ```
/// Without `after` there are no items: a reader who begins learns the cursor, then reads everything. All of an answer
/// is one state of the database, so the documents are exactly those of its cursor.
///
/// The `ETag` stands for the server's version, the space and the cursor. A reader who repeats it in `If-None-Match`
/// and `after` learns with status 304 that none of them changed.
enum ChangeRoutes {
    /// Events that are looked at for one answer; several may be about one document.
    private static let mostEvents = 5_000
    private static let mostDocuments = 1_000
    /// Once an answer holds so many bytes of documents it ends.
    private static let enoughBytes = 16 << 20

    static func register(in routes: inout RouteTable) {
        routes.get("changes", scope: .space) { try await changes($0) }
    }

    static func changes(_ request: APIRequest) async throws -> APIResponse {
        guard let space = request.space else { throw APIProblem.notFound("space") }
        let after = try request.query.int("after")
        let take = min(try request.query.int("take") ?? mostDocuments, mostDocuments)
        guard take > 0 else { throw APIProblem.invalid("The query parameter 'take' must be 1 or more.") }
        let known = request.headers[.ifNoneMatch]
        let installation = request.services.installationID
        return try await request.read { context in
            let feed = ChangeFeed(space: space, installation: installation, context: context)
            let cursor = try feed.cursor()
            let tag = feed.tag(cursor)
            var headers = HTTPFields()
            headers[.eTag] = tag
            if known == tag, after == cursor { return APIResponse(.notModified, bytes: [], headers: headers) }
            let page = try after.map {
                try feed.page(after: $0, events: mostEvents, documents: take, bytes: enoughBytes)
            }
            return APIResponse(bytes: try feed.body(cursor, page).bytes, headers: headers)
        }
    }
}

/// The feed of one space in one state of the database.
private struct ChangeFeed {
    let space: SpaceSummary
    let installation: String
    let context: ReadContext
    /// What is not part of a space's content.
    private static let left: Set<KindName> = [.events, .syncRuns, .spaces, .users]
    private let kinds: [String: Kind]
    private let systemTypes: [String]

    struct Page {
        var items: [JSON] = []
        var next: Int
        var hasMore = false
    }

    init(space: SpaceSummary, installation: String, context: ReadContext) {
        self.space = space
        self.installation = installation
        self.context = context
        let all = context.catalog.kinds.filter { !Self.left.contains($0.name) }
        kinds = Dictionary(all.map { ($0.type, $0) }) { first, _ in first }
        systemTypes = all.filter { $0.scope != .space }.map(\.type)
    }

    func cursor() throws -> Int {
        try context.reader.latestChange(inSpace: space.id, systemTypes: systemTypes)
    }

    func tag(_ cursor: Int) -> String {
        let parts = [installation, SkerryVersion.current, space.id, space.name, String(cursor)]
        let digest = SHA256.hash(data: Array(parts.joined(separator: "\u{1F}").utf8))
        return "\"\(Array(digest.prefix(16)).hex)\""
    }

    /// Each changed document once, as it is now.
    func page(after sequence: Int, events: Int, documents: Int, bytes: Int) throws -> Page {
        let changes = try context.reader.changes(
            after: sequence,
            inSpace: space.id,
            systemTypes: systemTypes,
            take: events
        )
        var page = Page(next: sequence, hasMore: changes.count == events)
        var seen = Set<String>()
        var size = 0
        for change in changes {
            if page.items.count >= documents || size >= bytes {
                page.hasMore = true
                break
            }
            page.next = change.sequence
            guard let kind = kinds[change.documentType], seen.insert("\(kind.name)/\(change.documentID)").inserted
            else { continue }
            let document = try document(kind, change.documentID)
            size += document?.1 ?? 0
            page.items.append([
                "Kind": .string(kind.name.rawValue), "Id": .string(change.documentID),
                "Sequence": .int(change.sequence), "Document": document?.0 ?? .null,
            ])
        }
        return page
    }

    /// As a request for it would be answered, with its size in bytes; nil when it is gone or not for this space.
    private func document(_ kind: Kind, _ id: String) throws -> (JSON, Int)? {
        guard let document = try context.reader.document(kind.name, id),
            context.resources.isVisible(document, kind, space.id)
        else { return nil }
        let bytes = try context.resources.served(document, in: context)
        return (try JSON.parse(bytes), bytes.count)
    }

    func body(_ cursor: Int, _ page: Page?) throws -> JSON {
        [
            "InstallationId": .string(installation), "Version": .string(SkerryVersion.current),
            "ApiVersion": .string(SkerryVersion.api), "SpaceId": .string(space.id), "SpaceName": .string(space.name),
            "Cursor": .int(cursor), "Oldest": .int(try context.reader.oldestEventSequence()),
            "Next": .int(page.flatMap { $0.hasMore ? $0.next : nil } ?? cursor),
            "HasMore": .bool(page?.hasMore ?? false), "Items": .array(page?.items ?? []),
        ]
    }
}
