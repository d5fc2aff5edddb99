public import Catalog

/// How far the changes of a replica were read; what a reader keeps until next time.
public struct FeedMark: Sendable, Hashable {
    public enum Feed: String, Sendable, Hashable {
        /// Skerry's own: one request that is answered "not modified" or with the changed documents.
        case changes
        /// The audit events of any server, by time.
        case events
        /// The key may not see either: nothing short of reading everything tells what changed.
        case none
    }

    public var feed: Feed
    /// The number of the newest event that was seen.
    public var cursor: Int
    /// What stands for this state of the server, for a conditional request.
    public var tag: String
    /// When the newest event that was seen happened, by the server's clock. Empty where the feed does not need it.
    public var time: String
    /// Events around `time` that were seen: those of the next answer that are among them are no news.
    public var seen: [String]

    public init(feed: Feed, cursor: Int = 0, tag: String = "", time: String = "", seen: [String] = []) {
        self.feed = feed
        self.cursor = cursor
        self.tag = tag
        self.time = time
        self.seen = seen
    }

    public var json: JSON {
        [
            "feed": .string(feed.rawValue), "cursor": .int(cursor), "tag": .string(tag), "time": .string(time),
            "seen": JSON(seen),
        ]
    }

    public init?(json: JSON) {
        guard let feed = json["feed"]?.stringValue.flatMap(Feed.init(rawValue:)), let cursor = json["cursor"]?.intValue
        else { return nil }
        self.init(
            feed: feed,
            cursor: cursor,
            tag: json["tag"]?.stringValue ?? "",
            time: json["time"]?.stringValue ?? "",
            seen: json["seen"]?.stringsValue ?? []
        )
    }
}

/// One document that a feed tells about.
public struct FeedChange: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        /// It has to be read.
        case unknown
        case gone
        case document(JSON)
    }

    /// Nil where only the form of the id tells.
    public var kind: KindName?
    public var id: String
    public var content: Content
    /// The event says that a document was created or deleted, so that others appear or go with it.
    public var isDeletion: Bool
    public var isCreation: Bool

    public init(
        kind: KindName?,
        id: String,
        content: Content = .unknown,
        isDeletion: Bool = false,
        isCreation: Bool = false
    ) {
        self.kind = kind
        self.id = id
        self.content = content
        self.isDeletion = isDeletion
        self.isCreation = isCreation
    }
}

/// What a feed says about the time since a mark.
public struct FeedAnswer: Sendable {
    /// Where to go on next time.
    public var mark: FeedMark
    /// Who answered, where the feed tells.
    public var identity: ServerIdentity?
    public var changes: [FeedChange]
    /// Why the changes cannot be all: everything has to be read.
    public var gap: String?
    /// The reports that need not be made again.
    public var told: [RunReport] = []

    public init(mark: FeedMark, identity: ServerIdentity? = nil, changes: [FeedChange] = [], gap: String? = nil) {
        self.mark = mark
        self.identity = identity
        self.changes = changes
        self.gap = gap
    }
}

/// What a server is told of a run of a sync, for its records.
public struct RunReport: Sendable, Hashable {
    /// The run's id.
    public var run: String
    /// A document of kind `syncruns`.
    public var body: JSON

    public init(run: String, body: JSON) {
        self.run = run
        self.body = body
    }
}

/// Reads the changes of one space by whichever feed its server has.
struct FeedReading {
    let transport: Transport
    let identity: ServerIdentity

    /// - Parameter reports: of runs, the newest last. Servers that keep no such records are not told.
    func answer(since mark: FeedMark?, telling reports: [RunReport] = []) async throws -> FeedAnswer {
        switch mark?.feed {
        case .events?: return try await EventFeed(transport: transport, identity: identity).answer(since: mark)
        case .changes?, FeedMark.Feed.none?, nil:
            do {
                return try await changes(since: mark?.feed == .changes ? mark : nil, telling: reports)
            } catch let error as APIError where error.isNotFound {
                // Another make of server: it has audit events.
                var answer = try await EventFeed(transport: transport, identity: identity).answer(since: nil)
                if mark != nil { answer.gap = "the server has another feed of changes than last time" }
                return answer
            }
        }
    }

    // MARK: - Skerry's feed

    /// A feed that goes on after so many answers is longer than reading everything.
    private static let mostAnswers = 50

