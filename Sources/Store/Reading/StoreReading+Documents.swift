public import Catalog

extension StoreReading {
    /// The document with this id.
    public func document(_ kind: KindName, _ id: String) throws -> Document? {
        try withDocument(kind, id) { $0.document }
    }

    /// The document with this id, without a copy of what `body` does not ask for; nil when there is none.
    public func withDocument<T>(_ kind: KindName, _ id: String, _ body: (DocumentRow) throws -> T) throws -> T? {
        try access.connection.first(
            "SELECT \(DocumentColumns.list) FROM documents WHERE kind = $1 AND id = $2",
            [.text(kind.rawValue), .text(id)]
        ) { try body(DocumentRow(row: $0)) }
    }

    /// The document with this slug in a space (nil: the system) and, when `owner` is given, with that owner.
    public func document(_ kind: KindName, slug: String, in space: String?, owner: String? = nil) throws -> Document? {
        var builder = SQLBuilder()
        var condition = "kind = \(builder.bind(.text(kind.rawValue)))"
        condition += " AND space = \(builder.bind(.textOrEmpty(space))) AND slug = \(builder.bind(.text(slug)))"
        if let owner { condition += " AND owner = \(builder.bind(.text(owner)))" }
        return try access.connection.first(
            "SELECT \(DocumentColumns.list) FROM documents WHERE \(condition) ORDER BY id LIMIT 1",
            builder.arguments
        ) { DocumentRow(row: $0).document }
    }

    /// The document with this name (as ``NameKey`` compares names) in a space and with an owner, where nil is none.
    public func document(_ kind: KindName, name: String, in space: String?, owner: String? = nil) throws -> Document? {
        try access.connection.first(
            """
            SELECT \(DocumentColumns.list) FROM documents
            WHERE kind = $1 AND space = $2 AND owner = $3 AND name_key = $4 ORDER BY id LIMIT 1
            """,
            [.text(kind.rawValue), .textOrEmpty(space), .textOrEmpty(owner), .text(NameKey.fold(name))]
        ) { DocumentRow(row: $0).document }
    }

    /// One page of a list and the total of all pages.
    public func page(_ query: DocumentQuery) throws -> Page<Document> {
        var items: [Document] = []
        let total = try visitPage(query) { items.append($0.document) }
        return Page(items: items, total: total)
    }

    /// Gives each document of a page to `visit`, in order, without a copy of its body.
    ///
    /// - Returns: the total of all pages.
    public func visitPage(_ query: DocumentQuery, _ visit: (DocumentRow) throws -> Void) throws -> Int {
        var seen = 0
        try forEach(query) {
            seen += 1
            try visit($0)
        }
        // A page that is not full, and not empty because it lies behind the end, tells the total by itself.
        if seen < max(query.take, 0), seen > 0 || query.skip <= 0 { return max(query.skip, 0) + seen }
        return try count(query)
    }

    /// Gives each document that matches to `visit`, one at a time; for bulk work of any size.
    public func forEach(_ query: DocumentQuery, _ visit: (DocumentRow) throws -> Void) throws {
        var builder = SQLBuilder()
        let condition = try query.condition(&builder)
        let window =
            query.skip <= 0 && query.take == Int.max ? "" : builder.window(skip: query.skip, take: query.take)
        try access.connection.query(
            "SELECT \(DocumentColumns.list) FROM documents WHERE \(condition) ORDER BY \(query.orderClause) \(window)",
            builder.arguments
        ) { try visit(DocumentRow(row: $0)) }
    }

    /// The bodies of one page, joined by `separator`, as they go into a JSON array.
    public func joinedBodies(
        _ query: DocumentQuery,
        separator: UInt8 = UInt8(ascii: ",")
    ) throws -> (bytes: [UInt8], total: Int) {
        var bytes: [UInt8] = []
        let total = try visitPage(query) { row in
            if !bytes.isEmpty { bytes.append(separator) }
            row.withBody { bytes.append(contentsOf: $0) }
        }
        return (bytes, total)
    }

    /// How many documents match, whatever the page.
    public func count(_ query: DocumentQuery) throws -> Int {
        var builder = SQLBuilder()
        let condition = try query.condition(&builder)
        let count =
            query.isAboutSpacesOnly ? "CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM tallies" : "COUNT(*) FROM documents"
        return try access.connection.first(
            "SELECT \(count) WHERE \(condition)",
            builder.arguments
        ) { $0.int(0) } ?? 0
    }

    /// How many documents of a kind there are in a space (nil: the system).
    public func count(_ kind: KindName, in space: String?) throws -> Int {
        try count(DocumentQuery(kind: kind, spaces: [space]))
    }

    /// Who refers to a document.
    public func usages(of id: String) throws -> [Usage] {
        try access.connection.all(
            "SELECT from_kind, from_id, path FROM refs WHERE to_id = $1 ORDER BY from_kind, from_id, path",
            [.text(id)]
        ) { Usage(fromKind: KindName($0.text(0)), fromID: $0.text(1), path: $0.text(2)) }
    }

    /// What a document refers to.
    public func references(from kind: KindName, _ id: String) throws -> [DocumentReference] {
        try access.connection.all(
            "SELECT path, to_id FROM refs WHERE from_kind = $1 AND from_id = $2 ORDER BY path, to_id",
            [.text(kind.rawValue), .text(id)]
        ) { DocumentReference(path: $0.text(0), toID: $0.text(1)) }
    }
}
