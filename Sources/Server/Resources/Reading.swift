import Catalog
import NIOCore
import Store

/// Reading single documents.
extension Resources {
    /// The document that a request means by an id or a slug.
    ///
    /// - Parameter space: where the request looks; nil outside of any space.
    /// - Throws: `APIProblem` 404, also for what is in another space.
    func visible(_ name: KindName, _ idOrSlug: String, space: String?, in reader: some StoreReading) throws -> Document
    {
        let plan = try plan(name)
        if let document = try reader.document(name, plan.canonicalID(idOrSlug)), isVisible(document, plan.kind, space) {
            return document
        }
        if let document = try bySlug(plan, idOrSlug, space: space, in: reader) { return document }
        throw APIProblem.notFound(plan.kind, idOrSlug)
    }

    private func bySlug(
        _ plan: KindPlan,
        _ text: String,
        space: String?,
        in reader: some StoreReading
    ) throws -> Document? {
        // Every space finds its own built-in feed under this id.
        if plan.kind.name == .feeds, text.lowercased() == Self.builtInFeedID {
            return try BuiltInFeedAlias.id(inSpace: space, of: reader).flatMap { try reader.document(.feeds, $0) }
        }
        guard plan.hasSlug else { return nil }
        return try reader.document(plan.kind.name, slug: text.lowercased(), in: space)
    }

    static let builtInFeedID = "feeds-builtin"
    static let builtInFeedName = "Octopus Server (built-in)"

    func isVisible(_ document: Document, _ kind: Kind, _ space: String?) -> Bool {
        switch kind.scope {
        case .system: true
        case .space: document.space == space
        case .mixed: space == nil || document.space == nil || document.space == space
        }
    }

    /// The answer to a read by id: the stored bytes as they are.
    func answer(_ name: KindName, _ idOrSlug: String, in context: ReadContext) throws -> APIResponse {
        let plan = try plan(name)
        guard !plan.computesServedForm else {
            let document = try visible(name, idOrSlug, space: context.space?.id, in: context.reader)
            return APIResponse(bytes: try served(document, in: context))
        }
        let found = try context.reader.withDocument(name, plan.canonicalID(idOrSlug)) { row -> ByteBuffer? in
            guard plan.kind.scope == .system || row.space == context.space?.id else { return nil }
            return row.withBody { ByteBuffer(bytes: $0) }
        }
        var response: APIResponse
        if let buffer = found ?? nil {
            response = APIResponse(buffer: buffer)
        } else {
            let document = try visible(name, idOrSlug, space: context.space?.id, in: context.reader)
            response = APIResponse(bytes: document.body)
        }
        response.cachedWith = [name, .spaces]
        return response
    }

    /// The bytes that are served for a document.
    func served(_ document: Document, in context: ReadContext) throws -> [UInt8] {
        guard let rules = plans[document.kind]?.rules, rules.computesServedForm,
            let served = try rules.serve(try body(of: document), in: context)
        else { return document.body }
        return served.bytes
    }

    /// A document by its id, with its body; nil when there is none.
    func find(_ kind: KindName, _ id: String, in reader: some StoreReading) throws -> Stored? {
        try reader.document(kind, id).map { Stored(document: $0, body: try body(of: $0)) }
    }

    /// All documents of a kind, decoded, in the order of lists.
    func all(_ name: KindName, space: String?, owner: String?, in reader: some StoreReading) throws -> [Stored] {
        let plan = try plan(name)
        let query = DocumentQuery(
            kind: name,
            spaces: plan.kind.scope == .system ? nil : [space],
            owners: owner.map { [$0] },
            order: ListOrder.stored(plan.kind)
        )
        let stored = try reader.page(query).items.map { Stored(document: $0, body: try body(of: $0)) }
        return ListOrder.sorted(stored, plan.kind)
    }
}

/// The order of lists: what the database sorts, and what is left to do.
enum ListOrder {
    static func stored(_ kind: Kind) -> DocumentQuery.Order {
        switch kind.order {
        case .field("Id"): .created
        case .name, .field: .name
        case .sortOrder: .sortOrder
        case .newestFirst: .createdNewestFirst
        }
    }

    /// The field that has to be sorted by after decoding; nil when the database's order is right.
    static func decodedField(_ kind: Kind) -> String? {
        guard case .field(let field) = kind.order, field != "Id", kind.naturalKey.first != field else { return nil }
        return field
    }

    static func sorted(_ stored: [Stored], _ kind: Kind) -> [Stored] {
        guard let field = decodedField(kind) else { return stored }
        return stored.map { ($0.body[field]?.stringValue?.lowercased() ?? "", $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

extension Resources {
    /// What a later read would serve, inside the transaction that wrote it.
    func servedAfterWrite(_ stored: Stored, in context: WriteContext) throws -> JSON {
        guard let rules = plans[stored.document.kind]?.rules, rules.computesServedForm else { return stored.body }
        let read = ReadContext(
            reader: context.writer,
            resources: self,
            space: context.space,
            user: nil,
            now: context.now
        )
        return try rules.serve(stored.body, in: read) ?? stored.body
    }
}
