import Catalog

/// Projects whose process is kept in a Git repository: Skerry does not make them yet, and says so.
enum GitProjects {
    private static let title = "A project in Git"

    static func register(in routes: inout RouteTable) {
        for path in ["branches", "branches/:name", "tags", "tags/:name", "commits/:name", "refs/:name"] {
            routes.get("projects/:id/git/\(path)", scope: .space) { _ in throw APIProblem.notSupportedYet(title) }
        }
        routes.get("projects/:id/git/migrate-variables", scope: .space) { _ in throw APIProblem.notSupportedYet(title) }
        for action in [
            "branches/v2", "convert", "migrate-variables", "migrate-runbooks", "connectivity-test", "validate",
        ] {
            routes.post("projects/:id/git/\(action)", scope: .space) { _ in throw APIProblem.notSupportedYet(title) }
        }
    }

    /// The persistence of a project is the server's own, so intake ignores it; who asks for Git must not get something
    /// else instead.
    ///
    /// - Throws: `APIProblem` 501 when the body asks for a project in Git.
    static func refuse(_ body: JSON) throws {
        let sent = body.objectValue ?? [:]
        let persistence = sent[caseless: "PersistenceSettings"]?.objectValue ?? [:]
        let type = persistence[caseless: "Type"]?.stringValue ?? "Database"
        guard type.lowercased() == "database", sent[caseless: "IsVersionControlled"]?.boolValue != true else {
            throw APIProblem.notSupportedYet(title)
        }
    }
}
