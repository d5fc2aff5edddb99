import Catalog
import HTTPTypes
import Store

/// A project that is kept in Git, as one request sees it.
struct GitProject: Sendable {
    var stored: Stored
    var settings: GitSettings
    var repository: GitRepository
    var git: GitRepositories

    var id: String { stored.id }

    /// The project that a request names.
    ///
    /// - Throws: `APIProblem` 404, and 400 for a project in the database.
    static func open(_ request: APIRequest) async throws -> GitProject {
        let id = try request.parameter("id")
        let git = try request.services.gitRepositories()
        return try await request.read { context in
            let stored = try context.get(.projects, idOrSlug: id)
            guard let settings = GitSettings(project: stored.body) else {
                throw APIProblem.invalid(
                    "The project '\(stored.name)' is kept in the database, not in Git. Convert it with POST "
                        + "projects/\(stored.id)/git/convert, or leave the branch out of the address."
                )
            }
            let login = try settings.login(in: context.reader, context.resources, space: stored.document.space)
            let repository = git.repository(of: stored, url: settings.url, login: login)
            return GitProject(stored: stored, settings: settings, repository: repository, git: git)
        }
    }

    /// Runs `work` with a fresh copy of the repository, as the only request that uses it.
    func withRepository<Result: Sendable>(
        _ work: @Sendable (GitRepository) async throws -> Result
    ) async throws -> Result {
        try await git.use(repository, work)
    }

    /// - Throws: `APIProblem` 404 when the repository has nothing of this name.
    static func resolve(_ name: String, in repository: GitRepository) async throws -> GitRef {
        guard let ref = try await repository.resolve(name) else {
            throw APIProblem.notFound("branch, tag or commit", name)
        }
        return ref
    }

    /// - Parameter withRunbooks: where the repository holds them.
    func snapshot(
        _ ref: GitRef,
        _ documents: [GitDocument],
        withRunbooks: Bool = false,
        in repository: GitRepository
    ) async throws -> GitSnapshot {
        var snapshot = GitSnapshot(ref: ref, files: [:])
        for document in Set(documents + [.process]) {
            snapshot.files[document] = try await repository.file(settings.path(document.file), at: ref.commit)
        }
        if withRunbooks, settings.holdsRunbooks {
            snapshot.runbooks = try await repository.files(in: settings.path(GitRunbooks.folder), at: ref.commit)
        }
        return snapshot
    }

    /// The commit message of a request, or one that says what was done.
    static func message(_ body: JSON, _ usual: String) -> String {
        for name in ["ChangeDescription", "CommitMessage"] {
            let text = body.objectValue?[caseless: name]?.stringValue?.trimmingSpaces ?? ""
            if !text.isEmpty { return String(text.prefix(10_000)) }
        }
        return usual
    }

    static func author(_ request: APIRequest) async throws -> GitRepository.Author {
        guard let user = request.user else { throw APIProblem.unauthorized }
        return try await request.read { context in
            let email = try context.find(.users, user.id)?.body.text("EmailAddress")
            return GitRepository.Author(name: user.username, email: email ?? "\(user.username)@localhost")
        }
    }
}

extension Services {
    /// - Throws: `APIProblem` on a server that has no folder for copies of repositories.
    func gitRepositories() throws -> GitRepositories {
        guard let git else {
            throw APIProblem(
                .notImplemented,
                "Projects in Git need a server with a home directory.",
                errors: ["Projects in Git need a server with a home directory."]
            )
        }
        return git
    }
}
