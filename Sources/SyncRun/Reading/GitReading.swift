import APIClient
import Catalog
import Sync

/// Reads what projects keep in Git and puts it into what was read of the database, for `cac: branch`.
///
/// No feed tells of commits, and no cache keeps them: they are read on every run.
struct GitReading: Sendable {
    private static let breadth = 8

    let client: any ReplicaClient
    /// As the policy names it; empty for each project's default branch.
    let branch: String
    let branches: GitBranches
    /// Whether runbooks are asked for at all.
    let withRunbooks: Bool

    /// A project that cannot be read at its branch is left as it is, with the reason.
    ///
    /// - Throws: `SyncRunError` when the server cannot be reached.
    func read(into raw: inout RawReplica) async throws {
        let projects = (raw.documents[.projects] ?? []).filter { GitPlace($0) != nil }.byID
        if projects.isEmpty { return }
        let sets = (raw.documents[.variableSets] ?? []).byID
        let found: [String: Found]
        do {
            found = try await inParallel(projects.keys.sorted(), atMost: Self.breadth) { id in
                try await self.found(id, projects[id] ?? [:], sets)
            }
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
        for (id, result) in found { raw.branches[id] = result.reading }
        for kind in [KindName.projects, .deploymentProcesses, .variableSets] {
            raw.documents[kind] = Self.replaced(
                raw.documents[kind] ?? [],
                by: found.values.compactMap { $0.documents[kind] }
            )
        }
        await takeRunbooks(found, into: &raw)
    }

    /// Each document by the one of the same id; those that were not there are behind the others.
    private static func replaced(_ documents: [JSON], by others: [JSON]) -> [JSON] {
        var others = others.byID
        var result = documents.map { document in
            document["Id"]?.stringValue.flatMap { others.removeValue(forKey: $0) } ?? document
        }
        result += others.sorted { $0.key < $1.key }.map(\.value)
        return result
    }

    private struct Found: Sendable {
        var reading: GitPlace.Reading
        var documents: [KindName: JSON] = [:]
        /// Nil where they are in the database, or were not read.
        var runbooks: [FoundRunbook]?
    }

    private func found(_ id: String, _ project: JSON, _ sets: [String: JSON]) async throws -> Found {
        let gitPlace = GitPlace(project)
        let place = GitBranches.Place(
            project: id,
            processID: project["DeploymentProcessId"]?.stringValue ?? "",
            variableSetID: project["VariableSetId"]?.stringValue ?? "",
            branch: GitPlace.branch(of: project, named: branch),
            holdsVariables: gitPlace?.holdsVariables ?? false,
            holdsRunbooks: withRunbooks && gitPlace?.holdsRunbooks ?? false
        )
        await branches.note(place)
        let ref = await branches.branch(of: id, usual: place.branch)
        do {
            var result = Found(reading: .branch(ref))
            let process = try await client.atBranch(ref, .process, project: id)
            result.documents[.deploymentProcesses] = GitDocuments.process(process, of: project)
            let deployment = try await client.atBranch(ref, .settings, project: id)
            result.documents[.projects] = GitDocuments.project(project, settings: deployment)
            if place.holdsVariables, let set = sets[place.variableSetID] {
                let texts = try await client.atBranch(ref, .variables, project: id)
                result.documents[.variableSets] = GitDocuments.variables(texts, database: set)
            }
            if place.holdsRunbooks { result.runbooks = try await client.foundRunbooks(at: ref, project: id) }
            return result
        } catch let error as APIError where error.isRefusal || error.isNotFound || error.isPermissionProblem {
            return Found(reading: .problem("\(ref): \(error)"))
        }
    }

    // MARK: Runbooks

    /// What the database still has of runbooks that moved to Git is not theirs any more.
    private func takeRunbooks(_ found: [String: Found], into raw: inout RawReplica) async {
        let read = found.compactMapValues(\.runbooks)
        if read.isEmpty { return }
        let runbooks = read.sorted { $0.key < $1.key }.flatMap(\.value)
        let documents = [KindName.runbooks: runbooks.map(\.runbook), .runbookProcesses: runbooks.map(\.process)]
        for (kind, documents) in documents {
            let others = (raw.documents[kind] ?? []).filter { read[$0["ProjectId"]?.stringValue ?? ""] == nil }
            raw.documents[kind] = others + documents
        }
        for runbook in runbooks { await branches.note(runbook.place) }
        for (kind, owner) in [(KindName.projects, "Id"), (.variableSets, "OwnerId"), (.triggers, "ProjectId")] {
            guard let documents = raw.documents[kind] else { continue }
            var named: [JSON] = []
            for document in documents {
                let project = document[owner]?.stringValue ?? ""
                guard read[project] != nil else {
                    named.append(document)
                    continue
                }
                if kind == .triggers { await branches.note(trigger: document["Id"]?.stringValue ?? "", project) }
                named.append(GitRunbookNames(project: project).named(document, kind))
            }
            raw.documents[kind] = named
        }
    }
}

extension [JSON] {
    /// Documents by their ids; of several with one id the first.
    var byID: [String: JSON] {
        Dictionary(compactMap { document in document["Id"]?.stringValue.map { ($0, document) } }) { first, _ in first }
    }
}
