import APIClient
import Catalog
import Foundation
import Sync

/// A first policy for two spaces: the ten lines of the common case, with the environments that both sides have.
public struct PolicyDraft: Sendable {
    public struct Side: Sendable {
        public var url: String
        public var space: String
        /// `env:NAME` or `file:PATH`.
        public var auth: String

        public init(url: String, space: String, auth: String) {
            self.url = url
            self.space = space
            self.auth = auth
        }
    }

    public var source: Side
    public var destination: Side

    public init(source: Side, destination: Side) {
        self.source = source
        self.destination = destination
    }

    /// Asks both sides for their environments and writes the policy's text.
    ///
    /// - Parameter policyPath: where the file will be; `file:` places are relative to its folder.
    /// - Throws: `SyncRunError`.
    public func text(policyPath: String) async throws -> String {
        let names = try await (
            environments(of: source, policyPath: policyPath), environments(of: destination, policyPath: policyPath)
        )
        return text(sourceEnvironments: names.0, destinationEnvironments: names.1)
    }

    private func environments(of side: Side, policyPath: String) async throws -> [String] {
        let endpoint = Policy.Endpoint(
            name: "",
            url: side.url,
            space: side.space,
            credential: try Self.credential(side.auth)
        )
        let key = try Credentials.key(for: endpoint, policyPath: policyPath)
        do {
            let client = try await SourceClient.connect(to: side.url, key: key, space: side.space)
            return try await client.list(.environments).compactMap { $0["Name"]?.stringValue }
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
    }

    private static func credential(_ place: String) throws(SyncRunError) -> Policy.Credential {
        if place.hasPrefix("env:") { return .environment(String(place.dropFirst(4))) }
        if place.hasPrefix("file:") { return .file(String(place.dropFirst(5))) }
        // What was given may be a key: it must not come back in a message.
        throw .credential(
            problem: "an API key is named by its place: write env:NAME or file:PATH, never the key itself"
        )
    }

    /// Pure, for tests.
    func text(sourceEnvironments: [String], destinationEnvironments: [String]) -> String {
        let existing = Set(destinationEnvironments.map(EntityKey.folded))
        // A space without environments is one that has yet to be filled.
        let rules = sourceEnvironments.map { name in
            if existing.isEmpty { return "  \(Self.quoted(name)): same   # will be created; or drop" }
            return existing.contains(EntityKey.folded(name))
                ? "  \(Self.quoted(name)): same"
                : "  \(Self.quoted(name)): drop   # the destination has none of this name; or [Other, names]"
        }
        let there =
            destinationEnvironments.isEmpty ? "no environments" : destinationEnvironments.joined(separator: ", ")
        return """
            # What `skerry sync` moves from one space to another, and what each side keeps for itself.
            # Everything that is not named here has a safe default; see the guide to sync.
            apiVersion: \(PolicyFile.apiVersion)
            source: {\(Self.fields(source))}
            destination: {\(Self.fields(destination))}
            # The destination has: \(there).
            environments:
            \(rules.joined(separator: "\n"))
              "*": same

            """
    }

    private static func fields(_ side: Side) -> String {
        "url: \(quoted(side.url)), space: \(quoted(side.space)), auth: \(quoted(side.auth))"
    }

    /// As YAML takes it for one string, whatever is in it: JSON strings are YAML strings.
    private static func quoted(_ text: String) -> String { JSON.string(text).text }
}
