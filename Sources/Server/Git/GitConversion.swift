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

    /// What of a project moves.
    private struct Parts: Sendable {
        var documents: [GitDocument] = []
        var runbooks = false
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
        let parts = Parts(
            documents: [.process, .settings] + (settings.holdsVariables ? [.variables] : []),
            runbooks: settings.holdsRunbooks
        )
        let source = try await source(id, settings, parts)
        let message = GitProject.message(body, "Convert \(source.project.name) to Git")
        try await write(source, settings, to: branch, createsBranch: true, message, isFirst: true)
        try await finish(source, settings, parts, branch)
    }

    // MARK: Further parts of a project in Git

    func migrateVariables(of project: GitProject) async throws {
        guard !project.settings.holdsVariables else {
            throw APIProblem.invalid("The variables of this project are in Git already.")
        }
        var settings = project.settings
        settings.holdsVariables = true
        try await migrate(Parts(documents: [.variables]), "variables", of: project, settings)
    }

    func migrateRunbooks(of project: GitProject) async throws {
        guard !project.settings.holdsRunbooks else {
            throw APIProblem.invalid("The runbooks of this project are in Git already.")
        }
        var settings = project.settings
        settings.holdsRunbooks = true
        try await migrate(Parts(runbooks: true), "runbooks", of: project, settings)
    }

    private func migrate(_ parts: Parts, _ title: String, of project: GitProject, _ settings: GitSettings) async throws
    {
        let body = try request.objectBody()
        let object = body.objectValue ?? [:]
        let branch = GitAddress.shortName(object[caseless: "Branch"]?.stringValue?.trimmingSpaces ?? "")
        guard GitAddress.isBranchName(branch) else {
            throw APIProblem.invalid("Branch: name the branch that the \(title) are committed to.")
        }
        guard !project.settings.isProtected(branch) else { throw GitCommits.protected(branch) }
        let source = try await source(project.id, settings, parts, isInGit: true)
        let message = GitProject.message(body, "Move the \(title) of \(source.project.name) to Git")
        let creates = object[caseless: "CreateBranch"]?.boolValue ?? false
        try await write(source, settings, to: branch, createsBranch: creates, message, isFirst: false)
        try await finish(source, settings, parts, branch)
    }

    // MARK: Parts

    private func source(
        _ id: String,
        _ settings: GitSettings,
        _ parts: Parts,
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
            for document in parts.documents {
                let stored = try Self.stored(document, of: project, in: context.find)
                let body =
                    document == .settings
                    ? DeploymentSettings.of(project, catalog: context.catalog) : stored?.body ?? [:]
                files[settings.path(document.file)] = try writing.bytes(body, document, actions: actions)
            }
            if parts.runbooks {
                for (runbook, process) in try Self.runbooks(of: project, context.resources, context.reader) {
                    let file = settings.path(GitRunbooks.file(runbook.slug))
                    files[file] = try writing.bytes(runbook: runbook.body, process: process?.body ?? [:])
                }
            }
            let login = try settings.login(in: context.reader, context.resources, space: project.document.space)
            let versions = try Self.versions(of: project, parts, context.resources, context.reader)
            return Source(project: project, login: login, files: files, versions: versions)
        }
    }

    /// With their processes, in the order of their ids.
    private static func runbooks(
        of project: Stored,
        _ resources: Resources,
        _ reader: any StoreReading
    ) throws -> [(Stored, Stored?)] {
        try resources.all(.runbooks, space: project.document.space, owner: project.id, in: reader)
            .sorted { $0.id < $1.id }.map { runbook in
                let process = runbook.body.text("RunbookProcessId") ?? ""
                return (runbook, try resources.find(.runbookProcesses, process, in: reader))
            }
    }

    /// Of all that moves: another value of any of them is a change meanwhile.
    private static func versions(
        of project: Stored,
        _ parts: Parts,
        _ resources: Resources,
        _ reader: any StoreReading
    ) throws -> [Int] {
        var versions = [project.document.version]
        for document in parts.documents {
            let stored = try stored(document, of: project) { try resources.find($0, $1, in: reader) }
            versions.append(stored?.document.version ?? 0)
        }
        guard parts.runbooks else { return versions }
        for (runbook, process) in try runbooks(of: project, resources, reader) {
            versions += [runbook.document.version, process?.document.version ?? 0]
        }
        return versions
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
                try await refuseOtherRunbooks(source, settings, branch, at: parent.commit, in: repository)
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

    /// Runbooks that are there already would become the project's.
    private func refuseOtherRunbooks(
        _ source: Source,
        _ settings: GitSettings,
        _ branch: String,
        at commit: String,
        in repository: GitRepository
    ) async throws {
        guard settings.holdsRunbooks else { return }
        let folder = settings.path(GitRunbooks.folder)
        let others = try await repository.files(in: folder, at: commit).keys.map { "\(folder)/\($0)" }
            .filter { $0.hasSuffix(".ocl") && source.files[$0] == nil }.sorted()
        // What moved at an earlier time is the project's own.
        let moved = GitSettings(project: source.project.body)?.holdsRunbooks == true
        guard let other = others.first, !moved else { return }
        throw APIProblem.invalid(
            "\(other) at \(branch) is there already, and no runbook of the project. Remove it in the repository, or choose "
                + "another BasePath or branch."
        )
    }

    private func finish(
        _ source: Source,
        _ settings: GitSettings,
        _ parts: Parts,
        _ branch: String
    ) async throws {
        try await request.write { context in
            let project = try context.get(.projects, source.project.id)
            let versions = try Self.versions(of: project, parts, context.resources, context.writer)
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
            guard parts.documents.contains(.variables), let set = project.body.text("VariableSetId") else { return }
            try context.update(.variableSets, set) { body in
                let variables = body["Variables"]?.arrayValue ?? []
                body["Variables"] = .array(variables.filter { $0["Type"] == "Sensitive" })
            }
        }
    }
}
