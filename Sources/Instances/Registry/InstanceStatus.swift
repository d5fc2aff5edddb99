public import Foundation

/// Everything that can be told of one instance without asking it.
public struct InstanceStatus: Sendable, Hashable {
    public var overview: InstanceOverview
    /// Of the program that runs it; nil when it does not run.
    public var version: String?
    /// What keeps it running; nil when it has no service.
    public var service: String?
    /// Size of the database with what is not yet merged into it.
    public var databaseBytes: Int?

    /// What only agents have.
    public var agent: Agent?

    public struct Agent: Sendable, Hashable {
        /// Of its certificate; nil when that cannot be read.
        public var thumbprint: String?
        public var certificateExpires: Date?
        public var applications: String
        public var trustedServers: [String]

        init(identity: AgentIdentity?, applications: String, trustedServers: [String]) {
            thumbprint = identity?.thumbprint.text
            certificateExpires = identity?.notAfter
            self.applications = applications
            self.trustedServers = trustedServers
        }
    }

    public init(of record: InstanceRecord, in registry: InstanceRegistry) throws(InstanceError) {
        overview = registry.overview(of: record)
        version = registry.runState(record.slug)?.version
        let manager = try ServiceManagers.standard(for: registry)
        service = try manager.isInstalled(record) ? manager.title : nil
        switch try? registry.settings(of: record) {
        case .server(let configuration)?:
            let path = configuration.databasePath
            let sizes = [path, "\(path)-wal"].compactMap(Self.size)
            databaseBytes = sizes.isEmpty ? nil : sizes.reduce(0, +)
        case .agent(let configuration)?:
            agent = Agent(
                identity: try? AgentIdentityFile(paths: registry.paths, slug: record.slug).read(),
                applications: configuration.applications,
                trustedServers: configuration.trustedServers.map(\.thumbprint.text)
            )
        case nil: break
        }
    }

    private static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
