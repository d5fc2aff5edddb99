public import Catalog
public import Foundation

/// One entry of a server's audit, as far as it tells who changed a document and what.
public struct HistoryEntry: Sendable, Hashable {
    public var id: String
    /// `Created`, `Modified`, `Deleted`, …
    public var category: String
    public var at: Date
    public var user: String
    public var userAgent: String
    public var message: String
    /// What it happened to, first, and what that belongs to.
    public var documents: [String]
    /// JSON Patch operations; empty where the server does not tell them.
    public var differences: [JSON]

    /// The run, plan and operation, when a sync did it.
    public var origin: RequestOrigin? { RequestOrigin(userAgent: userAgent) }

    /// Nil for what is no entry of an audit.
    public init?(json: JSON) {
        guard let id = json["Id"]?.stringValue, let occurred = json["Occurred"]?.stringValue,
            let at = Self.date(occurred)
        else { return nil }
        self.id = id
        self.at = at
        category = json["Category"]?.stringValue ?? ""
        user = json["Username"]?.stringValue ?? ""
        userAgent = json["UserAgent"]?.stringValue ?? ""
        message = json["Message"]?.stringValue ?? ""
        documents = (json["RelatedDocumentIds"]?.arrayValue ?? []).compactMap(\.stringValue)
        differences = json["ChangeDetails"]?["Differences"]?.arrayValue ?? []
    }

    private static func date(_ text: String) -> Date? {
        let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        return styles.lazy.compactMap { try? $0.parse(text) }.first
    }
}

extension RequestOrigin {
    /// From `skerry-sync/0.1.0 (run=7f3a; plan=91c2aa; op=12)`; nil for other programs.
    public init?(userAgent: String) {
        guard userAgent.hasPrefix("skerry-"), let slash = userAgent.firstIndex(of: "/") else { return nil }
        self.init(program: String(userAgent[..<slash]))
        guard let open = userAgent.firstIndex(of: "("), let close = userAgent.lastIndex(of: ")"), open < close else {
            return
        }
        for mark in userAgent[userAgent.index(after: open)..<close].split(separator: ";") {
            let parts = mark.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "run": run = parts[1]
            case "plan": plan = parts[1]
            case "op": operation = Int(parts[1])
            default: break
            }
        }
    }
}

extension SourceClient {
    /// The newest entries about a document, newest first.
    ///
    /// - Throws: `APIError`; `.forbidden` when the key may not see the audit.
    public func history(of id: String, limit: Int = 100) async throws -> [HistoryEntry] {
        try await transport.history(of: id, space: identity.spaceID, limit: limit)
    }
}

extension DestinationClient {
    /// The newest entries about a document, newest first.
    ///
    /// - Throws: `APIError`; `.forbidden` when the key may not see the audit.
    public func history(of id: String, limit: Int = 100) async throws -> [HistoryEntry] {
        try await transport.history(of: id, space: identity.spaceID, limit: limit)
    }
}

extension Transport {
    fileprivate func history(of id: String, space: String, limit: Int) async throws -> [HistoryEntry] {
        let query = [("regarding", id), ("take", String(limit))]
        let answer = try await send(.init(method: .get, endpoint: try .events(space: space), query: query))
        return (answer["Items"]?.arrayValue ?? []).compactMap(HistoryEntry.init(json:))
    }
}
