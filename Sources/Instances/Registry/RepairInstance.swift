/// What a repair found and did.
public struct InstanceRepair: Sendable, Hashable {
    /// Sentences; empty when nothing was wrong.
    public var done: [String] = []
}

extension InstanceRegistry {
    /// Brings back what an instance needs to start: directories, and its configuration with default settings. A
    /// configuration that cannot be read is kept beside the new one. A lost master key cannot be made again.
    ///
    /// - Parameter isDryRun: only say what would be done.
    /// - Throws: ``InstanceError/badSecret(path:reason:)`` when the master key is missing although there is a database.
    public func repair(_ record: InstanceRecord, isDryRun: Bool) throws(InstanceError) -> InstanceRepair {
        try changing { () throws(InstanceError) in
            let current = try find(record.slug, in: try records())
            try refuseWhileRunning(current)
            var repair = InstanceRepair()
            for directory in [
                paths.configurationDirectory(kind, current.slug), paths.logDirectory(kind, current.slug), current.home,
            ] where !Directories.isDirectory(directory) {
                repair.done.append("the directory \(directory) was missing")
                if !isDryRun { try Directories.make(directory, mode: 0o750) }
            }
            let settings = try repairConfiguration(current, isDryRun, &repair)
            try repairSecrets(current, settings, isDryRun, &repair)
            return repair
        }
    }

    /// A master key without a database, and an identity, can be made anew; a lost key of existing data cannot.
    private func repairSecrets(
        _ record: InstanceRecord,
        _ settings: InstanceSettings,
        _ isDryRun: Bool,
        _ repair: inout InstanceRepair
    ) throws(InstanceError) {
        switch settings {
        case .server(let configuration):
            let secrets = InstanceSecrets(paths: paths, kind: kind, slug: record.slug)
            if !DurableFile.exists(secrets.masterKeyFile), !DurableFile.exists(configuration.databasePath) {
                repair.done.append("there was neither a database nor a master key; a new key was made")
                if !isDryRun { try secrets.makeMasterKey() }
            }
            if !isDryRun { _ = try secrets.masterKey() }
        case .agent:
            // A new identity would be another agent: that is for new-certificate, which says so.
            if !isDryRun { _ = try AgentIdentityFile(paths: paths, slug: record.slug).read() }
        }
    }

    private func repairConfiguration(
        _ record: InstanceRecord,
        _ isDryRun: Bool,
        _ repair: inout InstanceRepair
    ) throws(InstanceError) -> InstanceSettings {
        do throws(InstanceError) {
            return try settings(of: record)
        } catch .broken(_, let path, let reason) {
            let address = try freePrefix(except: record.slug)
            let fresh = InstanceSettings(kind: kind, home: record.home, address: address)
            if DurableFile.exists(path) {
                repair.done.append(
                    "the configuration was kept as \(path).damaged, and a new one listens on \(address). The old one \(reason)"
                )
                if !isDryRun { try Directories.move(path, to: "\(path).damaged") }
            } else {
                repair.done.append("the configuration \(path) was missing; a new one listens on \(address)")
            }
            if !isDryRun {
                try Directories.make(DurableFile.directory(of: path), mode: 0o750)
                try DurableFile.write(fresh.fileBytes, to: path, mode: 0o640)
            }
            return fresh
        }
    }
}
