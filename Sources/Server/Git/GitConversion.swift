import Catalog
import Store

/// Moves a project from the database into Git. First the commit, then the database: whoever was interrupted repeats the
/// request, which finds the same files there and goes on.
struct GitConversion {
    let request: APIRequest
    let git: GitRepositories

    init(_ request: APIRequest) throws {
        self.request = request
        git = try request.services.gitRepositories()
    }

    /// What is read from the database, to be written to Git.
    private struct Source: Sendable {
        var project: Stored
        var login: GitProgram.Login?
        var files: [String: [UInt8]]
        /// Of the documents that the files were made from.
        var versions: [Int]
    }

    // MARK: The whole project

    func convert(_ id: String) async throws {
        let body = try request.objectBody()
        let sent = body.objectValue?[caseless: "VersionControlSettings"] ?? .null
        let settings = try GitSettings(sent: sent, allowsLocal: git.allowsLocal)
        let initial = GitAddress.shortName(
            body.objectValue?[caseless: "InitialCommitBranchName"]?.stringValue?.trimmingSpaces ?? ""
        )
        let branch = initial.isEmpty ? settings.defaultBranch : initial
        guard GitAddress.isBranchName(branch) else {
            throw APIProblem.invalid("InitialCommitBranchName: '\(branch.prefix(100))' cannot be a branch's name.")
        }
        guard !settings.isProtected(branch) else {
            throw APIProblem.invalid(
                "The branch '\(branch)' is protected by these settings. Name another one in InitialCommitBranchName, and "
                    + "merge it in the repository."
            )
        }
        let documents: [GitDocument] = [.process, .settings] + (settings.holdsVariables ? [.variables] : [])
        let source = try await source(id, settings, documents)
        let message = GitProject.message(body, "Convert \(source.project.name) to Git")
        try await write(source, settings, to: branch, createsBranch: true, message, isFirst: true)
        try await finish(source, settings, documents, branch)
    }

    // MARK: The variables of a project in Git

    func migrateVariables(of project: GitProject) async throws {
        guard !project.settings.holdsVariables else {
            throw APIProblem.invalid("The variables of this project are in Git already.")
        }
        let body = try request.objectBody()
        let object = body.objectValue ?? [:]
        let branch = GitAddress.shortName(object[caseless: "Branch"]?.stringValue?.trimmingSpaces ?? "")
        guard GitAddress.isBranchName(branch) else {
            throw APIProblem.invalid("Branch: name the branch that the variables are committed to.")
        }
        guard !project.settings.isProtected(branch) else { throw GitDocumentRoutes.protected(branch) }
        var settings = project.settings
        settings.holdsVariables = true
        let source = try await source(project.id, settings, [.variables], isInGit: true)
        let message = GitProject.message(body, "Move the variables of \(source.project.name) to Git")
        let creates = object[caseless: "CreateBranch"]?.boolValue ?? false
        try await write(source, settings, to: branch, createsBranch: creates, message, isFirst: false)
        try await finish(source, settings, [.variables], branch)
    }

    // MARK: Parts

    private func source(
        _ id: String,
        _ settings: GitSettings,
        _ documents: [GitDocument],
        isInGit: Bool = false
    ) async throws -> Source {
        try await request.read { context in
            let project = try context.get(.projects, idOrSlug: id)
            guard isInGit || project.body["IsVersionControlled"] != true else {
                throw APIProblem.invalid("The project '\(project.name)' is in Git already.")
            }
            let process = try context.find(.deploymentProcesses, project.body.text("DeploymentProcessId") ?? "")
            let actions = GitReading.actionSlugs(process?.body ?? .null)
            let writing = GitWriting(
                project: project.id,
                space: project.document.space,
                resources: context.resources,
                reader: context.reader
            )
            var files = [settings.path(GitDocument.schemaVersion): Array(GitDocument.schemaText.utf8)]
            var versions = [project.document.version]
            for document in documents {
                let stored = try Self.stored(document, of: project, in: context.find)
                versions.append(stored?.document.version ?? 0)
                let body =
                    document == .settings
                    ? DeploymentSettings.of(project, catalog: context.catalog) : stored?.body ?? [:]
                files[settings.path(document.file)] = try writing.bytes(body, document, actions: actions)
            }
            let login = try settings.login(in: context.reader, context.resources, space: project.document.space)
            return Source(project: project, login: login, files: files, versions: versions)
        }
    }

    private static func stored(
        _ document: GitDocument,
        of project: Stored,
        in find: (KindName, String) throws -> Stored?
    ) throws -> Stored? {
        switch document {
        case .process: try find(.deploymentProcesses, project.body.text("DeploymentProcessId") ?? "")
        case .variables: try find(.variableSets, project.body.text("VariableSetId") ?? "")
        default: nil
        }
    }

    private func write(
        _ source: Source,
        _ settings: GitSettings,
        to branch: String,
        createsBranch: Bool,
        _ message: String,
        isFirst: Bool
    ) async throws {
        let author = try await GitProject.author(request)
        let repository = git.repository(of: source.project, url: settings.url, login: source.login)
        try await git.use(repository) { repository in
            let existing = try await repository.resolve("refs/heads/\(branch)")
            let main = try await repository.resolve("refs/heads/\(settings.defaultBranch)")
            let isEmpty = try await repository.refs("refs/heads/").isEmpty
            if isEmpty {
                guard isFirst, branch == settings.defaultBranch else {
                    throw APIProblem.invalid(
                        "The repository is empty: its first commit has to go to '\(settings.defaultBranch)'."
                    )
                }
            } else if main == nil {
                throw APIProblem.invalid(
                    "VersionControlSettings.DefaultBranch: the repository has no branch '\(settings.defaultBranch)'."
                )
            }
            guard existing != nil || createsBranch || isEmpty else {
                throw APIProblem.invalid("The repository has no branch '\(branch)'. Send CreateBranch to have it made.")
            }
            let parent = existing ?? main
            if let parent {
                for (path, bytes) in source.files where !path.hasSuffix(GitDocument.schemaVersion) {
                    guard let file = try await repository.file(path, at: parent.commit), file.bytes != bytes else {
                        continue
                    }
                    throw APIProblem.invalid(
                        "\(path) at \(branch) is there already, with other content. Remove it in the repository, or choose "
                            + "another BasePath or branch."
                    )
                }
            }
            _ = try await repository.commit(
                source.files,
                to: branch,
                parent: parent?.commit,
                isNewBranch: existing == nil,
                message: message,
                author: author
            )
        }
    }

    private func finish(
        _ source: Source,
        _ settings: GitSettings,
        _ documents: [GitDocument],
        _ branch: String
    ) async throws {
        try await request.write { context in
            let project = try context.get(.projects, source.project.id)
            var versions = [project.document.version]
            for document in documents {
                versions.append(try Self.stored(document, of: project, in: context.find)?.document.version ?? 0)
            }
            guard versions == source.versions else {
                throw APIProblem.invalid(
                    "The project was changed while it was converted. Remove \(settings.folder) from the branch '\(branch)' "
                        + "and convert it again."
                )
            }
            try context.amend(.projects, project.id) { body in
                body["PersistenceSettings"] = settings.json
                body["IsVersionControlled"] = true
                DeploymentSettings.leave(&body)
            }
            guard settings.holdsVariables, let set = project.body.text("VariableSetId") else { return }
            try context.update(.variableSets, set) { body in
                let variables = body["Variables"]?.arrayValue ?? []
                body["Variables"] = .array(variables.filter { $0["Type"] == "Sensitive" })
            }
        }
    }
}
