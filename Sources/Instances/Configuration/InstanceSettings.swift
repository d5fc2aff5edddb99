public import Catalog

/// The configuration of an instance of either kind.
public enum InstanceSettings: Sendable, Hashable {
    case server(InstanceConfiguration)
    case agent(AgentConfiguration)

    public var home: String {
        switch self {
        case .server(let configuration): configuration.home
        case .agent(let configuration): configuration.home
        }
    }

    /// What it listens on.
    public var addresses: [ListenPrefix] {
        switch self {
        case .server(let configuration): configuration.webListenPrefixes
        case .agent(let configuration): configuration.address.map { [$0] } ?? []
        }
    }

    public var json: JSON {
        switch self {
        case .server(let configuration): configuration.json
        case .agent(let configuration): configuration.json
        }
    }

    package var fileBytes: [UInt8] { Array((json.prettyText() + "\n").utf8) }

    /// Reads the bytes of a configuration file.
    ///
    /// - Throws: ``InstanceError/badConfiguration(path:problems:)``.
    package init(kind: InstanceKind, bytes: [UInt8], path: String) throws(InstanceError) {
        let json = try ConfigurationReader.json(bytes, path: path)
        switch kind {
        case .server: self = .server(try InstanceConfiguration(json: json, path: path))
        case .agent: self = .agent(try AgentConfiguration(json: json, path: path))
        }
    }

    /// The settings of a new instance.
    init(kind: InstanceKind, home: String, address: ListenPrefix) {
        switch kind {
        case .server: self = .server(InstanceConfiguration(home: home, webListenPrefixes: [address]))
        case .agent: self = .agent(AgentConfiguration(home: home, port: address.port))
        }
    }

    /// The file of the database; nil for agents, which have none.
    package var database: String? {
        if case .server(let configuration) = self { configuration.databasePath } else { nil }
    }

    /// Files that it names and that are no part of the instance.
    package var foreignFiles: [String] {
        guard case .server(let configuration) = self, let tls = configuration.tls else { return [] }
        return [tls.certificateFile, tls.privateKeyFile]
    }

    /// Puts everything of a restored instance into a home: the database, and the applications unless they had a place
    /// apart from the old home.
    package mutating func settle(home: String) {
        switch self {
        case .server(var configuration):
            configuration.home = home
            configuration.databaseFile = nil
            self = .server(configuration)
        case .agent(var configuration):
            if Directories.overlap(configuration.applications, configuration.home) {
                configuration.applicationDirectory = nil
            }
            configuration.home = home
            self = .agent(configuration)
        }
    }

    /// Puts the applications of an agent into its home, where no other one has them.
    package mutating func keepApplicationsInHome() {
        guard case .agent(var configuration) = self else { return }
        configuration.applicationDirectory = nil
        self = .agent(configuration)
    }

    package mutating func listen(on addresses: [ListenPrefix]) {
        switch self {
        case .server(var configuration):
            configuration.webListenPrefixes = addresses
            self = .server(configuration)
        case .agent(var configuration):
            if let address = addresses.first { configuration.port = address.port }
            self = .agent(configuration)
        }
    }

    mutating func move(home: String) {
        switch self {
        case .server(var configuration):
            configuration.home = home
            self = .server(configuration)
        case .agent(var configuration):
            configuration.home = home
            self = .agent(configuration)
        }
    }
}
