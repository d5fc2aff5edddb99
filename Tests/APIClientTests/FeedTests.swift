import Catalog
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import APIClient

/// Servers that have nothing but audit events (`sync.md` 2.16, 7.1).
@Suite("The feed of a server that has only events")
struct FeedTests {
    @Test("goes on from the newest event that was seen, and a little before it")
    func overlap() async throws {
        let script = EventScript()
        let server = try await ScriptedServer(script.answer)
        let client = try await connect(server.url)
        script.add("Events-10", "2026-11-21T10:00:00.000+00:00", ["Projects-1"])
        let first = try await client.feed(since: nil)
        #expect(first.mark.feed == .events)
        #expect(first.mark.cursor == 10)
        #expect(first.changes.isEmpty)
        script.add("Events-11", "2026-11-21T10:05:00.000+00:00", ["variableset-Projects-1", "Projects-1"])
        let second = try await client.feed(since: first.mark)
        #expect(second.changes.map(\.id) == ["variableset-Projects-1", "Projects-1"])
        #expect(second.gap == nil)
        let asked = try #require(server.requests.last?.query["from"])
        #expect(
            asked.removingPercentEncoding.flatMap(EventFeed.date) == EventFeed.date("2026-11-21T09:55:00.000+00:00")
        )
        // What falls into the overlap is told by its id.
        let third = try await client.feed(since: second.mark)
        #expect(third.changes.isEmpty)
        script.add("Events-9", "2026-11-21T10:03:00.000+00:00", ["Lifecycles-1"])
        #expect(try await client.feed(since: third.mark).changes.map(\.id) == ["Lifecycles-1"])
    }

    @Test("E-114: a place older than servers keep events is a gap")
    func retention() async throws {
        let script = EventScript()
        let server = try await ScriptedServer(script.answer)
        let client = try await connect(server.url)
        let mark = FeedMark(feed: .events, cursor: 5, time: "2020-01-01T00:00:00.000+00:00", seen: ["Events-5"])
        #expect(try await client.feed(since: mark).gap != nil)
    }

    @Test("events that were seen and are gone are a gap: the server was restored or its clock was set")
    func regression() async throws {
        let script = EventScript()
        let server = try await ScriptedServer(script.answer)
        let client = try await connect(server.url)
        script.add("Events-10", Self.now, ["Projects-1"])
        let mark = FeedMark(feed: .events, cursor: 12, time: Self.now, seen: ["Events-12"])
        #expect(try await client.feed(since: mark).gap != nil)
    }

    @Test("a key that may not see events has no feed")
    func noPermission() async throws {
        let server = try await ScriptedServer { request in
            request.path.hasSuffix("/events") || request.path.hasSuffix("/changes")
                ? .init(request.path.hasSuffix("/events") ? 403 : 404, #"{"ErrorMessage": "EventView"}"#)
                : SmallServer().answer(request)
        }
        let client = try await connect(server.url)
        #expect(try await client.feed(since: nil).mark.feed == .none)
    }

    @Test("deletions and creations are told apart from what they are related to")
    func categories() {
        let events: [JSON] = [
            ["Id": "Events-1", "Category": "Deleted", "RelatedDocumentIds": ["Channels-1", "Projects-1"]],
            ["Id": "Events-2", "Category": "Created", "RelatedDocumentIds": ["Runbooks-1", "Projects-1"]],
        ]
        let changes = EventFeed.changes(in: events)
        #expect(changes.filter(\.isDeletion).map(\.id) == ["Channels-1"])
        #expect(changes.filter(\.isCreation).map(\.id) == ["Runbooks-1"])
        #expect(changes.map(\.id) == ["Channels-1", "Projects-1", "Runbooks-1"])
    }

    private static let now = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(Date())

    private func connect(_ url: String) async throws -> SourceClient {
        try await SourceClient.connect(to: url, key: APIKey("API-KEY", from: "the test"), space: "Default")
    }
}

/// A server without a feed of its own, and its events.
private final class EventScript: Sendable {
    private let events = Mutex<[JSON]>([])

    func add(_ id: String, _ occurred: String, _ related: [String]) {
        let event: JSON = [
            "Id": .string(id), "Occurred": .string(occurred), "Category": "Modified",
            "RelatedDocumentIds": JSON(related),
        ]
        events.withLock { $0.append(event) }
    }

    @Sendable func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
        if request.path.hasSuffix("/changes") { return .init(404, #"{"ErrorMessage": "no such address"}"#) }
        guard request.path.hasSuffix("/events") else { return SmallServer().answer(request) }
        let from = request.query["from"]?.removingPercentEncoding.flatMap(EventFeed.date) ?? .distantPast
        let all = events.withLock { $0 }.filter { event in
            (event["Occurred"]?.stringValue.flatMap(EventFeed.date) ?? .distantFuture) >= from
        }
        let sorted = all.sorted { ($0["Occurred"]?.stringValue ?? "") > ($1["Occurred"]?.stringValue ?? "") }
        let items = sorted.prefix(Int(request.query["take"] ?? "") ?? 30)
        let body: JSON = ["Items": .array(Array(items)), "TotalResults": .int(sorted.count), "Links": [:]]
        return .init(200, body.text)
    }
}
