import Catalog
import Foundation

/// What deleting an instance removes, what it puts aside, and what it leaves.
public struct InstanceDeletion: Sendable, Hashable {
    /// What goes for ever; without any of these an instance can be made again as it was.
    public struct Level: OptionSet, Sendable, Hashable {
        public let rawValue: Int

        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The home and the logs.
        public static let home = Level(rawValue: 1)
        /// A database outside the home, and the one in it.
        public static let database = Level(rawValue: 2)
        /// The directory of an agent's applications.
        public static let applications = Level(rawValue: 4)
        /// Configuration and keys, which otherwise go to the trash.
        public static let keys = Level(rawValue: 8)

        public static let keepData: Level = []
        public static let purge: Level = [.home, .database, .applications, .keys]
    }

    public var record: InstanceRecord
    public var level: Level
    /// Paths, in the order in which they are removed.
    public var removed: [String]
    public var kept: [String]
    /// Where configuration and keys are put aside; nil when they are removed or not there.
    public var trash: String?
}

extension InstanceRegistry {
    /// What ``delete(_:level:)`` would do; looks and changes nothing.
    ///
    /// - Parameter isStopped: look at it as if it did not run, because it will be stopped first.
    /// - Throws: ``InstanceError/alreadyRunning(name:processID:addresses:stop:)``, and ``InstanceError/homeNotOurs(home:)``
    ///   when a home is to be purged that held other files before the instance was created.
    public func deletion(
        of record: InstanceRecord,
        level: InstanceDeletion.Level,
        isStopped: Bool = false
    ) throws(InstanceError) -> InstanceDeletion {
        if !isStopped { try refuseWhileRunning(record) }
        let places = places(of: record)
        if level.contains(.home), DurableFile.exists(record.home) {
            guard try InstanceHome(path: record.home).belongs(to: record.slug) else {
                throw .homeNotOurs(home: record.home)
            }
            try refuseHidden(places.database, in: record.home, level, .database, "--drop-database")
            try refuseHidden(places.applications, in: record.home, level, .applications, "--purge-applications")
        }
        var removed: [String] = []
        var kept: [String] = []
        func sort(_ paths: [String], _ part: InstanceDeletion.Level) {
            for path in paths where DurableFile.exists(path) {
                if level.contains(part) { removed.append(path) } else { kept.append(path) }
            }
        }
        sort(places.database, .database)
        sort(places.applications, .applications)
        sort(places.home, .home)
        // What lies in something that is removed goes with it.
        kept.removeAll { path in removed.contains { path.hasPrefix("\($0)/") } }
        let folder = paths.configurationDirectory(kind, record.slug)
        var trash: String?
        if level.contains(.keys) {
            removed += [folder].filter(DurableFile.exists)
        } else if DurableFile.exists(folder) {
            trash = Trash(paths: paths, kind: kind).place(for: record.slug)
        }
        if !record.configurationFile.hasPrefix("\(folder)/"), DurableFile.exists(record.configurationFile) {
            removed.append(record.configurationFile)
        }
        // The registration last: what was cut short can be asked for again.
        removed.append(paths.recordFile(kind, record.slug))
        return InstanceDeletion(record: record, level: level, removed: removed, kept: kept, trash: trash)
    }

    /// What has a flag of its own does not go with the home unasked.
    private func refuseHidden(
        _ paths: [String],
        in home: String,
        _ level: InstanceDeletion.Level,
        _ part: InstanceDeletion.Level,
        _ flag: String
    ) throws(InstanceError) {
        guard !level.contains(part),
            let hidden = paths.first(where: { $0.hasPrefix("\(home)/") && DurableFile.exists($0) })
        else { return }
        throw .badSetting(
            setting: "--purge-home",
            problem: "\(hidden) lies in the home. Give \(flag) too, if it is to go."
        )
    }

    /// The configuration may name places outside the home; one that cannot be read names none.
    private func places(
        of record: InstanceRecord
    ) -> (database: [String], applications: [String], home: [String]) {
        let home = [record.home, paths.logDirectory(kind, record.slug)]
        switch try? settings(of: record) {
        case .server(let server)?:
            let file = server.databasePath
            return ([file, "\(file)-wal", "\(file)-shm"], [], home)
        case .agent(let agent)?: return ([], [agent.applications], home)
        case nil: return ([], [], home)
        }
    }

    /// Deletes an instance. What was put aside stays in the trash for thirty days.
    public func delete(
        _ record: InstanceRecord,
        level: InstanceDeletion.Level
    ) throws(InstanceError) -> InstanceDeletion {
        try changing { () throws(InstanceError) in
            let current = try find(record.slug, in: try records())
            let deletion = try deletion(of: current, level: level)
            let bin = Trash(paths: paths, kind: kind)
            try bin.empty()
            if let trash = deletion.trash {
                try bin.put(paths.configurationDirectory(kind, current.slug), current, at: trash)
            }
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
