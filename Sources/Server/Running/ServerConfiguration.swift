import Catalog

/// How one server instance listens and what it accepts.
public struct ServerConfiguration: Sendable {
    /// One address to listen on.
    public struct Address: Sendable, Hashable {
        /// A host name or address; `0.0.0.0` and `::` mean every interface.
        public var host: String
        /// 0 lets the system choose.
        public var port: Int
        public var usesTLS: Bool

        public init(host: String, port: Int, usesTLS: Bool = false) {
            self.host = host
            self.port = port
            self.usesTLS = usesTLS
        }
    }

    /// PEM files of the server's certificate (the chain, leaf first) and its key.
    public struct TLS: Sendable, Hashable {
        public var certificatePath: String
        public var keyPath: String

        public init(certificatePath: String, keyPath: String) {
            self.certificatePath = certificatePath
            self.keyPath = keyPath
        }
    }

    public var addresses: [Address]
    /// A Unix socket to answer on too, for a front door whose word on where a request came from is believed.
    public var doorPath: String?
    public var tls: TLS?
    /// Listen without TLS on addresses that other machines can reach.
    public var allowPlainHTTP: Bool
    public var limits: Limits
    /// Include the text of unexpected errors in answers with status 500.
    public var showsFullExceptions: Bool
    /// The folder for the files of packages; without one the built-in feed takes none.
    public var packagesPath: String?
    /// The folder for copies of the repositories of projects in Git; without one projects cannot be in Git.
    public var gitPath: String?
    /// Repositories of projects may be on this machine's disk, or be reached over plain HTTP.
    public var allowsLocalGit = false
    /// How long requests may go on after the server was told to stop.
    public var shutdownGrace: Duration

    public init(
        addresses: [Address],
        tls: TLS? = nil,
        allowPlainHTTP: Bool = false,
        limits: Limits = Limits(),
        showsFullExceptions: Bool = false,
        shutdownGrace: Duration = .seconds(10)
    ) {
        self.addresses = addresses
        self.tls = tls
        self.allowPlainHTTP = allowPlainHTTP
        self.limits = limits
        self.showsFullExceptions = showsFullExceptions
        self.shutdownGrace = shutdownGrace
    }

    /// How much of anything is accepted. The defaults are safe on a small machine.
    public struct Limits: Sendable {
        /// Bytes of a request's body; more is 413.
        public var bodyBytes = 16 << 20
        /// Bytes of one package; more is 413. Packages are streamed: none is ever in memory.
        public var packageBytes = 4 << 30
        /// Arrays and objects inside one another in a body; more is 400.
        public var jsonDepth = 64
        /// Bytes of all headers, and of one; more is 431.
        public var headerBytes = 32 << 10
        public var headerCount = 100
        /// Bytes of path and query; more is 414.
        public var urlBytes = 16 << 10
        /// Connections at a time; further ones wait in the system's queue.
        public var connections = 1_000
        /// Requests that are worked on at a time; further ones are refused with 503.
        public var concurrentRequests = 256
        /// From the opening of a connection to the end of its first request's headers.
        public var headerTimeout = Duration.seconds(15)
        /// For the body of one request, all of it; of a package, for each megabyte.
        public var bodyTimeout = Duration.seconds(60)
        /// For a client to take one answer, all of it; of a package, for each megabyte.
        public var responseTimeout = Duration.seconds(120)
        /// Between two requests of a connection.
        public var idleTimeout = Duration.seconds(75)
        /// Bytes of answers kept in memory.
        public var cacheBytes = 16 << 20
        /// Failed sign-ins of one user name from one address before the next has to wait.
        public var failedLogins = 10
        /// Password hashes computed at a time; each takes 16 MiB.
        public var concurrentHashes = 2

        public init() {}
    }

    var jsonLimits: JSONLimits { JSONLimits(bytes: limits.bodyBytes, depth: limits.jsonDepth) }
}

/// Why a server cannot start.
public enum ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    case noAddress
    case plainHTTPRefused(host: String)
    case noCertificate(host: String)
    case badCertificate(path: String, reason: String)
    /// `127.0.0.1:8065`
    case cannotListen(address: String, reason: String)

    public var description: String {
        switch self {
        case .noAddress: "The server has no address to listen on. Configure one, for example http://127.0.0.1:8065/."
        case .plainHTTPRefused(let host):
            """
            Plain HTTP on \(host) is refused, because other machines can reach this address and passwords would cross \
            the network in the open. Use https:// with a certificate, listen on 127.0.0.1, or allow plain HTTP explicitly.
            """
        case .noCertificate(let host): "HTTPS on \(host) needs a certificate and a key; none are configured."
        case .badCertificate(let path, let reason): "The certificate or key in \(path) cannot be used: \(reason)"
        case .cannotListen(let address, let reason):
            """
            Cannot listen on \(address): \(reason). Stop the program that uses the port, or configure another address.
            """
        }
    }
}
