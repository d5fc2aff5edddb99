import Foundation
public import Instances
import Store

/// Puts a master key back that was saved elsewhere, after a look whether it is the right one.
public struct MasterKeyRecovery: Sendable {
    public var record: InstanceRecord
    public var registry: InstanceRegistry

    public init(record: InstanceRecord, registry: InstanceRegistry) {
        self.record = record
        self.registry = registry
    }

    /// - Parameters:
    ///   - text: 32 bytes in base64, as `show-master-key` prints it.
    ///   - isDryRun: only look.
    /// - Throws: `InstanceError/badSecret` for a text that is no key, `StoreError/wrongMasterKey` for one of
    ///   another database.
    public func put(_ text: String, isDryRun: Bool) async throws {
        let running = try RunningInstance.claim(record, in: registry)
        defer { withExtendedLifetime(running) {} }
        let secrets = InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug)
        let key = try InstanceSecrets.masterKey(in: Array(text.utf8), from: "the given key")
        let database = try registry.configuration(of: record).databasePath
        if DurableFile.exists(database) {
            let store = try await DocumentStore.open(
                try SQLiteDriver.open(path: database),
                sealer: try MasterKeySealer(masterKey: key)
            )
            try await store.close()
        }
        if !isDryRun { try MasterKeyFiles(secrets).put(key, owner: record) }
    }
}
