import HTTPTypes

/// All routes of a server, before they are put into a tree.
///
/// A pattern is a path below `/api/` (or below the space): literals, which match without case, and `:name`
/// parameters. A literal wins over a parameter.
struct RouteTable: Sendable {
    enum Scope: Sendable, Hashable {
        /// `/api/x`, `/api/{space}/x` and `/api/spaces/{idOrSlug}/x`; the request always has a space.
        case space
        /// `/api/x` only.
        case system
        /// All three forms; without a space in the path the request has none.
        case mixed
    }

    enum Access: Sendable, Hashable {
        case anonymous
        case signedIn
        /// Members of the administrators' team.
        case administrator
    }

    typealias Handler = @Sendable (APIRequest) async throws -> APIResponse

    struct Route: Sendable {
        var method: HTTPRequest.Method
        var pattern: String
        var scope: Scope
        var access: Access
        var handler: Handler
        /// The handler reads the body itself, as it arrives.
        var streamsBody = false
    }

    private(set) var routes: [Route] = []

    /// - Parameter access: by default reading needs a signed-in user and everything else an administrator.
    mutating func on(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        scope: Scope,
        access: Access? = nil,
        _ handler: @escaping Handler
    ) {
        let usual: Access = method == .get ? .signedIn : .administrator
        routes.append(
            Route(method: method, pattern: pattern, scope: scope, access: access ?? usual, handler: handler)
        )
    }

    /// A route whose handler reads the body as it arrives, however long it is.
    mutating func streamed(
        _ method: HTTPRequest.Method,
        _ pattern: String,
        scope: Scope,
        _ handler: @escaping Handler
    ) {
        on(method, pattern, scope: scope, handler)
        routes[routes.count - 1].streamsBody = true
    }

    mutating func get(
        _ pattern: String,
        scope: Scope,
        access: Access? = nil,
        _ handler: @escaping Handler
    ) { on(.get, pattern, scope: scope, access: access, handler) }

    mutating func post(
        _ pattern: String,
        scope: Scope,
        access: Access? = nil,
        _ handler: @escaping Handler
    ) { on(.post, pattern, scope: scope, access: access, handler) }

    mutating func put(
        _ pattern: String,
        scope: Scope,
        access: Access? = nil,
        _ handler: @escaping Handler
    ) { on(.put, pattern, scope: scope, access: access, handler) }

    mutating func delete(
        _ pattern: String,
        scope: Scope,
        access: Access? = nil,
        _ handler: @escaping Handler
    ) { on(.delete, pattern, scope: scope, access: access, handler) }
}
