import Catalog
import Foundation
import HTTPTypes
import HummingbirdCore
import NIOCore
import Store

/// The built-in feed: packages come in and go out as streams, and lie as files in the instance's home.
///
/// Source: section 2.10 of the REST contract.
enum PackageRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("packages", scope: .space) { try await list($0) }
        routes.get("packages/all", scope: .space) { request in
            let space = request.space?.id ?? ""
            return try await request.read { context in
                .json(.array(try PackageShelf.all(inSpace: space, context.reader).map { $0.served(inSpace: space) }))
            }
        }
        routes.get("packages/notes", scope: .space) { try await notes($0) }
        routes.get("packages/:id", scope: .space) { request in
            let space = request.space?.id ?? ""
            return .json(try await item(request).served(inSpace: space))
        }
        routes.get("packages/:id/raw", scope: .space) { try await file($0) }
        routes.delete("packages/:id", scope: .space) { request in
            try await remove([request.parameter("id")], request, mayBeAbsent: false)
        }
        routes.delete("packages/bulk", scope: .space) { request in
            try await remove(request.query.list("ids") ?? [], request, mayBeAbsent: true)
        }
        routes.get("packages/:id/:version/delta-signature", scope: .space) { _ in
            // Clients send the whole file then.
            throw APIProblem.notFound("base of a delta")
        }
        routes.streamed(.post, "packages/raw", scope: .space) { try await upload($0) }
        routes.streamed(.post, "packages/:id/:version/delta", scope: .space) { _ in
            throw APIProblem.notSupportedYet("Sending a package as the difference to another")
        }
    }

    // MARK: Reading

    private static func list(_ request: APIRequest) async throws -> APIResponse {
        let (space, query) = (request.space?.id ?? "", request.query)
        let (packageID, filter) = (query["nuGetPackageId"], query["filter"])
        guard packageID == nil || filter == nil else {
            throw APIProblem.invalid("Give either nuGetPackageId or filter, not both.")
        }
        let isLatest = try query.bool("latest") ?? false
        return try await request.read { context in
            var found = try PackageShelf.all(inSpace: space, packageID: packageID, context.reader)
            if let filter { found = found.filter { $0.packageID.lowercased().contains(filter.lowercased()) } }
            if isLatest { found = PackageShelf.newest(found) }
            return try request.page(
                of: found.map { $0.served(inSpace: space) },
                type: "Package",
                path: request.spacePath("packages")
            )
        }
    }

    private static func item(_ request: APIRequest) async throws -> PackageShelf.Item {
        let (id, space) = (try request.parameter("id"), request.space?.id ?? "")
        return try await request.read { context in
            guard let item = try PackageShelf.find(id, inSpace: space, context.reader) else {
                throw APIProblem.notFound("package", id)
            }
            return item
        }
    }

    private static func file(_ request: APIRequest) async throws -> APIResponse {
        let item = try await item(request)
        let files = try files(request)
        let name = "\(item.body.text("PackageId") ?? "").\(item.version)\(item.body.text("FileExtension") ?? "")"
        return APIResponse(
            file: files.path(of: item.contentHash),
            size: item.body["PackageSizeBytes"]?.intValue ?? 0,
            headers: [
                .contentType: "application/octet-stream", .contentDisposition: "attachment; filename=\"\(name)\"",
                .eTag: "\"\(item.contentHash.prefix(32))\"", .xContentTypeOptions: "nosniff",
            ]
        )
    }

    private static func notes(_ request: APIRequest) async throws -> APIResponse {
        let (ids, space) = (request.query.list("packageIds") ?? [], request.space?.id ?? "")
        return try await request.read { context in
            let found = try ids.compactMap { try PackageShelf.find($0, inSpace: space, context.reader) }
            return .json([
                "Packages": .array(
                    found.map { item in
                        [
                            "FeedId": item.body.member("FeedId"), "PackageId": .string(item.packageID),
                            "Version": .string(item.version.description),
                            "Notes": [
                                "Succeeded": true, "Notes": nil, "DisplayMessage": nil, "FailureReason": nil,
                            ],
                        ]
                    }
                )
            ])
        }
    }

    // MARK: Writing

    private enum Existing: String {
        case fail = "failifexists"
        case ignore = "ignoreifexists"
        case overwrite = "overwriteexisting"
    }

    private static func existing(_ query: Query) throws -> Existing {
        if let mode = query["overwriteMode"] {
            guard let mode = Existing(rawValue: mode.lowercased()) else {
                throw APIProblem.invalid(
                    "overwriteMode must be FailIfExists, IgnoreIfExists or OverwriteExisting."
                )
            }
            return mode
        }
        return try query.bool("replace") == true ? .overwrite : .fail
    }

    private static func upload(_ request: APIRequest) async throws -> APIResponse {
        let mode = try existing(request.query)
        let files = try files(request)
        let (name, finished) = try await receive(request, into: files)
        let space = request.space?.id ?? ""
        let id = "\(name.packageID).\(name.version)"
        do {
            let (served, isNew) = try await request.write { context in
                let known = try PackageShelf.find(id, inSpace: space, context.writer)
                if let known, mode != .overwrite {
                    guard mode == .ignore else { throw Self.exists(id) }
                    files.discard(finished)
                    return (known.served(inSpace: space), false)
                }
                let item = try store(name, finished, replacing: known, files, context)
                return (item.served(inSpace: space), true)
            }
            if isNew { try await removeUnused(in: request, files) }
            return isNew ? .created(served) : .json(served)
        } catch {
            files.discard(finished)
            throw error
        }
    }

    private static func exists(_ id: String) -> APIProblem {
        APIProblem(
            .conflict,
            "The package \(id) exists already.",
            errors: ["The package \(id) exists already. Send another version, or overwriteMode=OverwriteExisting."]
        )
    }

    /// Takes the file out of the form while it arrives.
    private static func receive(
        _ request: APIRequest,
        into files: PackageFiles
    ) async throws -> (PackageFileName, PackageUpload.Finished) {
        guard var reader = MultipartFileReader(contentType: request.headers[.contentType] ?? "") else {
            throw APIProblem.invalid("Send the package as a file of a multipart/form-data body.")
        }
        guard let body = request.bodyStream else { throw APIProblem.invalid("The body is missing.") }
        let upload = try files.begin(limit: request.services.configuration.limits.packageBytes)
        var name: PackageFileName?
        for try await chunk in body {
            try reader.take(chunk) { try upload.append($0) }
            if name == nil, let given = reader.fileName { name = try Self.name(given) }
        }
        guard let name, reader.isComplete else {
            throw APIProblem.invalid("The upload ended before the file was whole. Send it again.")
        }
        return (name, try upload.finish())
    }

    private static func name(_ text: String) throws -> PackageFileName {
        guard let name = PackageFileName(text) else {
            let endings = PackageFileName.extensions.joined(separator: " ")
            throw APIProblem.invalid(
                "'\(text.prefix(200))' is no name of a package. Name the file ID.VERSION and one of \(endings), for "
                    + "example Acme.Web.1.2.3.zip."
            )
        }
        return name
    }

    private static func store(
        _ name: PackageFileName,
        _ upload: PackageUpload.Finished,
        replacing known: PackageShelf.Item?,
        _ files: PackageFiles,
        _ context: WriteContext
    ) throws -> PackageShelf.Item {
        let space = context.space?.id ?? ""
        let feed = try context.all(.feeds, inSpace: space).first { $0.body["FeedType"] == "BuiltIn" }?.id
        let draft = PackageShelf.draft(
            name,
            upload,
            feed: feed ?? Resources.builtInFeedID,
            space: space,
            now: context.now
        )
        try files.publish(upload)
        let verb = known == nil ? "added to" : "replaced in"
        let event = EventDraft(
            known == nil ? "Created" : "Modified",
            message: "The package \(name.packageID) \(name.version) was \(verb) the built-in feed",
            documentType: "Package",
            relatedIDs: feed.map { [$0] } ?? []
        )
        if known == nil {
            _ = try context.writer.insert(draft, event: event)
        } else {
            _ = try context.writer.update(draft, event: event)
        }
        guard let item = try PackageShelf.find(draft.name, inSpace: space, context.writer) else {
            throw APIProblem.notFound("package", draft.name)
        }
        return item
    }

    private static func remove(_ ids: [String], _ request: APIRequest, mayBeAbsent: Bool) async throws -> APIResponse {
        let files = try files(request)
        let space = request.space?.id ?? ""
        try await request.write { context in
            for id in ids {
                guard let item = try PackageShelf.find(id, inSpace: space, context.writer) else {
                    if mayBeAbsent { continue }
                    throw APIProblem.notFound("package", id)
                }
                try context.writer.delete(
                    PackageShelf.kind,
                    item.storedID,
                    event: EventDraft(
                        "Deleted",
                        message: "The package \(item.packageID) \(item.version) was deleted from the built-in feed",
                        documentType: "Package"
                    )
                )
            }
        }
        try await removeUnused(in: request, files)
        return .empty
    }

    /// In a transaction of its own after the deletion is certain: no upload can publish the same content meanwhile.
    private static func removeUnused(in request: APIRequest, _ files: PackageFiles) async throws {
        try await request.write { context in
            let used = try PackageShelf.hashes(context.writer)
            try files.removeAll(except: used)
        }
    }

    private static func files(_ request: APIRequest) throws -> PackageFiles {
        guard let files = request.services.packages else {
            throw APIProblem.notSupportedYet("Packages on a server without a folder for them")
        }
        return files
    }
}
