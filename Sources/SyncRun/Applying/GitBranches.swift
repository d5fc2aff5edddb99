import APIClient
import Catalog
import Sync

/// The projects of one side that are kept in Git: at which branch they are read, and to which branch of its own a run
/// commits what it changes of them (`sync.md` 2.20).
///
/// A write goes to `skerry-sync/<plan>`, never to the branch that was read: people merge it. From the first write on,
/// this run reads what it wrote there.
actor GitBranches {
    struct Place: Sendable, Hashable {
        var project: String
        var processID: String
        var variableSetID: String
        /// Where it is read.
        var branch: String
        var holdsVariables: Bool
    }

    /// Each branch that a run makes begins with this.
    static let prefix = "skerry-sync/"

    /// By the project's id.
    private var places: [String: Place] = [:]
    /// The project of each of its documents that the repository holds.
    private var owners: [DocumentPlace: String] = [:]
    private var target = ""
    private var message = ""
    /// Projects in whose repository the target is there.
    private var made: Set<String> = []

    // MARK: Reading

    /// Where a project is read now.
    func branch(of project: String, usual: String) -> String { made.contains(project) ? target : usual }

    func note(_ place: Place) {
        places[place.project] = place
        let sets = DocumentPlace(kind: .variableSets, id: place.variableSetID)
        owners[DocumentPlace(kind: .projects, id: place.project)] = place.project
        owners[DocumentPlace(kind: .deploymentProcesses, id: place.processID)] = place.project
        owners[sets] = place.holdsVariables ? place.project : nil
    }

    /// What holds a document of the database's names; nil for one that is in the database alone.
    func place(of kind: KindName, _ id: String) -> Place? {
        owners[DocumentPlace(kind: kind, id: id)].flatMap { places[$0] }
    }

    // MARK: Writing

    /// The branch that an apply of a plan commits to.
    static func name(forPlan plan: String) -> String { prefix + plan.prefix(12) }

    /// - Parameter file: gives the branch its name, so that an apply that goes on after a crash uses the same.
    func aim(at file: PlanFile) {
        target = Self.name(forPlan: file.planID)
        let subject =
            switch file.purpose {
            case .sync: "sync from \(file.plan.source.spaceName) of \(file.plan.source.url)"
            case .rollback(let run, _): "rollback of run \(run)"
            }
        message = "Skerry \(subject), plan \(file.planID.prefix(12))"
        made = []
    }

    /// The branch that was committed to, and the ids of the projects in whose repositories it is; nil when nothing was.
    var committed: (branch: String, projects: [String])? { made.isEmpty ? nil : (target, made.sorted()) }

    /// Finds the branches that an earlier attempt of the same plan has made.
    func resume(_ client: DestinationClient) async throws {
        for project in places.keys.sorted() where try await client.hasBranch(target, project: project) {
            made.insert(project)
        }
    }

    func document(_ kind: KindName, _ id: String, at place: Place, _ client: DestinationClient) async throws -> JSON {
        let branch = branch(of: place.project, usual: place.branch)
        switch kind {
        case .projects:
            return GitDocuments.project(
                try await client.get(.projects, id: id),
                settings: try await client.atBranch(branch, .settings, project: place.project)
            )
        case .variableSets:
            return GitDocuments.variables(
                try await client.atBranch(branch, .variables, project: place.project),
                database: try await client.get(.variableSets, id: id)
            )
        default:
            let process = try await client.atBranch(branch, .process, project: place.project)
            return GitDocuments.process(
                process,
                of: ["Id": .string(place.project), "DeploymentProcessId": .string(id)]
            )
        }
    }

    /// Writes a document as ``document(_:_:at:_:)`` gives it: each part to where it is kept, and only what differs.
    ///
    /// - Returns: what is there then.
    func update(
        _ kind: KindName,
        _ id: String,
        _ body: JSON,
        at place: Place,
        _ client: DestinationClient
    ) async throws -> JSON {
        switch kind {
        case .projects: try await updateProject(id, body, at: place, client)
        case .variableSets: try await updateVariables(id, body, at: place, client)
        default: _ = try await commit(.process, body, at: place, client)
        }
        return try await document(kind, id, at: place, client)
    }

    private func updateProject(_ id: String, _ body: JSON, at place: Place, _ client: DestinationClient) async throws {
        let branch = branch(of: place.project, usual: place.branch)
        let current = try await client.atBranch(branch, .settings, project: place.project)
        let settings = GitDocuments.settings(current, from: body)
        if settings != current { try await commit(.settings, settings, at: place, client) }
        let stored = try await client.get(.projects, id: id)
        let project = GitDocuments.database(stored, from: body)
        if project != stored { _ = try await client.update(.projects, id: id, project) }
    }

    private func updateVariables(_ id: String, _ body: JSON, at place: Place, _ client: DestinationClient) async throws
    {
        let branch = branch(of: place.project, usual: place.branch)
        var set = try await client.atBranch(branch, .variables, project: place.project)
        let texts = GitDocuments.variables(of: body, sensitive: false)
        if texts != set["Variables"]?.arrayValue ?? [] {
            set["Variables"] = .array(texts)
            set["Version"] = body["Version"] ?? .null
            try await commit(.variables, set, at: place, client)
        }
        var stored = try await client.get(.variableSets, id: id)
        let secrets = GitDocuments.variables(of: body, sensitive: true)
        guard secrets != stored["Variables"]?.arrayValue ?? [] else { return }
        stored["Variables"] = .array(secrets)
        _ = try await client.update(.variableSets, id: id, stored)
    }

    private func commit(_ part: GitPart, _ body: JSON, at place: Place, _ client: DestinationClient) async throws {
        if !made.contains(place.project) {
            try await client.makeBranch(target, from: place.branch, project: place.project)
            made.insert(place.project)
        }
        var body = body
        body["ChangeDescription"] = .string(message)
        _ = try await client.writeToBranch(target, part, project: place.project, body)
    }
}
