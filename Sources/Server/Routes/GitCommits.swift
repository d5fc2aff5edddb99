import Catalog
import Store

/// One commit to the branch that a request names.
enum GitCommits {
    struct Change: Sendable {
        /// By their names below the folder of the project.
        var files: [String: [UInt8]] = [:]
        var removed: [String] = []
    }

    /// - Parameters:
    ///   - message: of the commit.
    ///   - change: what the request makes of what is at the branch.
    /// - Returns: what is there then.
    /// - Throws: `APIProblem` for what is no branch, and for a protected one.
    static func commit(
        _ request: APIRequest,
        _ project: GitProject,
        _ documents: [GitDocument],
        withRunbooks: Bool = false,
        message: String,
        _ change: @Sendable (GitSnapshot) async throws -> Change
    ) async throws -> GitSnapshot {
        let name = try request.parameter("gitRef")
        let author = try await GitProject.author(request)
        let amended = request.query["amend"]
        return try await project.withRepository { repository in
            let ref = try await branch(name, project, repository)
            if let amended { try await check(amended, ref, message, repository) }
            let before = try await project.snapshot(ref, documents, withRunbooks: withRunbooks, in: repository)
            let change = try await change(before)
            let commit = try await repository.commit(
                Dictionary(uniqueKeysWithValues: change.files.map { (project.settings.path($0), $1) }),
                removing: change.removed.map(project.settings.path),
                to: ref.shortName,
                parent: ref.commit,
                amends: amended != nil,
                message: message,
                author: author
            )
            return try await project.snapshot(
                GitRef(name: ref.name, commit: commit),
                documents,
                withRunbooks: withRunbooks,
                in: repository
            )
        }
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

    /// Notes in the audit that something of a project was changed in its repository.
    ///
    /// - Parameters:
    ///   - what: `Deployment process of`.
    ///   - done: `changed`.
    ///   - id: of the document that the note is about.
    static func record(
        _ what: String,
        _ done: String,
        _ kind: KindName,
        id: String?,
        _ project: GitProject,
        _ snapshot: GitSnapshot,
        _ request: APIRequest
    ) async throws {
        try await request.write { context in
            let event = EventDraft(
                "Modified",
                message:
                    "\(what) \(project.stored.name) was \(done) in Git, at \(snapshot.ref.shortName): "
                    + "\(snapshot.ref.commit.prefix(12))",
                documentType: try context.resources.kind(kind).type
            )
            try context.writer.record(
                event,
                kind: kind,
                id: id,
                space: project.stored.document.space,
                owner: project.id
            )
        }
    }
}
