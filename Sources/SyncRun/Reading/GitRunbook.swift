import APIClient
import Catalog

/// A runbook that a project keeps in Git: what its server calls it at a branch, and what sync calls it.
///
/// Servers call such a runbook by its slug, which runbooks of other projects may have, too; one that was in the database
/// before may keep the id that it had there. Sync gives those that have no id of their own one that no other has.
struct GitRunbook: Sendable, Hashable {
    var project: String
    /// As its server calls it at a branch, and so its process.
    var serverID: String
    var serverProcessID: String

    /// Nil for a document that is no runbook.
    ///
    /// - Parameter document: as its server sent it.
    init?(_ document: JSON, project: String) {
        guard let id = document["Id"]?.stringValue, !id.isEmpty else { return nil }
        self.project = project
        serverID = id
        serverProcessID = document["RunbookProcessId"]?.stringValue ?? Self.processID(of: id)
    }

    var id: String { GitRunbookNames(project: project).named(serverID) }

    var processID: String { Self.processID(of: id) }

    private static func processID(of id: String) -> String {
        Catalog.standard[.runbookProcesses]?.id(ofOwner: id) ?? id
    }

    // MARK: Documents

    /// A document of the runbook as sync knows it.
    func named(_ document: JSON, _ part: GitRunbookPart) -> JSON { filled(document, part, id, processID) }

    /// A document of the runbook as its server knows it.
    func sent(_ document: JSON, _ part: GitRunbookPart) -> JSON { filled(document, part, serverID, serverProcessID) }

    private func filled(_ document: JSON, _ part: GitRunbookPart, _ id: String, _ processID: String) -> JSON {
        var result = document
        result["ProjectId"] = .string(project)
        switch part {
        case .runbook:
            result["Id"] = .string(id)
            result["RunbookProcessId"] = .string(processID)
        case .process:
            result["Id"] = .string(processID)
            result["RunbookId"] = .string(id)
        }
        return result
    }
}

/// The names of a project's runbooks in the other documents of the project.
struct GitRunbookNames: Sendable {
    let project: String

    private var prefix: String { "\(project)/" }

    /// What sync calls a runbook: ids of the database (`Runbooks-1`) begin with a capital, slugs do not.
    func named(_ name: String) -> String { name.first?.isUppercase == false ? prefix + name : name }

    /// A document of the project as sync knows it.
    func named(_ document: JSON, _ kind: KindName) -> JSON { rewriting(document, kind, named) }

    /// A document of the project as its server knows it.
    func sent(_ document: JSON, _ kind: KindName) -> JSON {
        rewriting(document, kind) { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    }

    private func rewriting(_ document: JSON, _ kind: KindName, _ name: (String) -> String) -> JSON {
        guard let shape = Catalog.standard[kind]?.shape else { return document }
        return shape.rewriting(document) { site in
            guard case .reference(let reference) = site.content, reference.targets.contains(.runbooks) else {
                return site.value
            }
            return reference.replacingTokens(in: site.value, name)
        }
    }
}

/// A runbook with its process, as they are at a branch.
struct FoundRunbook: Sendable {
    var place: GitRunbook
    /// As sync knows them.
    var runbook: JSON
    var process: JSON
}

extension ReplicaClient {
    /// The runbooks of a project at a branch.
    func foundRunbooks(at branch: String, project: String) async throws -> [FoundRunbook] {
        let documents = try await runbooks(atBranch: branch, project: project)
        let places = documents.compactMap { GitRunbook($0, project: project) }
        let processes = try await inParallel(places, atMost: 4) { place in
            try await self.runbook(place.serverProcessID, .process, atBranch: branch, project: project)
        }
        return zip(places, documents).compactMap { place, document in
            processes[place].map { process in
                FoundRunbook(
                    place: place,
                    runbook: place.named(document, .runbook),
                    process: place.named(process, .process)
                )
            }
        }
    }
}
