import Catalog
import Foundation

extension StoreReading {
    private var columns: String {
        """
        seq, category, document_type, document_id, space, user_id, username, user_agent, ip, is_service, \
        established_with, occurred, message, details
        """
    }

    /// One page of the events that match, newest first unless asked otherwise, and the total of all pages.
    public func events(_ query: EventQuery) throws -> Page<Event> {
        var builder = SQLBuilder()
        let condition = try query.condition(&builder)
        let total =
            try access.connection.first("SELECT COUNT(*) FROM events WHERE \(condition)", builder.arguments) {
                $0.int(0)
            } ?? 0
        let window = builder.window(skip: query.skip, take: query.take)
        let order = query.oldestFirst ? "seq" : "seq DESC"
        var items = try access.connection.all(
            "SELECT \(columns) FROM events WHERE \(condition) ORDER BY \(order) \(window)",
            builder.arguments,
            Self.event
        )
        for index in items.indices { items[index].relatedIDs = try relatedIDs(items[index].sequence) }
        return Page(items: items, total: total)
    }

    /// The event with this number.
    public func event(_ sequence: Int) throws -> Event? {
        var event = try access.connection.first(
            "SELECT \(columns) FROM events WHERE seq = $1",
            [.int(sequence)],
            Self.event
        )
        event?.relatedIDs = try relatedIDs(sequence)
        return event
    }

    /// The number of the newest event; 0 when there is none.
    public func latestEventSequence() throws -> Int {
        try access.connection.first("SELECT COALESCE(MAX(seq), 0) FROM events", []) { $0.int(0) } ?? 0
    }

    private func relatedIDs(_ sequence: Int) throws -> [String] {
        try access.connection.all(
            "SELECT document_id FROM event_documents WHERE seq = $1 ORDER BY position",
            [.int(sequence)]
        ) { $0.text(0) }
    }

    private static func event(_ row: any SQLRow) -> Event {
        let author = EventAuthor(
            userID: row.text(5),
            username: row.text(6),
            userAgent: row.text(7),
            ipAddress: row.text(8),
            isService: row.int(9) != 0,
            identityEstablishedWith: row.text(10)
        )
        return Event(
            sequence: row.int(0),
            category: row.text(1),
            documentType: row.text(2),
            documentID: row.optionalText(3),
            space: row.textUnlessEmpty(4),
            author: author,
            occurred: Date(milliseconds: row.int(11)),
            message: row.text(12),
            relatedIDs: [],
            details: row.isNull(13) ? nil : row.bytes(13)
        )
    }
}

extension EventQuery {
    func condition(_ builder: inout SQLBuilder) throws -> String {
        var parts = ["1 = 1"]
        if let fromSequence { parts.append("seq >= \(builder.bind(.int(fromSequence)))") }
        if let toSequence { parts.append("seq <= \(builder.bind(.int(toSequence)))") }
        if let afterSequence { parts.append("seq > \(builder.bind(.int(afterSequence)))") }
        for id in regarding { parts.append(try Self.about([id], &builder)) }
        if let regardingAny { parts.append(try Self.about(regardingAny, &builder)) }
        if let documentTypes { parts.append(try builder.among("document_type", documentTypes)) }
        if let categories { parts.append(try builder.among("category", categories)) }
        if let userIDs { parts.append(try builder.among("user_id", userIDs)) }
        if let spaces { parts.append(try builder.among("space", spaces.map { $0 ?? "" })) }
        if let from { parts.append("occurred >= \(builder.bind(.int(from.milliseconds)))") }
        if let to { parts.append("occurred <= \(builder.bind(.int(to.milliseconds)))") }
        if !includesServiceEvents { parts.append("is_service = 0") }
        return parts.joined(separator: " AND ")
    }

    private static func about(_ ids: [String], _ builder: inout SQLBuilder) throws -> String {
        "seq IN (SELECT seq FROM event_documents WHERE \(try builder.among("document_id", ids)))"
    }
}
