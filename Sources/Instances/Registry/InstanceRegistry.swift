import Catalog

/// The instances of one kind on this machine (or of this user): one file for each.
///
/// Reading takes no lock: files appear, change and go as wholes. Changes are made under one machine-wide lock.
public struct InstanceRegistry: Sendable {
    public let paths: InstancePaths
    public let kind: InstanceKind

    public init(paths: InstancePaths, kind: InstanceKind = .server) {
        self.paths = paths
        self.kind = kind
    }

    /// Every registered instance, sorted by slug.
    ///
    /// - Throws: ``InstanceError/broken(name:path:reason:)`` for a damaged entry.
    public func records() throws(InstanceError) -> [InstanceRecord] {
        var records: [InstanceRecord] = []
        for slug in try slugs() {
            // One that was deleted since the directory was read is no error.
            if let record = try readRecord(slug) { records.append(record) }
        }
        if let highest = records.map(\.defaultRank).max(), highest > 0 {
            for index in records.indices { records[index].isDefault = records[index].defaultRank == highest }
        }
        return records
    }

    private func slugs() throws(InstanceError) -> [String] {
        try Directories.names(in: paths.registryDirectory(kind))
            .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }
            .map { String($0.dropLast(".json".count)) }
    }

    private func readRecord(_ slug: String) throws(InstanceError) -> InstanceRecord? {
        let path = paths.recordFile(kind, slug)
        guard let bytes = try DurableFile.read(path) else { return nil }
        return try InstanceRecord(bytes: bytes, path: path, slug: slug)
    }

    /// Runs a change while no other process changes a registry.
    func changing<Result>(_ change: () throws(InstanceError) -> Result) throws(InstanceError) -> Result {
        let lock = try FileLock.wait(paths.registryLockFile)
        defer { withExtendedLifetime(lock) {} }
        try removeLeftovers()
        return try change()
    }

    func write(_ record: InstanceRecord) throws(InstanceError) {
        try Directories.make(paths.registryDirectory(kind), mode: 0o755)
        try DurableFile.write(
            Array((record.json.prettyText() + "\n").utf8),
            to: paths.recordFile(kind, record.slug),
            mode: 0o644
        )
    }

    /// Makes an instance the default one.
    ///
    /// - Throws: ``InstanceError/unknown(name:registered:)``.
    public func setDefault(_ name: String) throws(InstanceError) -> InstanceRecord {
        try changing { () throws(InstanceError) in
            let records = try records()
            var chosen = try find(name, in: records)
            guard !chosen.isDefault else { return chosen }
            // The new one first: should the power fail between the writes, the higher rank decides.
            chosen.defaultRank = (records.map(\.defaultRank).max() ?? 0) + 1
            try write(chosen)
            for var other in records where other.slug != chosen.slug && other.defaultRank > 0 {
                other.defaultRank = 0
                try write(other)
            }
            chosen.isDefault = true
            return chosen
        }
    }

    /// Temporary files that a killed process left; nobody else writes while the lock is held.
    private func removeLeftovers() throws(InstanceError) {
        let directory = paths.registryDirectory(kind)
        for name in try Directories.names(in: directory) where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            try DurableFile.remove("\(directory)/\(name)")
        }
    }
}
