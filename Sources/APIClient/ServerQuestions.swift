public import Catalog

/// What can be asked about a server and a key, beside documents.
public struct ServerQuestions: Sendable {
    let transport: Transport

    /// - Throws: `APIError.refused` with 503 when the server says that it is in maintenance mode. A server that does not
    ///   tell this key is taken to be open.
    public func refuseMaintenance() async throws {
        let answer: JSON
        do {
            answer = try await transport.send(.init(method: .get, endpoint: .maintenance))
        } catch let error as APIError where error.isNotFound || error.isPermissionProblem {
            return
        }
        guard answer["IsInMaintenanceMode"] == true else { return }
        throw APIError.refused(
            server: transport.address.base,
            request: "every write",
            status: 503,
            message: "it is in maintenance mode; nothing was written; run the same command when it is over",
            errors: []
        )
    }

    /// The user that the key belongs to.
    public func currentUser() async throws -> JSON {
        try await transport.object(.init(method: .get, endpoint: .currentUser))
    }

    /// What that user may do: `SpacePermissions`, `SystemPermissions`, `Teams`.
    public func permissions(ofUser id: String) async throws -> JSON {
        try await transport.object(.init(method: .get, endpoint: try .permissions(ofUser: id)))
    }
}

extension SourceClient {
    public var questions: ServerQuestions { ServerQuestions(transport: transport) }
}

extension DestinationClient {
    public var questions: ServerQuestions { ServerQuestions(transport: transport) }
}
