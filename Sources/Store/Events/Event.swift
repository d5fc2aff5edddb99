public import Foundation

/// Who writes: goes into every event of a write.
public struct EventAuthor: Sendable, Hashable {
    public var userID: String
    public var username: String
    public var userAgent: String
    public var ipAddress: String
    /// The server itself rather than a person or an API client.
    public var isService: Bool
    /// How the identity was established (`API key`, `Session cookie`).
    public var identityEstablishedWith: String

    public init(
        userID: String,
        username: String,
        userAgent: String = "",
        ipAddress: String = "",
        isService: Bool = false,
        identityEstablishedWith: String = ""
    ) {
        self.userID = userID
        self.username = username
        self.userAgent = userAgent
        self.ipAddress = ipAddress
        self.isService = isService
        self.identityEstablishedWith = identityEstablishedWith
    }

    /// The server itself.
    public static let system = EventAuthor(
        userID: "users-system",
        username: "system",
        userAgent: "Server",
        isService: true
    )
}

/// An event as a writer hands it in. The writer knows the author, the time and the number.
public struct EventDraft: Sendable, Hashable {
    /// `Created`, `Modified`, `Deleted`, …
    public var category: String
    public var message: String
    /// The type of the document; nil for the name of the kind that is written.
    public var documentType: String?
    /// Ids of other documents that the event is about; the written document and its owner need not be named.
    public var relatedIDs: [String]
    /// Further JSON text (differences, message references), if any.
    public var details: [UInt8]?

    public init(
        _ category: String,
        message: String,
        documentType: String? = nil,
        relatedIDs: [String] = [],
        details: [UInt8]? = nil
    ) {
        self.category = category
        self.message = message
        self.documentType = documentType
        self.relatedIDs = relatedIDs
        self.details = details
    }
}

/// The audit record of one write.
public struct Event: Sendable, Hashable {
    /// Rises by one with each event, in the order of the commits, without gaps.
    public var sequence: Int
    public var category: String
    public var documentType: String
    /// nil when the event is about no document (a sign-in).
    public var documentID: String?
    /// nil for the system.
    public var space: String?
    public var author: EventAuthor
    public var occurred: Date
    public var message: String
    /// All documents that the event is about, the written one first.
    public var relatedIDs: [String]
    public var details: [UInt8]?

    /// `Events-N`.
    public var id: String { "Events-\(sequence)" }
}

/// Which events.
public struct EventQuery: Sendable, Hashable {
    /// The lowest and highest number, both inclusive.
    public var fromSequence: Int?
    public var toSequence: Int?
    /// Only numbers above this one.
    public var afterSequence: Int?
    /// Only events about all of these documents.
    public var regarding: [String]
    /// Only events about at least one of these documents; nil for all.
    public var regardingAny: [String]?
    public var documentTypes: [String]?
    public var categories: [String]?
    public var userIDs: [String]?
    /// Only events of these spaces, where nil is the system; nil for all.
    public var spaces: [String?]?
    /// From this time on.
    public var from: Date?
    /// Up to this time, inclusive.
    public var to: Date?
    /// Whether events that the server itself made are wanted too.
    public var includesServiceEvents: Bool
    public var oldestFirst: Bool
    public var skip: Int
    public var take: Int

    public init(
        fromSequence: Int? = nil,
        toSequence: Int? = nil,
        afterSequence: Int? = nil,
        regarding: [String] = [],
        regardingAny: [String]? = nil,
        documentTypes: [String]? = nil,
        categories: [String]? = nil,
        userIDs: [String]? = nil,
        spaces: [String?]? = nil,
        from: Date? = nil,
        to: Date? = nil,
        includesServiceEvents: Bool = true,
        oldestFirst: Bool = false,
        skip: Int = 0,
        take: Int = 30
    ) {
        self.fromSequence = fromSequence
        self.toSequence = toSequence
        self.afterSequence = afterSequence
        self.regarding = regarding
        self.regardingAny = regardingAny
        self.documentTypes = documentTypes
        self.categories = categories
        self.userIDs = userIDs
        self.spaces = spaces
        self.from = from
        self.to = to
        self.includesServiceEvents = includesServiceEvents
        self.oldestFirst = oldestFirst
        self.skip = skip
        self.take = take
    }
}