    private func changes(since mark: FeedMark?, telling reports: [RunReport]) async throws -> FeedAnswer {
        var result = FeedAnswer(mark: mark ?? FeedMark(feed: .changes))
        var after = mark?.cursor
        var told: Page?
        for report in reports {
            let (isTold, page) = try await tell(report, after: report == reports.last ? after : nil)
            if isTold { result.told.append(report) }
            told = page
        }
        for _ in 0..<Self.mostAnswers {
            let known: Page? = if let told { told } else { try await page(after: after, tag: mark?.tag) }
            told = nil
            guard let page = known else { return result }
            result.identity = try page.identity(transport.address.base)
            guard let cursor = page.body["Cursor"]?.intValue, let next = page.body["Next"]?.intValue else {
                throw unexpected("no cursor")
            }
            if let mark, mark.cursor > cursor {
                result.gap =
                    "its newest change is number \(cursor), but \(mark.cursor) was seen before: it was restored"
            }
            if let after, let oldest = page.body["Oldest"]?.intValue, oldest > after + 1 {
                result.gap = "changes since number \(after) are wanted, and it keeps those from \(oldest) on"
            }
            result.changes += (page.body["Items"]?.arrayValue ?? []).compactMap(change)
            result.mark = FeedMark(feed: .changes, cursor: next, tag: page.tag)
            guard page.body["HasMore"] == true, result.gap == nil else { return result }
            guard next > after ?? -1 else { throw unexpected("changes that repeat themselves") }
            after = next
        }
        result.gap = "there are too many changes to read them one by one"
        return result
    }

    private struct Page {
        var body: JSON
        var tag: String

        func identity(_ url: String) throws -> ServerIdentity? {
            guard let installation = body["InstallationId"]?.stringValue, let version = body["Version"]?.stringValue,
                let space = body["SpaceId"]?.stringValue, let name = body["SpaceName"]?.stringValue
            else { return nil }
            return ServerIdentity(
                url: url,
                version: version,
                apiVersion: body["ApiVersion"]?.stringValue ?? "",
                installationID: installation,
                spaceID: space,
                spaceName: name
            )
        }
    }

    /// Nil: nothing changed.
    private func page(after: Int?, tag: String?) async throws -> Page? {
        let request = Transport.Request(
            method: .get,
            endpoint: try .changes(space: identity.spaceID),
            query: after.map { [("after", String($0))] } ?? [],
            knownTag: after == nil ? nil : tag
        )
        let response = try await transport.response(to: request)
        if response.status == 304, request.knownTag != nil { return nil }
        return Page(body: try transport.json(of: response, request), tag: response.tag ?? "")
    }

    /// Those of which a server need not be told again. Where it cannot be reached the rest waits.
    func told(_ reports: [RunReport]) async -> [RunReport] {
        var told: [RunReport] = []
        for report in reports {
            guard let answer = try? await tell(report) else { break }
            if answer.isTold { told.append(report) }
        }
        return told
    }

    /// Tells a server of a run, and asks in the same request what changed.
    ///
    /// A server that keeps no records of runs, or does not want this one, is not asked again: no sync fails for its
    /// record. One that is closed for maintenance is told another time.
    private func tell(_ report: RunReport, after: Int? = nil) async throws -> (isTold: Bool, page: Page?) {
        let request = Transport.Request(
            method: .put,
            endpoint: try .syncRun(report.run, space: identity.spaceID),
            query: after.map { [("after", String($0))] } ?? [],
            body: report.body
        )
        do {
            let response = try await transport.response(to: request)
            let body = try transport.json(of: response, request)
            return (true, after == nil ? nil : Page(body: body, tag: response.tag ?? ""))
        } catch let error as APIError where error.isMaintenance {
            return (false, nil)
        } catch let error as APIError where !error.isOutage {
            return (true, nil)
        }
    }

    private func change(_ item: JSON) -> FeedChange? {
        guard let kind = item["Kind"]?.stringValue, let id = item["Id"]?.stringValue else { return nil }
        let document = item["Document"] ?? .null
        return FeedChange(
            kind: KindName(kind),
            id: id,
            content: document.isNull ? .gone : .document(transport.adapter.reading(document, kind: KindName(kind))),
            isDeletion: document.isNull
        )
    }

    private func unexpected(_ problem: String) -> APIError {
        .badResponse(server: transport.address.base, request: "GET changes", problem: problem)
    }
}
