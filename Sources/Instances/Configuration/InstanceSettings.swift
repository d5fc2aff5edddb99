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

    var fileBytes: [UInt8] { Array((json.prettyText() + "\n").utf8) }

    /// Reads the bytes of a configuration file.
    ///
    /// - Throws: ``InstanceError/badConfiguration(path:problems:)``.
    init(kind: InstanceKind, bytes: [UInt8], path: String) throws(InstanceError) {
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
