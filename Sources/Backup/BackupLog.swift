public import Catalog
public import Foundation
import Instances

/// Which backups were made of an instance, so that one without a recent, verified one can be found.
public struct BackupLog: Sendable {
    public struct Entry: Sendable, Hashable {
        public var path: String
        public var created: Date
        /// It was restored, compared and started.
        public var isVerified: Bool
        public var hasKey: Bool

        public init(path: String, created: Date, isVerified: Bool, hasKey: Bool) {
            self.path = path
            self.created = created
            self.isVerified = isVerified
            self.hasKey = hasKey
        }

        public var json: JSON {
            [
                "path": .string(path), "created": .string(created.formatted(.iso8601)), "verified": .bool(isVerified),
                "hasKey": .bool(hasKey),
            ]
        }
    }

    /// How many entries are kept; the oldest go.
    static let longest = 200

    private let file: String

    /// - Parameter home: of the instance. The log stays with the data: it goes, stays or gets another name with them.
    public init(home: String) {
        file = "\(home)/\(InstanceHome.ownPrefix)backups.json"
    }

    /// Newest first.
    public func entries() throws -> [Entry] {
        guard let bytes = try DurableFile.read(file) else { return [] }
        // A log that is damaged knows of no backup: better one too many than none.
        guard let list = try? JSON.parse(bytes).arrayValue else { return [] }
        return list.compactMap { json in
            guard let path = json["path"]?.stringValue,
                let created = try? Date(json["created"]?.stringValue ?? "", strategy: .iso8601)
            else { return nil }
            return Entry(
                path: path,
                created: created,
                isVerified: json["verified"]?.boolValue ?? false,
                hasKey: json["hasKey"]?.boolValue ?? false
            )
        }.sorted { $0.created > $1.created }
    }

    /// The newest backup that was verified and whose file is still there.
    public func newestVerified() throws -> Entry? {
        try entries().first { $0.isVerified && DurableFile.exists($0.path) }
    }

    public func add(_ entry: Entry) throws {
        let lock = try FileLock.wait("\(file).lock")
        defer { withExtendedLifetime(lock) {} }
        let entries = ([entry] + (try entries()).filter { $0.path != entry.path }).prefix(Self.longest)
        try DurableFile.write(JSON.array(entries.map(\.json)).bytes, to: file, mode: 0o640)
    }
}
