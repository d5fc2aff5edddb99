import Catalog
import Store

// Answers that many special routes give.
extension APIRequest {
    /// `/api/Spaces-1/x`, with the request's space put in.
    func spacePath(_ path: String) -> String { "/api/\(space?.id ?? "")/\(path)" }

    /// A page of documents that belong to another one, which has to exist.
    ///
    /// - Parameters:
    ///   - parent: kind of the document that the route's `:id` names.
    ///   - path: the list's path below `/api/{space}/{parent}/{id}/`.
    func pageBelow(
        _ parent: KindName,
        _ path: String,
        of kind: KindName,
        where isIncluded: @escaping @Sendable (JSON, String) -> Bool
    ) async throws -> APIResponse {
        let id = try parameter("id")
        return try await read { context in
            let owner = try context.get(parent, idOrSlug: id).id
            return try context.page(
                kind,
                path: spacePath("\(parent)/\(owner)/\(path)"),
                query: query,
                where: { isIncluded($0, owner) }
            )
        }
    }

    /// The envelope around items that are no documents.
    func page(of items: [JSON], type: String, path: String) throws -> APIResponse {
        let window = try PageWindow(query)
        let shown = items.dropFirst(window.skip).prefix(window.take).map(\.text).joined(separator: ",")
        let envelope = PageEnvelope(
            itemType: type,
            path: path,
            template: "\(path){?skip,take}",
            query: query,
            window: window,
            total: items.count
        )
        return APIResponse(bytes: envelope.bytes(items: Array(shown.utf8)))
    }
}

extension ReadContext {
    /// The documents that refer to this one, by kind.
    func users(of id: String, _ kind: KindName) throws -> [Stored] {
        var seen = Set<String>()
        return try reader.usages(of: id).filter { $0.fromKind == kind && seen.insert($0.fromID).inserted }
            .compactMap { try find(kind, $0.fromID) }
    }
}

extension Stored {
    var name: String { body["Name"]?.stringValue ?? document.name }
    var slug: String { document.slug ?? "" }

    /// `{Id, Name}`, as references to documents are shown to people.
    var idAndName: JSON { ["Id": .string(id), "Name": .string(name)] }
}

extension Query {
    /// The same with other values for one parameter; without it when there are none.
    func replacing(_ name: String, with values: [String]) -> Query {
        let kept =
            pairs.filter { $0.name != name.lowercased() }.map { ($0.spelled, $0.value) } + values.map { (name, $0) }
        let text = kept.map { "\(PercentCoding.encode($0.0))=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
        return Query(parsing: text)
    }

    func without(_ name: String) -> Query { replacing(name, with: []) }
}
