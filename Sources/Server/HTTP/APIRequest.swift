import Catalog
import HTTPTypes
import HummingbirdCore
import Store

/// One request as the routes see it: matched, signed in, allowed.
struct APIRequest: Sendable {
    var method: HTTPRequest.Method
    /// The path without query, as it was sent.
    var path: String
    /// The values of the pattern's `:name` segments, percent-decoded.
    var parameters: [String: String]
    var query: Query
    var headers: HTTPFields
    /// The address that the client came from.
    var address: String
    var isSecure: Bool
    /// Empty, or the path below which clients see this server: `/group1`.
    var basePath = ""
    /// Id of this request in the log.
    var id: String
    /// The signed-in user; nil only on routes with anonymous access.
    var user: SignedInUser?
    /// The space of the route; nil on routes of the system.
    var space: SpaceSummary?
    /// The whole body, within the limits.
    var bodyBytes: [UInt8]
    /// On routes that stream, in place of `bodyBytes`.
    var bodyStream: RequestBody?
    var services: Services

    /// A parameter that the route's pattern has.
    func parameter(_ name: String) throws -> String {
        guard let value = parameters[name] else { throw APIProblem.notFound() }
        return value
    }

    /// The body as JSON; an absent body is an empty object.
    func body() throws -> JSON {
        guard !bodyBytes.isEmpty else { return [:] }
        do {
            return try JSON.parse(bodyBytes, limits: services.configuration.jsonLimits)
        } catch {
            throw APIProblem.invalid("The body is \(error).")
        }
    }

    /// The body, which has to be an object.
    func objectBody() throws -> JSON {
        let body = try body()
        guard case .object = body else {
            throw APIProblem.invalid("The body must be a JSON object, but is \(body.typeName).")
        }
        return body
    }

    /// Runs on one consistent view of the store.
    func read<Result: Sendable>(_ work: @escaping @Sendable (ReadContext) throws -> Result) async throws -> Result {
        try await services.read(space: space, user: user, work)
    }

    /// Runs in one transaction, which is undone when `work` throws.
    func write<Result: Sendable>(_ work: @escaping @Sendable (WriteContext) throws -> Result) async throws -> Result {
        try await services.write(space: space, author: author, work)
    }

    var author: EventAuthor { services.author(of: user, headers: headers, address: address) }
}

/// Who makes a request.
struct SignedInUser: Sendable, Hashable {
    enum Method: String, Sendable, Hashable {
        case apiKey = "API Key"
        case session = "Session cookie"
    }
    var id: String
    var username: String
    var method: Method
    /// Member of `teams-administrators`.
    var isAdministrator: Bool
    var isService: Bool
    /// SHA-256 of what the CSRF header has to repeat; nil for API keys.
    var csrfHash: [UInt8]?
    /// SHA-256 of the session's token; nil for API keys.
    var sessionHash: [UInt8]?
}

struct SpaceSummary: Sendable, Hashable {
    var id: String
    var name: String
    var slug: String
    var isDefault: Bool
}
