/// That a document was written: what a reader who knows an older state must look at again.
public struct DocumentChange: Sendable, Hashable {
    /// The number of the event.
    public var sequence: Int
    /// The type of the document (`ProjectGroup`).
    public var documentType: String
    public var documentID: String

    public init(sequence: Int, documentType: String, documentID: String) {
        self.sequence = sequence
        self.documentType = documentType
        self.documentID = documentID
    }
}

extension StoreReading {
    /// The number of the newest event that concerns a space: its own ones, and those of the system about documents of
    /// these types. 0 when there is none.
    public func latestChange(inSpace space: String, systemTypes: [String]) throws -> Int {
        // Each look-up goes down one index and stops at its first row.
        var latest = try newest("space = $1", [.text(space)])
        for type in systemTypes {
            latest = max(latest, try newest("document_type = $1 AND space = ''", [.text(type)]))
        }
        return latest
    }

    private func newest(_ condition: String, _ arguments: [SQLValue]) throws -> Int {
        try access.connection.first(
            "SELECT seq FROM events WHERE \(condition) ORDER BY seq DESC LIMIT 1",
            arguments
        ) { $0.int(0) } ?? 0
    }

    /// The number of the oldest event that is still there; 0 when there is none.
    public func oldestEventSequence() throws -> Int {
        try access.connection.first("SELECT COALESCE(MIN(seq), 0) FROM events", []) { $0.int(0) } ?? 0
    }

    /// The events about documents after a number, oldest first: those of a space, and those of the system about
    /// documents of these types.
    public func changes(
        after sequence: Int,
        inSpace space: String,
        systemTypes: [String],
        take: Int
    ) throws -> [DocumentChange] {
        var builder = SQLBuilder()
        let after = builder.bind(.int(sequence))
        let own = builder.bind(.text(space))
        let system = try builder.among("document_type", systemTypes)
        let limit = builder.bind(.int(max(take, 0)))
        return try access.connection.all(
            """
            SELECT seq, document_type, document_id FROM events
            WHERE seq > \(after) AND document_id IS NOT NULL AND (space = \(own) OR (space = '' AND \(system)))
            ORDER BY seq LIMIT \(limit)
            """,
            builder.arguments
        ) { DocumentChange(sequence: $0.int(0), documentType: $0.text(1), documentID: $0.text(2)) }
    }
}
