import Catalog
import Crypto
import HTTPTypes
import Store

/// Logos of every kind that has one: `GET`, `PUT` and `POST x/{id}/logo`.
enum LogoRoutes {
    static func register(in routes: inout RouteTable, catalog: Catalog) {
        for kind in catalog.kinds where kind.hasLogo {
            let name = kind.name
            let scope: RouteTable.Scope = kind.scope == .space ? .space : .system
            routes.get("\(name)/:id/logo", scope: scope) { try await serve(name, $0) }
            routes.put("\(name)/:id/logo", scope: scope) { try await store(name, $0) }
            routes.post("\(name)/:id/logo", scope: scope) { try await store(name, $0) }
        }
        routes.get("actiontemplates/:id/versions/:version/logo", scope: .space) { try await serve(.stepTemplates, $0) }
    }

    private static func serve(_ kind: KindName, _ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let document: Document
            do {
                document = try context.get(kind, idOrSlug: id).document
            } catch let problem as APIProblem where kind == .stepTemplates && id.contains(".") {
                // A type of action in the place of a step template's id: it has no logo of its own.
                guard problem.status == .notFound else { throw problem }
                return answer(DefaultLogo.svg(for: id), .svg, request)
            }
            guard let blob = try context.reader.blob(kind, document.id),
                let format = ImageFormat(sniffing: blob.bytes)
            else { return answer(DefaultLogo.svg(for: document.name), .svg, request) }
            return answer(blob.bytes, format, request)
        }
    }

    private static func answer(_ bytes: [UInt8], _ format: ImageFormat, _ request: APIRequest) -> APIResponse {
        let tag = "\"\(CertificateDetails.hexadecimal(SHA256.hash(data: bytes).prefix(16)))\""
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "private, no-cache", .xContentTypeOptions: "nosniff"]
        // An uploaded SVG may hold scripts; opened by itself it must not run them in our name.
        headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        if let known = request.headers[.ifNoneMatch], known.contains(tag) || known == "*" {
            return APIResponse(.notModified, bytes: [], contentType: format.contentType, headers: headers)
        }
        return APIResponse(bytes: bytes, contentType: format.contentType, headers: headers)
    }

    private static func store(_ kind: KindName, _ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        let contentType = request.headers[.contentType] ?? ""
        let isForm = contentType.lowercased().hasPrefix("multipart/")
        let image =
            isForm
            ? Multipart.file(in: request.bodyBytes, contentType: contentType).map { Array($0) } ?? []
            : request.bodyBytes
        guard image.count <= Blob.limit else {
            throw APIProblem.invalid(
                "The logo has \(image.count) bytes; \(Blob.limit) are allowed. Send a smaller one."
            )
        }
        guard let format = ImageFormat(sniffing: image) else {
            throw APIProblem.invalid("The file is not an image. Send a PNG, JPEG or SVG file.")
        }
        try await request.write { context in
            let document = try context.document(kind, idOrSlug: id)
            let title = context.catalog[kind]?.title.one ?? kind.rawValue
            try context.writer.putBlob(
                kind,
                document.id,
                contentType: format.contentType,
                image,
                event: EventDraft(
                    "Modified",
                    message: "The logo of the \(title) \(document.name) was changed",
                    documentType: context.catalog[kind]?.type
                )
            )
            // The link names the logo's tag.
            try context.amend(kind, document.id) { _ in }
        }
        return .empty
    }
}

/// The picture of what has no logo: the first letter of its name.
enum DefaultLogo {
    private static let colors = ["#1f6f8b", "#3d7a4f", "#8a5a2b", "#6b4c9a", "#9a3b4b", "#4a5568"]

    static func svg(for name: String) -> [UInt8] {
        let letter = name.first { $0.isLetter || $0.isNumber }.map { String($0).uppercased() } ?? "?"
        let color = colors[name.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % colors.count]
        let image = """
            <svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96"><rect width="96" \
            height="96" rx="12" fill="\(color)"/><text x="48" y="64" font-family="sans-serif" font-size="48" \
            text-anchor="middle" fill="#ffffff">\(letter)</text></svg>
            """
        return Array(image.utf8)
    }
}
