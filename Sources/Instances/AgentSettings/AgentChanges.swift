/// What `configure` was asked to change of an agent; nil leaves a setting as it is.
public struct AgentChanges: Sendable, Hashable {
    /// What happens to the list of trusted servers, in this order: emptied, taken from, added to.
    public struct Trust: Sendable, Hashable {
        public var isReset = false
        public var removed: [Thumbprint] = []
        public var added: [AgentConfiguration.TrustedServer] = []

        public init() {}
    }

    public var home: String?
    public var applicationDirectory: String?
    /// `any` or an IP address.
    public var listenAddress: String?
    public var port: Int?
    public var isDeaf: Bool?
    public var logLevel: InstanceConfiguration.LogLevel?
    public var trust = Trust()

    public init() {}

    public var isEmpty: Bool { self == AgentChanges() }

    /// The configuration with these changes.
    ///
    /// - Throws: ``InstanceError/badSetting(setting:problem:)``.
    func applied(to configuration: AgentConfiguration) throws(InstanceError) -> AgentConfiguration {
        var result = configuration
        if let home { result.home = try absolutePath(home, setting: "--home") }
        if let applicationDirectory {
            result.applicationDirectory = try absolutePath(applicationDirectory, setting: "--app")
        }
        if let listenAddress { result.listenAddress = try Self.address(listenAddress) }
        if let port {
            guard (0...65_535).contains(port) else {
                throw .badSetting(setting: "--port", problem: "\(port) is not a port; they go from 1 to 65535.")
            }
            result.port = port
        }
        if let isDeaf { result.isDeaf = isDeaf }
        if let logLevel { result.logLevel = logLevel }
        result.trustedServers = try trust.applied(to: configuration.trustedServers)
        return result
    }

    private static func address(_ text: String) throws(InstanceError) -> String? {
        guard text != "any", text != "*" else { return nil }
        return try ListenPrefix(forAddress: text).host
    }
}

extension AgentChanges.Trust {
    fileprivate func applied(
        to servers: [AgentConfiguration.TrustedServer]
    ) throws(InstanceError) -> [AgentConfiguration.TrustedServer] {
        var result = isReset ? [] : servers
        result.removeAll { removed.contains($0.thumbprint) }
        for server in added {
            if let index = result.firstIndex(where: { $0.thumbprint == server.thumbprint }) {
                result[index].address = server.address ?? result[index].address
            } else {
                result.append(server)
            }
        }
        guard result.count <= AgentConfiguration.mostTrustedServers else {
            throw .badSetting(
                setting: "--trust",
                problem: "an agent trusts \(AgentConfiguration.mostTrustedServers) servers at most."
            )
        }
        return result
    }
}
