import Catalog
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Store
import Synchronization

/// What the responder needs to know about a request's connection.
struct ConnectionContext: InitializableFromSource, Sendable {
    var address: String
    var isSecure: Bool

    init(source: ApplicationRequestContextSource) {
        address = source.channel.remoteAddress?.ipAddress ?? "local"
        isSecure = false
    }
}

/// From a request to its answer: limits, routing, who it is, what they may, the route, errors, log.
struct Responder: HTTPResponder {
    typealias Context = ConnectionContext

    let services: Services
    let router: Router
    let isSecure: Bool
    let admission: Admission
    /// Requests come by the socket of the front door, which says where they came from.
    var isBehindDoor = false

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let started = ContinuousClock.now
        let arrival = arrival(of: request, context)
        var request = request
        if !arrival.basePath.isEmpty {
            var head = request.head
            head.path = arrival.ownPath(head.path)
            request = Request(head: head, body: request.body)
        }
        guard admission.enter() else { return answer(Self.busy, to: request, arrival) }
        defer { admission.leave() }
        if let response = cached(request) { return answer(response, to: request, arrival) }
        let id = RequestNumber.next()
        let response: APIResponse
        do {
            response = try await handle(request, arrival, id)
        } catch let problem as APIProblem {
            response = APIResponse(problem)
        } catch is CancellationError {
            response = APIResponse(APIProblem(.serviceUnavailable, "The server is stopping."))
        } catch {
            response = unexpected(error, id)
        }
        log(request, response, id, arrival, started)
        return answer(response, to: request, arrival)
    }

    /// The short way for what was read before: two look-ups, no parsing.
    private func cached(_ request: Request) -> APIResponse? {
        guard request.method == .get, let target = request.head.path,
            let response = services.cache.response(for: target, generation: services.generation)
        else { return nil }
        guard services.identity.isKnown(request.headers) else { return nil }
        return response
    }

    private func handle(_ request: Request, _ arrival: Arrival, _ id: String) async throws -> APIResponse {
        let target = request.head.path ?? "/"
        guard target.utf8.count <= services.configuration.limits.urlBytes else {
            throw APIProblem(
                .uriTooLong,
                "The URL is too long.",
                errors: ["A URL may have \(services.configuration.limits.urlBytes) bytes."]
            )
        }
        let (path, query) = Self.split(target)
        let method = try Self.method(of: request)
        let match = try await router.route(method, path)
        let route = match.route
        var call = APIRequest(
            method: method,
            path: String(path),
            parameters: match.parameters,
            query: Query(parsing: query),
            headers: request.headers,
            address: arrival.address,
            isSecure: arrival.isSecure,
            basePath: arrival.basePath,
            id: id,
            user: nil,
            space: match.space,
            bodyBytes: [],
            services: services
        )
        call.user = try await services.identity.user(of: call, isOptional: route.access == .anonymous)
        try authorize(call, route)
        if route.streamsBody { return try await streamed(call, request, route) }
        if method != .get, method != .head { call.bodyBytes = try await body(of: request) }
        let before = services.changeMark
        let response = try await route.handler(call)
        if let kinds = response.cachedWith, method == .get, services.changeMark == before {
            services.cache.insert(response, for: target, kinds: kinds, generation: services.generation(kinds))
        }
        return response
    }

    /// What is left of the body after a refusal is still on its way: the connection cannot be used again.
    private func streamed(
        _ call: APIRequest,
        _ request: Request,
        _ route: RouteTable.Route
    ) async throws -> APIResponse {
        var call = call
        call.bodyStream = request.body
        do {
            return try await route.handler(call)
        } catch var problem as APIProblem {
            problem.headers[.connection] = "close"
            throw problem
        }
    }

    private func authorize(_ call: APIRequest, _ route: RouteTable.Route) throws {
        guard route.access != .anonymous else { return }
        guard let user = call.user else { throw APIProblem.unauthorized }
        if call.method != .get, call.method != .head { try services.identity.checkForgery(call, user) }
        if route.access == .administrator, !user.isAdministrator { throw APIProblem.forbidden() }
    }

    /// The whole body; stops reading where the limit is passed.
    private func body(of request: Request) async throws -> [UInt8] {
        let limit = services.configuration.limits.bodyBytes
        if let declared = request.headers[.contentLength].flatMap({ Int($0) }), declared > limit {
            throw Self.tooLarge(limit)
        }
        var bytes: [UInt8] = []
        for try await chunk in request.body {
            guard bytes.count + chunk.readableBytes <= limit else { throw Self.tooLarge(limit) }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
    }

    private static func tooLarge(_ limit: Int) -> APIProblem {
        var problem = APIProblem(
            .contentTooLarge,
            "The body is too large.",
            errors: ["A body may have \(limit) bytes on this server."]
        )
        // The rest of the body is still on its way: the connection cannot be used again.
        problem.headers[.connection] = "close"
        return problem
    }

    private static func method(of request: Request) throws -> HTTPRequest.Method {
        guard request.method == .post, let override = request.headers[.methodOverride], !override.isEmpty else {
            return request.method
        }
        switch override.uppercased() {
        case "PUT": return .put
        case "DELETE": return .delete
        case "POST": return .post
        default: throw APIProblem.invalid("X-HTTP-Method-Override may be PUT or DELETE.")
        }
    }

    static func split(_ target: String) -> (path: Substring, query: Substring) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target[...], "") }
        return (target[..<mark], target[target.utf8.index(after: mark)...])
    }

    private func arrival(of request: Request, _ context: ConnectionContext) -> Arrival {
        isBehindDoor
            ? Arrival(forwarded: request.headers)
            : Arrival(address: context.address, isSecure: isSecure, basePath: "")
    }

    private func answer(_ response: APIResponse, to request: Request, _ arrival: Arrival) -> Response {
        let response = arrival.basePath.isEmpty ? response : response.moved(below: arrival.basePath)
        var headers = response.headers
        if request.method == .head {
            headers[.contentLength] = String(response.byteCount)
            return Response(status: response.status, headers: headers)
        }
        let body =
            if case .file(let path, let size) = response.body {
                FileBody.body(of: path, size: size)
            } else {
                ResponseBody(byteBuffer: response.buffer)
            }
        return Response(status: response.status, headers: headers, body: body)
    }

    private func unexpected(_ error: any Error, _ id: String) -> APIResponse {
        services.logger.error(
            "A request failed unexpectedly",
            metadata: ["request": "\(id)", "error": "\(String(reflecting: error))"]
        )
        var problem = APIProblem(
            .internalServerError,
            "Something went wrong on the server. The log has more under request \(id).",
            errors: ["Unexpected error; request \(id)."]
        )
        problem.fullException = services.configuration.showsFullExceptions ? String(reflecting: error) : nil
        return APIResponse(problem)
    }

    private static let busy: APIResponse = {
        var problem = APIProblem(.serviceUnavailable, "The server has too many requests at the moment. Try again.")
        problem.headers[.retryAfter] = "1"
        return APIResponse(problem)
    }()

    private func log(
        _ request: Request,
        _ response: APIResponse,
        _ id: String,
        _ arrival: Arrival,
        _ started: ContinuousClock.Instant
    ) {
        guard services.logger.logLevel <= .debug || response.status.code >= 500 else { return }
        // The path only: a query may hold a key.
        let path = Self.split(request.head.path ?? "/").path
        services.logger.log(
            level: response.status.code >= 500 ? .warning : .debug,
            "request",
            metadata: [
                "request": "\(id)", "method": "\(request.method.rawValue)", "path": "\(path.prefix(500))",
                "status": "\(response.status.code)", "address": "\(arrival.address)",
                "milliseconds": "\((ContinuousClock.now - started) / .milliseconds(1))",
            ]
        )
    }
}

/// Numbers for requests: a random start for each process, so that numbers of two runs do not meet in one log.
enum RequestNumber {
    private static let start = RandomText.bytes(4).hex
    private static let count = Atomic<Int>(0)

    static func next() -> String { "\(start)-\(count.add(1, ordering: .relaxed).newValue)" }
}

extension HTTPField.Name {
    static let methodOverride = HTTPField.Name("X-HTTP-Method-Override")!
}

extension APIResponse {
    init(_ problem: APIProblem) {
        var fields = HTTPFields()
        for (name, value) in problem.headers { fields[name] = value }
        self.init(problem.status, bytes: problem.body.bytes, headers: fields)
    }
}
