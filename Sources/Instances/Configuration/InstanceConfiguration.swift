/// The settings of one server instance, as its configuration file holds them. No secret is among them.
public struct InstanceConfiguration: Sendable, Hashable {
    /// Version of the file's format.
    public static let version = 1

    /// PEM files of the certificate (the chain, leaf first) and its private key.
    public struct TLS: Sendable, Hashable {
        public var certificateFile: String
        public var privateKeyFile: String

        public init(certificateFile: String, privateKeyFile: String) {
            self.certificateFile = certificateFile
            self.privateKeyFile = privateKeyFile
        }
    }

    /// How much of anything the server accepts; nil leaves the server's own default.
    public struct Limits: Sendable, Hashable {
        /// Bytes of a request's body.
        public var bodyBytes: Int?
        /// Arrays and objects inside one another in a body.
        public var jsonDepth: Int?
        /// Connections at a time.
        public var connections: Int?

        public init(bodyBytes: Int? = nil, jsonDepth: Int? = nil, connections: Int? = nil) {
            self.bodyBytes = bodyBytes
            self.jsonDepth = jsonDepth
            self.connections = connections
        }
    }

    public enum LogLevel: String, Sendable, Hashable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// The directory of the instance's data.
    public var home: String
    /// The file of the instance's database, when it is not `skerry.db` in the home.
    public var databaseFile: String?
    /// What the web server listens on.
    public var webListenPrefixes: [ListenPrefix]
    /// Listen without TLS on addresses that other machines can reach.
    public var allowPlainHTTP = false
    /// Let projects in Git use repositories on this machine's disk, or over plain HTTP.
    public var allowLocalGit = false
    public var tls: TLS?
    public var limits = Limits()
    /// The number of the first document of each kind: `Projects-<firstId>`.
    public var firstID = 1
    public var logLevel = LogLevel.info

    public static let defaultPrefix = ListenPrefix(isTLS: false, host: "127.0.0.1", port: 8065)

    public init(home: String, webListenPrefixes: [ListenPrefix] = [Self.defaultPrefix]) {
        self.home = home
        self.webListenPrefixes = webListenPrefixes
    }

    /// The file of the database.
    public var databasePath: String { databaseFile ?? "\(home)/skerry.db" }

    /// What is wrong with these settings taken together; empty when they can be used.
    public var problems: [String] {
        var problems: [String] = []
        if webListenPrefixes.isEmpty {
            problems.append("webListenPrefixes: at least one address is needed, for example http://127.0.0.1:8065/.")
        }
        if webListenPrefixes.count > 16 { problems.append("webListenPrefixes: more than 16 addresses.") }
        for (index, prefix) in webListenPrefixes.enumerated() {
            if let other = webListenPrefixes[..<index].first(where: { $0 == prefix || $0.collides(with: prefix) }) {
                problems.append(
                    other == prefix
                        ? "webListenPrefixes: \(prefix) is there twice."
                        : "webListenPrefixes: \(other) and \(prefix) cannot both be listened on."
                )
            }
            if !prefix.isTLS, !prefix.isLoopback, !allowPlainHTTP {
                problems.append(
                    "webListenPrefixes: other machines can reach \(prefix), and passwords would cross the network in the "
                        + "open. Use https:// with --tlsCertificate and --tlsPrivateKey, listen on 127.0.0.1, or permit it "
                        + "with --allowPlainHTTP true."
                )
            }
        }
        if tls == nil, let prefix = webListenPrefixes.first(where: \.isTLS) {
            problems.append("\(prefix) needs a certificate: give --tlsCertificate FILE and --tlsPrivateKey FILE (PEM).")
        }
        return problems
    }
}
