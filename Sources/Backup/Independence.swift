import Crypto
import Foundation
public import Instances
import Store

/// What makes the copy of a server an instance of its own: another master key, another identity, and none of the
/// sessions and API keys of the original.
struct Independence: Sendable {
    private static let keyFile = "master-key"

    /// Of the new instance, 32 bytes.
    let masterKey: [UInt8]

    /// - Parameter secrets: those of the original; those of the new instance afterwards.
    func apply(to database: String, _ secrets: inout [String: [UInt8]]?) async throws {
        let old = try InstanceSecrets.masterKey(in: secrets?[Self.keyFile] ?? [], from: Self.keyFile)
        let driver = try SQLiteDriver.open(path: database)
        do {
            _ = try await MasterKeyChange.run(
                on: driver,
                from: try MasterKeySealer(masterKey: old),
                to: try MasterKeySealer(masterKey: masterKey)
            )
            try await DatabaseIdentity.renew(driver)
            try await driver.close()
        } catch {
            try? await driver.close()
            throw error
        }
        secrets = [Self.keyFile: InstanceSecrets.fileBytes(of: masterKey)]
    }
}

/// A second instance from a first one, which may go on running.
public struct InstanceCloning: Sendable {
    public var record: InstanceRecord
    public var registry: InstanceRegistry
    public var newName: String
    /// Nil for the usual place.
    public var home: String?
    public var version: String

    public init(record: InstanceRecord, registry: InstanceRegistry, newName: String, home: String?, version: String) {
        self.record = record
        self.registry = registry
        self.newName = newName
        self.home = home
        self.version = version
    }

    /// What is in the way of the clone, before anything is copied.
    public func check() throws {
        guard try unfinished() == nil else { return }
        var creation = InstanceCreation(name: newName, home: home)
        creation.makesMasterKey = false
        _ = try registry.plan(creation)
    }

    /// - Throws: ``BackupError``, `InstanceError`, `SQLError`. Killed anywhere, the same call completes it.
    public func run() async throws -> BackupRestoring.Outcome {
        try BackupWorkplace.removeLeftovers(beside: beside)
        if let clone = try unfinished() { return try completed(clone) }
        try check()
        let place = try BackupWorkplace(beside: beside)
        defer { place.remove() }
        let isServer = registry.kind == .server
        // Only between here and there: nobody has to know it.
        let passphrase =
            isServer ? SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() } : nil
        var creation = BackupCreation(
            record: record,
            registry: registry,
            path: "\(place.path)/clone",
            passphrase: passphrase,
            version: version
        )
        if isServer { creation.independence = Independence(masterKey: try key()) }
        _ = try await creation.run()
        var restoring = BackupRestoring(
            archive: try BackupArchive(path: "\(place.path)/clone"),
            registry: registry,
            passphrase: passphrase,
            newName: newName,
            home: home
        )
        restoring.makesSecrets = !isServer
        restoring.origin = origin
        return try restoring.run()
    }

    /// A name next to which the clone is prepared.
    private var beside: String { "\(registry.paths.stateRoot)/clone" }

    private var origin: String { "clone of \(registry.kind.rawValue)/\(record.slug)" }

    private func home(of clone: InstanceRecord) -> RestoredHome {
        RestoredHome(path: clone.home, digest: "", origin: origin)
    }

    /// A clone that is registered and was killed then.
    private func unfinished() throws -> InstanceRecord? {
        let slug = try InstanceName(newName).slug
        guard let clone = try registry.records().first(where: { $0.slug == slug }),
            try home(of: clone).isUnfinished()
        else { return nil }
        return clone
    }

    private func completed(_ clone: InstanceRecord) throws -> BackupRestoring.Outcome {
        var notices: [String] = []
        try BackupRestoring.complete(clone, of: record.user, home(of: clone), registry, &notices)
        let addresses = try registry.settings(of: clone).addresses.map(\.description)
        return .init(name: clone.name, slug: clone.slug, home: clone.home, addresses: addresses, notices: notices)
    }

    /// A new one, or the one that a clone of that name got which was killed.
    private func key() throws -> [UInt8] {
        let secrets = InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: try InstanceName(newName).slug)
        if DurableFile.exists(secrets.masterKeyFile) { return try secrets.masterKey() }
        return SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    }
}
