import Catalog
import Store

/// Projects that are kept in a Git repository: conversion, and what the repository has.
enum GitProjects {
    static func register(in routes: inout RouteTable) {
        registerConversion(in: &routes)
        registerRefs(in: &routes)
        GitDocumentRoutes.register(in: &routes)
        for suffix in ["", "/v1"] {
            routes.post("configuration/versioncontrol/clear-cache\(suffix)", scope: .system) { request in
                try request.services.gitRepositories().prepare(keeping: [])
                return .json([:])
            }
        }
    }

    // MARK: Conversion

    private static func registerConversion(in routes: inout RouteTable) {
        routes.post("projects/:id/git/convert", scope: .space) { request in
            try await GitConversion(request).convert(request.parameter("id"))
            return .json([:])
        }
        routes.get("projects/:id/git/migrate-variables", scope: .space) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                let project = try context.get(.projects, idOrSlug: id)
                let set = try context.find(.variableSets, project.body.text("VariableSetId") ?? "")
                let variables = set?.body["Variables"]?.arrayValue ?? []
                let secrets = variables.count { $0["Type"] == "Sensitive" }
                return .json([
                    "TextVariableCount": .int(variables.count - secrets), "SensitiveVariableCount": .int(secrets),
                ])
            }
        }
        routes.post("projects/:id/git/migrate-variables", scope: .space) { request in
            try await GitConversion(request).migrateVariables(of: GitProject.open(request))
            return .json([:])
        }
        routes.post("projects/:id/git/migrate-runbooks", scope: .space) { request in
            try await GitConversion(request).migrateRunbooks(of: GitProject.open(request))
            // Nothing is published here, and no task is needed: it is done.
            return .json(["DraftRunbooks": [], "PublishedRunbooks": [], "ServerTaskId": nil])
        }
        for path in ["git/connectivity-test", "versioncontrolsettings/test"] {
            routes.post("projects/:id/\(path)", scope: .space) { try await test($0) }
        }
    }

    /// A project is made in the database, and converted afterwards.
    ///
    /// - Throws: `APIProblem` when the body asks for a project in Git.
    static func refuse(_ body: JSON) throws {
        let sent = body.objectValue ?? [:]
        guard settings(sent) != nil || sent[caseless: "IsVersionControlled"]?.boolValue == true else { return }
        throw APIProblem.invalid(
            "PersistenceSettings: make the project in the database first, then move it with POST projects/{id}/git/convert."
        )
    }

    private static func settings(_ sent: JSONObject) -> JSON? {
        guard let settings = sent[caseless: "PersistenceSettings"]?.objectValue,
            settings[caseless: "Type"]?.stringValue?.lowercased() == "versioncontrolled"
        else { return nil }
        return .object(settings)
    }

    /// Takes over what a PUT of a project says of its repository.
    ///
    /// - Throws: `APIProblem` when it asks for the way back, or for Git without conversion.
    static func update(_ project: Stored, _ body: JSON, in context: WriteContext, allowsLocal: Bool) throws {
        let sent = body.objectValue ?? [:]
        guard let old = GitSettings(project: project.body) else { return try refuse(body) }
        guard let given = settings(sent) else {
            let type = sent[caseless: "PersistenceSettings"]?.objectValue?[caseless: "Type"]?.stringValue
            guard type == nil || type == "" else {
                throw APIProblem.invalid("PersistenceSettings: a project in Git cannot go back into the database.")
            }
            return
        }
        var new = try GitSettings(sent: given, allowsLocal: allowsLocal)
        new.holdsVariables = old.holdsVariables
        new.holdsRunbooks = old.holdsRunbooks
        guard new != old else { return }
        _ = try new.login(in: context.writer, context.resources, space: project.document.space)
        try context.amend(.projects, project.id) { $0["PersistenceSettings"] = new.json }
    }

    private static func test(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        let body = try request.objectBody()
        let git = try request.services.gitRepositories()
        let message: @Sendable (String, String) -> APIResponse = { category, text in
            .json(["Messages": [["Category": .string(category), "Message": .string(text)]]])
        }
        do {
            let settings = try GitSettings(sent: body, allowsLocal: git.allowsLocal)
            let (project, login) = try await request.read { context in
                let project = try context.get(.projects, idOrSlug: id)
                return (
                    project,
                    try settings.login(in: context.reader, context.resources, space: project.document.space)
                )
            }
            let isOwn = GitSettings(project: project.body)?.url == settings.url
            let repository = git.repository(of: project, url: settings.url, login: login, isTrial: !isOwn)
            return try await git.use(repository) { repository in
                let branches = try await repository.refs("refs/heads/").map(\.shortName)
                guard branches.isEmpty || branches.contains(settings.defaultBranch) else {
                    return message("Error", "The repository has no branch '\(settings.defaultBranch)'.")
                }
                try await repository.tryPush()
                return message("Info", "The repository can be read and written; it has \(branches.count) branches.")
            }
        } catch let problem as APIProblem {
            return message("Error", problem.errors.first ?? problem.message)
        }
    }

    // MARK: Branches, tags, commits

    private static func registerRefs(in routes: inout RouteTable) {
        for (path, prefix, type) in [("branches", "refs/heads/", "GitBranch"), ("tags", "refs/tags/", "GitTag")] {
            routes.get("projects/:id/git/\(path)", scope: .space) { try await list($0, path, prefix, type) }
            routes.get("projects/:id/git/\(path)/:name", scope: .space) { request in
                let name = try request.parameter("name")
                return try await one(request, name.hasPrefix("refs/") ? name : prefix + name)
            }
        }
        routes.get("projects/:id/git/refs/:name", scope: .space) { request in
            try await one(request, request.parameter("name"))
        }
        routes.get("projects/:id/git/commits/:name", scope: .space) { request in
            try await one(request, request.parameter("name"))
        }
        routes.post("projects/:id/git/branches/v2", scope: .space) { try await makeBranch($0) }
        routes.post("projects/:id/git/validate", scope: .space) { request in
            let name = try request.objectBody().objectValue?[caseless: "GitRef"]?.stringValue ?? ""
            let project = try await GitProject.open(request)
            let ref = try await project.withRepository { try await $0.resolve(name) }
            let error: JSON = ref == nil ? .string("There is no branch, tag or commit '\(name.prefix(100))'.") : .null
            return .json(["ValidatedGitRef": JSON(ref?.name), "Error": error])
        }
    }

    private static func list(
        _ request: APIRequest,
        _ path: String,
        _ prefix: String,
        _ type: String
    ) async throws -> APIResponse {
        let project = try await GitProject.open(request)
        let search = request.query["searchByName"]?.lowercased()
        let refs = try await project.withRepository { try await $0.refs(prefix) }
            .filter { ref in search.map { ref.shortName.lowercased().contains($0) } ?? true }
        return try request.page(
            of: refs.map { item($0, project, request) },
            type: type,
            path: request.spacePath("projects/\(project.id)/git/\(path)")
        )
    }

    private static func one(_ request: APIRequest, _ name: String) async throws -> APIResponse {
        let project = try await GitProject.open(request)
        let (ref, details) = try await project.withRepository { repository in
            let ref = try await GitProject.resolve(name, in: repository)
            return (ref, try await repository.details(of: ref.commit))
        }
        var item = item(ref, project, request)
        item["Commit"] = [
            "Hash": .string(ref.commit), "Message": .string(details.message), "Author": .string(details.author),
            "Date": .string(details.date),
        ]
        return .json(item)
    }

    private static func item(_ ref: GitRef, _ project: GitProject, _ request: APIRequest) -> JSON {
        let isBranch = ref.name.hasPrefix("refs/heads/")
        let root = request.spacePath("projects/\(project.id)")
        let name = PercentCoding.encode(ref.shortName)
        let family = isBranch ? "branches" : ref.name.hasPrefix("refs/tags/") ? "tags" : "commits"
        var links: JSONObject = ["Self": .string("\(root)/git/\(family)/\(name)")]
        if isBranch {
            links["DeploymentProcess"] = .string("\(root)/\(name)/deploymentprocesses")
            links["DeploymentSettings"] = .string("\(root)/\(name)/deploymentsettings")
        }
        return [
            "Name": .string(ref.shortName), "CanonicalName": .string(ref.name),
            "IsProtected": .bool(isBranch && project.settings.isProtected(ref.shortName)), "Links": .object(links),
        ]
    }

    private static func makeBranch(_ request: APIRequest) async throws -> APIResponse {
        let sent = try request.objectBody().objectValue ?? [:]
        let base = sent[caseless: "BaseGitRef"]?.stringValue?.trimmingSpaces ?? ""
        let name = GitAddress.shortName(sent[caseless: "NewBranchName"]?.stringValue?.trimmingSpaces ?? "")
        guard GitAddress.isBranchName(name), !GitAddress.isHash(name) else {
            throw APIProblem.invalid("NewBranchName: '\(name.prefix(100))' cannot be a branch's name.")
        }
        let project = try await GitProject.open(request)
        let ref = try await project.withRepository { repository in
            let base = try await GitProject.resolve(
                base.isEmpty ? project.settings.defaultBranch : base,
                in: repository
            )
            guard try await repository.resolve("refs/heads/\(name)") == nil else {
                throw APIProblem.invalid("NewBranchName: the branch '\(name)' exists already.")
            }
            try await repository.push(base.commit, to: name, expecting: nil)
            return GitRef(name: "refs/heads/\(name)", commit: base.commit)
        }
        return .json(item(ref, project, request))
    }
}
