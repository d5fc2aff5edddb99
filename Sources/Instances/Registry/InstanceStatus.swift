import Foundation

/// Everything that can be told of one instance without asking it.
public struct InstanceStatus: Sendable, Hashable {
    public var overview: InstanceOverview
    /// Of the program that runs it; nil when it does not run.
    public var version: String?
    /// What keeps it running; nil when it has no service.
    public var service: String?
    /// Size of the database with what is not yet merged into it.
    public var databaseBytes: Int?

    public init(of record: InstanceRecord, in registry: InstanceRegistry) throws(InstanceError) {
        overview = registry.overview(of: record)
        version = registry.runState(record.slug)?.version
        let manager = try ServiceManagers.standard(for: registry)
        service = try manager.isInstalled(record) ? manager.title : nil
        if let path = (try? registry.configuration(of: record))?.databasePath {
            let sizes = [path, "\(path)-wal"].compactMap(Self.size)
            databaseBytes = sizes.isEmpty ? nil : sizes.reduce(0, +)
        }
    }

    private static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
