public import Catalog

/// A document of a runbook that a project keeps in Git, by the name that its kind has in addresses.
public enum GitRunbookPart: String, Sendable, Hashable {
    case runbook = "runbooks"
    case process = "runbookProcesses"

    var kind: KindName {
        switch self {
        case .runbook: .runbooks
        case .process: .runbookProcesses
        }
    }
}

extension SourceClient {
    public func runbooks(atBranch branch: String, project: String) async throws -> [JSON] {
        try await transport.runbooks(atBranch: branch, project: project, space: identity.spaceID)
    }

    public func runbook(
        _ id: String,
        _ part: GitRunbookPart,
        atBranch branch: String,
        project: String
    ) async throws -> JSON {
        try await transport.runbook(id, part, atBranch: branch, project: project, space: identity.spaceID)
    }
}

extension Transport {
    func runbooks(atBranch branch: String, project: String, space: String) async throws -> [JSON] {
        let endpoint = try Endpoint.runbooks(branch: branch, project: project, space: space)
        return try await ListReading(transport: self, space: space).documents(of: .runbooks, at: endpoint)
    }

    func runbook(
        _ id: String,
        _ part: GitRunbookPart,
        atBranch branch: String,
        project: String,
        space: String
    ) async throws -> JSON {
        let endpoint = try Endpoint.runbook(id, part, branch: branch, project: project, space: space)
        return adapter.reading(try await object(.init(method: .get, endpoint: endpoint)), kind: part.kind)
    }
}

extension DestinationClient {
    public func runbooks(atBranch branch: String, project: String) async throws -> [JSON] {
        try await transport.runbooks(atBranch: branch, project: project, space: identity.spaceID)
    }

    public func runbook(
        _ id: String,
        _ part: GitRunbookPart,
        atBranch branch: String,
        project: String
    ) async throws -> JSON {
        try await transport.runbook(id, part, atBranch: branch, project: project, space: identity.spaceID)
    }

    /// Makes a runbook at a branch, in a commit as `writeToBranch` makes it. Never repeated by itself.
    ///
    /// - Returns: the runbook as the server has it then.
    public func createRunbook(atBranch branch: String, project: String, _ body: JSON) async throws -> JSON {
        let endpoint = try Endpoint.newRunbook(branch: branch, project: project, space: identity.spaceID)
        return try await commit(.post, endpoint, .runbooks, to: branch, project: project, body)
    }

    /// Writes a runbook or its process at a branch, in a commit as `writeToBranch` makes it.
    ///
    /// - Returns: the document as the server has it then.
    public func writeRunbook(
        _ id: String,
        _ part: GitRunbookPart,
        atBranch branch: String,
        project: String,
        _ body: JSON
    ) async throws -> JSON {
        let endpoint = try Endpoint.runbook(id, part, branch: branch, project: project, space: identity.spaceID)
        return try await commit(.put, endpoint, part.kind, to: branch, project: project, body)
    }

    /// Takes a runbook away at a branch.
    ///
    /// - Parameter message: of the commit.
    public func deleteRunbook(_ id: String, atBranch branch: String, project: String, message: String) async throws {
        let endpoint = try Endpoint.runbook(id, .runbook, branch: branch, project: project, space: identity.spaceID)
        let body: JSON = ["ChangeDescription": .string(message)]
        let query = try await amending(branch, project: project, body)
        _ = try await transport.send(.init(method: .delete, endpoint: endpoint, query: query, body: body))
    }
}
