import Catalog
public import Foundation
public import Instances

/// What a backup holds; the last file of its archive.
public struct BackupManifest: Sendable, Hashable {
    public static let format = 1
    static let entryName = "manifest.json"

    public struct Instance: Sendable, Hashable {
        public var kind: InstanceKind
        public var name: String
        public var slug: String
        public var home: String
        /// The account that it ran as.
        public var user: String
        /// The master key, and other secrets that are files, are in the archive, wrapped.
        public var hasKey: Bool
        /// Rows of each table of the database; empty where there was no database yet.
        public var rows: [String: Int] = [:]
        public var databaseBytes = 0
        /// Files of the home, without the database, and their bytes.
        public var files = 0
        public var bytes = 0
        /// Names in the home that are no plain files (links, sockets), and so are not in the archive.
        public var passedOver: [String] = []

        /// The number of the database's schema; 0 without a database.
        var schema: Int { rows["migrations"] ?? 0 }
    }

    public var created: Date
    /// Of the program that made it.
    public var version: String
    public var instance: Instance

    init(created: Date, version: String, instance: Instance) {
        self.created = created
        self.version = version
        self.instance = instance
    }

    var json: JSON {
        [
            "format": .int(Self.format), "created": .string(created.formatted(.iso8601)), "version": .string(version),
            "instance": instance.json,
        ]
    }

    init(bytes: [UInt8], path: String) throws {
        guard let json = try? JSON.parse(bytes), let format = json["format"]?.intValue else {
            throw BackupError.damaged(path: path, reason: "its manifest cannot be read")
        }
        guard format <= Self.format else { throw BackupError.newerFormat(path: path, format: format) }
        guard let created = try? Date(json["created"]?.stringValue ?? "", strategy: .iso8601),
            let instance = json["instance"]
        else { throw BackupError.damaged(path: path, reason: "its manifest lacks something") }
        self.created = created
        version = json["version"]?.stringValue ?? ""
        self.instance = try Instance(json: instance, path: path)
    }
}

extension BackupManifest.Instance {
    var json: JSON {
        [
            "kind": .string(kind.rawValue), "name": .string(name), "slug": .string(slug), "home": .string(home),
            "user": .string(user), "hasKey": .bool(hasKey),
            "rows": .object(JSONObject(rows.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })),
            "databaseBytes": .int(databaseBytes), "files": .int(files), "bytes": .int(bytes),
            "passedOver": JSON(passedOver),
        ]
    }

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
        databaseBytes = max(json["databaseBytes"]?.intValue ?? 0, 0)
        files = json["files"]?.intValue ?? 0
        bytes = max(json["bytes"]?.intValue ?? 0, 0)
        passedOver = json["passedOver"]?.stringsValue ?? []
    }
}
