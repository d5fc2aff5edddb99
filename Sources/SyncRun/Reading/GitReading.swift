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
    }

    private func found(_ id: String, _ project: JSON, _ sets: [String: JSON]) async throws -> Found {
        let place = GitBranches.Place(
            project: id,
            processID: project["DeploymentProcessId"]?.stringValue ?? "",
            variableSetID: project["VariableSetId"]?.stringValue ?? "",
            branch: GitPlace.branch(of: project, named: branch),
            holdsVariables: GitPlace(project)?.holdsVariables ?? false
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
            return result
        } catch let error as APIError where error.isRefusal || error.isNotFound || error.isPermissionProblem {
            return Found(reading: .problem("\(ref): \(error)"))
        }
    }
}

extension [JSON] {
    /// Documents by their ids; of several with one id the first.
    var byID: [String: JSON] {
        Dictionary(compactMap { document in document["Id"]?.stringValue.map { ($0, document) } }) { first, _ in first }
    }
}
