public import Catalog

/// The newest version of each package in the built-in feed of one side.
public struct ReplicaPackages: Sendable, Hashable {
    public struct Item: Sendable, Hashable {
        public var packageID: String
        public var version: PackageVersion
        /// What its own server calls it. Never part of a plan.
        public var id: String
        public var fileExtension: String
        public var size: Int
        /// What the server says of the content, in hexadecimal; empty when it says nothing.
        public var hash: String
    }

    private var newest: [String: Item] = [:]

    /// - Parameter documents: as the server lists them; several versions of one package may be among them.
    public init(_ documents: [JSON]) {
        for document in documents {
            guard let packageID = document["PackageId"]?.stringValue,
                let version = document["Version"]?.stringValue.flatMap({ PackageVersion($0) })
            else { continue }
            let folded = EntityKey.folded(packageID)
            if let known = newest[folded], known.version >= version { continue }
            newest[folded] = Item(
                packageID: packageID,
                version: version,
                id: document["Id"]?.stringValue ?? "packages-\(packageID).\(version)",
                fileExtension: document["FileExtension"]?.stringValue ?? ".zip",
                size: document["PackageSizeBytes"]?.intValue ?? 0,
                hash: document["Hash"]?.stringValue ?? ""
            )
        }
    }

    public subscript(packageID: String) -> Item? { newest[EntityKey.folded(packageID)] }
}
