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
        let settings = try registry.configuration(of: record)
        try writer.add("config.json", settings.fileBytes)
        if let passphrase {
            let secrets = InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug)
            try writer.add(
                "secrets.json",
                try WrappedSecrets(try secrets.files(), passphrase: passphrase).json.bytes
            )
        }
        var snapshot = try HomeSnapshot(home: record.home, database: settings.databasePath)
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
        if DurableFile.exists(settings.databasePath) {
            instance.rows = try await DatabaseCopy.make(of: settings.databasePath, at: place.database)
            instance.databaseBytes = try writer.add("database.db", file: place.database)
            try DurableFile.remove(place.database)
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
