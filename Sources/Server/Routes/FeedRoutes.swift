import Catalog
import Store

/// What feeds hold. Only the built-in feed is asked; the feed of releases truly holds none.
enum FeedRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("feeds/stats", scope: .space) { request in
            let space = request.space?.id
            return try await request.read { context in
                .json(["TotalPackages": .int(try context.reader.count(PackageShelf.kind, in: space))])
            }
        }
        routes.get("feeds/:id/packages", scope: .space) { request in
            let query = request.query
            return try await inFeed(request) { items, space, _ in
                let asked = try matching(items, query)
                let isWhole = try query.bool("includeMultipleVersions") ?? false
                let shown = (isWhole ? asked : PackageShelf.newest(asked)).prefix(try query.int("take") ?? 30)
                return .json(.array(shown.map { $0.served(inSpace: space) }))
            }
        }
        routes.get("feeds/:id/packages/search", scope: .space) { try await search($0) }
        routes.get("feeds/:id/packages/versions", scope: .space) { try await versions($0) }
        routes.get("feeds/:id/packages/notes", scope: .space) { request in
            let query = request.query
            return try await inFeed(request) { items, _, _ in
                let found = items.contains { item in
                    item.packageID.lowercased() == query["packageId"]?.lowercased()
                        && item.version.description.lowercased() == query["version"]?.lowercased()
                }
                guard found else { throw APIProblem.notFound("package") }
                return .json("")
            }
        }
    }

    private static func search(_ request: APIRequest) async throws -> APIResponse {
        let term = request.query["term"]?.lowercased() ?? ""
        return try await inFeed(request) { items, space, feed in
            let found = PackageShelf.newest(items).filter { term.isEmpty || $0.packageID.lowercased().contains(term) }
            let path = "/api/\(space)/feeds/\(feed)/packages"
            let described: [JSON] = found.map { item in
                [
                    "Id": .string(item.packageID), "Name": .string(item.packageID), "Description": "",
                    "LatestVersion": .string(item.version.description),
                    "Links": [
                        "SearchPackageVersionsTemplate": .string(
                            "\(path)/versions?packageId=\(PercentCoding.encode(item.packageID)){&take,skip,"
                                + "includePreRelease,versionRange,preReleaseTag,filter,includeReleaseNotes}"
                        )
                    ],
                ]
            }
            return try request.page(of: described, type: "PackageDescription", path: "\(path)/search")
        }
    }

    private static func versions(_ request: APIRequest) async throws -> APIResponse {
        let query = request.query
        guard query["packageId"] != nil else { throw APIProblem.invalid("packageId is missing.") }
        guard query["versionTagRegex"] == nil else {
            throw APIProblem.notSupportedYet("Choosing versions of the built-in feed by their tags")
        }
        return try await inFeed(request) { items, space, feed in
            var found = try matching(items, query)
            if query["versioningStrategy"]?.lowercased() == "mostrecentlypublished" {
                found.sort { ($0.body.text("Published") ?? "") > ($1.body.text("Published") ?? "") }
            }
            return try request.page(
                of: found.map { $0.version(inSpace: space) },
                type: "PackageVersion",
                path: "/api/\(space)/feeds/\(feed)/packages/versions"
            )
        }
    }

    /// The conditions that lists of versions have in common.
    private static func matching(_ items: [PackageShelf.Item], _ query: Query) throws -> [PackageShelf.Item] {
        let name = query["packageId"]?.lowercased()
        let isPartial = try query.bool("partialMatch") ?? false
        let withPrereleases = try query.bool("includePreRelease") ?? true
        let filter = query["filter"]?.lowercased()
        let range = try query["versionRange"].map { text in
            guard let range = VersionRange(text) else {
                throw APIProblem.invalid("versionRange: '\(text.prefix(100))' is no range, such as [1.0,2.0).")
            }
            return range
        }
        let tag = try query["preReleaseTag"].map(expression)
        return items.filter { item in
            let id = item.packageID.lowercased()
            if let name, isPartial ? !id.contains(name) : id != name { return false }
            if !withPrereleases, item.version.isPrerelease { return false }
            if let filter, !item.version.description.lowercased().contains(filter) { return false }
            if let range, !range.contains(item.version) { return false }
            guard let tag else { return true }
            return item.version.prerelease.joined(separator: ".").contains(tag)
        }
    }

    private static func expression(_ text: String) throws -> Regex<AnyRegexOutput> {
        guard text.utf8.count <= 200, let expression = try? Regex(text) else {
            throw APIProblem.invalid("preReleaseTag: '\(text.prefix(100))' is no regular expression.")
        }
        return expression
    }

    /// Answers with the packages of the feed of the route, by name, the newest version of each first.
    private static func inFeed(
        _ request: APIRequest,
        _ answer: @escaping @Sendable ([PackageShelf.Item], _ space: String, _ feed: String) throws -> APIResponse
    ) async throws -> APIResponse {
        let (id, space) = (try request.parameter("id"), request.space?.id ?? "")
        return try await request.read { context in
            let feed = try context.get(.feeds, idOrSlug: id)
            switch feed.body.text("FeedType") {
            case "BuiltIn": return try answer(try PackageShelf.all(inSpace: space, context.reader), space, feed.id)
            case "OctopusProject": return try answer([], space, feed.id)
            default:
                throw APIProblem.notSupportedYet("Searching a feed of type \(feed.body.text("FeedType") ?? "")")
            }
        }
    }
}
