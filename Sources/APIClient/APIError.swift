/// Why a server could not be used. Every case says which server, what was wrong and what to do.
public enum APIError: Error, Sendable, Hashable {
    case badURL(String, problem: String)
    case badKey(String)
    case unreachable(server: String, problem: String)
    /// Something answers, but it does not speak this API.
    case notASkerryOrOctopusServer(server: String, found: String)
    case unauthorized(server: String)
    case forbidden(server: String, request: String, message: String)
    case spaceNotFound(server: String, space: String, existing: [String])
    case notFound(server: String, request: String, message: String)
    /// The server understood the request and said no.
    case refused(server: String, request: String, status: Int, message: String, errors: [String])
    case timeout(server: String, request: String, seconds: Int)
    case tooLarge(server: String, request: String, limit: Int)
    /// Not JSON, or JSON of another form than the contract says.
    case badResponse(server: String, request: String, problem: String)
    /// The program has asked this server for all that one run of it may (`ClientOptions`).
    case budgetSpent(server: String, what: String)
    /// This client never sends such a request (`S-113`).
    case endpointNotAllowed(String)
}

extension APIError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badURL(let url, let problem):
            "'\(url)' is no address of a server: \(problem); expected something like https://deploy.example.com"
        case .badKey(let problem): "\(problem)"
        case .unreachable(let server, let problem):
            "\(server) cannot be reached: \(problem); check the address, and that the server is running"
        case .notASkerryOrOctopusServer(let server, let found):
            "\(server) is no Skerry or Octopus server: \(found); check the address, and any proxy on the way"
        case .unauthorized(let server):
            "\(server) does not accept the API key; check that it is this server's key and has not expired"
        case .forbidden(let server, let request, let message):
            "\(server) does not permit \(request) with this API key: \(message); give the key's user the permission"
        case .spaceNotFound(let server, let space, let existing):
            existing.isEmpty
                ? "\(server) has no space '\(space)', and the API key sees no space at all; check the user's permissions"
                : "\(server) has no space '\(space)'; there are \(existing.map { "'\($0)'" }.joined(separator: ", "))"
        case .notFound(let server, let request, let message):
            "\(server) answered \(request) with 'not found': \(message)"
        case .refused(let server, let request, let status, let message, let errors):
            "\(server) refused \(request) (\(status)): \(([message] + errors).filter { !$0.isEmpty }.joined(separator: " "))"
        case .timeout(let server, let request, let seconds):
            "\(server) did not finish answering \(request) within \(seconds) seconds; try again when it is less busy"
        case .tooLarge(let server, let request, let limit):
            "\(server) answered \(request) with more than \(limit) bytes; nothing of it was used"
        case .badResponse(let server, let request, let problem):
            "\(server) answered \(request) with something unexpected: \(problem)"
        case .budgetSpent(let server, let what): "\(server): \(what); nothing more is sent in this run"
        case .endpointNotAllowed(let endpoint):
            "'\(endpoint)' is not among the endpoints that this client may use; nothing was sent"
        }
    }

    /// The key lacks a permission, as opposed to a fault of network or server.
    public var isPermissionProblem: Bool {
        switch self {
        case .unauthorized, .forbidden: true
        default: false
        }
    }

    /// The server cannot be talked to at present; what was asked for is not the reason.
    public var isOutage: Bool {
        switch self {
        case .unreachable, .timeout, .budgetSpent, .notASkerryOrOctopusServer: true
        case .refused(_, _, let status, _, _): status == 429 || status == 502 || status == 503 || status == 504
        default: false
        }
    }

    /// The server says that it is closed for maintenance.
    public var isMaintenance: Bool {
        guard case .refused(_, _, let status, let message, let errors) = self, status == 503 || status == 400 else {
            return false
        }
        return ([message] + errors).contains { $0.lowercased().contains("maintenance mode") }
    }

    public var isNotFound: Bool { if case .notFound = self { true } else { false } }

    /// The server understood and said no.
    public var isRefusal: Bool {
        if case .refused(_, _, let status, _, _) = self { (400..<500).contains(status) } else { false }
    }
}
