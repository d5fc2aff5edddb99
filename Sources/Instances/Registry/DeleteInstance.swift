/// What deleting an instance removes and what it leaves.
public struct InstanceDeletion: Sendable, Hashable {
    public enum Level: Sendable, Hashable {
        /// Registration and configuration go; data, master key and logs stay.
        case keepData
        /// Everything goes.
        case purge
    }

    public var record: InstanceRecord
    public var level: Level
    /// Paths, in the order in which they are removed.
    public var removed: [String]
    public var kept: [String]
}

extension InstanceRegistry {
    /// What ``delete(_:)`` would do; looks and changes nothing.
    ///
    /// - Throws: ``InstanceError/alreadyRunning(name:processID:addresses:)``, and ``InstanceError/homeNotOurs(home:)``
    ///   when a home is to be purged that held other files before the instance was created.
    public func deletion(
        of record: InstanceRecord,
        level: InstanceDeletion.Level
    ) throws(InstanceError) -> InstanceDeletion {
        try refuseWhileRunning(record)
        let logs = paths.logDirectory(kind, record.slug)
        let secrets = paths.secretsDirectory(kind, record.slug)
        // The configuration may name a database outside the home; one that cannot be read names none.
        let configured = kind == .server ? try? configuration(of: record).databaseFile : nil
        let database = (configured ?? nil).map { [$0, "\($0)-wal", "\($0)-shm"] } ?? []
        let data = (database + [record.home, logs, secrets]).filter(DurableFile.exists)
        let registration = [record.configurationFile, paths.recordFile(kind, record.slug)]
        switch level {
        case .keepData:
            return InstanceDeletion(record: record, level: level, removed: registration, kept: data)
        case .purge:
            let home = InstanceHome(path: record.home)
            let isOurs = try home.belongs(to: record.slug)
            guard isOurs || !DurableFile.exists(record.home) else {
                throw .homeNotOurs(home: record.home)
            }
            // The registration last: what was cut short can be asked for again.
            return InstanceDeletion(record: record, level: level, removed: data + registration, kept: [])
        }
    }

    /// Deletes an instance.
    public func delete(
        _ record: InstanceRecord,
        level: InstanceDeletion.Level
    ) throws(InstanceError) -> InstanceDeletion {
        try changing { () throws(InstanceError) in
            let current = try find(record.slug, in: try records())
            let deletion = try deletion(of: current, level: level)
            for path in deletion.removed {
                if path == current.home {
                    try InstanceHome(path: path).remove()
                } else {
                    try Directories.removeAll(path)
                }
            }
            try Directories.removeAll(paths.runtimeDirectory(kind, current.slug))
            Directories.removeEmpty(paths.configurationDirectory(kind, current.slug))
            return deletion
        }
    }
}
