public import Catalog

/// A package of the built-in feed that synced processes use and the destination does not have as new as the source.
public struct PackageNeed: Sendable, Hashable {
    public var packageID: String
    /// The newest at the source; empty when the source has none either.
    public var version: String
    /// The newest at the destination; empty when it has none.
    public var versionAtDestination: String
    /// Bytes of the source's newest; 0 when nothing is known.
    public var size: Int
    /// The processes at the destination that name it.
    public var neededBy: [EntityKey]
    /// This plan brings it.
    public var isCopied: Bool

    public init(
        packageID: String,
        version: String,
        versionAtDestination: String,
        size: Int,
        neededBy: [EntityKey],
        isCopied: Bool
    ) {
        self.packageID = packageID
        self.version = version
        self.versionAtDestination = versionAtDestination
        self.size = size
        self.neededBy = neededBy
        self.isCopied = isCopied
    }

    public var json: JSON {
        [
            "packageId": .string(packageID), "version": .string(version),
            "versionAtDestination": .string(versionAtDestination), "sizeBytes": .int(size),
            "neededBy": .array(neededBy.map(\.json)), "isCopied": .bool(isCopied),
        ]
    }

    init?(json: JSON) {
        guard let packageID = json["packageId"]?.stringValue, let version = json["version"]?.stringValue,
            let other = json["versionAtDestination"]?.stringValue, let size = json["sizeBytes"]?.intValue,
            let users = json["neededBy"]?.arrayValue, let isCopied = json["isCopied"]?.boolValue
        else { return nil }
        self.init(
            packageID: packageID,
            version: version,
            versionAtDestination: other,
            size: size,
            neededBy: users.compactMap(EntityKey.init(json:)),
            isCopied: isCopied
        )
    }
}
