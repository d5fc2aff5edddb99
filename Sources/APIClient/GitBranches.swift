public import Catalog

/// A document that a project keeps in Git, by the name that it has in addresses.
public enum GitPart: String, Sendable, Hashable {
    case process = "deploymentprocesses"
    case settings = "deploymentsettings"
    case variables

    var kind: KindName {
        switch self {
        case .process: .deploymentProcesses
        case .settings: .deploymentSettings
        case .variables: .variableSets
        }
    }
}

extension SourceClient {
    public func atBranch(_ branch: String, _ part: GitPart, project: String) async throws -> JSON {
        try await transport.atBranch(branch, part, project: project, space: identity.spaceID)
    }
}

extension Transport {
    func atBranch(_ branch: String, _ part: GitPart, project: String, space: String) async throws -> JSON {
        let endpoint = try Endpoint.part(part, branch: branch, project: project, space: space)
        return adapter.reading(try await object(.init(method: .get, endpoint: endpoint)), kind: part.kind)
    }
}

extension DestinationClient {
    public func atBranch(_ branch: String, _ part: GitPart, project: String) async throws -> JSON {
        try await transport.atBranch(branch, part, project: project, space: identity.spaceID)
    }

    /// Whether the repository of a project has a branch.
    public func hasBranch(_ name: String, project: String) async throws -> Bool {
        try await branch(name, project: project) != nil
    }

    /// A branch as the server describes it; nil when there is none.
    private func branch(_ name: String, project: String) async throws -> JSON? {
        let endpoint = try Endpoint.branch(name, project: project, space: identity.spaceID)
        do {
            return try await transport.object(.init(method: .get, endpoint: endpoint))
        } catch let error as APIError where error.isNotFound {
            return JSON?.none
        }
    }

    /// Makes a branch where another one is; one that is there already is what was wanted.
    public func makeBranch(_ name: String, from base: String, project: String) async throws {
        if try await hasBranch(name, project: project) { return }
        let body: JSON = ["BaseGitRef": .string("refs/heads/\(base)"), "NewBranchName": .string(name)]
        let endpoint = try Endpoint.newBranch(project: project, space: identity.spaceID)
        do {
            _ = try await transport.object(.init(method: .post, endpoint: endpoint, body: body))
        } catch let error as APIError {
            // Another request of ours may have made it, or one whose answer was lost.
            guard try await hasBranch(name, project: project) else { throw error }
        }
    }

    /// What a server found when it tried the connection to a project's repository.
    public enum Connection: Sendable, Hashable {
        case well
        /// In the words of the server.
        case problems([String])
        /// The server has no such test, or wants a password for it that it does not give out.
        case untested
    }

    /// Has the server try the connection to a project's repository with the credential of the project; nothing is changed.
    ///
    /// - Parameter project: as the server gave it.
    public func connection(of project: JSON) async throws -> Connection {
        let settings = project["PersistenceSettings"] ?? .null
        let credentials = settings["Credentials"] ?? .null
        guard ["Reference", "Anonymous"].contains(credentials["Type"]) else { return .untested }
        let body: JSON = [
            "Url": settings["Url"] ?? .null, "BasePath": settings["BasePath"] ?? .null,
            "DefaultBranch": settings["DefaultBranch"] ?? .null, "Credentials": credentials,
        ]
        let id = project["Id"]?.stringValue ?? ""
        let endpoint = try Endpoint.connectionTest(project: id, space: identity.spaceID)
        do {
            let answer = try await transport.object(.init(method: .post, endpoint: endpoint, body: body))
            let errors = (answer["Messages"]?.arrayValue ?? []).filter { $0["Category"] == "Error" }
            return errors.isEmpty ? .well : .problems(errors.compactMap { $0["Message"]?.stringValue })
        } catch let error as APIError where error.isNotFound || error.isRefusal {
            return .untested
        }
    }

    /// Commits a document to a branch; its `ChangeDescription` is the message.
    ///
    /// Where the server tells that the newest commit of the branch has this message already, the document becomes part
    /// of that commit: what is written with one message is one commit. Servers that do not tell make another.
    ///
    /// - Returns: the document as the server has it then.
    public func writeToBranch(_ branch: String, _ part: GitPart, project: String, _ body: JSON) async throws -> JSON {
        let endpoint = try Endpoint.part(part, branch: branch, project: project, space: identity.spaceID)
        return try await commit(.put, endpoint, part.kind, to: branch, project: project, body)
    }

    func commit(
        _ method: Transport.Method,
        _ endpoint: Endpoint,
        _ kind: KindName,
        to branch: String,
        project: String,
        _ body: JSON
    ) async throws -> JSON {
        let query = try await amending(branch, project: project, body)
        let sent = transport.adapter.writing(body, kind: kind)
        let answer = try await transport.object(.init(method: method, endpoint: endpoint, query: query, body: sent))
        return transport.adapter.reading(answer, kind: kind)
    }

    /// The newest commit of a branch as the one to become part of, when it has the message of `body`.
    func amending(_ branch: String, project: String, _ body: JSON) async throws -> [(String, String)] {
        let tip = try await self.branch(branch, project: project)?["Commit"]
        guard let hash = tip?["Hash"]?.stringValue, let message = body["ChangeDescription"]?.stringValue,
            tip?["Message"]?.stringValue == message
        else { return [] }
        return [("amend", hash)]
    }
}
