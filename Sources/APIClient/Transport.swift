import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1

/// Sends requests to one server and reads its answers, within the limits, with the patience of the options.
struct Transport: Sendable {
    let address: ServerAddress
    let key: APIKey
    let options: ClientOptions
    let gate: RequestGate
    let clock = ServerClock()
    let tenantForms = TenantVariableForms()
    let budget: RequestBudget
    var origin: RequestOrigin
    /// Between the newest form of documents and that of the server; set once the server has said what it is.
    var adapter = SchemaAdapter(version: "")

    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    struct Request: Sendable {
        var method: Method
        var endpoint: Endpoint
        var query: [(String, String)] = []
        var body: JSON?
        /// The tag of what is known already: the answer may be 304.
        var knownTag: String?
        /// In place of a JSON body: bytes, and what they are.
        var bytes: (content: [UInt8], type: String)?

        /// For messages: `GET /api/Spaces-1/projects`.
        var description: String { "\(method.rawValue) \(endpoint.path)" }
    }

    struct Response: Sendable {
        var status: Int
        var contentType: String
        var retryAfter: String?
        var location: String?
        var tag: String?
        var date: String?
        var body: ByteBuffer
    }

    init(address: ServerAddress, key: APIKey, options: ClientOptions, origin: RequestOrigin) {
        self.address = address
        self.key = key
        self.options = options
        self.origin = origin
        budget = RequestBudget(requests: options.requestBudget, waiting: options.waitingBudget)
        gate = RequestGate(ConcurrencyLimit(initial: options.initialConcurrency, maximum: options.maximumConcurrency))
    }

    /// The JSON of a successful answer; null for an empty one.
    ///
    /// A request that changes nothing is repeated after 429, 5xx and broken connections. One that writes is repeated
    /// only after 429, which says that it was not even looked at.
    func send(_ request: Request) async throws -> JSON {
        try json(of: try await response(to: request), request)
    }

    func json(of response: Response, _ request: Request) throws -> JSON {
        try AnswerReading(server: address.base, request: request.description, options: options).json(of: response)
    }

    /// The answer itself, whatever its status.
    func response(to request: Request) async throws -> Response {
        var attempt = 0
        while true {
            guard budget.takeRequest() else { throw APIError.budgetSpent(server: address.base, what: budget.text) }
            let outcome = await once(request, attempt: attempt)
            if let pause = pause(after: outcome, request, attempt: attempt) {
                attempt += 1
                guard budget.takeWaiting(pause) else {
                    throw APIError.budgetSpent(server: address.base, what: budget.text)
                }
                try await Task.sleep(for: pause)
                continue
            }
            return try outcome.get()
        }
    }

    private func pause(after outcome: Result<Response, any Error>, _ request: Request, attempt: Int) -> Duration? {
        guard attempt < options.retries, !Task.isCancelled else { return nil }
        let isRead = request.method == .get
        var retryAfter: String?
        switch outcome {
        case .success(let response):
            guard response.status == 429 || (isRead && response.status >= 500) else { return nil }
            retryAfter = response.retryAfter
        case .failure(let error):
            guard isRead, case .unreachable(_, _)? = error as? APIError else { return nil }
        }
        return RetryPause.pause(
            attempt: attempt,
            retryAfter: retryAfter,
            now: Date(),
            options: options,
            chance: .random(in: 0...1)
        )
    }

    private func once(_ request: Request, attempt: Int) async -> Result<Response, any Error> {
        do { try await gate.enter() } catch { return .failure(error) }
        let clock = ContinuousClock()
        let start = clock.now
        let date = Date()
        do {
            let response = try await exchange(request)
            note(request, since: date, took: clock.now - start, attempt: attempt, status: response.status)
            if let date = response.date { self.clock.note(date) }
            let isTrouble = response.status == 429 || response.status >= 500
            await gate.leave(isTrouble ? .trouble : .answered(clock.now - start))
            return .success(response)
        } catch {
            await gate.leave(.trouble)
            let problem = failure(error, request)
            note(request, since: date, took: clock.now - start, attempt: attempt, status: nil, problem: problem)
            return .failure(problem)
        }
    }

    private func exchange(_ request: Request) async throws -> Response {
        let prepared = prepare(request)
        let limit = options.responseLimit
        return try await withTimeLimit(options.requestTimeout) {
            let response = try await Self.session.execute(prepared, deadline: .distantFuture)
            let body = try await response.body.collect(upTo: limit)
            return Response(
                status: Int(response.status.code),
                contentType: response.headers.first(name: "Content-Type") ?? "",
                retryAfter: response.headers.first(name: "Retry-After"),
                location: response.headers.first(name: "Location"),
                tag: response.headers.first(name: "ETag"),
                date: response.headers.first(name: "Date"),
                body: body
            )
        }
    }

    func prepare(_ request: Request) -> HTTPClientRequest {
        var url = address.base + request.endpoint.path
        if !request.query.isEmpty {
            url += "?" + request.query.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&")
        }
        var prepared = HTTPClientRequest(url: url)
        prepared.method = HTTPMethod(rawValue: request.method.rawValue)
        prepared.headers.add(name: "X-Octopus-ApiKey", value: key.text)
        prepared.headers.add(name: "Accept", value: "application/json")
        prepared.headers.add(name: "User-Agent", value: origin.userAgent)
        if let tag = request.knownTag { prepared.headers.add(name: "If-None-Match", value: tag) }
        if let body = request.body {
            prepared.headers.add(name: "Content-Type", value: "application/json")
            prepared.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        if let bytes = request.bytes {
            prepared.headers.add(name: "Content-Type", value: bytes.type)
            prepared.body = .bytes(ByteBuffer(bytes: bytes.content))
        }
        return prepared
    }

    private static func escaped(_ value: String) -> String {
        value.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-_.")))
            ?? ""
    }

    func failure(_ error: any Error, _ request: Request) -> any Error {
        let server = address.base
        switch error {
        case is CancellationError: return error
        case is NIOTooManyBytesError:
            return APIError.tooLarge(server: server, request: request.description, limit: options.responseLimit)
        case is TimeLimitReached:
            return APIError.timeout(
                server: server,
                request: request.description,
                seconds: Int(options.requestTimeout.components.seconds)
            )
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        default: return APIError.unreachable(server: server, problem: Self.explanation(error))
        }
    }

    private static func explanation(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout: "no connection within the time limit"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "the connection was closed"
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        default: String(describing: error).prefix(300).description
        }
    }

    /// One pool of connections for the process, which lives as long as it does. Unlike the library's own shared one it
    /// follows no redirects: the key must not travel to a place that some answer names.
    static let session = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)

    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(120))
        )
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return configuration
    }
}
