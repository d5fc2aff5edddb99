import Catalog
import Store

/// Runbooks that a project keeps in Git, at a branch, a tag or a commit.
enum GitRunbookRoutes {
    static func register(in routes: inout RouteTable) {
        let root = "projects/:id/:gitRef/runbooks"
        routes.get(root, scope: .space) { try await list($0) }
        routes.post("\(root)/v2", scope: .space) { try await create($0) }
        routes.get("\(root)/:part", scope: .space) { request in
            let part = try request.parameter("part")
            return try await read(request) { .json(served(try $0.runbook(part), request)) }
        }
        routes.put("\(root)/:part", scope: .space) { try await save($0) }
        routes.delete("\(root)/:part", scope: .space) { try await delete($0) }
        routes.get("\(root)/:part/environments", scope: .space) { request in
            let part = try request.parameter("part")
            return try await read(request) { runbooks, context in
                try RunbookRoutes.environments(of: runbooks.runbook(part).body, context)
            }
        }
        routes.get("projects/:id/:gitRef/runbookProcesses/:part", scope: .space) { request in
            let part = try request.parameter("part")
            return try await read(request) { .json(servedProcess(try $0.runbook(ofProcess: part), request)) }
        }
        routes.put("projects/:id/:gitRef/runbookProcesses/:part", scope: .space) { try await saveProcess($0) }
    }

    // MARK: Reading

    /// - Throws: `APIProblem` for a project whose runbooks are in the database.
    private static func open(_ request: APIRequest) async throws -> GitProject {
        let project = try await GitProject.open(request)
        guard project.settings.holdsRunbooks else {
            throw APIProblem.invalid(
                "The runbooks of this project are in the database: use projects/\(project.id)/runbooks without a branch, "
                    + "or move them with POST projects/\(project.id)/git/migrate-runbooks."
            )
        }
        return project
    }

    private static func read(
        _ request: APIRequest,
        _ work: @escaping @Sendable (GitRunbooks) throws -> APIResponse
    ) async throws -> APIResponse {
        try await read(request) { runbooks, _ in try work(runbooks) }
    }

    private static func read(
        _ request: APIRequest,
        _ work: @escaping @Sendable (GitRunbooks, ReadContext) throws -> APIResponse
    ) async throws -> APIResponse {
        let name = try request.parameter("gitRef")
        let project = try await open(request)
        let snapshot = try await project.withRepository { repository in
            let ref = try await GitProject.resolve(name, in: repository)
            return try await project.snapshot(ref, [], withRunbooks: true, in: repository)
        }
        return try await request.read { context in
            try work(runbooks(project, snapshot, context.resources, context.reader), context)
        }
    }

    private static func runbooks(
        _ project: GitProject,
        _ snapshot: GitSnapshot,
        _ resources: Resources,
        _ reader: any StoreReading
    ) throws -> GitRunbooks {
        try GitRunbooks(
            GitReading(
                project: project.stored,
                settings: project.settings,
                snapshot: snapshot,
                resources: resources,
                reader: reader
            )
        )
    }

    private static func list(_ request: APIRequest) async throws -> APIResponse {
        let path = try root(request) + "/runbooks"
        let search = request.query["partialName"]?.lowercased() ?? ""
        return try await read(request) { runbooks in
            let all = try runbooks.all().filter { search.isEmpty || $0.name.lowercased().contains(search) }
            return try request.page(of: all.map { served($0, request) }, type: "Runbook", path: path)
        }
    }

    /// `/api/Spaces-1/projects/Projects-1/main`
    private static func root(_ request: APIRequest) throws -> String {
        let ref = PercentCoding.encode(try request.parameter("gitRef"))
        return request.spacePath("projects/\(PercentCoding.encode(try request.parameter("id")))/\(ref)")
    }

    private static func served(_ runbook: GitRunbooks.Runbook, _ request: APIRequest) -> JSON {
        var body = runbook.body
        let root = (try? root(request)) ?? ""
        let process = PercentCoding.encode(body.text("RunbookProcessId") ?? "")
        body["Links"] = [
            "Self": .string("\(root)/runbooks/\(PercentCoding.encode(runbook.id))"),
            "Project": .string(request.spacePath("projects/\(body.text("ProjectId") ?? "")")),
            "RunbookProcesses": .string("\(root)/runbookProcesses/\(process)"),
        ]
        return body
    }

    private static func servedProcess(_ runbook: GitRunbooks.Runbook, _ request: APIRequest) -> JSON {
        var body = runbook.process
        let root = (try? root(request)) ?? ""
        body["Links"] = [
            "Self": .string("\(root)/runbookProcesses/\(PercentCoding.encode(body.text("Id") ?? ""))"),
            "Project": .string(request.spacePath("projects/\(body.text("ProjectId") ?? "")")),
        ]
        return body
    }

    // MARK: Writing

    /// What one request makes of the runbooks at a branch.
    private struct Edit: Sendable {
        /// `made`, `changed` or `deleted`.
        var done: String
        var runbook: GitRunbooks.Runbook
        var change: GitCommits.Change

