import Catalog
import Foundation
import Instances

/// What a backup holds; the last file of its archive.
public struct BackupManifest: Sendable, Hashable {
    public static let format = 1
    static let entryName = "manifest.json"

    public struct Instance: Sendable, Hashable {
        public var kind: InstanceKind
        public var name: String
        public var slug: String
        public var home: String
        public var user: String
        /// The master key is in the archive, wrapped.
        public var hasKey: Bool
        /// Rows of each table of the database; empty where there was no database yet.
        public var rows: [String: Int]
        /// Files of the home, without the database.
        public var files: Int
        public var bytes: Int
    }

    public var created: Date
    /// Of the program that made it.
    public var version: String
    public var instances: [Instance]

    var json: JSON {
        [
            "format": .int(Self.format), "created": .string(created.formatted(.iso8601)), "version": .string(version),
            "instances": .array(
                instances.map {
                    [
                        "kind": .string($0.kind.rawValue), "name": .string($0.name), "slug": .string($0.slug),
                        "home": .string($0.home), "user": .string($0.user), "hasKey": .bool($0.hasKey),
                        "rows": .object(
                            JSONObject($0.rows.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })
                        ),
                        "files": .int($0.files), "bytes": .int($0.bytes),
                    ]
                }
            ),
        ]
    }

    init(created: Date, version: String, instances: [Instance]) {
        self.created = created
        self.version = version
        self.instances = instances
    }

    init(bytes: [UInt8], path: String) throws {
        guard let json = try? JSON.parse(bytes), let format = json["format"]?.intValue else {
            throw BackupError.damaged(path: path, reason: "its manifest cannot be read")
        }
        guard format <= Self.format else { throw BackupError.newerFormat(path: path, format: format) }
        guard let created = try? Date(json["created"]?.stringValue ?? "", strategy: .iso8601),
            let list = json["instances"]?.arrayValue
        else { throw BackupError.damaged(path: path, reason: "its manifest lacks something") }
        self.created = created
        version = json["version"]?.stringValue ?? ""
        instances = try list.map { try Instance(json: $0, path: path) }
    }
}

extension BackupManifest.Instance {
    fileprivate init(json: JSON, path: String) throws {
        guard let kind = json["kind"]?.stringValue.flatMap(InstanceKind.init), let name = json["name"]?.stringValue,
            let slug = json["slug"]?.stringValue, let home = json["home"]?.stringValue,
            (try? InstanceName(name))?.slug == slug
        else { throw BackupError.damaged(path: path, reason: "its manifest names an instance that cannot be") }
        self.kind = kind
        self.name = name
        self.slug = slug
        self.home = home
        user = json["user"]?.stringValue ?? ""
        hasKey = json["hasKey"]?.boolValue ?? false
        rows = Dictionary(
            (json["rows"]?.objectValue ?? [:]).compactMap { key, value in value.intValue.map { (key, $0) } }
        ) { first, _ in first }
        files = json["files"]?.intValue ?? 0
        bytes = json["bytes"]?.intValue ?? 0
    }
}
