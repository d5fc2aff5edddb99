import Catalog
public import Foundation
public import Instances
import Store

/// Makes one archive of an instance, while it runs.
public struct BackupCreation: Sendable {
    public var record: InstanceRecord
    public var registry: InstanceRegistry
    /// The file to make.
    public var path: String
    /// Wraps the secrets; nil leaves them out.
    public var passphrase: String?
    public var version: String
    /// Makes the copy an instance of its own; nil for a backup.
    var independence: Independence?

    public init(
        record: InstanceRecord,
        registry: InstanceRegistry,
        path: String,
        passphrase: String?,
        version: String
    ) {
        self.record = record
        self.registry = registry
        self.path = path
        self.passphrase = passphrase
        self.version = version
    }

    /// - Returns: what the archive holds.
    /// - Throws: ``BackupError``, `InstanceError`, `SQLError`; nothing is left behind then.
    public func run(now: Date = .now) async throws -> BackupManifest {
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        let place = try BackupWorkplace(beside: path)
        defer { place.remove() }
        let writer = try ArchiveWriter(path: place.archive)
        let manifest = BackupManifest(created: now, version: version, instance: try await fill(writer, place))
        try writer.add(BackupManifest.entryName, manifest.json.bytes)
        try writer.finish()
        try place.publish(as: path)
        return manifest
    }

    private func lock() throws -> FileLock {
        let file = "\(registry.paths.runtimeRoot)/locks/\(registry.kind.rawValue)-\(record.slug)-backup.lock"
        guard let lock = try FileLock.attempt(file) else { throw BackupError.busy(name: record.name) }
        return lock
    }

    private func fill(_ writer: ArchiveWriter, _ place: BackupWorkplace) async throws -> BackupManifest.Instance {
        let settings = try registry.settings(of: record)
        try writer.add("config.json", settings.fileBytes)
        var secrets: [String: [UInt8]]?
        if passphrase != nil {
            secrets = try InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug).files()
        }
        var snapshot = try HomeSnapshot(home: record.home, database: settings.database)
        defer { snapshot.remove() }
        try snapshot.takeIn()
        var instance = BackupManifest.Instance(
            kind: registry.kind,
            name: record.name,
            slug: record.slug,
            home: record.home,
            user: record.user,
            hasKey: passphrase != nil
        )
        if let database = settings.database, DurableFile.exists(database) {
            instance.rows = try await DatabaseCopy.make(of: database, at: place.database)
            try await independence?.apply(to: place.database, &secrets)
            instance.databaseBytes = try writer.add("database.db", file: place.database)
            try DurableFile.remove(place.database)
        }
        if let passphrase, let secrets {
            try writer.add("secrets.json", try WrappedSecrets(secrets, passphrase: passphrase).json.bytes)
        }
        try snapshot.takeIn()
        try snapshot.visit { name, path in
            instance.bytes += try writer.add("home/\(name)", file: path)
            instance.files += 1
        }
        instance.passedOver = snapshot.passedOver.sorted()
        return instance
    }
}
