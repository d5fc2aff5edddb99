public import Catalog

/// The settings of one agent instance, as its configuration file holds them. No secret is among them.
public struct AgentConfiguration: Sendable, Hashable {
    /// Version of the file's format.
    public static let version = 1
    /// The port of the first agent on a machine; each further one gets the next that is free.
    public static let defaultPort = 10_933
    static let mostTrustedServers = 100

    /// A server whose requests the agent obeys.
    public struct TrustedServer: Sendable, Hashable {
        public var thumbprint: Thumbprint
        /// Where it is, for people and for `clear-trusted-servers --keep`; nil when nobody said.
        public var address: String?

        public init(thumbprint: Thumbprint, address: String? = nil) {
            self.thumbprint = thumbprint
            self.address = address
        }
    }

    /// The directory of the agent's own data.
    public var home: String
    /// Where applications are installed, when it is not `applications` in the home.
    public var applicationDirectory: String?
    /// An IP address of this machine, or nil for all of them.
    public var listenAddress: String?
    public var port: Int
    /// Take no connections at all, as for an agent that polls its server.
    public var isDeaf = false
    public var trustedServers: [TrustedServer] = []
    public var logLevel = InstanceConfiguration.LogLevel.info

    public init(home: String, port: Int = Self.defaultPort) {
        self.home = home
        self.port = port
    }

    /// The directory that applications are installed below; no other instance may have it.
    public var applications: String { applicationDirectory ?? "\(home)/applications" }

    /// Where it listens; nil when it does not.
    public var address: ListenPrefix? {
        isDeaf ? nil : ListenPrefix(isTLS: true, host: listenAddress ?? "*", port: port)
    }

    /// The configuration file's content.
    public var json: JSON {
        var object: JSONObject = [
            "version": .int(Self.version), "home": .string(home), "applicationDirectory": .string(applications),
            "listenIpAddress": .string(listenAddress ?? "any"), "port": .int(port), "noListen": .bool(isDeaf),
        ]
        object["trustedServers"] = .array(
            trustedServers.map { server in
                var entry: JSONObject = ["thumbprint": .string(server.thumbprint.text)]
                if let address = server.address { entry["address"] = .string(address) }
                return .object(entry)
            }
        )
        object["logLevel"] = .string(logLevel.rawValue)
        return .object(object)
    }

    /// Reads a configuration file's content. An unknown key is an error that names it.
    ///
    /// - Parameter path: of the file, for the error.
    /// - Throws: ``InstanceError/badConfiguration(path:problems:)`` with every problem found.
    public init(json: JSON, path: String) throws(InstanceError) {
        var reader = ConfigurationReader(json: json)
        let configuration = reader.agentConfiguration()
        guard reader.problems.isEmpty else { throw .badConfiguration(path: path, problems: reader.problems) }
        self = configuration
    }
}

/// The name of a certificate: the SHA-1 hash of its DER bytes, 40 upper-case hexadecimal digits.
public struct Thumbprint: Sendable, Hashable {
    public let text: String

    /// Reads what people copy: blanks, colons and lower case do not matter. Nil for anything else.
    public init?(_ text: String) {
        guard text.utf8.count <= 200 else { return nil }
        let digits = text.uppercased().filter { !" :-".contains($0) }
        guard digits.count == 40, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        self.text = digits
    }

    init(digest: some Sequence<UInt8>) {
        text = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }
}

extension ConfigurationReader {
    fileprivate mutating func agentConfiguration() -> AgentConfiguration {
        guard let object = json.objectValue else {
            problems.append("expected an object, found \(json.typeName).")
            return AgentConfiguration(home: "/")
        }
        let known = [
            "version", "home", "applicationDirectory", "listenIpAddress", "port", "noListen", "trustedServers",
            "logLevel",
        ]
        refuseUnknown(object, "", known)
        readVersion(object, known: AgentConfiguration.version)
        var configuration = AgentConfiguration(home: path(object, "", "home", isRequired: true) ?? "/")
        configuration.applicationDirectory = path(object, "", "applicationDirectory")
        if let address = string(object, "", "listenIpAddress"), address != "any" {
            if let prefix = try? ListenPrefix(forAddress: address) {
                configuration.listenAddress = prefix.host
            } else {
                problems.append("listenIpAddress: \"\(address.prefix(100))\" is neither an IP address nor any.")
            }
        }
        if let port = integer(object, "", "port", in: 0...65_535) { configuration.port = port }
        configuration.isDeaf = boolean(object, "noListen") ?? false
        configuration.trustedServers = trustedServers(object)
        if let level = logLevel(object) { configuration.logLevel = level }
        return configuration
    }

    private mutating func trustedServers(_ object: JSONObject) -> [AgentConfiguration.TrustedServer] {
        guard let value = object["trustedServers"], !value.isNull else { return [] }
        guard let entries = value.arrayValue, entries.count <= AgentConfiguration.mostTrustedServers else {
            problems.append(
                "trustedServers: expected a list of up to \(AgentConfiguration.mostTrustedServers) servers."
            )
            return []
        }
        var servers: [AgentConfiguration.TrustedServer] = []
        for (index, entry) in entries.enumerated() {
            let place = "trustedServers[\(index)]."
            guard let members = entry.objectValue else {
                problems.append("trustedServers[\(index)]: expected an object, found \(entry.typeName).")
                continue
            }
            refuseUnknown(members, place, ["thumbprint", "address"])
            let text = string(members, place, "thumbprint") ?? ""
            guard let thumbprint = Thumbprint(text) else {
                problems.append("\(place)thumbprint: expected 40 hexadecimal digits.")
                continue
            }
            servers.append(.init(thumbprint: thumbprint, address: string(members, place, "address")))
        }
        return servers
    }
}
