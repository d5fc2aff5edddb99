import Catalog
import Store

/// Lists: pages in the envelope of the contract, and all documents in a bare array.
extension Resources {
    /// A page.
    ///
    /// - Parameters:
    ///   - path: the list's own path, for its links.
    ///   - owner: only parts of this document.
    ///   - isIncluded: a further condition on decoded bodies.
    func page(
        _ name: KindName,
        path: String,
        query: Query,
        owner: String? = nil,
        isIncluded: ((JSON) -> Bool)? = nil,
        in context: ReadContext
    ) throws -> APIResponse {
        let plan = try plan(name)
        let window = try PageWindow(query)
        let filter = try ListFilter(plan, query, owner: owner, isIncluded: isIncluded, context)
        let (items, total) = try items(plan, filter, window, in: context)
        let envelope = PageEnvelope(kind: plan.kind, path: path, query: query, window: window, total: total)
        var response = APIResponse(bytes: envelope.bytes(items: items))
        if !plan.computesServedForm, isIncluded == nil { response.cachedWith = [name, .spaces] }
        return response
    }

    /// All documents that pass the filters, in a bare array.
    func array(
        _ name: KindName,
        query: Query,
        owner: String? = nil,
        isIncluded: ((JSON) -> Bool)? = nil,
        in context: ReadContext
    ) throws -> APIResponse {
        let plan = try plan(name)
        let filter = try ListFilter(plan, query, owner: owner, isIncluded: isIncluded, context)
        let (items, _) = try items(plan, filter, .everything, in: context)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(items.count + 2)
        bytes.append(UInt8(ascii: "["))
        bytes.append(contentsOf: items)
        bytes.append(UInt8(ascii: "]"))
        var response = APIResponse(bytes: bytes)
        if !plan.computesServedForm, isIncluded == nil { response.cachedWith = [name, .spaces] }
        return response
    }

    /// The served bodies of a window, joined by commas, and how many documents pass the filters in all.
    private func items(
        _ plan: KindPlan,
        _ filter: ListFilter,
        _ window: PageWindow,
        in context: ReadContext
    ) throws -> (bytes: [UInt8], total: Int) {
        guard filter.needsDecoding || plan.computesServedForm || ListOrder.decodedField(plan.kind) != nil else {
            var query = filter.query
            query.skip = window.skip
            query.take = window.take
            return try context.reader.joinedBodies(query)
        }
        var passing: [Stored] = []
        try context.reader.forEach(filter.query) { row in
            let document = row.document
            let stored = Stored(document: document, body: try body(of: document))
            if filter.passes(stored.body) { passing.append(stored) }
        }
        let sorted = ListOrder.sorted(passing, plan.kind)
        var bytes: [UInt8] = []
        for stored in sorted.dropFirst(window.skip).prefix(window.take) {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: try served(stored.document, in: context))
        }
        return (bytes, sorted.count)
    }
}

/// `skip` and `take`.
struct PageWindow: Sendable {
    static let usualSize = 30

    var skip: Int
    var take: Int

    static let everything = PageWindow(skip: 0, take: .max)

    init(skip: Int, take: Int) {
        self.skip = skip
        self.take = take
    }

    init(_ query: Query) throws {
        skip = try query.int("skip") ?? 0
        take = try query.int("take") ?? Self.usualSize
    }
}

/// What a list's query asks for: as much as possible for the database, the rest for decoded bodies.
struct ListFilter {
    private(set) var query: DocumentQuery
    private var conditions: [(JSON) -> Bool] = []

    var needsDecoding: Bool { !conditions.isEmpty }

    func passes(_ body: JSON) -> Bool { conditions.allSatisfy { $0(body) } }

    init(
        _ plan: KindPlan,
        _ query: Query,
        owner: String?,
        isIncluded: ((JSON) -> Bool)?,
        _ context: ReadContext
    ) throws {
        let kind = plan.kind
        self.query = DocumentQuery(
            kind: kind.name,
            spaces: try Self.spaces(kind, query, context),
            owners: owner.map { [$0] },
            order: ListOrder.stored(kind)
        )
        if let ids = query.list("ids") { self.query.ids = try Self.canonical(ids, plan, context) }
        if let isIncluded { conditions.append(isIncluded) }
        for (parameter, filters) in Dictionary(grouping: kind.filters, by: \.parameter) {
            if let value = query[parameter] { try add(filters, value, kind, query) }
        }
    }

    /// Ids in any case; the built-in feed of the space by the id that it has in the default space.
    private static func canonical(_ ids: [String], _ plan: KindPlan, _ context: ReadContext) throws -> [String] {
        try ids.map { id in
            let exact = plan.canonicalID(id)
            guard plan.kind.name == .feeds, exact.lowercased() == Resources.builtInFeedID else { return exact }
            return try BuiltInFeedAlias.id(inSpace: context.space?.id, of: context.reader) ?? exact
        }
    }

    private static func spaces(_ kind: Kind, _ query: Query, _ context: ReadContext) throws -> [String?]? {
        switch kind.scope {
        case .system: return nil
        case .space: return [context.space?.id]
        case .mixed:
            let system: [String?] = try query.bool("includeSystem") ?? true ? [nil] : []
            if let space = context.space { return [space.id] + system }
            guard let asked = query.list("spaces"), !asked.contains(where: { $0.lowercased() == "all" }) else {
                guard system.isEmpty else { return nil }
                return try context.reader.page(DocumentQuery(kind: .spaces)).items.map(\.id)
            }
            return asked + system
        }
    }

    /// - Parameter filters: alternatives; more than one of one parameter are for decoded bodies.
    private mutating func add(_ filters: [Kind.Filter], _ value: String, _ kind: Kind, _ query: Query) throws {
        if let filter = filters.first, filters.count == 1, kind.naturalKey == [filter.field] {
            switch filter.match {
            case .equals:
                self.query.nameEquals = value
                return
            case .contains:
                self.query.nameContains = value
                return
            case .anyOf, .bool: break
            }
        }
        let conditions = try filters.map { try Self.condition($0, value, query) }
        self.conditions.append { body in conditions.contains { $0(body) } }
    }

    private static func condition(
        _ filter: Kind.Filter,
        _ value: String,
        _ query: Query
    ) throws -> (JSON) -> Bool {
        let path = filter.field.split(separator: ".").map(String.init)
        let wanted = value.lowercased()
        switch filter.match {
        case .equals: return { body in texts(member(path, of: body)).contains { $0.lowercased() == wanted } }
        case .contains: return { body in texts(member(path, of: body)).contains { $0.lowercased().contains(wanted) } }
        case .anyOf:
            let wanted = Set((query.list(filter.parameter) ?? []).map { $0.lowercased() })
            return { body in texts(member(path, of: body)).contains { wanted.contains($0.lowercased()) } }
        case .bool:
            let wanted = try query.bool(filter.parameter) ?? true
            return { body in isTrue(member(path, of: body)) == wanted }
        }
    }

    private static func member(_ path: [String], of body: JSON) -> JSON? {
        path.reduce(body) { $0?[$1] }
    }

    /// A boolean, or whether there is a value.
    private static func isTrue(_ value: JSON?) -> Bool {
        switch value {
        case .bool(let flag): flag
        case nil, .null: false
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        default: true
        }
    }

    private static func texts(_ value: JSON?) -> [String] {
        switch value {
        case .string(let text): [text]
        case .array: value?.stringsValue ?? []
        case .int(let number): [String(number)]
        case .object(let object): object.keys
        default: []
        }
    }
}
