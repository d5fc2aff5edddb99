import Catalog
import Foundation

/// The changes of a space by its audit events, for servers that have no other feed (`sync.md` 2.16).
///
/// Where clients find the number of an event that `fromAutoId` takes is not known for sure (`sync.md` 7.1), so the feed
/// goes by time: from the newest event that was seen, and a little before it because transactions that began earlier
/// may commit later. What was seen already is told by its id.
struct EventFeed {
    let transport: Transport
    let identity: ServerIdentity

    static let overlap: TimeInterval = 300
    /// Servers keep events for 90 days unless they are told otherwise; whoever was away nearly as long reads everything.
    static let retention: TimeInterval = 80 * 86_400
    private static let pageSize = 200
    private static let mostPages = 10

    func answer(since mark: FeedMark?) async throws -> FeedAnswer {
        do {
            guard let mark, let time = Self.date(mark.time) else { return try await beginning() }
            return try await changes(since: mark, time)
        } catch let error as APIError where error.isNotFound || error.isPermissionProblem {
            // A key that is refused altogether is refused here, too.
            if case .unauthorized = error { throw error }
            return FeedAnswer(
                mark: FeedMark(feed: .none),
                gap: mark == nil ? nil : "the key may not see the events (EventView)"
            )
        }
    }

    private func beginning() async throws -> FeedAnswer {
        let newest = try await events(["take": "1"]).items.first
        guard let newest, let time = newest["Occurred"]?.stringValue else {
            // Without any event there is no time to go on from; there may be one next time.
            return FeedAnswer(mark: FeedMark(feed: .none))
        }
        return FeedAnswer(mark: mark([newest], time, before: []))
    }

    private func changes(since mark: FeedMark, _ time: Date) async throws -> FeedAnswer {
        let from = Self.text(time.addingTimeInterval(-Self.overlap))
        var found: [JSON] = []
        var total = 0
        for page in 0..<Self.mostPages {
            let answer = try await events([
                "from": from, "take": String(Self.pageSize), "skip": String(page * Self.pageSize),
            ])
            found += answer.items
            total = answer.total
            if answer.items.count < Self.pageSize || found.count >= total { break }
        }
        let known = Set(mark.seen)
        let news = found.filter { event in event["Id"]?.stringValue.map { !known.contains($0) } ?? false }
        let newest = found.compactMap { $0["Occurred"]?.stringValue }.max { Self.isEarlier($0, $1) } ?? mark.time
        var result = FeedAnswer(mark: self.mark(found, newest, before: mark.seen))
        result.gap = gap(mark, time, found, total, newest)
        result.changes = Self.changes(in: news)
        return result
    }

    private func gap(_ mark: FeedMark, _ time: Date, _ found: [JSON], _ total: Int, _ newest: String) -> String? {
        if Date().timeIntervalSince(time) > Self.retention {
            return "the last event was seen at \(mark.time); older ones may have been deleted since"
        }
        if found.count < total { return "there are too many changes to read them one by one (\(total))" }
        // What was seen last must still be there.
        let ids = Set(found.compactMap { $0["Id"]?.stringValue })
        if !mark.seen.isEmpty, ids.isDisjoint(with: mark.seen) {
            return "the events that were seen last are gone: it was restored, or its clock was set"
        }
        return nil
    }

    /// Each document that an event is about, the related ones included: a variable set is not always named itself.
    static func changes(in events: [JSON]) -> [FeedChange] {
        var order: [String] = []
        var byID: [String: FeedChange] = [:]
        for event in events {
            let category = event["Category"]?.stringValue ?? ""
            for (position, id) in (event["RelatedDocumentIds"]?.stringsValue ?? []).enumerated() {
                if byID[id] == nil { order.append(id) }
                var change = byID[id] ?? FeedChange(kind: nil, id: id)
                // The first one is what the event happened to.
                if position == 0, category == "Deleted" { change.isDeletion = true }
                if position == 0, category == "Created" { change.isCreation = true }
                byID[id] = change
            }
        }
        return order.compactMap { byID[$0] }
    }

    private func mark(_ events: [JSON], _ time: String, before: [String]) -> FeedMark {
        let limit = Self.date(time)?.addingTimeInterval(-Self.overlap)
        let recent = events.filter { event in
            guard let limit, let occurred = event["Occurred"]?.stringValue.flatMap(Self.date) else { return true }
            return occurred >= limit
        }
        let ids = recent.compactMap { $0["Id"]?.stringValue }
        let numbers = ids.compactMap { $0.split(separator: "-").last.flatMap { Int($0) } }
        return FeedMark(
            feed: .events,
            cursor: numbers.max() ?? 0,
            time: time,
            seen: events.isEmpty ? before : Array(Set(ids)).sorted()
        )
    }

    private func events(_ query: [String: String]) async throws -> (items: [JSON], total: Int) {
        var query = query
        query["excludeDifference"] = "true"
        // Teams and their roles belong to the system.
        query["includeSystem"] = "true"
        let request = Transport.Request(
            method: .get,
            endpoint: try .events(space: identity.spaceID),
            query: query.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        )
        let answer = try await transport.send(request)
        let items = answer["Items"]?.arrayValue ?? []
        return (items, answer["TotalResults"]?.intValue ?? items.count)
    }

    // MARK: - Times

    static func date(_ text: String) -> Date? {
        let styles = [true, false].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        return styles.lazy.compactMap { try? $0.parse(text) }.first
    }

    private static func text(_ date: Date) -> String {
        Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(date)
    }

    private static func isEarlier(_ left: String, _ right: String) -> Bool {
        (date(left) ?? .distantPast) < (date(right) ?? .distantPast)
    }
}
