import APIClient
import Catalog
import Foundation
public import Sync

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
    /// `none`, or the name of a `PolicyPreset`.
    public var preset: String
    /// What single environments of the source become, as a policy writes it: `drop`, `same`, or names with commas
    /// between them. What is not listed follows the destination's environments.
    public var mapping: [String: String]

    public init(source: Side, destination: Side, preset: String = "none", mapping: [String: String] = [:]) {
        self.source = source
        self.destination = destination
        self.preset = preset
        self.mapping = mapping
    }

    /// The names of the environments of both sides.
    public struct Environments: Sendable {
        public var source: [String]
        public var destination: [String]

        /// Those of the source for which the destination has none of the name.
        public var unmatched: [String] {
            let existing = Set(destination.map(EntityKey.folded))
            return destination.isEmpty ? [] : source.filter { !existing.contains(EntityKey.folded($0)) }
        }
    }

    /// - Throws: `SyncRunError`.
    public func environments(policyPath: String) async throws -> Environments {
        let names = try await (
            environments(of: source, policyPath: policyPath), environments(of: destination, policyPath: policyPath)
        )
        return Environments(source: names.0, destination: names.1)
    }

    /// What both servers are like, for `skerry sync advise`.
    ///
    /// - Throws: `SyncRunError`.
    public func facts(policyPath: String) async throws -> AdviceFacts {
        try await AdviceFacts(
            source: facts(of: source, policyPath: policyPath),
            destination: facts(of: destination, policyPath: policyPath)
        )
    }

    private func facts(of side: Side, policyPath: String) async throws -> AdviceFacts.Side {
        let client = try await connect(to: side, policyPath: policyPath)
        do {
            let projects = try await client.list(.projects)
            return AdviceFacts.Side(
                identity: ReplicaIdentity(client.identity),
                environments: Self.ids(try await client.list(.environments)),
                projects: Self.ids(projects),
                projectsInGit: projects.filter { $0["IsVersionControlled"] == true }
                    .compactMap { $0["Name"]?.stringValue }.sorted(),
                usedPackages: try await Self.usedPackages(client, projects),
                packages: try await Self.packages(client)
            )
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
    }

    private static func usedPackages(_ client: SourceClient, _ projects: [JSON]) async throws -> [String: Set<String>] {
        let names = Dictionary(ids(projects).map { ($0.value, $0.key) }) { first, _ in first }
        let feeds = try await visible { try await client.list(.feeds) } ?? []
        let builtIn = Set(feeds.filter { $0["FeedType"] == "BuiltIn" }.compactMap { $0["Id"]?.stringValue })
        var result: [String: Set<String>] = [:]
        for kind in [KindName.deploymentProcesses, .runbookProcesses] {
            for process in try await visible({ try await client.list(kind) }) ?? [] {
                let project = names[process["ProjectId"]?.stringValue ?? ""] ?? ""
                for id in packageIDs(in: process, of: builtIn) { result[id, default: []].insert(project) }
            }
        }
        return result
    }

    /// What is computed at run time nobody can foresee.
    private static func packageIDs(in process: JSON, of feeds: Set<String>) -> [String] {
        let actions = (process["Steps"]?.arrayValue ?? []).flatMap { $0["Actions"]?.arrayValue ?? [] }
        return actions.flatMap { $0["Packages"]?.arrayValue ?? [] }.compactMap { package in
            guard feeds.contains(package["FeedId"]?.stringValue ?? ""), let id = package["PackageId"]?.stringValue,
                !id.isEmpty, !id.contains("#{")
            else { return nil }
            return id
        }
    }

    private static func packages(_ client: SourceClient) async throws -> Set<String>? {
        try await visible { try await client.newestPackages() }.map { packages in
            Set(packages.compactMap { $0["PackageId"]?.stringValue }.map(EntityKey.folded))
        }
    }

    /// Nil for what the key may not see, or the server does not have: advice goes without it.
    private static func visible(_ read: () async throws -> [JSON]) async throws -> [JSON]? {
        do {
            return try await read()
        } catch let error as APIError where error.isNotFound || error.isPermissionProblem {
            return nil
        }
    }

    private static func ids(_ documents: [JSON]) -> [String: String] {
        let pairs = documents.compactMap { document in
            document["Name"]?.stringValue.flatMap { name in document["Id"]?.stringValue.map { (name, $0) } }
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Asks both sides for their environments and writes the policy's text.
    ///
    /// - Parameter policyPath: where the file will be; `file:` places are relative to its folder.
    /// - Throws: `SyncRunError`.
    public func text(policyPath: String) async throws -> String {
        text(try await environments(policyPath: policyPath))
    }

    /// - Parameter environments: what the two sides have.
    public func text(_ environments: Environments) -> String {
        text(sourceEnvironments: environments.source, destinationEnvironments: environments.destination)
    }

    private func environments(of side: Side, policyPath: String) async throws -> [String] {
        let client = try await connect(to: side, policyPath: policyPath)
        do {
            return try await client.list(.environments).compactMap { $0["Name"]?.stringValue }
        } catch let error as APIError {
            throw SyncRunError.api(error)
        }
    }

    private func connect(to side: Side, policyPath: String) async throws -> SourceClient {
        let endpoint = Policy.Endpoint(
            name: "",
            url: side.url,
            space: side.space,
            credential: try Self.credential(side.auth)
        )
        let key = try Credentials.key(for: endpoint, policyPath: policyPath)
        do {
            return try await SourceClient.connect(to: side.url, key: key, space: side.space)
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
            if let target = mapping[name] { return "  \(Self.quoted(name)): \(Self.written(target))" }
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
            apiVersion: \(PolicyFile.apiVersion)\(preset == "none" ? "" : "\npreset: \(preset)")
            source: {\(Self.fields(source))}
            destination: {\(Self.fields(destination))}
            # The destination has: \(there).
            environments:
            \(rules.joined(separator: "\n"))
              "*": \(preset == "none" ? "same" : fallback)

            """
    }

    /// What becomes of environments that the source gets later: as the preset has it.
    private var fallback: String { ["lower-upper", "isolated-production"].contains(preset) ? "existing" : "same" }

    /// `drop`, `same`, or a list of names.
    private static func written(_ target: String) -> String {
        if ["drop", "same", "existing", "any"].contains(target) { return target }
        let names = target.split(separator: ",").map { String($0).trimmingCharacters(in: .whitespaces) }
        return "[" + names.filter { !$0.isEmpty }.map(quoted).joined(separator: ", ") + "]"
    }

    private static func fields(_ side: Side) -> String {
        "url: \(quoted(side.url)), space: \(quoted(side.space)), auth: \(quoted(side.auth))"
    }

    /// As YAML takes it for one string, whatever is in it: JSON strings are YAML strings.
    private static func quoted(_ text: String) -> String { JSON.string(text).text }
}
