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
        let projects = (raw.documents[.projects] ?? []).filter {
            $0["PersistenceSettings"]?["Type"] == "VersionControlled"
        }
        if projects.isEmpty { return }
        let sets = Dictionary(
            (raw.documents[.variableSets] ?? []).compactMap { set in set["Id"]?.stringValue.map { ($0, set) } }
        ) { first, _ in first }
        var found: [String: Found] = [:]
        do {
            found = try await withThrowingTaskGroup(of: Found?.self) { group in
                var results: [String: Found] = [:]
                var next = projects.makeIterator()
                let add: (inout ThrowingTaskGroup<Found?, any Error>) -> Void = { group in
                    guard let project = next.next() else { return }
                    group.addTask { try await self.found(project, sets) }
                }
                for _ in 0..<Self.breadth { add(&group) }
                while let result = try await group.next() {
                    if let result { results[result.id] = result }
                    add(&group)
                }
                return results
            }
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
        for result in found.values {
            raw.branches[result.id] = result.reading
            if case .branch = result.reading { replace(result, in: &raw) }
        }
    }

    private struct Found: Sendable {
        var id: String
        var reading: GitPlace.Reading
        var documents: [KindName: JSON] = [:]
    }

    private func found(_ project: JSON, _ sets: [String: JSON]) async throws -> Found? {
        guard let id = project["Id"]?.stringValue, let settings = project["PersistenceSettings"] else { return nil }
        let main = settings["DefaultBranch"]?.stringValue ?? "main"
        let place = GitBranches.Place(
            project: id,
            processID: project["DeploymentProcessId"]?.stringValue ?? "",
            variableSetID: project["VariableSetId"]?.stringValue ?? "",
            branch: branch.isEmpty ? main : branch,
            holdsVariables: settings["ConversionState"]?["VariablesAreInGit"] == true
        )
        await branches.note(place)
        let ref = await branches.branch(of: id, usual: place.branch)
        do {
            var result = Found(id: id, reading: .branch(ref))
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
            return Found(id: id, reading: .problem("\(ref): \(error)"))
        }
    }

    private func replace(_ result: Found, in raw: inout RawReplica) {
        for (kind, document) in result.documents {
            var list = (raw.documents[kind] ?? []).filter { $0["Id"] != document["Id"] }
            list.append(document)
            raw.documents[kind] = list
        }
    }
}
