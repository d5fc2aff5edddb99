public import Catalog

/// Reads many documents of one kind by their ids in a few requests.
///
/// Not every server answers this, and an answer may leave documents out. So only what is certainly the document that was
/// asked for counts, and whoever asks reads the rest one by one.
struct BulkReading {
    /// Ids of one request: paths have to stay well below the 8 kB that servers and proxies accept.
    static let batch = 50

    let transport: Transport
    let space: String

    /// - Parameter ids: of one batch.
    /// - Returns: by id; an id that is missing says nothing about its document.
    func documents(_ kind: KindName, _ ids: [String]) async throws -> [String: JSON] {
        let query = [("ids", ids.joined(separator: ","))]
        let answer: JSON
        do {
            answer = try await transport.send(
                .init(method: .get, endpoint: try Endpoint.all(kind, space: space), query: query)
            )
        } catch let error as APIError {
            switch error {
            case .notFound, .badResponse, .refused, .tooLarge: return [:]
            default: throw error
            }
        }
        let asked = Set(ids)
        var found: [String: JSON] = [:]
        for document in answer.arrayValue ?? [] {
            guard let id = document["Id"]?.stringValue, asked.contains(id), Self.isWhole(document, kind) else {
                continue
            }
            found[id] = document
        }
        return found
    }

    /// A light form of a document, as some lists have it, is not the document.
    private static func isWhole(_ document: JSON, _ kind: KindName) -> Bool {
        switch kind {
        case .variableSets: document["Variables"]?.arrayValue != nil && document["Version"]?.intValue != nil
        default: true
        }
    }
}

extension ReplicaClient {
    /// The ids of each request of `documents(_:ids:)`.
    public static func batches(of ids: [String]) -> [[String]] {
        stride(from: 0, to: ids.count, by: BulkReading.batch).map {
            Array(ids[$0..<min($0 + BulkReading.batch, ids.count)])
        }
    }
}

extension SourceClient {
    public func documents(_ kind: KindName, ids: [String]) async throws -> [String: JSON] {
        try await BulkReading(transport: transport, space: identity.spaceID).documents(kind, ids)
    }
}

extension DestinationClient {
    public func documents(_ kind: KindName, ids: [String]) async throws -> [String: JSON] {
        try await BulkReading(transport: transport, space: identity.spaceID).documents(kind, ids)
    }
}
