import Catalog

/// Reads whole lists: everything in one page where the server gives it, page after page where it does not.
struct ListReading {
    /// A list that goes on after so many pages does not end.
    static let pageLimit = 10_000

    let transport: Transport
    let space: String

    func documents(of kind: KindName) async throws -> [JSON] {
        try await documents(of: kind, at: Endpoint.collection(kind, space: space))
    }

    func documents(of kind: KindName, at endpoint: Endpoint) async throws -> [JSON] {
        var documents: [JSON] = []
        var seen = Set<String>()
        for _ in 0..<Self.pageLimit {
            let page = try await page(endpoint, kind, skip: documents.count)
            let before = documents.count
            // A document that moved between two pages comes twice.
            documents += page.items.filter { item in item["Id"]?.stringValue.map { seen.insert($0).inserted } ?? true }
            // The server's link is not followed but counted on from: an answer must not choose where we go next.
            guard page.hasNext else {
                if transport.adapter.isIdentity(for: kind) { return documents }
                return documents.map { transport.adapter.reading($0, kind: kind) }
            }
            guard documents.count > before else { throw unexpected(endpoint, "pages that repeat themselves") }
        }
        throw unexpected(endpoint, "more than \(Self.pageLimit) pages")
    }

    /// The built-in feed's packages, each with its newest version.
    func newestPackages() async throws -> [JSON] {
        let endpoint = try Endpoint.packages(space: space)
        var found: [JSON] = []
        for _ in 0..<Self.pageLimit {
            let query = [
                ("latest", "true"), ("skip", String(found.count)), ("take", String(transport.options.pageSize)),
            ]
            let answer = try await transport.send(.init(method: .get, endpoint: endpoint, query: query))
            guard let items = answer["Items"]?.arrayValue else {
                throw unexpected(endpoint, "\(answer.typeName) without Items instead of a list")
            }
            found += items
            guard !items.isEmpty, answer["Links"]?["Page.Next"]?.stringValue != nil else { return found }
        }
        throw unexpected(endpoint, "more than \(Self.pageLimit) pages")
    }

    private func page(_ endpoint: Endpoint, _ kind: KindName, skip: Int) async throws -> (items: [JSON], hasNext: Bool)
    {
        var query = [("skip", String(skip)), ("take", String(transport.options.pageSize))]
        if kind == .teams || kind == .scopedUserRoles { query += [("spaces", space), ("includeSystem", "true")] }
        let answer = try await transport.send(.init(method: .get, endpoint: endpoint, query: query))
        // A few old servers answer some lists without the envelope.
        if case .array(let items) = answer { return (items, false) }
        guard let items = answer["Items"]?.arrayValue else {
            throw unexpected(endpoint, "\(answer.typeName) without Items instead of a list")
        }
        let next = answer["Links"]?["Page.Next"]?.stringValue ?? ""
        return (items, !next.isEmpty && !items.isEmpty)
    }

    private func unexpected(_ endpoint: Endpoint, _ problem: String) -> APIError {
        .badResponse(server: transport.address.base, request: "GET \(endpoint.path)", problem: problem)
    }
}
