import ArgumentParser
import Backup
import Catalog
import Foundation
import Instances

struct RestoreCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore instances from a backup, on this machine or another.",
        discussion: """
            The whole file is checked before anything is written. Without --instance all instances of the backup are \
            restored. An instance of the same name must not exist; with --as it is restored under another name, and a \
            taken address is replaced by a free one. If the command is interrupted, run it again.

            Examples:
              skerry restore all.skerry-backup --list
              skerry restore all.skerry-backup --passphrase-file /root/backup.pass
              skerry restore all.skerry-backup --instance production --as "Production copy"
            """
    )

    @Argument(help: ArgumentHelp("The backup.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Only this instance of the backup.", valueName: "name"))
    var instance: String?

    @Option(name: .customLong("as"), help: ArgumentHelp("The name for the restored instance.", valueName: "name"))
    var newName: String?

    @Option(help: ArgumentHelp("The directory for its data, which must be empty or not there.", valueName: "dir"))
    var home: String?

    @Flag(help: "Only check the file and list what it holds.") var list = false

    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let path = URL(filePath: file).standardizedFileURL.path
        let manifest = try BackupRestoring.manifest(of: path)
        if list { return listing(manifest) }
        let chosen = try chosen(of: manifest)
        let needsKey = chosen.contains(where: \.hasKey)
        let secret = needsKey ? try passphrase.required() : nil
        var outcomes: [CommandResult.InstanceOutcome] = []
        for instance in chosen {
            let registry = InstanceRegistry(paths: try InstancePaths.current(), kind: instance.kind)
            let outcome = try BackupRestoring(
                archive: path,
                registry: registry,
                passphrase: secret,
                newName: newName,
                home: home
            ).run(instance)
            let notices = outcome.notices.map { "; \($0)" }.joined()
            outcomes.append(.init(name: outcome.record.name, message: "restored to \(outcome.record.home)\(notices)"))
        }
        return CommandResult(
            message: "Restored \(outcomes.count) instance\(outcomes.count == 1 ? "" : "s").",
            text: outcomes.map { "\($0.name): \($0.message)" }.joined(separator: "\n"),
            instances: outcomes
        )
    }

    private func chosen(of manifest: BackupManifest) throws -> [BackupManifest.Instance] {
        guard let instance else {
            guard manifest.instances.count == 1 || (newName == nil && home == nil) else {
                throw CommandFailure(.usage, "The backup holds several instances: say which with --instance.")
            }
            return manifest.instances
        }
        let slug = try InstanceName(instance).slug
        let found = manifest.instances.filter { $0.slug == slug }
        guard !found.isEmpty else {
            throw BackupError.notInArchive(name: instance, known: manifest.instances.map(\.name))
        }
        return found
    }

    private func listing(_ manifest: BackupManifest) -> CommandResult {
        let lines = manifest.instances.map { instance in
            "  \(instance.name): \(instance.rows["documents"] ?? 0) documents, \(instance.files) files, "
                + "\(instance.bytes) bytes, \(instance.hasKey ? "with" : "without") its master key"
        }
        let head =
            "Made \(manifest.created.formatted(.iso8601)) by skerry \(manifest.version); every byte is as written."
        return CommandResult(
            message: head,
            text: ([head] + lines).joined(separator: "\n"),
            instances: manifest.instances.map { .init(name: $0.name) }
        )
    }
}
