import APIClient
import Catalog
import Sync

/// Whether the projects that one side keeps in Git can be read at their branch, and at the destination be written to a
/// branch of sync's own, for `cac: branch`. Reads only: whether the credential of a project may push shows at the first
/// apply, which stops there.
struct GitAccess: Sendable {
    struct Problem: Sendable {
        var text: String
        var code: SyncExitCode
    }

    struct Result: Sendable {
        var problems: [Problem] = []
        /// For people, when there is no problem.
        var summary = ""
    }

    private static let breadth = 8

    let policy: Policy
    let client: SourceClient
    let granted: GrantedPermissions
    /// What the policy needs on this side.
    let required: Set<String>
    let writes: Bool

    /// - Throws: `APIError` when the server cannot be asked at all.
    func result() async throws -> Result {
        let selection = NameSelection(policy.projects)
        let projects = try await client.list(.projects).filter { project in
            GitPlace(project) != nil && selection.answer(project["Name"]?.stringValue ?? "") == .included
        }
        let byID = projects.byID
        let found = try await inParallel(byID.keys.sorted(), atMost: Self.breadth) { id in
            try await problems(of: byID[id] ?? [:], id)
        }
        var result = Result()
        result.problems = found.sorted { $0.key < $1.key }.flatMap(\.value)
        result.summary =
            projects.isEmpty
            ? "no selected project is kept in Git"
            : "\(PlanText.counted(projects.count, "project")) in Git can be read at \(policy.branchText)"
                + (writes ? ", and \(GitBranches.prefix)… is no protected branch" : "")
        return result
    }

    private func problems(of project: JSON, _ id: String) async throws -> [Problem] {
        var problems = missingPermissions(project, id)
        if writes { problems += protections(project) }
        if let unreadable = try await unreadable(project, id) { problems.append(unreadable) }
        return problems
    }

    // MARK: - Permissions

    /// The permissions that a document in Git is read and written with; those of the whole space are told elsewhere.
    private func missingPermissions(_ project: JSON, _ id: String) -> [Problem] {
        var names = ["ProjectView", "ProcessView"]
        if Self.holdsVariables(project) { names.append("VariableView") }
        if writes { names += names.map { $0.replacing("View", with: "Edit") } }
        let group = project["ProjectGroupId"]?.stringValue ?? ""
        let missing = names.filter {
            required.contains($0) && granted.restricted.contains($0) && !granted.covers($0, project: id, group: group)
        }
        if missing.isEmpty { return [] }
        return [
            Problem(
                text: """
                    the key's user has \(missing.joined(separator: ", ")) for other projects, and not for \
                    '\(Self.name(project))'; add the project to the scope of the role, or leave it out (select.projects)
                    """,
                code: .permissions
            )
        ]
    }

    /// A protected branch could be made, and not be written to.
    private func protections(_ project: JSON) -> [Problem] {
        let patterns = project["PersistenceSettings"]?["ProtectedBranchNamePatterns"]?.stringsValue ?? []
        let branch = GitBranches.name(forPlan: "0123456789ab")
        return patterns.filter { NamePattern($0).matches(branch) }.map { pattern in
            Problem(
                text: """
                    '\(Self.name(project))' protects the branches '\(pattern)', to which those that sync commits to belong \
                    (\(GitBranches.prefix)…); change the pattern in the version control settings of the project
                    """,
                code: .permissions
            )
        }
    }

    // MARK: - The branch

    private func unreadable(_ project: JSON, _ id: String) async throws -> Problem? {
        let branch = GitPlace.branch(of: project, named: policy.options.configAsCodeBranch)
        let parts: [(GitPart, String)] =
            [(.settings, "ProjectView"), (.process, "ProcessView")]
            + (Self.holdsVariables(project) ? [(.variables, "VariableView")] : [])
        for (part, permission) in parts {
            do {
                _ = try await client.atBranch(branch, part, project: id)
            } catch let error as APIError where error.isPermissionProblem {
                return Problem(
                    text: """
                        '\(Self.name(project))' cannot be read at its branch '\(branch)': the key's user lacks \
                        \(permission) for it; grant it, or leave the project out (select.projects)
                        """,
                    code: .permissions
                )
            } catch let error as APIError where error.isNotFound {
                return Problem(
                    text: """
                        '\(Self.name(project))' has no branch '\(branch)' in its repository; make it, or name another one \
                        (cacBranch)
                        """,
                    code: .conflicts
                )
            } catch let error as APIError where error.isRefusal {
                return Problem(
                    text: """
                        '\(Self.name(project))' cannot be read at its branch '\(branch)'; look at its Git credential and its \
                        repository: \(error)
                        """,
                    code: .conflicts
                )
            }
        }
        return nil
    }

    private static func holdsVariables(_ project: JSON) -> Bool {
        GitPlace(project)?.holdsVariables ?? false
    }

    private static func name(_ project: JSON) -> String { (project["Name"]?.stringValue ?? "").printable }
}

extension Policy {
    /// For messages.
    fileprivate var branchText: String {
        options.configAsCodeBranch.isEmpty ? "their default branches" : "'\(options.configAsCodeBranch)'"
    }
}
