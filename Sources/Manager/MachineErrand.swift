import Catalog
import Foundation
import Instances

/// What concerns all instances of this machine, and what brings back one that is not there.
enum MachineErrand: String, Sendable, CaseIterable {
    case upgrade, recover, restore, schedule
    case backup = "backup-all"

    static let scheduledKinds: [(value: String, label: String)] = [
        ("both", "Servers and agents"), ("server", "Servers"), ("agent", "Agents"),
    ]

    static func kinds(_ answer: String) -> [InstanceKind] {
        InstanceKind(rawValue: answer).map { [$0] } ?? InstanceKind.allCases
    }

    static func recover() -> Errand {
        Errand(
            name: Self.recover.rawValue,
            title: "Take back an upgrade",
            verb: "Take it back",
            text:
                "After a power cut in the middle of an upgrade, this brings everything back to the version before. It "
                + "does nothing when no upgrade was interrupted.",
            plan: { _ in
                var plan = ManagedPlan(
                    "Take back an upgrade",
                    .server,
                    "",
                    [ManagedCommand(.server, ["upgrade", "--recover"])]
                )
                plan.isExclusive = true
                return plan
            }
        )
    }

    static func upgrade(_ versions: ProgramVersions, _ machine: Machine) -> Errand {
        var facts = [("In use", versions.current ?? "none is installed: the programs run from where they are")]
        facts += versions.installed.map { ("On the disk", "\($0)\($0 == versions.current ? " (in use)" : "")") }
        facts += machine.instances.map { instance in
            let version = instance.version.isEmpty ? instance.state : "runs \(instance.version)"
            return ("\(instance.kind == .server ? "Server" : "Agent") \(instance.name)", version)
        }
        var links = versions.installed.filter { $0 != versions.current }.map { version in
            (title: "Back to \(version)", place: "/machine/upgrade?source=\(versions.directory(version).inAddress)")
        }
        if !machine.unsaved.isEmpty { links.append(("Back up all instances first", "/machine/backup-all")) }
        if versions.wasInterrupted { links.append(("An upgrade was interrupted: take it back", "/machine/recover")) }
        let unsaved = machine.unsaved.map { "\($0.name) (\($0.backupProblem))" }.joined(separator: ", ")
        return Errand(
            name: Self.upgrade.rawValue,
            title: "Upgrade",
            verb: "Upgrade",
            text:
                "Brings all instances of this machine to another version, or leaves all of them as they are. “Check first” "
                + "looks at everything that could be in the way and touches nothing. Exactly the instances that run are "
                + "stopped and started again. Whatever fails takes everything back.",
            warning: unsaved.isEmpty
                ? ""
                : "This would be an upgrade without a backup: \(unsaved). What fails during the upgrade is taken back from a "
                    + "copy of each database; what is found wrong days later is not.",
            facts: facts,
            links: links,
            questions: [
                Question(
                    name: "source",
                    label: "Directory of the new version",
                    hint:
                        "as it was unpacked, with bin/skerry in it; one on the disk: \(versions.directory("VERSION"))",
                    isRequired: true
                )
            ],
            plan: { answers in
                let source = try answers.requiredPath("source", "the directory")
                var plan = ManagedPlan(
                    "Upgrade to \(source)",
                    .server,
                    "",
                    [ManagedCommand(.server, ["upgrade", .text(source)])]
                )
                plan.isExclusive = true
                return plan
            }
        )
    }

    static func backup(_ machine: Machine) -> Errand {
        let missing = machine.instances.filter { !$0.backupProblem.isEmpty }
        return Errand(
            name: Self.backup.rawValue,
            title: "Back up all instances",
            verb: "Back up",
            text: "Each instance gets a file of its own, which is restored into a scratch place and compared.",
            facts: missing.map { ($0.name, $0.backupProblem) },
            questions: [
                Question(name: "kinds", label: "Which", kind: .choice(scheduledKinds), value: "both"),
                Question(
                    name: "directory",
                    label: "Directory for the backups",
                    value: machine.backupDirectory,
                    isRequired: true
                ),
                Question(
                    name: "passphrase",
                    label: "Passphrase for the keys in them",
                    kind: .password,
                    isRequired: true
                ),
            ],
            plan: { answers in
                let directory = try answers.requiredPath("directory", "the directory")
                return ManagedPlan(
                    "Back up all instances",
                    .server,
                    "",
                    kinds(answers.text("kinds")).map {
                        ManagedCommand($0, ["backup", "--all", .option("--to", directory)])
                    },
                    secrets: [.passphrase(answers.text("passphrase"))]
                )
            }
        )
    }

