import AsyncHTTPClient
import CArchive
import Catalog
import Foundation
import Instances
import NIOCore
import NIOHTTP1
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
        let archive = try BackupArchive(path: archive)
        let place = try BackupWorkplace(beside: archive.path)
        defer { place.remove() }
        try await verify(archive, place.scratch)
    }

    private func verify(_ archive: BackupArchive, _ scratch: String) async throws {
        let instance = archive.manifest.instance
        let paths = try InstancePaths(environment: ["SKERRY_ROOT": scratch], userID: 0, homeDirectory: "/")
        let registry = InstanceRegistry(paths: paths, kind: instance.kind)
        var restoring = BackupRestoring(
            archive: archive,
            registry: registry,
            passphrase: passphrase,
            home: paths.defaultHome(instance.kind, instance.slug)
        )
        restoring.isDurable = false
        do {
            _ = try restoring.run()
            let record = try registry.resolve(option: instance.slug, variable: nil).record
            try compareFiles(record, instance)
            let installation = try await compareDatabase(record, instance, registry)
            // Without its key an instance cannot start.
            guard instance.hasKey, instance.kind == .server else { return }
            try await start(record, registry, scratch, installation)
        } catch let error as BackupError {
            throw error
        } catch {
            throw BackupError.notVerified(name: instance.name, reason: "\(error)")
        }
    }

    private func compareFiles(_ record: InstanceRecord, _ instance: BackupManifest.Instance) throws {
        let database = instance.kind == .server ? "\(record.home)/skerry.db" : nil
        var snapshot = try HomeSnapshot(home: record.home, database: database)
        defer { snapshot.remove() }
        try snapshot.takeIn()
        var files = 0
        var bytes = 0
        try snapshot.visit { name, path in
            var status = stat()
            guard stat(path, &status) == 0 else { throw fileError(name, "read") }
            files += 1
            bytes += Int(status.st_size)
        }
        guard files == instance.files, bytes == instance.bytes else {
            throw BackupError.notVerified(
                name: instance.name,
                reason: "\(files) files with \(bytes) bytes instead of \(instance.files) with \(instance.bytes)"
            )
        }
    }

    /// - Returns: who the server is, from its database; nil when that has not been started yet.
    private func compareDatabase(
        _ record: InstanceRecord,
        _ instance: BackupManifest.Instance,
        _ registry: InstanceRegistry
    ) async throws -> String? {
        guard !instance.rows.isEmpty else { return nil }
        let database = try registry.configuration(of: record).databasePath
        let rows = try await DatabaseCopy.checkedRows(of: database)
        if let table = Set(rows.keys).union(instance.rows.keys).sorted().first(where: { rows[$0] != instance.rows[$0] })
        {
            throw BackupError.notVerified(
                name: instance.name,
                reason: "\(table) has \(rows[table] ?? 0) rows instead of \(instance.rows[table] ?? 0)"
            )
        }
        guard instance.hasKey else { return nil }
        let key = try InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug).masterKey()
        let store = try await DocumentStore.open(
            try SQLiteDriver.open(path: database),
            sealer: try MasterKeySealer(masterKey: key)
        )
        do {
            try await store.checkEverySecret()
            let installation = try await DatabaseIdentity.installation(of: store)
            try await store.close()
            return installation
        } catch {
            try? await store.close()
            throw error
        }
    }

    private func start(
        _ record: InstanceRecord,
        _ registry: InstanceRegistry,
        _ scratch: String,
        _ installation: String?
    ) async throws {
        var changes = ConfigurationChanges()
        changes.webListenPrefixes = try ListenPrefix.list("http://127.0.0.1:0/")
        _ = try registry.configure(record, changes)
        let program = program
        let slug = record.slug
        let server = Task {
            try await Subprocess.run(
                .path(FilePath(program)),
                arguments: ["run", "--instance", slug],
                // The service that makes backups is not the one that is started here.
                environment: .inherit.updating(["SKERRY_ROOT": scratch, "NOTIFY_SOCKET": "", "WATCHDOG_USEC": ""]),
                workingDirectory: "/",
                output: .discarded,
                error: .string(limit: 1 << 16)
            ).standardError
        }
        do {
            let address = try await ready(record, registry)
            try await compareAnswer(record, address, installation)
            _ = try registry.stop(record)
            _ = try await server.value
        } catch {
            _ = try? registry.stop(record)
            server.cancel()
            let log = (try? await server.value) ?? ""
            throw BackupError.notVerified(name: record.name, reason: "the restored server: \(error)\n\(log)")
        }
    }

    private func ready(_ record: InstanceRecord, _ registry: InstanceRegistry) async throws -> String {
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(60) {
            if let state = registry.runState(record.slug), state.isReady, let address = state.addresses.first {
                return address
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw InstanceError.startTimedOut(name: record.name, seconds: 60)
    }

    private func compareAnswer(_ record: InstanceRecord, _ address: String, _ installation: String?) async throws {
        let response = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: "\(address)/api"),
            timeout: .seconds(30)
        )
        let body = try await response.body.collect(upTo: 1 << 20)
        let answered = try JSON.parse(Array(body.readableBytesView))["InstallationId"]?.stringValue
        guard response.status.code == 200, answered != nil, installation == nil || installation == answered else {
            throw BackupError.notVerified(name: record.name, reason: "it answers as another server than it was")
        }
    }
}
