import Catalog
import HTTPTypes
import Store

/// Installing community step templates in spaces. The catalogue itself has the routes of every kind.
enum CommunityTemplateRoutes {
    static func register(in routes: inout RouteTable) {
        let base = "\(KindName.communityStepTemplates)/:id"
        // Without a space in the path: the default space.
        for space in ["", "/:space"] {
            routes.get("\(base)/actiontemplate\(space)", scope: .system) { try await installed($0) }
            routes.post("\(base)/installation\(space)", scope: .system) { try await install($0) }
            routes.put("\(base)/installation\(space)", scope: .system) { try await update($0) }
        }
    }

    private static func installed(_ request: APIRequest) async throws -> APIResponse {
        let (id, space) = (try request.parameter("id"), try await space(of: request))
        return try await request.services.read(space: space, user: request.user) { context in
            let template = try context.get(.communityStepTemplates, idOrSlug: id)
            guard let copy = try context.reader.installed(template.id, inSpace: space.id) else {
                throw APIProblem.notFound("installed step template", template.name)
            }
            return try context.resources.answer(.stepTemplates, copy, in: context)
        }
    }

    private static func install(_ request: APIRequest) async throws -> APIResponse {
        .created(
            try await write(request) { template, copy, context in
                if let copy {
                    throw APIProblem.invalid(
                        "'\(template.name)' is installed in this space already (\(copy)). PUT updates it."
                    )
                }
                return try context.create(.stepTemplates, Kind.stepTemplate(installing: template.body))
            }
        )
    }

    private static func update(_ request: APIRequest) async throws -> APIResponse {
        .json(
            try await write(request) { template, copy, context in
                guard let copy else {
                    throw APIProblem.invalid("'\(template.name)' is not installed in this space. POST installs it.")
                }
                return try context.update(.stepTemplates, copy) { body in
                    body.merge(Kind.stepTemplate(installing: template.body))
                }
            }
        )
    }

    /// - Parameter work: gets the template of the catalogue and the id of its copy in the space, if it has one.
    private static func write(
        _ request: APIRequest,
        _ work: @escaping @Sendable (Stored, String?, WriteContext) throws -> Stored
    ) async throws -> JSON {
        let (id, space) = (try request.parameter("id"), try await space(of: request))
        return try await request.services.write(space: space, author: request.author) { context in
            let document = try context.document(.communityStepTemplates, idOrSlug: id)
            let template = try context.get(.communityStepTemplates, document.id)
            context.installedTemplate = template.id
            let copy = try context.writer.installed(template.id, inSpace: space.id)
            return try context.served(try work(template, copy, context))
        }
    }

    private static func space(of request: APIRequest) async throws -> SpaceSummary {
        let spaces = request.services.spaces
        let asked = request.parameters["space"]
        let found = if let asked { try await spaces.space(asked) } else { try await spaces.defaultSpace() }
        guard let found else { throw APIProblem.notFound("space", asked ?? "") }
        return found
    }
}

extension StoreReading {
    /// The id of the step template that a community template is in a space.
    func installed(_ communityTemplate: String, inSpace space: String) throws -> String? {
        try usages(of: communityTemplate).filter { $0.fromKind == .stepTemplates }.map(\.fromID)
            .first { try document(.stepTemplates, $0)?.space == space }
    }
}
