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
        /// And sync reads them there.
        var holdsRunbooks: Bool

        var names: GitRunbookNames { GitRunbookNames(project: project) }
    }

    /// Each branch that a run makes begins with this.
    static let prefix = "skerry-sync/"

    /// By the project's id.
    private var places: [String: Place] = [:]
    /// The project of each of its documents that the repository holds, or that names something that it holds.
    private var owners: [DocumentPlace: String] = [:]
    /// Of runbooks and of their processes.
    private var runbooks: [DocumentPlace: GitRunbook] = [:]
    private var target = ""
    private var message = ""
    /// Projects in whose repository the target is there.
    private var made: Set<String> = []
    /// Projects to which something is being committed, and who waits for that to end.
    private var busy: Set<String> = []
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    // MARK: Reading

    /// Where a project is read now.
    func branch(of project: String, usual: String) -> String { made.contains(project) ? target : usual }

    private func branch(_ place: Place) -> String { branch(of: place.project, usual: place.branch) }

    func note(_ place: Place) {
        places[place.project] = place
        let sets = DocumentPlace(kind: .variableSets, id: place.variableSetID)
        owners[DocumentPlace(kind: .projects, id: place.project)] = place.project
        owners[DocumentPlace(kind: .deploymentProcesses, id: place.processID)] = place.project
        owners[sets] = place.holdsVariables || place.holdsRunbooks ? place.project : nil
    }

    func note(_ runbook: GitRunbook) {
        for document in [
            DocumentPlace(kind: .runbooks, id: runbook.id),
            DocumentPlace(kind: .runbookProcesses, id: runbook.processID),
        ] {
            owners[document] = runbook.project
            runbooks[document] = runbook
        }
    }

    /// A trigger of a project whose runbooks are in Git: it may name one.
    func note(trigger id: String, _ project: String) { owners[DocumentPlace(kind: .triggers, id: id)] = project }

    /// What holds a document of the database's names, or something that it names; nil for one that has nothing to do
    /// with Git.
    func place(of kind: KindName, _ id: String) -> Place? {
        owners[DocumentPlace(kind: kind, id: id)].flatMap { places[$0] }
    }

    /// What will hold a document that is not made yet.
    func place(ofNew kind: KindName, project: String) -> Place? {
        guard kind == .runbooks || kind == .triggers, let place = places[project], place.holdsRunbooks else {
            return nil
        }
        return place
    }

    /// Whether what is written of a document waits for people to merge it.
    func isCommitted(_ kind: KindName, _ id: String) -> Bool {
        guard kind != .triggers, let place = place(of: kind, id) else { return false }
        return kind != .variableSets || place.holdsVariables
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
    ///
    /// - Returns: the runbooks that are there now: the attempt may have made some of them.
    func resume(_ client: DestinationClient) async throws -> [FoundRunbook] {
        var found: [FoundRunbook] = []
        for project in places.keys.sorted() where try await client.hasBranch(target, project: project) {
            made.insert(project)
            if let place = places[project], place.holdsRunbooks { found += try await runbooks(at: place, client) }
        }
        return found
    }

    /// Those that are there now.
    func runbooks(at place: Place, _ client: DestinationClient) async throws -> [FoundRunbook] {
        let found = try await client.foundRunbooks(at: branch(place), project: place.project)
        for runbook in found { note(runbook.place) }
        return found
    }

    func document(_ kind: KindName, _ id: String, at place: Place, _ client: DestinationClient) async throws -> JSON {
        let branch = branch(place)
        let document: JSON
        switch kind {
        case .runbooks: return try await runbookDocument(.runbook, of: id, kind, at: place, client)
        case .runbookProcesses: return try await runbookDocument(.process, of: id, kind, at: place, client)
        case .projects:
            document = GitDocuments.project(
                try await client.get(.projects, id: id),
                settings: try await client.atBranch(branch, .settings, project: place.project)
            )
        case .variableSets where place.holdsVariables:
            document = GitDocuments.variables(
                try await client.atBranch(branch, .variables, project: place.project),
                database: try await client.get(.variableSets, id: id)
            )
        case .variableSets, .triggers: document = try await client.get(kind, id: id)
        default:
            let process = try await client.atBranch(branch, .process, project: place.project)
            document = GitDocuments.process(
                process,
                of: ["Id": .string(place.project), "DeploymentProcessId": .string(id)]
            )
        }
        return place.holdsRunbooks ? place.names.named(document, kind) : document
    }

    private func runbookDocument(
        _ part: GitRunbookPart,
        of id: String,
        _ kind: KindName,
        at place: Place,
        _ client: DestinationClient
    ) async throws -> JSON {
        guard let runbook = runbooks[DocumentPlace(kind: kind, id: id)] else { throw OperationFailure.gone }
        let serverID = part == .runbook ? runbook.serverID : runbook.serverProcessID
        let document = try await client.runbook(serverID, part, atBranch: branch(place), project: place.project)
        return runbook.named(document, part)
    }

    /// Makes a runbook, or a trigger of a project whose runbooks are in Git.
    ///
    /// - Returns: what is there then.
    func create(_ kind: KindName, _ body: JSON, at place: Place, _ client: DestinationClient) async throws -> JSON {
        if kind == .triggers {
            let trigger = try await client.create(kind, place.names.sent(body, kind))
            note(trigger: trigger["Id"]?.stringValue ?? "", place.project)
            return place.names.named(trigger, kind)
        }
        let answer = try await commit(at: place, client) { branch, message in
            var body = body
            body["ChangeDescription"] = .string(message)
            return try await client.createRunbook(atBranch: branch, project: place.project, body)
        }
        guard let runbook = GitRunbook(answer, project: place.project) else { throw OperationFailure.gone }
        note(runbook)
        return runbook.named(answer, .runbook)
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
        let body = place.holdsRunbooks ? place.names.sent(body, kind) : body
        switch kind {
        case .projects: try await updateProject(id, body, at: place, client)
        case .variableSets: try await updateVariables(id, body, at: place, client)
        case .triggers: _ = try await client.update(kind, id: id, body)
        case .runbooks: try await updateRunbook(.runbook, of: id, kind, body, at: place, client)
        case .runbookProcesses: try await updateRunbook(.process, of: id, kind, body, at: place, client)
        default: try await commit(.process, body, at: place, client)
        }
        return try await document(kind, id, at: place, client)
    }

    /// Takes a runbook away.
    func deleteRunbook(_ id: String, at place: Place, _ client: DestinationClient) async throws {
        guard let runbook = runbooks[DocumentPlace(kind: .runbooks, id: id)] else { return }
        _ = try await commit(at: place, client) { branch, message in
            try await client.deleteRunbook(
                runbook.serverID,
                atBranch: branch,
                project: place.project,
                message: message
            )
            return .null
        }
    }

    private func updateProject(_ id: String, _ body: JSON, at place: Place, _ client: DestinationClient) async throws {
        let current = try await client.atBranch(branch(place), .settings, project: place.project)
        let settings = GitDocuments.settings(current, from: body)
        if settings != current { try await commit(.settings, settings, at: place, client) }
        let stored = try await client.get(.projects, id: id)
        let project = GitDocuments.database(stored, from: body)
        if project != stored { _ = try await client.update(.projects, id: id, project) }
    }

    private func updateVariables(_ id: String, _ body: JSON, at place: Place, _ client: DestinationClient) async throws
    {
        guard place.holdsVariables else {
            _ = try await client.update(.variableSets, id: id, body)
            return
        }
        var set = try await client.atBranch(branch(place), .variables, project: place.project)
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

    private func updateRunbook(
        _ part: GitRunbookPart,
        of id: String,
        _ kind: KindName,
        _ body: JSON,
        at place: Place,
        _ client: DestinationClient
    ) async throws {
        guard let runbook = runbooks[DocumentPlace(kind: kind, id: id)] else { throw OperationFailure.gone }
        let serverID = part == .runbook ? runbook.serverID : runbook.serverProcessID
        _ = try await commit(at: place, client) { branch, message in
            var body = runbook.sent(body, part)
            body["ChangeDescription"] = .string(message)
            return try await client.writeRunbook(serverID, part, atBranch: branch, project: place.project, body)
        }
    }

    private func commit(_ part: GitPart, _ body: JSON, at place: Place, _ client: DestinationClient) async throws {
        _ = try await commit(at: place, client) { branch, message in
            var body = body
            body["ChangeDescription"] = .string(message)
            return try await client.writeToBranch(branch, part, project: place.project, body)
        }
    }

    /// One after the other in each project: each commit goes on from the one before.
    private func commit(
        at place: Place,
        _ client: DestinationClient,
        _ write: (_ branch: String, _ message: String) async throws -> JSON
    ) async throws -> JSON {
        await takeTurn(place.project)
        defer { giveTurn(place.project) }
        if !made.contains(place.project) {
            try await client.makeBranch(target, from: place.branch, project: place.project)
            made.insert(place.project)
        }
        return try await write(target, message)
    }

    private func takeTurn(_ project: String) async {
        if busy.insert(project).inserted { return }
        await withCheckedContinuation { waiting[project, default: []].append($0) }
    }

    private func giveTurn(_ project: String) {
        guard let next = waiting[project]?.first else {
            busy.remove(project)
            return
        }
        waiting[project]?.removeFirst()
        next.resume()
    }
}
