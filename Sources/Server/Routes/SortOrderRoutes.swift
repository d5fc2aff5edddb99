import Catalog
import Store

/// `PUT x/sortorder` with all ids: environments, worker pools and tag sets.
enum SortOrderRoutes {
    static func register(in routes: inout RouteTable) {
        for kind in [KindName.environments, .workerPools, .tagSets] {
            routes.get("\(kind)/sortorder", scope: .space) { request in
                try await request.read { context in
                    .json(JSON(try context.all(kind, inSpace: request.space?.id).map(\.id)))
                }
            }
            routes.put("\(kind)/sortorder", scope: .space) { try await sort(kind, $0) }
        }
    }

    private static func sort(_ kind: KindName, _ request: APIRequest) async throws -> APIResponse {
        let body = try request.body()
        guard case .array(let elements) = body, elements.allSatisfy({ $0.stringValue != nil }) else {
            throw APIProblem.invalid(
                "The body must be an array with the id of every one of the \(kind), in their new order."
            )
        }
        let order = body.stringsValue
        try await request.write { context in
            let stored = try context.all(kind, inSpace: request.space?.id)
            let (known, asked) = (Set(stored.map(\.id)), Set(order))
            guard known == asked, asked.count == order.count else {
                let missing = known.subtracting(asked).sorted().joined(separator: ", ")
                let unknown = asked.subtracting(known).sorted().joined(separator: ", ")
                throw APIProblem.invalid(
                    "The body must hold the id of each of the \(kind) once. Missing: [\(missing)], unknown: [\(unknown)]."
                )
            }
            let positions = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
            for document in stored {
                guard let position = positions[document.id], document.body["SortOrder"]?.intValue != position else {
                    continue
                }
                try context.amend(kind, document.id) { $0["SortOrder"] = .int(position) }
            }
        }
        return .json(JSON(order))
    }
}
