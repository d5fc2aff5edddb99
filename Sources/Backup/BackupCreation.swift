public import Catalog
public import Foundation
public import Instances
import Store

/// Makes one archive of one or more instances, while they run.
public struct BackupCreation: Sendable {
    public var records: [InstanceRecord]
    public var registry: InstanceRegistry
    /// The file to make.
    public var path: String
    /// Wraps the master keys; nil leaves them out.
    public var passphrase: String?
    public var version: String

    public init(
        records: [InstanceRecord],
        registry: InstanceRegistry,
        path: String,
        passphrase: String?,
        version: String
    ) {
        self.records = records
        self.registry = registry
        self.path = path
        self.passphrase = passphrase
        self.version = version
    }

    /// - Parameter progress: is told of each instance before its turn.
    /// - Returns: what the archive holds.
    /// - Throws: ``BackupError``, `InstanceError`, `SQLError`; nothing is left behind then.
    public func run(now: Date = .now, progress: (String) -> Void = { _ in }) async throws -> BackupManifest {
        let writer = try ArchiveWriter(path: path)
        do {
            var instances: [BackupManifest.Instance] = []
            for record in records {
                progress(record.name)
                instances.append(try await add(record, to: writer))
            }
            let manifest = BackupManifest(created: now, version: version, instances: instances)
            try writer.add(BackupManifest.entryName, manifest.json.bytes)
            _ = try writer.finish()
            return manifest
        } catch {
            writer.discard()
            throw error
        }
    }

    private func add(_ record: InstanceRecord, to writer: ArchiveWriter) async throws -> BackupManifest.Instance {
        let settings = try registry.configuration(of: record)
        let folder = "\(registry.kind.rawValue)/\(record.slug)"
        try writer.add("\(folder)/config.json", settings.fileBytes)
        var hasKey = false
        if let passphrase {
            let secrets = InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug)
            let wrapped = try WrappedSecret(try secrets.masterKey(), passphrase: passphrase)
            try writer.add("\(folder)/key.json", wrapped.json.bytes)
            hasKey = true
        }
        // The database before the files: what it refers to is there before it refers to it.
        let rows = try await addDatabase(settings.databasePath, folder, writer)
        let files = try addHome(record.home, except: settings.databasePath, folder, writer)
        return BackupManifest.Instance(
            kind: registry.kind,
            name: record.name,
            slug: record.slug,
            home: record.home,
            user: record.user,
            hasKey: hasKey,
            rows: rows,
            files: files.count,
            bytes: files.bytes
        )
    }

    /// A copy of one moment, made beside the archive, whatever is written meanwhile.
    private func addDatabase(_ database: String, _ folder: String, _ writer: ArchiveWriter) async throws -> [String:
        Int]
    {
        guard DurableFile.exists(database) else { return [:] }
        let copy = "\(path).database"
        unlink(copy)
        defer { unlink(copy) }
        let rows = try await DatabaseCopy.make(of: database, at: copy)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        _ = try writer.add("\(folder)/database.db", file: copy, buffer: &buffer)
        return rows
    }

    private func addHome(
        _ home: String,
        except database: String,
        _ folder: String,
        _ writer: ArchiveWriter
    ) throws -> (count: Int, bytes: Int) {
        var count = 0
        var bytes = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        guard let files = FileManager.default.enumerator(atPath: home) else { return (0, 0) }
        for case let name as String in files {
            let file = "\(home)/\(name)"
            guard files.fileAttributes?[.type] as? FileAttributeType == .typeRegular,
                ![database, "\(database)-wal", "\(database)-shm"].contains(file)
            else { continue }
            guard let size = try writer.add("\(folder)/home/\(name)", file: file, buffer: &buffer) else { continue }
            count += 1
            bytes += size
        }
        return (count, bytes)
    }
}
