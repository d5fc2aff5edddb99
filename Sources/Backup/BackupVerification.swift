import Foundation
public import Instances
import Store
import Subprocess
import SystemPackage

/// Proves that a backup can be restored: it is restored into a scratch place, compared, and its server started.
public struct BackupVerification: Sendable {
    public var archive: String
    public var passphrase: String?
    /// The program whose `run` command starts the restored instance.
    public var program: String

    public init(archive: String, passphrase: String?, program: String) {
        self.archive = archive
        self.passphrase = passphrase
        self.program = program
    }

    /// - Throws: ``BackupError/notVerified(name:reason:)``, ``BackupError/damaged(path:reason:)``.
    public func run() async throws {
        let manifest = try BackupRestoring.manifest(of: archive)
        for instance in manifest.instances { try await verify(instance) }
    }

    private func verify(_ instance: BackupManifest.Instance) async throws {
        let scratch = "\(archive).verify"
        try Directories.removeAll(scratch)
        try Directories.make(scratch, mode: 0o700)
        defer { try? Directories.removeAll(scratch) }
        let paths = try InstancePaths(environment: ["SKERRY_ROOT": scratch], userID: 0, homeDirectory: "/")
        let registry = InstanceRegistry(paths: paths, kind: instance.kind)
        let restored = try BackupRestoring(
            archive: archive,
            registry: registry,
            passphrase: passphrase,
            home: paths.defaultHome(instance.kind, instance.slug)
        ).run(instance)
        try await compare(restored.record, instance, registry)
        // Without its key an instance cannot start.
        guard instance.hasKey, instance.kind == .server else { return }
        try await start(restored.record, registry, scratch)
    }

    private func compare(
        _ record: InstanceRecord,
        _ instance: BackupManifest.Instance,
        _ registry: InstanceRegistry
    ) async throws {
        guard !instance.rows.isEmpty else { return }
        let database = try registry.configuration(of: record).databasePath
        let rows = try await DatabaseCopy.rows(of: database)
        guard rows == instance.rows else {
            let table = instance.rows.first { rows[$0.key] != $0.value }?.key ?? "a table"
            throw BackupError.notVerified(name: instance.name, reason: "\(table) does not have the rows that it had")
        }
        guard instance.hasKey else { return }
        let key = try InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug).masterKey()
        let store = try await DocumentStore.open(
            try SQLiteDriver.open(path: database),
            sealer: try MasterKeySealer(masterKey: key)
        )
        do {
            try await store.checkEverySecret()
            try await store.close()
        } catch {
            try? await store.close()
            throw BackupError.notVerified(name: instance.name, reason: "\(error)")
        }
    }

    private func start(_ record: InstanceRecord, _ registry: InstanceRegistry, _ scratch: String) async throws {
        var changes = ConfigurationChanges()
        changes.webListenPrefixes = try ListenPrefix.list("http://127.0.0.1:0/")
        _ = try registry.configure(record, changes)
        let program = program
        let slug = record.slug
        let server = Task {
            let result = try await Subprocess.run(
                .path(FilePath(program)),
                arguments: ["run", "--instance", slug],
                environment: .inherit.updating(["SKERRY_ROOT": scratch]),
                workingDirectory: "/",
                output: .discarded,
                error: .string(limit: 1 << 16)
            )
            return result.standardError ?? ""
        }
        let begin = ContinuousClock.now
        while registry.runState(slug)?.isReady != true {
            guard ContinuousClock.now - begin < .seconds(60) else {
                _ = try? registry.stop(record)
                server.cancel()
                let log = (try? await server.value) ?? ""
                throw BackupError.notVerified(name: record.name, reason: "the restored server does not start\n\(log)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        _ = try registry.stop(record)
        _ = try await server.value
    }
}
