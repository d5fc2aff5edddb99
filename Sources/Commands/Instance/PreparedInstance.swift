import Instances
import Logging

/// An instance with everything read that its server or its database needs.
struct PreparedInstance: Sendable {
    let registry: InstanceRegistry
    let record: InstanceRecord
    let settings: InstanceConfiguration
    /// 32 bytes. Never printed or logged.
    let masterKey: [UInt8]
    let logger: Logger

    init(_ context: InstanceContext) throws {
        registry = context.registry
        record = context.record
        settings = try registry.configuration(of: record)
        masterKey = try InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug).masterKey()
        var logger = Logger(label: "skerry", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
        logger[metadataKey: "instance"] = "\(record.slug)"
        self.logger = logger
    }
}
