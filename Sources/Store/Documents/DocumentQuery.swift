public import Catalog

/// Which documents of one kind, in which order.
public struct DocumentQuery: Sendable, Hashable {
    /// The orders that lists come in; the id decides between equals.
    public enum Order: Sendable, Hashable {
        case name
        case nameDescending
        /// By sort order (documents without one last), then by name.
        case sortOrder
        /// As they were made.
        case created
        case createdNewestFirst
    }

    public var kind: KindName
    /// Only documents of these spaces, where nil is the system; nil for all.
    public var spaces: [String?]?
    /// Only documents with one of these owners, where nil is "no owner"; nil for all.
    public var owners: [String?]?
    /// Only these ids; nil for all.
    public var ids: [String]?
    /// Only names that fold to the same key (``NameKey``).
    public var nameEquals: String?
    /// Only names that hold this text, whatever its case.
    public var nameContains: String?
    public var order: Order
    public var skip: Int
    /// `Int.max` for all.
    public var take: Int

    public init(
        kind: KindName,
        spaces: [String?]? = nil,
        owners: [String?]? = nil,
        ids: [String]? = nil,
        nameEquals: String? = nil,
        nameContains: String? = nil,
        order: Order = .name,
        skip: Int = 0,
        take: Int = Int.max
    ) {
        self.kind = kind
        self.spaces = spaces
        self.owners = owners
        self.ids = ids
        self.nameEquals = nameEquals
        self.nameContains = nameContains
        self.order = order
        self.skip = skip
        self.take = take
    }
}

/// One page of a list.
public struct Page<Item: Sendable>: Sendable {
    public var items: [Item]
    /// How many there are on all pages, counted in the same read.
    public var total: Int

    public init(items: [Item], total: Int) {
        self.items = items
        self.total = total
    }
}

extension DocumentQuery {
    /// The condition after `WHERE`, its values in the builder.
    func condition(_ builder: inout SQLBuilder) throws -> String {
        var parts = ["kind = \(builder.bind(.text(kind.rawValue)))"]
        if let spaces { parts.append(try builder.among("space", spaces.map { $0 ?? "" })) }
        if let owners { parts.append(try builder.among("owner", owners.map { $0 ?? "" })) }
        if let ids { parts.append(try builder.among("id", ids)) }
        if let nameEquals { parts.append("name_key = \(builder.bind(.text(NameKey.fold(nameEquals))))") }
        if let nameContains, !nameContains.isEmpty {
            parts.append(builder.contains("name_key", NameKey.fold(nameContains)))
        }
        return parts.joined(separator: " AND ")
    }

    /// Whether the condition names nothing but the columns of the tallies.
    var isAboutSpacesOnly: Bool {
        owners == nil && ids == nil && nameEquals == nil && (nameContains ?? "").isEmpty
    }

    var orderClause: String {
        switch order {
        case .name: "name_key, id"
        case .nameDescending: "name_key DESC, id DESC"
        case .sortOrder: "sort_order, name_key, id"
        case .created: "created_seq, id"
        case .createdNewestFirst: "created_seq DESC, id DESC"
        }
    }
}
