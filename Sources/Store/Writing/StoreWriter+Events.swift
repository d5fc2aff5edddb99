public import Catalog
import Foundation

extension StoreWriter {
    /// Records an event about something other than the write of a document (a sign-in, a sync), or about a document
    /// that is not changed.
    ///
    /// - Returns: the event's number.
    @discardableResult
    public func record(
        _ event: EventDraft,
        kind: KindName? = nil,
        id: String? = nil,
        space: String? = nil,
        owner: String? = nil
    ) throws -> Int {
        // The counter's row is locked until the commit, so numbers rise in the order of commits, without gaps.
        let sequence = try nextNumber("events", first: 1)
        try connection.execute(
            """
            INSERT INTO events (seq, category, document_type, document_id, space, user_id, username, user_agent, ip,
            is_service, established_with, occurred, message, details)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            [
                .int(sequence), .text(event.category), .text(event.documentType ?? kind?.rawValue ?? ""),
                .optionalText(id), .textOrEmpty(space), .text(author.userID), .text(author.username),
                .text(author.userAgent), .text(author.ipAddress), .int(author.isService ? 1 : 0),
                .text(author.identityEstablishedWith), .int(time.milliseconds), .text(event.message),
                event.details.map(SQLValue.utf8) ?? .null,
            ]
        )
        var known: Set<String> = []
        let related = ([id, owner].compactMap(\.self) + event.relatedIDs).filter { known.insert($0).inserted }
        for (position, document) in related.enumerated() {
            try connection.execute(
                "INSERT INTO event_documents (document_id, seq, position) VALUES ($1, $2, $3)",
                [.text(document), .int(sequence), .int(position)]
            )
        }
        touched.events = true
        return sequence
    }

    @discardableResult
    func record(_ event: EventDraft, about draft: DocumentDraft) throws -> Int {
        try record(event, kind: draft.kind, id: draft.id, space: draft.space, owner: draft.owner)
    }
}
