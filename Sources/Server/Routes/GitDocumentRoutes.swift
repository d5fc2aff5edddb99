import Catalog
import Store

/// The documents of a project that are kept in Git, at a branch, a tag or a commit.
enum GitDocumentRoutes {
    static func register(in routes: inout RouteTable) {
        for (path, document) in [
            ("deploymentprocesses", GitDocument.process), ("deploymentsettings", .settings), ("variables", .variables),
        ] {
            routes.get("projects/:id/:gitRef/\(path)", scope: .space) { try await read(document, $0) }
            routes.put("projects/:id/:gitRef/\(path)", scope: .space) { try await save(document, $0) }
        }
        GitRunbookRoutes.register(in: &routes)
        routes.get("projects/:id/:gitRef/summary", scope: .space) { try await summary($0) }
        // Clients expand links of a project with a branch that they do not need.
        routes.get("projects/:id/:gitRef", scope: .space) { request in
            let project = try await GitProject.open(request)
            return try await request.read { try $0.resources.answer(.projects, project.id, in: $0) }
        }
    }

    // MARK: Reading

    private static func snapshot(
        _ document: GitDocument,
        withRunbooks: Bool,
        _ request: APIRequest
    ) async throws -> (GitProject, GitSnapshot) {
        let name = try request.parameter("gitRef")
        let project = try await GitProject.open(request)
        try check(document, project)
        let snapshot = try await project.withRepository { repository in
            try await project.snapshot(
                GitProject.resolve(name, in: repository),
                [document],
                withRunbooks: withRunbooks,
                in: repository
            )
        }
        return (project, snapshot)
    }

    private static func check(_ document: GitDocument, _ project: GitProject) throws {
        guard document == .variables, !project.settings.holdsVariables else { return }
        throw APIProblem.invalid(
            "The variables of this project are in the database: use projects/\(project.id)/variables without a branch, or "
                + "move them with POST projects/\(project.id)/git/migrate-variables."
        )
    }

    private static func read(_ document: GitDocument, _ request: APIRequest) async throws -> APIResponse {
        let (project, snapshot) = try await snapshot(document, withRunbooks: document == .variables, request)
        return .json(try await served(document, project, snapshot, request))
    }

    private static func served(
        _ document: GitDocument,
        _ project: GitProject,
        _ snapshot: GitSnapshot,
        _ request: APIRequest
    ) async throws -> JSON {
        let ref = try request.parameter("gitRef")
        return try await request.read { context in
            let reading = GitReading(
                project: project.stored,
                settings: project.settings,
                snapshot: snapshot,
                resources: context.resources,
                reader: context.reader
            )
            var body = try reading.body(document)
            if document == .variables {
                body["ScopeValues"] = try ScopeValues.of(
                    body,
                    in: context,
                    process: reading.body(.process),
                    runbooks: project.settings.holdsRunbooks
                        ? GitRunbooks(reading).all().map { ($0.body, $0.process) } : nil
                )
            }
            let kind = try context.resources.kind(document.kind)
            let path = "projects/\(project.id)/\(PercentCoding.encode(ref))"
            let name = document == .variables ? "variables" : kind.name.rawValue
            body["Links"] = [
                "Self": .string(request.spacePath("\(path)/\(name)")),
                "Project": .string(request.spacePath("projects/\(project.id)")),
            ]
            return body
        }
    }

    private static func summary(_ request: APIRequest) async throws -> APIResponse {
        let (project, snapshot) = try await snapshot(.process, withRunbooks: true, request)
        let process = try await served(.process, project, snapshot, request)
        return try await request.read { context in
            let inDatabase = try context.all(.runbooks, inSpace: project.stored.document.space, owner: project.id)
            let hasRunbooks =
                project.settings.holdsRunbooks ? !GitRunbooks.slugs(in: snapshot).isEmpty : !inDatabase.isEmpty
            return .json([
                "HasDeploymentProcess": .bool(process["Steps"]?.arrayValue?.isEmpty == false),
                "HasRunbooks": .bool(hasRunbooks), "HasBeenSuccessfullyDeployed": false,
            ])
        }
    }

    // MARK: Writing

    private static func save(_ document: GitDocument, _ request: APIRequest) async throws -> APIResponse {
        let sent = try request.objectBody()
        let project = try await GitProject.open(request)
        try check(document, project)
        let message = GitProject.message(sent, "Change \(document.title) of \(project.stored.name)")
        let snapshot = try await GitCommits.commit(
            request,
            project,
            [document],
            withRunbooks: document == .variables,
            message: message
        ) { before in
            GitCommits.Change(files: [document.file: try await bytes(of: sent, document, project, before, request)])
        }
        let kind = try request.services.resources.kind(document.kind)
        let what = "\(kind.title.one.capitalizedFirst) of"
        let id = kind.id(ofOwner: project.id)
        try await GitCommits.record(what, "changed", document.kind, id: id, project, snapshot, request)
        return .json(try await served(document, project, snapshot, request))
    }

    /// The file that the sent document becomes; everything is checked as in the database.
    private static func bytes(
        of sent: JSON,
        _ document: GitDocument,
        _ project: GitProject,
        _ snapshot: GitSnapshot,
        _ request: APIRequest
    ) async throws -> [UInt8] {
        try await request.write { context in
            let reading = GitReading(
                project: project.stored,
                settings: project.settings,
                snapshot: snapshot,
                resources: context.resources,
                reader: context.writer
            )
            let old = try reading.body(document)
            let body = try context.resources.checked(
                document.kind,
                sent,
                replacing: old,
                in: context,
                runbooks: Set(GitRunbooks(reading).ids.values)
            )
            if document == .variables,
                let secret = body["Variables"]?.arrayValue?.first(where: { $0["Type"] == "Sensitive" })
            {
                throw APIProblem.invalid(
                    "The variable '\(secret.text("Name") ?? "")' is sensitive, and secrets are not kept in Git: set it with "
                        + "PUT projects/\(project.id)/variables, without a branch."
                )
            }
            let writing = GitWriting(
                project: project.id,
                space: project.stored.document.space,
                resources: context.resources,
                reader: context.writer
            )
            let process = document == .process ? body : try reading.body(.process)
            return try writing.bytes(body, document, actions: GitReading.actionSlugs(process))
        }
    }
}
