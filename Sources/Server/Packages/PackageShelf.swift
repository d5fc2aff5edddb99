import Catalog
import Store

/// The packages of a space's built-in feed, as documents of the store. They are no kind of the catalog: nobody edits
/// them, and nothing refers to them by id.
enum PackageShelf {
    static let kind = KindName.packages

    /// One package as it is stored.
    struct Item: Sendable {
        var storedID: String
        var body: JSON
        var packageID: String
        var version: PackageVersion
        var contentHash: String

        fileprivate init?(_ document: Document) throws {
            let body = try JSON.parse(document.body)
            guard let packageID = body.text("PackageId"), let text = body.text("Version"),
                let version = PackageVersion(text), let hash = body.text("ContentHash")
            else { return nil }
            storedID = document.id
            self.body = body
            self.packageID = packageID
            self.version = version
            contentHash = hash
        }
    }

    /// Ids of packages are counted by nobody: the same ones exist in every space.
    static func storedID(_ id: String, inSpace space: String) -> String {
        let folded = id.lowercased()
        return "\(space)/\(folded.hasPrefix("packages-") ? String(folded.dropFirst(9)) : folded)"
    }

    static func find(_ id: String, inSpace space: String, _ reader: some StoreReading) throws -> Item? {
        try reader.document(kind, storedID(id, inSpace: space)).flatMap(Item.init)
    }

    /// By name, the newest version of each first.
    static func all(
        inSpace space: String,
        packageID: String? = nil,
        _ reader: some StoreReading
    ) throws -> [Item] {
        let owners = packageID.map { [Optional($0.lowercased())] }
        let query = DocumentQuery(kind: kind, spaces: [space], owners: owners)
        return try reader.page(query).items.compactMap { try Item($0) }.sorted { left, right in
            let (first, second) = (left.packageID.lowercased(), right.packageID.lowercased())
            return first == second ? left.version > right.version : first < second
        }
    }

    static func newest(_ items: [Item]) -> [Item] {
        var seen = Set<String>()
        return items.filter { seen.insert($0.packageID.lowercased()).inserted }
    }

    /// The content of all packages of all spaces.
    static func hashes(_ reader: some StoreReading) throws -> Set<String> {
        Set(try reader.page(DocumentQuery(kind: kind)).items.compactMap { try Item($0)?.contentHash })
    }

    static func draft(
        _ name: PackageFileName,
        _ upload: PackageUpload.Finished,
        feed: String,
        space: String,
        now: String
    ) -> DocumentDraft {
        let id = "\(name.packageID).\(name.version)"
        let body: JSON = [
            "Id": .string("packages-\(id)"), "PackageId": .string(name.packageID), "Version": .string(name.version),
            "FeedId": .string(feed), "Published": .string(now), "FileExtension": .string(name.fileExtension),
            "PackageSizeBytes": .int(upload.size), "Hash": .string(upload.sha1),
            "ContentHash": .string(upload.sha256),
        ]
        return DocumentDraft(
            kind: kind,
            id: storedID(id, inSpace: space),
            space: space,
            owner: name.packageID.lowercased(),
            name: id,
            body: body.bytes
        )
    }
}

extension PackageShelf.Item {
    /// As `packages` serves it. Release notes are null rather than empty: a known client takes the key for a time.
    func served(inSpace space: String) -> JSON {
        let id = body.text("Id") ?? ""
        let path = "/api/\(space)/packages/\(PercentCoding.encode(id))"
        return [
            "Id": .string(id), "PackageId": .string(packageID), "Version": .string(version.description),
            "FeedId": body.member("FeedId"), "NuGetPackageId": .string(packageID), "NuGetFeedId": body.member("FeedId"),
            "Title": .string(packageID), "Summary": nil, "Description": nil, "ReleaseNotes": nil,
            "Published": body.member("Published"), "FileExtension": body.member("FileExtension"),
            "PackageSizeBytes": body.member("PackageSizeBytes"), "Hash": body.member("Hash"),
            "PackageVersionBuildInformation": nil, "SpaceId": .string(space),
            "Links": ["Self": .string(path), "Raw": .string("\(path)/raw")],
        ]
    }

    /// As a version of a feed.
    func version(inSpace space: String) -> JSON {
        [
            "Id": body.member("Id"), "FeedId": body.member("FeedId"), "PackageId": .string(packageID),
            "Version": .string(version.description), "Published": body.member("Published"),
            "SizeBytes": body.member("PackageSizeBytes"), "Title": .string(packageID), "ReleaseNotes": nil,
            "Links": [:],
        ]
    }
}