        init(_ done: String, _ runbook: GitRunbooks.Runbook, _ change: GitCommits.Change) {
            self.done = done
            self.runbook = runbook
            self.change = change
        }

        /// - Throws: `APIProblem` for what cannot be in Git, such as a secret.
        init(_ done: String, _ runbook: GitRunbooks.Runbook, _ writing: GitWriting) throws {
            let bytes = try writing.bytes(runbook: runbook.body, process: runbook.process)
            self.init(done, runbook, GitCommits.Change(files: [GitRunbooks.file(runbook.slug): bytes]))
        }
    }

    /// Makes one commit of what `work` says.
    ///
    /// - Returns: the runbook as it is then, and the one that `work` gave.
    private static func write(
        _ request: APIRequest,
        _ sent: JSON,
        _ usual: String,
        _ work: @escaping @Sendable (GitRunbooks, GitWriting, WriteContext) throws -> Edit
    ) async throws -> GitRunbooks.Runbook {
        let project = try await open(request)
        let message = GitProject.message(sent, "\(usual) of \(project.stored.name)")
        let box = Box()
        let snapshot = try await GitCommits.commit(request, project, [], withRunbooks: true, message: message) {
            before in
            let edit = try await request.write { context in
                let writing = GitWriting(
                    project: project.id,
                    space: project.stored.document.space,
                    resources: context.resources,
                    reader: context.writer
                )
                return try work(runbooks(project, before, context.resources, context.writer), writing, context)
            }
            await box.set(edit)
            return edit.change
        }
        guard let edit = await box.edit else { throw APIProblem.notFound() }
        let what = "Runbook \(edit.runbook.name)"
        // The database has no document of its own for it.
        try await GitCommits.record("\(what) of", edit.done, .projects, id: project.id, project, snapshot, request)
        guard edit.done != "deleted" else { return edit.runbook }
        return try await request.read { context in
            try runbooks(project, snapshot, context.resources, context.reader).runbook(edit.runbook.slug)
        }
    }

    /// Carries what was decided inside the commit out of it.
    private actor Box {
        var edit: Edit?
        func set(_ edit: Edit) { self.edit = edit }
    }

    private static func create(_ request: APIRequest) async throws -> APIResponse {
        let sent = try request.objectBody()
        let name = sent.objectValue?[caseless: "Name"]?.stringValue?.trimmingSpaces ?? ""
        let runbook = try await write(request, sent, "Add the runbook \(name.prefix(200))") {
            runbooks,
            writing,
            context in
            var runbook = try runbooks.new(named: name)
            runbook.body = try checked(sent, runbook, runbooks, context)
            return try Edit("made", runbook, writing)
        }
        return .created(served(runbook, request))
    }

    private static func save(_ request: APIRequest) async throws -> APIResponse {
        let (sent, part) = (try request.objectBody(), try request.parameter("part"))
        let runbook = try await write(request, sent, "Change a runbook") { runbooks, writing, context in
            var runbook = try runbooks.runbook(part)
            let slug = sent.objectValue?[caseless: "Slug"]?.stringValue ?? ""
            guard slug.isEmpty || slug == runbook.slug else {
                throw APIProblem.invalid("Slug: the slug of a runbook in Git is the name of its file, and stays.")
            }
            runbook.body = try checked(sent, runbook, runbooks, context)
            return try Edit("changed", runbook, writing)
        }
        return .json(served(runbook, request))
    }

    private static func checked(
        _ sent: JSON,
        _ runbook: GitRunbooks.Runbook,
        _ runbooks: GitRunbooks,
        _ context: WriteContext
    ) throws -> JSON {
        var body = try context.resources.checked(.runbooks, sent, replacing: runbook.body, in: context)
        body["Slug"] = .string(runbook.slug)
        if let other = runbooks.other(than: runbook.slug, named: body.text("Name") ?? "") {
            throw APIProblem.invalid("Name: a runbook named '\(other.name)' is there already.")
        }
        return body
    }

    private static func delete(_ request: APIRequest) async throws -> APIResponse {
        let (sent, part) = (try request.body(), try request.parameter("part"))
        _ = try await write(request, sent, "Delete a runbook") { runbooks, _, _ in
            let runbook = try runbooks.runbook(part)
            return Edit("deleted", runbook, GitCommits.Change(removed: [GitRunbooks.file(runbook.slug)]))
        }
        return .empty
    }

    private static func saveProcess(_ request: APIRequest) async throws -> APIResponse {
        let (sent, part) = (try request.objectBody(), try request.parameter("part"))
        let runbook = try await write(request, sent, "Change the process of a runbook") { runbooks, writing, context in
            var runbook = try runbooks.runbook(ofProcess: part)
            runbook.process = try context.resources.checked(
                .runbookProcesses,
                sent,
                replacing: runbook.process,
                in: context
            )
            return try Edit("changed", runbook, writing)
        }
        return .json(servedProcess(runbook, request))
    }
}
