import Catalog
import Store

/// Look-ups over variable sets.
enum VariableRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("variables/names", scope: .space) { try await names($0) }
        routes.get("variables/preview", scope: .space) { _ in throw APIProblem.notSupportedYet("Previewing variables") }
    }

    /// The names of a project's variables and of those of its library sets, each once.
    private static func names(_ request: APIRequest) async throws -> APIResponse {
        let project = request.query["project"]
        return try await request.read { context in
            var sets: [Stored?]
            if let project {
                let found = try context.get(.projects, idOrSlug: project)
                let owners = [found.id] + found.body.strings("IncludedLibraryVariableSetIds")
                sets = try owners.map { owner in
                    try context.find(.variableSets, context.catalog[.variableSets]?.id(ofOwner: owner) ?? "")
                }
            } else {
                sets = try context.all(.variableSets, inSpace: request.space?.id)
            }
            let names = sets.compactMap { $0?.body["Variables"]?.arrayValue }.joined().compactMap { $0.text("Name") }
            return .json(JSON(Set(names).sorted { $0.lowercased() < $1.lowercased() }))
        }
    }
}
