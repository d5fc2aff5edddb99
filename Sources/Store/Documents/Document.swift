public import Catalog
public import Foundation

/// One stored resource, as it is in the database.
public struct Document: Sendable, Hashable {
    public var kind: KindName
    public var id: String
    /// nil for a document of the system.
    public var space: String?
    /// The document that this one is a part of (a channel's project), if the kind has such.
    public var owner: String?
    /// The name that people see.
    public var name: String
    public var slug: String?
    public var sortOrder: Int?
    /// 1 after the insert, one more with each update.
    public var version: Int
    /// When it was last written, to the millisecond.
    public var modified: Date
    /// The exact JSON text that was stored.
    public var body: [UInt8]

    public init(
        kind: KindName,
        id: String,
        space: String? = nil,
        owner: String? = nil,
        name: String,
        slug: String? = nil,
        sortOrder: Int? = nil,
        version: Int = 1,
        modified: Date,
        body: [UInt8]
    ) {
        self.kind = kind
        self.id = id
        self.space = space
        self.owner = owner
        self.name = name
        self.slug = slug
        self.sortOrder = sortOrder
        self.version = version
        self.modified = modified
        self.body = body
    }
}

/// A document that a query stands on. Each property is read from the row when it is asked for, and none of it may
/// leave the closure that it was given to, except as the copies that the properties return.
public struct DocumentRow {
    let row: any SQLRow

    public var kind: KindName { KindName(row.text(0)) }
    public var id: String { row.text(1) }
    public var space: String? { row.textUnlessEmpty(2) }
    public var owner: String? { row.textUnlessEmpty(3) }
    public var name: String { row.text(4) }
    public var slug: String? { row.optionalText(5) }
    public var sortOrder: Int? { DocumentColumns.sortOrder(row.int(6)) }
    public var version: Int { row.int(7) }
    public var modified: Date { Date(milliseconds: row.int(8)) }

    /// The body's bytes without a copy.
    public func withBody<T>(_ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        try row.withBytes(9, body)
    }

    /// A copy that may be kept.
    public var document: Document {
        Document(
            kind: kind,
            id: id,
            space: space,
            owner: owner,
            name: name,
            slug: slug,
            sortOrder: sortOrder,
            version: version,
            modified: modified,
            body: row.bytes(9)
        )
    }
}

/// How documents lie in their table.
enum DocumentColumns {
    /// In the order that ``DocumentRow`` reads them.
    static let list = "kind, id, space, owner, name, slug, sort_order, version, modified, body"

    // Nulls sort first in one database and last in the other, so "no order" is the greatest number instead.
    static func sortOrder(_ stored: Int) -> Int? { stored == Int.max ? nil : stored }
    static func sortOrder(storing value: Int?) -> SQLValue { .int(value ?? Int.max) }
}

extension Date {
    /// Times are stored as milliseconds since 1970.
    init(milliseconds: Int) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// The nearest millisecond; times outside of what a calendar can name are brought to its ends.
    var milliseconds: Int {
        let limit = 253_402_300_800_000.0
        return Int(Swift.min(Swift.max((timeIntervalSince1970 * 1000).rounded(), -limit), limit))
    }
}
