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
        /// Why it has no recent verified backup; empty when it has one.
        var backupProblem = ""
        /// Where its backups go, as far as it is known.
        var backupDirectory = ""
        /// Agents only.
        var thumbprint: String
        var certificateExpires: String
        var trusted: [String]

        var place: String { "/instances/\(kind.rawValue)/\(slug)" }

        var isRunning: Bool { state == "running" || state == "starting" }
    }

    var instances: [Instance] = []
    /// Why something is missing from the list.
    var problems: [String] = []
    /// Of the programs that the manager runs now.
    var version = ""
    /// Of the manager itself.
    var managerVersion = ""
    /// Where backups go unless another place is named.
    var backupDirectory = ""
    /// Files of backups that were verified when they were made.
    var verifiedBackups: Set<String> = []

    func instance(_ kind: InstanceKind, _ slug: String) -> Instance? {
        instances.first { $0.kind == kind && $0.slug == slug }
    }

    /// Those without a recent verified backup.
    var unsaved: [Instance] { instances.filter { !$0.backupProblem.isEmpty } }

    /// The exit code of a command for instances when there is none.
    private static let noInstance = 3
    /// Hours after which a backup counts as old: nightly ones may take two.
    private static let oldBackup = "26"

    static func read(_ runner: CommandRunner, backupDirectory: String) async throws -> Machine {
        async let servers = read(.server, runner)
        async let agents = read(.agent, runner)
        async let version = runner.ask(.server, ["version"])
        let sides = try await [servers, agents]
        var machine = Machine(
            instances: sides.flatMap(\.instances),
            problems: sides.compactMap(\.problem),
            version: try await version.data["Version"]?.stringValue ?? "",
            backupDirectory: backupDirectory
        )
        for side in sides { machine.note(side.backups) }
        return machine
    }

    private struct Side: Sendable {
        var instances: [Instance] = []
        var backups: [(kind: InstanceKind, row: JSON)] = []
        var problem: String?
    }

    private static func read(_ kind: InstanceKind, _ runner: CommandRunner) async throws -> Side {
        async let backups = runner.ask(kind, ["list-backups", "--older-than", oldBackup])
        let (status, problem) = try await runner.say(kind, ["status", "--all"])
        let saved = try await backups.data.arrayValue ?? []
        guard let rows = status["data"]?.arrayValue else {
            // A machine without instances of a kind is a healthy one.
            return status["code"]?.intValue == noInstance ? Side() : Side(problem: problem)
        }
        return Side(instances: rows.map { instance(kind, $0) }, backups: saved.map { (kind, $0) })
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
            thumbprint: text("thumbprint"),
            certificateExpires: text("certificateExpires"),
            trusted: json["trustedServers"]?.stringsValue ?? []
        )
    }

    private mutating func note(_ backups: [(kind: InstanceKind, row: JSON)]) {
        for (kind, row) in backups {
            for entry in row["backups"]?.arrayValue ?? [] where entry["verified"] == true {
                if let path = entry["path"]?.stringValue { verifiedBackups.insert(path) }
            }
            guard let slug = row["slug"]?.stringValue,
                let index = instances.firstIndex(where: { $0.kind == kind && $0.slug == slug })
            else { continue }
            let newest = row["backup"]
            let directory = newest?["path"]?.stringValue.map(DurableFile.directory) ?? backupDirectory
            instances[index].backupDirectory = directory
            guard row["isRecent"] != true else { continue }
            instances[index].backupProblem =
                newest?["created"]?.stringValue.map { "its newest verified backup is of \($0)" }
                ?? "it has no verified backup"
        }
    }
}
