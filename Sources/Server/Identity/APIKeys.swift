import Catalog
import Foundation
import Store

/// A user's API keys: listed without the key, which is shown once, when it is made.
enum APIKeys {
    static let prefix = "APIKeys"

    static func register(in routes: inout RouteTable) {
        routes.get("users/:id/apikeys", scope: .system) { try await list($0) }
        routes.get("users/:id/apikeys/:key", scope: .system) { try await get($0) }
        routes.post("users/:id/apikeys", scope: .system, access: .signedIn) { try await create($0) }
        routes.delete("users/:id/apikeys/:key", scope: .system, access: .signedIn) { try await delete($0) }
    }

    /// One's own keys, or anybody's for an administrator.
    private static func check(_ request: APIRequest, _ userID: String) throws {
        guard let user = request.user, user.isAdministrator || user.id == userID else {
            throw APIProblem.forbidden("You may not see or change the API keys of another user.")
        }
    }

    private static func list(_ request: APIRequest) async throws -> APIResponse {
        let window = try PageWindow(request.query)
        return try await request.read { context in
            let user = try owner(request, context)
            let keys = try context.reader.apiKeys(ofUser: user)
            let page = keys.dropFirst(window.skip).prefix(window.take).map { body($0).text }.joined(separator: ",")
            let path = "/api/users/\(user)/apikeys"
            let envelope = PageEnvelope(
                itemType: "ApiKey",
                path: path,
                template: "\(path){/id}{?skip,take}",
                query: request.query,
                window: window,
                total: keys.count
            )
            return APIResponse(bytes: envelope.bytes(items: Array(page.utf8)))
        }
    }

    private static func get(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("key")
        return try await request.read { context in
            let user = try owner(request, context)
            guard let key = try context.reader.apiKey(id: id), key.userID == user else {
                throw APIProblem.notFound("API key", id)
            }
            return .json(body(key))
        }
    }

    private static func owner(_ request: APIRequest, _ context: ReadContext) throws -> String {
        let document = try context.resources.visible(
            .users,
            try request.parameter("id"),
            space: nil,
            in: context.reader
        )
        try check(request, document.id)
        return document.id
    }

    private static func create(_ request: APIRequest) async throws -> APIResponse {
        let sent = try request.objectBody().objectValue ?? [:]
        let purpose = sent[caseless: "Purpose"]?.stringValue?.trimmingSpaces ?? ""
        guard !purpose.isEmpty, purpose.count <= 200 else {
            throw APIProblem.invalid("Purpose is required: say in up to 200 characters what the key is for.")
        }
        let expires = try expiry(sent[caseless: "Expires"])
        let key = RandomText.apiKey()
        let id = try request.parameter("id")
        return try await request.write { context in
            let user = try context.resources.visible(.users, id, space: nil, in: context.writer).id
            try check(request, user)
            let record = try insert(key, user: user, purpose: purpose, expires: expires, in: context.writer)
            var answer = body(record)
            answer["ApiKey"] = .string(key)
            return .created(answer)
        }
    }

    private static func expiry(_ value: JSON?) throws -> Date? {
        guard let value, !value.isNull else { return nil }
        guard let date = value.stringValue.flatMap(Timestamp.date), date > Date() else {
            throw APIProblem.invalid("Expires must be a date and time in the future, like 2027-01-31T00:00:00+00:00.")
        }
        return date
    }

    static func insert(
        _ key: String,
        user: String,
        purpose: String,
        expires: Date?,
        in writer: StoreWriter
    ) throws -> APIKeyRecord {
        let record = APIKeyRecord(
            id: try writer.nextID(prefix),
            userID: user,
            hash: TokenHash.of(key),
            hint: String(key.prefix(7)) + "...",
            purpose: purpose,
            created: writer.time,
            expires: expires
        )
        try writer.insertAPIKey(
            record,
            event: EventDraft("Created", message: "An API key for \(purpose) was created", documentType: "ApiKey")
        )
        return record
    }

    private static func delete(_ request: APIRequest) async throws -> APIResponse {
        let (id, keyID) = (try request.parameter("id"), try request.parameter("key"))
        try await request.write { context in
            let user = try context.resources.visible(.users, id, space: nil, in: context.writer).id
            try check(request, user)
            guard let key = try context.writer.apiKey(id: keyID), key.userID == user else {
                throw APIProblem.notFound("API key", keyID)
            }
            try context.writer.deleteAPIKey(
                id: keyID,
                event: EventDraft(
                    "Deleted",
                    message: "The API key for \(key.purpose) was deleted",
                    documentType: "ApiKey"
                )
            )
        }
        return .empty
    }

    private static func body(_ key: APIKeyRecord) -> JSON {
        [
            "Id": .string(key.id), "UserId": .string(key.userID), "Purpose": .string(key.purpose),
            "Created": .string(Timestamp.text(key.created)), "Expires": JSON(key.expires.map(Timestamp.text)),
            "ApiKey": ["HasValue": true, "NewValue": nil, "Hint": .string(key.hint)],
            "Links": ["Self": .string("/api/users/\(key.userID)/apikeys/\(key.id)")],
        ]
    }
}
