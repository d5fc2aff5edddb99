import Catalog
import Foundation
import Store

/// The audit, which is also the change feed: `Events-N` with rising `N`.
enum EventRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("events", scope: .mixed) { try await list($0) }
        routes.get("events/agents", scope: .mixed) { _ in .json([]) }
        routes.get("events/groups", scope: .mixed) { _ in .json([]) }
        routes.get("events/categories", scope: .mixed) { _ in
            .json(.array(categories.map { ["Id": .string($0), "Name": .string($0)] }))
        }
        routes.get("events/documenttypes", scope: .mixed) { request in
            .json(
                .array(
                    request.services.resources.catalog.kinds.map {
                        ["Id": .string($0.type), "Name": .string($0.title.one.capitalizedFirst)]
                    }
                )
            )
        }
        routes.get("events/:id", scope: .mixed) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                guard id.lowercased().hasPrefix("events-"), let number = Int(id.dropFirst(7)),
                    let event = try context.reader.event(number),
                    context.space == nil || event.space == nil || event.space == context.space?.id
                else { throw APIProblem.notFound("event", id) }
                return .json(body(event))
            }
        }
    }

    private static let categories = ["Created", "Deleted", "LoginSucceeded", "Logout", "Modified"]

    private static func list(_ request: APIRequest) async throws -> APIResponse {
        guard try request.query.bool("asCsv") != true else { throw APIProblem.notSupportedYet("asCsv") }
        let window = try PageWindow(request.query)
        var query = try eventQuery(request)
        query.skip = window.skip
        query.take = window.take
        let path = request.space.map { "/api/\($0.id)/events" } ?? "/api/events"
        let asked = query
        let excludes = try request.query.bool("excludeDifference") ?? false
        return try await request.read { context in
            let page = try context.reader.events(asked)
            let items = page.items.map { body($0, withDifferences: !excludes).text }.joined(separator: ",")
            let envelope = PageEnvelope(
                itemType: "Event",
                path: path,
                template: "\(path){/id}\(RootLinks.eventParameters)",
                query: request.query,
                window: window,
                total: page.total
            )
            return APIResponse(bytes: envelope.bytes(items: Array(items.utf8)))
        }
    }

    private static func eventQuery(_ request: APIRequest) throws -> EventQuery {
        let asked = request.query
        var query = EventQuery()
        query.fromSequence = try asked.int("fromAutoId")
        query.toSequence = try asked.int("toAutoId")
        query.regarding = asked.list("regarding") ?? []
        let any = ["regardingAny", "projects", "projectGroups", "environments", "tenants", "tags"].compactMap(
            asked.list
        )
        guard any.count <= 1 else {
            throw APIProblem.notSupportedYet(
                "More than one of regardingAny, projects, projectGroups, environments, tenants, tags"
            )
        }
        query.regardingAny = any.first
        query.documentTypes = asked.list("documentTypes")
        query.categories = asked.list("eventCategories")
        query.userIDs = asked.list("users") ?? asked.list("user")
        query.includesServiceEvents = try asked.bool("internal") ?? true
        query.from = try date("from", asked)
        query.to = try date("to", asked)
        let system: [String?] = try asked.bool("includeSystem") ?? true ? [nil] : []
        if let space = request.space {
            query.spaces = [space.id] + system
        } else if let spaces = asked.list("spaces"), !spaces.contains(where: { $0.lowercased() == "all" }) {
            query.spaces = spaces + system
        }
        return query
    }

    private static func date(_ name: String, _ query: Query) throws -> Date? {
        guard let text = query[name] else { return nil }
        guard let date = Timestamp.date(text) else {
            throw APIProblem.invalid(
                "The query parameter '\(name)' must be a date, like 2027-01-31 or 2027-01-31T10:00:00Z."
            )
        }
        return date
    }

    static func body(_ event: Event, withDifferences: Bool = true) -> JSON {
        let path = "/api/events/\(event.id)"
        let details = withDifferences ? event.details.flatMap { try? JSON.parse($0) } : nil
        return [
            "Id": .string(event.id), "Category": .string(event.category), "UserId": .string(event.author.userID),
            "Username": .string(event.author.username), "IsService": .bool(event.author.isService),
            "IdentityEstablishedWith": .string(event.author.identityEstablishedWith),
            "UserAgent": .string(event.author.userAgent), "IpAddress": .string(event.author.ipAddress),
            "Occurred": .string(Timestamp.text(event.occurred)), "Message": .string(event.message),
            "MessageHtml": .string(escaped(event.message)), "MessageReferences": [],
            "RelatedDocumentIds": JSON(event.relatedIDs), "Comments": nil, "Details": nil,
            "ChangeDetails": details ?? ["Differences": [], "DocumentContext": nil], "SpaceId": JSON(event.space),
            "DocumentType": .string(event.documentType), "Links": ["Self": .string(path)],
        ]
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
