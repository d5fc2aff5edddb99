package import Catalog
import Foundation

/// Where a project keeps what it does not keep in the server's database (`rest-api-projects.md` 6).
public struct GitPlace: Sendable, Hashable {
    public var url: String
    public var folder: String
    public var holdsVariables: Bool
    public var holdsRunbooks: Bool
    public var reading = Reading.none

    /// Whether what the repository holds was read, and is part of the replica.
    public enum Reading: Sendable, Hashable {
        case none
        case branch(String)
        /// It was asked for and could not be had.
        case problem(String)
    }

    var isRead: Bool { if case .branch = reading { true } else { false } }

    public init(url: String, folder: String, holdsVariables: Bool = false, holdsRunbooks: Bool = false) {
        self.url = url
        self.folder = folder
        self.holdsVariables = holdsVariables
        self.holdsRunbooks = holdsRunbooks
    }

    /// Nil for a project that is wholly in the database.
    ///
    /// - Parameter project: as a server sent it.
    package init?(_ project: JSON) {
        guard let settings = project["PersistenceSettings"], settings["Type"] == "VersionControlled" else { return nil }
        self.init(
            url: settings["Url"]?.stringValue ?? "",
            folder: settings["BasePath"]?.stringValue ?? ".octopus",
            holdsVariables: settings["ConversionState"]?["VariablesAreInGit"] == true,
            holdsRunbooks: settings["ConversionState"]?["RunbooksAreInGit"] == true
        )
    }

    /// Where such a project is read.
    ///
    /// - Parameter named: what the policy says; empty for the project's own default branch.
    package static func branch(of project: JSON, named: String) -> String {
        named.isEmpty ? project["PersistenceSettings"]?["DefaultBranch"]?.stringValue ?? "main" : named
    }

    /// Both name one folder of one repository: `https://host/team/app.git`, `https://HOST/team/app/`.
    func isSamePlace(as other: GitPlace) -> Bool {
        Self.repository(url) == Self.repository(other.url) && Self.trimmed(folder) == Self.trimmed(other.folder)
    }

    /// Host and path: who signs in how does not make it another repository.
    private static func repository(_ url: String) -> String {
        var rest = url.lowercased()[...]
        if let scheme = rest.range(of: "://") { rest = rest[scheme.upperBound...] }
        if let at = rest.firstIndex(of: "@"), !rest[..<at].contains("/") { rest = rest[rest.index(after: at)...] }
        // `git@host:team/app` is `host/team/app`; a port is a number.
        if let colon = rest.firstIndex(of: ":"), !rest[..<colon].contains("/"),
            rest[rest.index(after: colon)...].first?.isNumber == false
        {
            rest.replaceSubrange(colon...colon, with: "/")
        }
        let path = trimmed(String(rest))
        return path.hasSuffix(".git") ? String(path.dropLast(4)) : path
    }

    private static func trimmed(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}

extension GitPlace {
    /// What of a project comes from the repository, and no sync writes.
    func holds(_ kind: KindName) -> Bool {
        switch kind {
        case .deploymentProcesses: !isRead
        case .runbooks, .runbookProcesses: holdsRunbooks && !isRead
        case .variableSets: holdsVariables && !isRead
        default: false
        }
    }

    /// Fields of the project that belong to the deployment settings, which live beside the process.
    static let fields = Set(DeploymentSettingsFields.shared.map(\.project))

    /// What of the project at least one of both sides keeps in Git, for people.
    func content(with other: GitPlace?) -> String {
        let hasRunbooks = holdsRunbooks || other?.holdsRunbooks ?? false
        let hasVariables = holdsVariables || other?.holdsVariables ?? false
        return
            (["the process", "the deployment settings"] + (hasRunbooks ? ["the runbooks"] : [])
            + (hasVariables ? ["the variables that are no secrets"] : [])).joined(separator: ", ")
    }
}
