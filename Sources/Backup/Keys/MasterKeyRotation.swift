import Crypto
import Foundation
public import Instances
import Store

/// Gives an instance a new master key and seals all its secrets anew.
///
/// The new key is written down beside the old one before the database changes, and takes its place afterwards. Killed
/// anywhere, the same call goes on from there; meanwhile the instance does not start, and says why.
public struct MasterKeyRotation: Sendable {
    enum Step: Int, Sendable, Hashable, CaseIterable {
        case newKeyWritten, databaseChanged, keyReplaced
    }

    public struct Outcome: Sendable, Hashable {
        public var secrets: Int
        /// It went on from where an earlier call was stopped.
        public var isContinued: Bool
    }

    public var record: InstanceRecord
    public var registry: InstanceRegistry

    public init(record: InstanceRecord, registry: InstanceRegistry) {
        self.record = record
        self.registry = registry
    }

    private var files: MasterKeyFiles {
        MasterKeyFiles(InstanceSecrets(paths: registry.paths, kind: registry.kind, slug: record.slug))
    }

    /// Whether it could begin; changes nothing.
    ///
    /// - Returns: how many secrets there are to seal anew.
    public func preview() async throws -> Int {
        try registry.refuseWhileRunning(record)
        let settings = try registry.configuration(of: record)
        let key = try files.current()
        guard DurableFile.exists(settings.databasePath) else { return 0 }
        let store = try await DocumentStore.open(
            try SQLiteDriver.open(path: settings.databasePath),
            sealer: try MasterKeySealer(masterKey: key)
        )
        let count = try await store.countSecrets()
        try await store.close()
        return count
    }

    /// - Throws: `InstanceError/alreadyRunning`, `StoreError/wrongMasterKey`,
    ///   `StoreError/unreadableSecret`; nothing is changed then.
    public func run() async throws -> Outcome { try await run { _ in } }

    /// - Parameter finished: is told of each step; tests stop the rotation there.
    func run(finished: (Step) throws -> Void) async throws -> Outcome {
        // Nobody starts it meanwhile.
        let running = try RunningInstance.claim(record, in: registry)
        defer { withExtendedLifetime(running) {} }
        let settings = try registry.configuration(of: record)
        let old = try files.current()
        let isContinued = try files.next() != nil
        let new = try files.makeNext()
        try finished(.newKeyWritten)
        let count = try await change(settings.databasePath, from: old, to: new)
        try finished(.databaseChanged)
        try files.replace()
        try finished(.keyReplaced)
        return Outcome(secrets: count, isContinued: isContinued)
    }

    private func change(_ database: String, from old: [UInt8], to new: [UInt8]) async throws -> Int {
        guard DurableFile.exists(database) else { return 0 }
        // The key takes its place only after the database is on the disk.
        let driver = try SQLiteDriver.open(path: database, survivesPowerCuts: true)
        let sealers = (try MasterKeySealer(masterKey: old), try MasterKeySealer(masterKey: new))
        do {
            let count = try await MasterKeyChange.run(on: driver, from: sealers.0, to: sealers.1)
            try await driver.close()
            return count ?? 0
        } catch {
            try? await driver.close()
            try await takeBack(database, sealers.0, sealers.1)
            throw error
        }
    }

    /// After a failure: when the database surely is as it was, nothing of the new key is left behind.
    private func takeBack(_ database: String, _ old: MasterKeySealer, _ new: MasterKeySealer) async throws {
        guard let driver = try? SQLiteDriver.open(path: database) else { return }
        let state = try? await MasterKeyChange.state(of: driver, old, new)
        try? await driver.close()
        if state == .first { try files.removeNext() }
    }
}