    /// - Parameter now: what is scheduled, as `schedule-backups` says it, by kind.
    static func schedule(_ now: [InstanceKind: JSON], directory: String, messages: [(String, String)]) -> Errand {
        let known = now[.server] ?? now[.agent] ?? .null
        func value(_ name: String, _ standard: String) -> String {
            known[name]?.stringValue ?? known[name]?.intValue.map(String.init) ?? standard
        }
        return Errand(
            name: Self.schedule.rawValue,
            title: "Backups every day",
            verb: "Schedule",
            text:
                "Covers all instances, those too that are created later. A timer of systemd does it, or the supervisor "
                + "where there is no systemd.",
            facts: messages,
            questions: [
                Question(
                    name: "what",
                    label: "What is to be done",
                    kind: .choice([
                        ("file", "Back up every day, with the keys wrapped by a passphrase"),
                        ("bare", "Back up every day, without the keys, which are kept elsewhere"),
                        ("off", "Back up no more; backups stay"),
                    ]),
                    value: "file"
                ), Question(name: "kinds", label: "Which", kind: .choice(scheduledKinds), value: "both"),
                Question(name: "directory", label: "Directory for the backups", value: value("directory", directory)),
                Question(
                    name: "file",
                    label: "File with the passphrase",
                    hint: "in its first line; readable for its owner only. The passphrase itself is not asked for here",
                    value: value("passphraseFile", "")
                ), Question(name: "at", label: "Time of day", value: value("at", "02:30")),
                Question(name: "keep", label: "How many backups of each instance to keep", value: value("keep", "14")),
            ],
            plan: { answers in
                var options: [ManagedCommand.Argument] = ["schedule-backups"]
                if answers.text("what") == "off" {
                    options.append("--off")
                } else {
                    let directory = try answers.requiredPath("directory", "the directory")
                    options += [
                        .option("--to", directory), .option("--at", try answers.required("at", "the time")),
                        .option("--keep", try answers.required("keep", "the number of backups")),
                    ]
                    options +=
                        answers.text("what") == "bare"
                        ? ["--without-key"]
                        : [
                            .option(
                                "--passphrase-file",
                                try answers.requiredPath("file", "the file with the passphrase")
                            )
                        ]
                }
                let commands = kinds(answers.text("kinds")).map { ManagedCommand($0, options) }
                return ManagedPlan("Backups every day", .server, "", commands)
            }
        )
    }

    /// - Parameter look: says what a backup holds, after a look at every byte.
    static func restore(
        _ archives: [ArchiveFile],
        look: @escaping @Sendable (String) async throws -> (kind: InstanceKind, name: String, hasKey: Bool)
    ) -> Errand {
        let choices = archives.map { archive in
            let state = archive.isVerified ? "verified" : "not known to be verified"
            return (value: archive.path, label: "\(archive.path) (\(archive.created), \(state))")
        }
        return Errand(
            name: Self.restore.rawValue,
            title: "Restore",
            verb: "Restore",
            text:
                "Brings back an instance from a backup, with its data, settings, identity, users and API keys: run only one "
                + "of the two. An address that is taken is replaced by a free one. An instance of the same name must not "
                + "exist. “Check first” looks at every byte of the file.",
            questions: [
                Question(
                    name: "choice",
                    label: "The backup",
                    kind: .choice(choices + [("", "Another file:")]),
                    value: choices.first?.value ?? ""
                ), Question(name: "file", label: "Path of another file"),
                Question(name: "name", label: "Name of the restored instance", hint: "empty: the name that it had"),
                Question(name: "home", label: "Home directory", hint: "empty: the one that it had"),
                Question(
                    name: "key",
                    label: "Its keys",
                    kind: .choice([
                        ("in", "Are in the backup, wrapped by the passphrase"),
                        ("out", "Are left there; a saved master key is put in place by hand"),
                    ]),
                    value: "in"
                ), Question(name: "passphrase", label: "Passphrase of the backup", kind: .password),
                .check("start", "Start it afterwards"),
            ],
            isQuick: false,
            plan: { answers in
                let chosen = answers.text("choice")
                let file = chosen.isEmpty ? try answers.requiredPath("file", "the backup") : chosen
                let home = try answers.path("home")
                let held = try await look(file)
                let name = answers.text("name").isEmpty ? held.name : answers.text("name")
                var options: [ManagedCommand.Argument] = ["restore", .text(file), .instance("--as")]
                if !home.isEmpty { options += [.option("--home", home)] }
                if answers.text("key") == "out" { options.append("--without-key") }
                let needsPassphrase = held.hasKey && answers.text("key") != "out"
                var plan = ManagedPlan(
                    "Restore: \(held.kind.rawValue) \(name)",
                    held.kind,
                    name,
                    [ManagedCommand(.server, options)],
                    secrets: needsPassphrase ? [.passphrase(answers.text("passphrase"))] : []
                )
                if answers.isOn("start") {
                    plan.commands.append(.named(held.kind, "service", ["--install", "--start"]))
                }
                plan.undone = "The restored instance does not run; it is there."
                return plan
            }
        )
    }
}

/// A backup that was found.
struct ArchiveFile: Sendable, Hashable {
    static let suffix = ".skerry-backup"
    private static let most = 200

    var path: String
    var created: String
    var isVerified: Bool

    /// Those in the directories, the newest first.
    ///
    /// - Parameter verified: paths of those that were verified when they were made.
    static func all(in directories: Set<String>, verified: Set<String>) -> [ArchiveFile] {
        let found = directories.flatMap { directory -> [(Date, String)] in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            return names.filter { $0.hasSuffix(suffix) }.map { name in
                let path = "\(directory)/\(name)"
                let date = (try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate]) as? Date
                return (date ?? .distantPast, path)
            }
        }
        return found.sorted { ($1.0, $0.1) < ($0.0, $1.1) }.prefix(most).map { date, path in
            ArchiveFile(path: path, created: date.formatted(.iso8601), isVerified: verified.contains(path))
        }
    }
}

/// The versions of Skerry that are on this machine, side by side.
struct ProgramVersions: Sendable {
    let root: String
    var current: String?
    var installed: [String]
    /// An upgrade was begun and not ended.
    var wasInterrupted: Bool

    init(_ paths: InstancePaths) {
        let root = paths.programsRoot
        self.root = root
        current = (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/current"))
            .flatMap { $0.split(separator: "/").last.map(String.init) }
        installed = ((try? Directories.names(in: root)) ?? [])
            .filter { !$0.hasPrefix(".") && $0 != "current" && DurableFile.exists("\(root)/\($0)/bin/skerry") }
        wasInterrupted = DurableFile.exists("\(root)/.upgrade.json")
    }

    func directory(_ version: String) -> String { "\(root)/\(version)" }
}

extension String {
    /// As the value of a query.
    var inAddress: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._/"))) ?? ""
    }
}
