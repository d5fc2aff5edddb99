import Catalog
import HTTPTypes
import Store

/// The parts of a project below its own address, and its second view as deployment settings.
enum ProjectRoutes {
    static func register(in routes: inout RouteTable) {
        routes.post("projects", scope: .space) { try await create($0) }
        routes.put("projects/:id", scope: .space) { try await save($0) }
        GitProjects.register(in: &routes)
        for (path, kind) in [("channels", KindName.channels), ("runbooks", .runbooks), ("triggers", .triggers)] {
            registerParts(kind, at: path, in: &routes)
        }
        routes.get("projects/:id/deploymentsettings", scope: .space) { try await settings($0) }
        routes.put("projects/:id/deploymentsettings", scope: .space) { try await saveSettings($0) }
        routes.get("deploymentsettings/:id", scope: .space) { try await settings($0) }
        routes.put("deploymentsettings/:id", scope: .space) { try await saveSettings($0) }
        for (path, kind) in [("deploymentprocesses", KindName.deploymentProcesses), ("variables", .variableSets)] {
            registerSingle(kind, at: path, in: &routes)
        }
        routes.get("projects/:id/runbookProcesses/:part", scope: .space) { try await runbookProcess($0) }
        routes.put("projects/:id/runbookProcesses/:part", scope: .space) { try await saveRunbookProcess($0) }
        routes.get("projects/:id/summary", scope: .space) { try await summary($0) }
        routes.get("projects/:id/summary/v1", scope: .space) { try await summary($0) }
        routes.get("projects/:id/metadata", scope: .space) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                _ = try context.get(.projects, idOrSlug: id)
                return .json([])
            }
        }
        routes.get("projects/experimental/summaries", scope: .space) { request in
            try await request.read { context in
                let ids = request.query.list("ids").map(Set.init)
                let projects = try context.all(.projects, inSpace: request.space?.id)
                return .json(.array(projects.filter { ids?.contains($0.id) ?? true }.map(\.idAndName)))
            }
        }
    }

    // MARK: Creating

    private static func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.objectBody()
        try GitProjects.refuse(body)
        let sent = body.objectValue ?? [:]
        let source = request.query["clone"] ?? sent[caseless: "Clone"]?.stringValue
        let retains = sent[caseless: "RetainTenantConnections"]?.boolValue ?? false
        return .created(
            try await request.write { context in
                let body = try context.resources.plan(.projects).request(body)
                guard let source, !source.isEmpty else { return try context.served(context.create(.projects, body)) }
                let id = try context.document(.projects, idOrSlug: source).id
                return try context.served(
                    ProjectCloning(of: id, in: context).perform(body, retainsTenants: retains)
                )
            }
        )
    }

    private static func save(_ request: APIRequest) async throws -> APIResponse {
        let (id, body) = (try request.parameter("id"), try request.objectBody())
        let allowsLocal = request.services.configuration.allowsLocalGit
        return .json(
            try await request.write { context in
                let project = try context.get(.projects, context.document(.projects, idOrSlug: id).id)
                let sent = try context.resources.plan(.projects).request(body)
                let saved = try context.resources.replace(.projects, project.id, with: sent, in: context)
                try GitProjects.update(project, body, in: context, allowsLocal: allowsLocal)
                return try context.served(context.find(.projects, project.id) ?? saved)
            }
        )
    }

    // MARK: Channels, runbooks, triggers

    private static func registerParts(_ kind: KindName, at path: String, in routes: inout RouteTable) {
        routes.get("projects/:id/\(path)", scope: .space) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                let project = try context.get(.projects, idOrSlug: id)
                try refuseWithoutBranch(kind, project, path)
                return try context.page(
                    kind,
                    path: request.spacePath("projects/\(project.id)/\(path)"),
                    query: request.query,
                    owner: project.id
                )
            }
        }
        for all in ["all", "all/v2"] {
            routes.get("projects/:id/\(path)/\(all)", scope: .space) { request in
                let id = try request.parameter("id")
                return try await request.read { context in
                    let project = try context.get(.projects, idOrSlug: id)
                    try refuseWithoutBranch(kind, project, path)
                    return try context.resources.array(kind, query: request.query, owner: project.id, in: context)
                }
            }
        }
        routes.get("projects/:id/\(path)/:part", scope: .space) { request in
            let (id, part) = (try request.parameter("id"), try request.parameter("part"))
            return try await request.read { context in
                let project = try context.get(.projects, idOrSlug: id).id
                return APIResponse(bytes: try context.served(find(part, kind, of: project, context.reader)))
            }
        }
        routes.post("projects/:id/\(path)", scope: .space) { request in
            let (id, sent) = (try request.parameter("id"), try request.objectBody())
            return .created(
                try await request.write { context in
                    let project = try context.document(.projects, idOrSlug: id).id
                    var body = try context.resources.plan(kind).request(sent)
                    body["ProjectId"] = .string(project)
                    return try context.served(context.create(kind, body))
                }
            )
        }
        routes.put("projects/:id/\(path)/:part", scope: .space) { request in
            let (id, part) = (try request.parameter("id"), try request.parameter("part"))
            let sent = try request.objectBody()
            return .json(
                try await request.write { context in
                    let project = try context.document(.projects, idOrSlug: id).id
                    let document = try find(part, kind, of: project, context.writer)
                    let body = try context.resources.plan(kind).request(sent)
                    return try context.served(context.resources.replace(kind, document.id, with: body, in: context))
                }
            )
        }
        for suffix in ["", "/v2"] {
            routes.delete("projects/:id/\(path)/:part\(suffix)", scope: .space) { request in
                let (id, part) = (try request.parameter("id"), try request.parameter("part"))
                try await request.write { context in
                    let project = try context.document(.projects, idOrSlug: id).id
                    try context.delete(kind, find(part, kind, of: project, context.writer).id)
                }
                return .empty
            }
        }
    }

    /// A part of the project by its id or slug.
    private static func find(
        _ part: String,
        _ kind: KindName,
        of project: String,
        _ reader: some StoreReading
    ) throws -> Document {
        let space = try reader.document(.projects, project)?.space
        if let document = try reader.document(kind, part), document.owner == project { return document }
        if let document = try reader.document(kind, slug: part.lowercased(), in: space, owner: project) {
            return document
        }
        throw APIProblem.notFound(kind.rawValue, part)
    }

    // MARK: Process and variables

    private static func registerSingle(_ kind: KindName, at path: String, in routes: inout RouteTable) {
        routes.get("projects/:id/\(path)", scope: .space) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                let project = try context.get(.projects, idOrSlug: id)
                try refuseWithoutBranch(kind, project, path)
                let part = try self.single(kind, of: project.id, context.catalog)
                var response = try context.resources.answer(kind, part, in: context)
                // A conversion changes the project alone.
                response.cachedWith = response.cachedWith.map { $0 + [.projects] }
                return response
            }
        }
        routes.put("projects/:id/\(path)", scope: .space) { request in
            let (id, sent) = (try request.parameter("id"), try request.objectBody())
            return .json(
                try await request.write { context in
                    let project = try context.document(.projects, idOrSlug: id).id
                    let body = try context.resources.plan(kind).request(sent)
                    let part = try self.single(kind, of: project, context.catalog)
                    return try context.served(context.resources.replace(kind, part, with: body, in: context))
                }
            )
        }
    }

    /// What is in Git is read at a branch.
    private static func refuseWithoutBranch(_ kind: KindName, _ project: Stored, _ path: String) throws {
        guard let settings = GitSettings(project: project.body) else { return }
        switch kind {
        case .deploymentProcesses, .deploymentSettings: break
        case .runbooks: if !settings.holdsRunbooks { return }
        default: return
        }
        throw APIProblem.invalid(
            "The project '\(project.name)' keeps this in Git: name a branch, as in projects/\(project.id)/"
                + "\(PercentCoding.encode(settings.defaultBranch))/\(path)."
        )
    }

    private static func single(_ kind: KindName, of project: String, _ catalog: Catalog) throws -> String {
        guard let id = catalog[kind]?.id(ofOwner: project) else { throw APIProblem.notFound() }
        return id
    }

    private static func runbookProcess(_ request: APIRequest) async throws -> APIResponse {
        let (id, part) = (try request.parameter("id"), try request.parameter("part"))
        return try await request.read { context in
            let project = try context.get(.projects, idOrSlug: id).id
            let process = try context.get(.runbookProcesses, idOrSlug: part)
            guard process.body.text("ProjectId") == project else { throw APIProblem.notFound("runbook process", part) }
            return .json(process.body)
        }
    }

    private static func saveRunbookProcess(_ request: APIRequest) async throws -> APIResponse {
        let (id, part) = (try request.parameter("id"), try request.parameter("part"))
        let sent = try request.objectBody()
        return .json(
            try await request.write { context in
                let project = try context.document(.projects, idOrSlug: id)
                let document = try context.document(.runbookProcesses, idOrSlug: part)
                guard try context.get(.runbookProcesses, document.id).body.text("ProjectId") == project.id else {
                    throw APIProblem.notFound("runbook process", part)
                }
                let body = try context.resources.plan(.runbookProcesses).request(sent)
                return try context.served(
                    context.resources.replace(.runbookProcesses, document.id, with: body, in: context)
                )
            }
        )
    }

    // MARK: Settings

    /// The project of a settings' id, of its own id, or of its slug.
    private static func projectID(_ request: APIRequest) throws -> String {
        let id = try request.parameter("id")
        return request.services.resources.catalog[.deploymentSettings]?.ownerID(of: id) ?? id
    }

    private static func settings(_ request: APIRequest) async throws -> APIResponse {
        let id = try projectID(request)
        return try await request.read { context in
            let project = try context.get(.projects, idOrSlug: id)
            try refuseWithoutBranch(.deploymentSettings, project, "deploymentsettings")
            return .json(DeploymentSettings.of(project, catalog: context.catalog))
        }
    }

    private static func saveSettings(_ request: APIRequest) async throws -> APIResponse {
        let (id, sent) = (try projectID(request), try request.objectBody())
        return .json(
            try await request.write { context in
                let document = try context.document(.projects, idOrSlug: id)
                try refuseWithoutBranch(.deploymentSettings, context.get(.projects, document.id), "deploymentsettings")
                let project = try context.update(.projects, document.id) { DeploymentSettings.write(sent, to: &$0) }
                return DeploymentSettings.of(project, catalog: context.catalog)
            }
        )
    }

    private static func summary(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let project = try context.get(.projects, idOrSlug: id)
            let process = try context.find(.deploymentProcesses, project.body.text("DeploymentProcessId") ?? "")
            let runbooks = try context.all(.runbooks, inSpace: project.document.space, owner: project.id)
            return .json([
                "HasDeploymentProcess": .bool(!(process?.body["Steps"]?.arrayValue ?? []).isEmpty),
                "HasRunbooks": .bool(!runbooks.isEmpty), "HasBeenSuccessfullyDeployed": false,
            ])
        }
    }
}
