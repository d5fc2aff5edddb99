import Catalog

/// Which server, and which space of it, a client talks to.
public struct ServerIdentity: Sendable, Hashable {
    /// Without `/api` and without a trailing slash.
    public var url: String
    /// `2025.4.1000`
    public var version: String
    public var apiVersion: String
    /// A GUID; the same server keeps it at another address.
    public var installationID: String
    public var spaceID: String
    public var spaceName: String

    public init(
        url: String,
        version: String,
        apiVersion: String,
        installationID: String,
        spaceID: String,
        spaceName: String
    ) {
        self.url = url
        self.version = version
        self.apiVersion = apiVersion
        self.installationID = installationID
        self.spaceID = spaceID
        self.spaceName = spaceName
    }

    /// The same space of the same installation, whatever its version, address and name are now.
    public func isSameSpace(as other: ServerIdentity) -> Bool {
        installationID == other.installationID && spaceID == other.spaceID
    }
}

extension ServerIdentity {
    /// Finds out who answers, and whether it knows the space (by name, id or slug).
    init(asking transport: Transport, space: String) async throws {
        let root = try await Self.root(transport)
        guard let apiVersion = root["ApiVersion"]?.stringValue, let version = root["Version"]?.stringValue else {
            throw APIError.notASkerryOrOctopusServer(
                server: transport.address.base,
                found: "its root document has no Version and ApiVersion"
            )
        }
        guard apiVersion.hasPrefix("3.") else {
            throw APIError.notASkerryOrOctopusServer(
                server: transport.address.base,
                found: "it speaks API version \(apiVersion), expected 3.x"
            )
        }
        let found = try await Self.find(space, transport)
        self.init(
            url: transport.address.base,
            version: version,
            apiVersion: apiVersion,
            installationID: root["InstallationId"]?.stringValue ?? "",
            spaceID: found.id,
            spaceName: found.name
        )
    }

    static func root(_ transport: Transport) async throws -> JSON {
        let server = transport.address.base
        do {
            let root = try await transport.send(.init(method: .get, endpoint: .root))
            guard case .object = root else {
                throw APIError.notASkerryOrOctopusServer(
                    server: server,
                    found: "its root document is \(root.isNull ? "empty" : root.typeName)"
                )
            }
            return root
        } catch let error as APIError {
            switch error {
            case .badResponse(_, _, let problem):
                throw APIError.notASkerryOrOctopusServer(server: server, found: "its root document is \(problem)")
            case .notFound:
                throw APIError.notASkerryOrOctopusServer(server: server, found: "there is nothing at \(server)/api")
            default: throw error
            }
        }
    }

    private static func find(_ space: String, _ transport: Transport) async throws -> (id: String, name: String) {
        let answer = try await transport.send(.init(method: .get, endpoint: .spaces))
        guard case .array(let documents) = answer else {
            throw APIError.badResponse(
                server: transport.address.base,
                request: "GET \(Endpoint.spaces.path)",
                problem: "\(answer.typeName) instead of the list of spaces"
            )
        }
        let spaces = documents.compactMap { document -> (id: String, name: String, slug: String)? in
            guard let id = document["Id"]?.stringValue, let name = document["Name"]?.stringValue else { return nil }
            return (id, name, document["Slug"]?.stringValue ?? "")
        }
        let wanted = space.lowercased()
        let match =
            spaces.first { $0.name.lowercased() == wanted } ?? spaces.first { $0.id.lowercased() == wanted }
            ?? spaces.first { $0.slug.lowercased() == wanted }
        guard let match else {
            throw APIError.spaceNotFound(
                server: transport.address.base,
                space: space,
                existing: spaces.map(\.name).sorted()
            )
        }
        return (match.id, match.name)
    }
}
