import ArgumentParser
import Backup
import Catalog
import Foundation
import Instances

struct RestoreCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "restore",
            abstract: "Restore instances from backups, on this machine or another.",
            discussion: """
                Each file is checked as a whole before anything is written. An instance is restored under its name, to the \
                directory that it had; an address that is taken is replaced by a free one. An instance of the same name must \
                not exist: delete it first, or restore under another name with --as. Nothing is started. If the command is \
                interrupted, run it again.

                A restored instance is the one that was backed up, with its identity, users and API keys: run only one of \
                them. For a second one of its own use clone-instance.

                Examples:
                  \(Program.name) restore main.skerry-backup --list
                  \(Program.name) restore /mnt/backups/*.skerry-backup --passphrase-file /root/backup.pass
                  \(Program.name) restore production.skerry-backup --as "Production of Monday"

                import-instance is another name of this command.
                """,
            aliases: ["import-instance"]
        )
    }

    @Argument(help: ArgumentHelp("The backups, one for each instance.", valueName: "file"))
    var files: [String]

    @Option(
        name: [.customLong("as"), .customLong("instance")],
        help: ArgumentHelp("The name for the restored instance.", valueName: "name")
    )
    var newName: String?

    @Option(help: ArgumentHelp("The directory for its data, which must be empty or not there.", valueName: "dir"))
    var home: String?

    @Flag(help: "Only check the files and list what they hold.") var list = false

    @Flag(
        name: .customLong("without-key"),
        help: "Leave the master key in the backup; the one that was saved elsewhere has to be put in its place."
    )
    var withoutKey = false

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if files.count > 1, newName != nil || home != nil {
            throw ValidationError("--as and --home are for one backup at a time.")
        }
    }

    func perform() async throws -> CommandResult {
        if list { return try listing(files.map { try BackupArchive(path: path($0)).manifest }) }
        var secret: String?
        var outcomes: [CommandResult.InstanceOutcome] = []
        for file in files {
            do {
                let archive = try BackupArchive(path: path(file))
                if archive.manifest.instance.hasKey, !withoutKey { secret = try secret ?? passphrase.required() }
                outcomes.append(try restore(archive, secret))
            } catch let problem where files.count > 1 {
                // One that cannot be restored does not keep the others.
                outcomes.append(.init(name: file, ok: false, message: "\(problem)"))
            }
        }
        let failed = outcomes.count { !$0.ok }
        let exit: SkerryExit = failed == 0 ? .ok : failed == outcomes.count ? .failed : .partialSuccess
        let verb = dryRun.isOn ? "Would restore" : "Restored"
        return CommandResult(
            code: exit.rawValue,
            message: failed == 0
                ? "\(verb) \(outcomes.map(\.name).joined(separator: ", "))."
                : "\(failed) of \(outcomes.count) backups cannot be restored.",
            text: outcomes.map { "\($0.name): \($0.ok ? $0.message : Console.painted($0.message, .red))" }
                .joined(separator: "\n"),
            instances: outcomes,
            data: ["dryRun": .bool(dryRun.isOn)]
        )
    }

    private func path(_ file: String) -> String { URL(filePath: file).standardizedFileURL.path }

    private func restore(_ archive: BackupArchive, _ secret: String?) throws -> CommandResult.InstanceOutcome {
        let kind = archive.manifest.instance.kind
        let restoring = BackupRestoring(
            archive: archive,
            registry: InstanceRegistry(paths: try InstancePaths.current(), kind: kind),
            passphrase: archive.manifest.instance.hasKey ? secret : nil,
            newName: newName,
            home: home
        )
        let done = dryRun.isOn ? try restoring.preview() : try restoring.run()
        let verb = dryRun.isOn ? "would be restored" : "restored"
        let notices = done.notices.map { "; \($0)" }.joined()
        let addresses = done.addresses.joined(separator: ", ")
        return .init(name: done.name, message: "\(verb) to \(done.home), address \(addresses)\(notices)")
    }

    private func listing(_ manifests: [BackupManifest]) -> CommandResult {
        let lines = manifests.map { manifest in
            let instance = manifest.instance
            return "\(instance.name): \(instance.rows["documents"] ?? 0) documents, \(instance.files) files, "
                + "\(instance.databaseBytes + instance.bytes) bytes, "
                + "\(instance.hasKey ? "with" : "without") its master key; "
                + "made \(manifest.created.formatted(.iso8601)) by skerry \(manifest.version)"
        }
        return CommandResult(
            message: "Every byte is as it was written.",
            text: (lines + ["Every byte is as it was written."]).joined(separator: "\n"),
            instances: manifests.map { .init(name: $0.instance.name) },
            data: .array(
                manifests.map {
                    [
                        "kind": .string($0.instance.kind.rawValue), "name": .string($0.instance.name),
                        "created": .string($0.created.formatted(.iso8601)),
                        "version": .string($0.version), "home": .string($0.instance.home),
                        "hasKey": .bool($0.instance.hasKey), "documents": .int($0.instance.rows["documents"] ?? 0),
                        "files": .int($0.instance.files),
                        "bytes": .int($0.instance.databaseBytes + $0.instance.bytes),
                    ]
                }
            )
        )
    }
}
