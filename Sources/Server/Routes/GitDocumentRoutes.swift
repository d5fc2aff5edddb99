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
        routes.get("projects/:id/:gitRef/summary", scope: .space) { try await summary($0) }
        // Clients expand links of a project with a branch that they do not need.
        routes.get("projects/:id/:gitRef", scope: .space) { request in
            let project = try await GitProject.open(request)
            return try await request.read { try $0.resources.answer(.projects, project.id, in: $0) }
        }
    }

    // MARK: Reading

    private static func snapshot(_ document: GitDocument, _ request: APIRequest) async throws -> (
        GitProject, GitSnapshot
    ) {
        let name = try request.parameter("gitRef")
        let project = try await GitProject.open(request)
        try check(document, project)
        let snapshot = try await project.withRepository { repository in
            try await project.snapshot(GitProject.resolve(name, in: repository), [document], in: repository)
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
        let (project, snapshot) = try await snapshot(document, request)
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
                body["ScopeValues"] = try ScopeValues.of(body, in: context, process: reading.body(.process))
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
        let (project, snapshot) = try await snapshot(.process, request)
        let process = try await served(.process, project, snapshot, request)
        return try await request.read { context in
            let runbooks = try context.all(.runbooks, inSpace: project.stored.document.space, owner: project.id)
            return .json([
                "HasDeploymentProcess": .bool(process["Steps"]?.arrayValue?.isEmpty == false),
                "HasRunbooks": .bool(!runbooks.isEmpty), "HasBeenSuccessfullyDeployed": false,
            ])
        }
    }

    // MARK: Writing

    private static func save(_ document: GitDocument, _ request: APIRequest) async throws -> APIResponse {
        let sent = try request.objectBody()
        let name = try request.parameter("gitRef")
        let project = try await GitProject.open(request)
        try check(document, project)
        let author = try await GitProject.author(request)
        let message = GitProject.message(sent, "Change \(document.title) of \(project.stored.name)")
        let amended = request.query["amend"]
        let snapshot = try await project.withRepository { repository in
            let ref = try await branch(name, project, repository)
            if let amended { try await check(amended, ref, message, repository) }
            let before = try await project.snapshot(ref, [document], in: repository)
            let bytes = try await bytes(of: sent, document, project, before, request)
            let commit = try await repository.commit(
                [project.settings.path(document.file): bytes],
                to: ref.shortName,
                parent: ref.commit,
                amends: amended != nil,
                message: message,
                author: author
            )
            return try await project.snapshot(GitRef(name: ref.name, commit: commit), [document], in: repository)
        }
        try await record(document, project, snapshot, request)
        return .json(try await served(document, project, snapshot, request))
    }

    /// Only the commit that the caller has just made, with the same message, may be replaced.
    private static func check(
        _ amended: String,
        _ ref: GitRef,
        _ message: String,
        _ repository: GitRepository
    ) async throws {
        guard amended == ref.commit, try await repository.details(of: ref.commit).message == message else {
            throw APIProblem.invalid(
                "amend: \(amended.prefix(40)) is not the newest commit of '\(ref.shortName)' with this message. Read the "
                    + "branch again."
            )
        }
    }

    /// - Throws: `APIProblem` for what is no branch, and for a protected one.
    private static func branch(
        _ name: String,
        _ project: GitProject,
        _ repository: GitRepository
    ) async throws -> GitRef {
        let ref = try await GitProject.resolve(name, in: repository)
        guard ref.name.hasPrefix("refs/heads/") else {
            throw APIProblem.invalid("'\(name.prefix(100))' is no branch. Only branches can be written to.")
        }
        guard !project.settings.isProtected(ref.shortName) else { throw protected(ref.shortName) }
        return ref
    }

    static func protected(_ branch: String) -> APIProblem {
        .invalid(
            "The branch '\(branch.prefix(100))' is protected. Make another with POST git/branches/v2, write there, and "
                + "merge it in the repository."
        )
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
            let body = try context.resources.checked(document.kind, sent, replacing: old, in: context)
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

    private static func record(
        _ document: GitDocument,
        _ project: GitProject,
        _ snapshot: GitSnapshot,
        _ request: APIRequest
    ) async throws {
        try await request.write { context in
            let kind = try context.resources.kind(document.kind)
            let branch = snapshot.ref.shortName
            let event = EventDraft(
                "Modified",
                message:
                    "\(kind.title.one.capitalizedFirst) of \(project.stored.name) was changed in Git, at \(branch): "
                    + "\(snapshot.ref.commit.prefix(12))",
                documentType: kind.type
            )
            try context.writer.record(
                event,
                kind: document.kind,
                id: kind.id(ofOwner: project.id),
                space: project.stored.document.space,
                owner: project.id
            )
        }
    }
}
