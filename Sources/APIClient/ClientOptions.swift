public import Catalog

/// How patient a client is, and how much it accepts.
public struct ClientOptions: Sendable {
    /// For one request, from sending it to the last byte of its answer.
    public var requestTimeout: Duration = .seconds(60)
    public var connectTimeout: Duration = .seconds(10)
    /// Documents of a list that are asked for at once. Servers may give fewer.
    public var pageSize = 2_147_483_647
    /// Bytes of one answer.
    public var responseLimit = 128 << 20
    /// How often a request that changes nothing is repeated after 429, 5xx or a broken connection.
    public var retries = 5
    /// The first pause; each further one doubles, and a random part of it is left out.
    public var retryPause: Duration = .milliseconds(250)
    /// The longest pause, whatever a server's `Retry-After` asks for.
    public var longestPause: Duration = .seconds(60)
    public var initialConcurrency = 4
    public var maximumConcurrency = 16
    /// Requests to one server in one run of the program: a loop that does not end must not hammer a server for ever.
    public var requestBudget = 5_000_000
    /// All pauses before repetitions together, in one run of the program.
    public var waitingBudget: Duration = .seconds(3600)
    /// What distinguishes releases of the API; documents come and go in the newest form.
    public var schemaChanges = SchemaChange.known

    /// Is told of every exchange once it is over, on any thread.
    public var observer: (@Sendable (RequestNote) -> Void)?

    public init() {}
}

/// What a server's audit log shows about the origin of a request.
public struct RequestOrigin: Sendable, Hashable {
    public static let version = "0.1.0"

    /// `skerry-sync`, `skerry-sample`
    public var program: String
    public var run: String?
    /// The first characters of the plan's hash.
    public var plan: String?
    public var operation: Int?

    public init(program: String = "skerry-sync", run: String? = nil, plan: String? = nil, operation: Int? = nil) {
        self.program = program
        self.run = run
        self.plan = plan
        self.operation = operation
    }

    /// `skerry-sync/0.1.0 (run=7f3a; plan=91c2aa; op=12)`
    public var userAgent: String {
        let marks = [run.map { "run=\($0)" }, plan.map { "plan=\($0)" }, operation.map { "op=\($0)" }].compactMap { $0 }
        return "\(program)/\(Self.version)" + (marks.isEmpty ? "" : " (\(marks.joined(separator: "; ")))")
    }
}
