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
        _ name: KindName, path: String, query: Query, owner: String? = nil, isIncluded: ((JSON) -> Bool)? = nil,
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
        _ name: KindName, query: Query, owner: String? = nil, isIncluded: ((JSON) -> Bool)? = nil,
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
        _ plan: KindPlan, _ filter: ListFilter, _ window: PageWindow, in context: ReadContext
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
        _ plan: KindPlan, _ query: Query, owner: String?, isIncluded: ((JSON) -> Bool)?, _ context: ReadContext
    ) throws {
        let kind = plan.kind
        self.query = DocumentQuery(
            kind: kind.name, spaces: try Self.spaces(kind, query, context), owners: owner.map { [$0] },
            order: ListOrder.stored(kind))
        if let ids = query.list("ids") { self.query.ids = try Self.canonical(ids, plan, context) }
        if let isIncluded { conditions.append(isIncluded) }
        for filter in kind.filters { try add(filter, kind, query) }
    }

    /// Ids in any case; the built-in feed of the space by the id that it has in the default space.
    private static func canonical(_ ids: [String], _ plan: KindPlan, _ context: ReadContext) throws -> [String] {
        try ids.map { id in
            let exact = plan.canonicalID(id)
            guard plan.kind.name == .feeds, exact.lowercased() == Resources.builtInFeedID else { return exact }
            return try context.reader.document(.feeds, name: Resources.builtInFeedName, in: context.space?.id)?.id ?? exact
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

    private mutating func add(_ filter: Kind.Filter, _ kind: Kind, _ query: Query) throws {
        guard let value = query[filter.parameter] else { return }
        let isName = kind.naturalKey == [filter.field]
        switch filter.match {
        case .equals where isName: self.query.nameEquals = value
        case .contains where isName: self.query.nameContains = value
        case .equals:
            let wanted = value.lowercased()
            conditions.append { Self.texts($0[filter.field]).contains { $0.lowercased() == wanted } }
        case .contains:
            let wanted = value.lowercased()
            conditions.append { Self.texts($0[filter.field]).contains { $0.lowercased().contains(wanted) } }
        case .anyOf:
            let wanted = Set((query.list(filter.parameter) ?? []).map { $0.lowercased() })
            conditions.append { Self.texts($0[filter.field]).contains { wanted.contains($0.lowercased()) } }
        case .bool:
            let wanted = try query.bool(filter.parameter) ?? true
            conditions.append { ($0[filter.field]?.boolValue ?? false) == wanted }
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
