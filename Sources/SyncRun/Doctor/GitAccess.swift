import APIClient
import Catalog
import Sync

/// Whether the projects that one side keeps in Git can be read at their branch, and at the destination be written to a
/// branch of sync's own, for `cac: branch`. Nothing is written: the destination's server tries its connections by itself,
/// and what only the Git host knows, such as its rules for branches, shows at the first apply, which stops there.
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
    /// At the destination, which is written to.
    let tester: DestinationClient?

    private var writes: Bool { tester != nil }

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
        let sound = projects.filter { found[$0["Id"]?.stringValue ?? ""]?.isEmpty == true }
        let tested = try await connections(of: sound)
        result.problems += tested.problems
        result.summary = summary(projects.count, tested.untested)
        return result
    }

    private func summary(_ count: Int, _ untested: Int) -> String {
        if count == 0 { return "no selected project is kept in Git" }
        let readable = "\(PlanText.counted(count, "project")) in Git can be read at \(policy.branchText)"
        guard writes else { return readable }
        let tested =
            untested == 0
            ? "the server's own test of their repositories finds nothing in the way"
            : "the server cannot test \(PlanText.counted(untested, "connection")), so whether the credential may push shows "
                + "at the first apply"
        return """
            \(readable), \(GitBranches.prefix)… is no protected branch, and \(tested); rules of the Git host itself show at \
            the first apply
            """
    }

    private func problems(of project: JSON, _ id: String) async throws -> [Problem] {
        var problems = missingPermissions(project, id)
        if writes { problems += protections(project) }
        if let unreadable = try await unreadable(project, id) { problems.append(unreadable) }
        return problems
    }

    // MARK: - The connection

    /// What servers find when they try their connections: once for each repository and credential.
    private func connections(of projects: [JSON]) async throws -> (problems: [Problem], untested: Int) {
        guard let tester else { return ([], 0) }
        let groups = Dictionary(grouping: projects) { project in
            let settings = project["PersistenceSettings"] ?? .null
            return [settings["Url"] ?? .null, settings["DefaultBranch"] ?? .null, settings["Credentials"] ?? .null]
        }
        let firsts = groups.values.compactMap(\.first).byID
        let found = try await inParallel(firsts.keys.sorted(), atMost: Self.breadth) { id in
            try await tester.connection(of: firsts[id] ?? [:])
        }
        let problems = found.sorted { $0.key < $1.key }.flatMap { id, connection -> [Problem] in
            guard case .problems(let texts) = connection else { return [] }
            let name = Self.name(firsts[id] ?? [:])
            return texts.map { text in
                Problem(
                    text: "'\(name)': its server tried the connection to the repository: \(text.printable)",
                    code: .permissions
                )
            }
        }
        return (problems, found.values.count { $0 == .untested })
    }

    // MARK: - Permissions

    /// The permissions that a document in Git is read and written with; those of the whole space are told elsewhere.
    private func missingPermissions(_ project: JSON, _ id: String) -> [Problem] {
        var names = ["ProjectView", "ProcessView"]
        if Self.holdsVariables(project) { names.append("VariableView") }
        if holdsRunbooks(project) { names.append(Self.runbookView) }
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

    private enum Part {
        case document(GitPart)
        case runbooks
    }

    private func unreadable(_ project: JSON, _ id: String) async throws -> Problem? {
        let branch = GitPlace.branch(of: project, named: policy.options.configAsCodeBranch)
        var parts = [(Part.document(.settings), "ProjectView"), (.document(.process), "ProcessView")]
        if Self.holdsVariables(project) { parts.append((.document(.variables), "VariableView")) }
        if holdsRunbooks(project) { parts.append((.runbooks, Self.runbookView)) }
        for (part, permission) in parts {
            do {
                switch part {
                case .document(let document): _ = try await client.atBranch(branch, document, project: id)
                case .runbooks: _ = try await client.foundRunbooks(at: branch, project: id)
                }
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

    private static let runbookView = "RunbookView"

    /// And the policy wants them.
    private func holdsRunbooks(_ project: JSON) -> Bool {
        required.contains(Self.runbookView) && GitPlace(project)?.holdsRunbooks ?? false
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
