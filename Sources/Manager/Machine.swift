import Catalog
import Instances

/// What there is on this machine, as the commands tell it.
struct Machine: Sendable {
    struct Instance: Sendable {
        var kind: InstanceKind
        var name: String
        var slug: String
        var isDefault: Bool
        var state: String
        var version: String
        var addresses: [String]
        var account: String
        var home: String
        var configuration: String
        var service: String
        var problem: String
        /// Servers: why they have no recent verified backup.
        var backupProblem: String

        var place: String { "/instances/\(kind.rawValue)/\(slug)" }
    }

    var instances: [Instance]
    /// Why something is missing from the list.
    var problems: [String]

    func instance(_ kind: InstanceKind, _ slug: String) -> Instance? {
        instances.first { $0.kind == kind && $0.slug == slug }
    }

    /// Hours after which a backup counts as old: nightly ones may take two.
    private static let oldBackup = "26"

    static func read(_ runner: CommandRunner) async throws -> Machine {
        async let servers = read(.server, runner)
        async let agents = read(.agent, runner)
        async let backups = runner.ask(.server, ["list-backups", "--older-than", oldBackup])
        let sides = try await [servers, agents]
        var instances = sides.flatMap(\.0)
        let missing = missingBackups(try await backups.data)
        for index in instances.indices where instances[index].kind == .server {
            instances[index].backupProblem = missing[instances[index].slug] ?? ""
        }
        return Machine(instances: instances, problems: sides.compactMap(\.1))
    }

    private static func read(_ kind: InstanceKind, _ runner: CommandRunner) async throws -> ([Instance], String?) {
        let (list, problem) = try await runner.ask(kind, ["list-instances"])
        guard let rows = list.arrayValue else { return ([], problem) }
        if rows.isEmpty { return ([], nil) }
        let (details, _) = try await runner.ask(kind, ["status", "--all"])
        let bySlug = Dictionary((details.arrayValue ?? []).map { ($0["slug"]?.stringValue ?? "", $0) }) { $1 }
        return (rows.map { instance(kind, bySlug[$0["slug"]?.stringValue ?? ""] ?? $0) }, nil)
    }

    private static func instance(_ kind: InstanceKind, _ json: JSON) -> Instance {
        func text(_ name: String) -> String { json[name]?.stringValue ?? "" }
        return Instance(
            kind: kind,
            name: text("name"),
            slug: text("slug"),
            isDefault: json["isDefault"] == true,
            state: text("state"),
            version: text("version"),
            addresses: json["addresses"]?.stringsValue ?? [],
            account: text("user"),
            home: text("home"),
            configuration: text("configurationFile"),
            service: text("service"),
            problem: text("problem"),
            backupProblem: ""
        )
    }

    private static func missingBackups(_ data: JSON) -> [String: String] {
        var result: [String: String] = [:]
        for row in data.arrayValue ?? [] where row["isRecent"] != true {
            let newest = row["backup"]?["created"]?.stringValue
            result[row["slug"]?.stringValue ?? ""] =
                newest.map { "its newest verified backup is of \($0)" } ?? "it has no verified backup"
        }
        return result
    }
}
