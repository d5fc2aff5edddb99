import ArgumentParser
import Backup
import Foundation
import Instances

struct SetMasterKeyCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-master-key",
        abstract: "Put the saved master key of an instance back, after a look whether it is the right one.",
        discussion: """
            Reads the key, as show-master-key printed it, from the first line of a file, from SKERRY_MASTER_KEY or from \
            standard input. A key that the database was not sealed with is refused and nothing is changed. To get a new \
            key use rotate-master-key.

            Examples:
              skerry set-master-key --instance production < saved-key
              skerry set-master-key --instance production --from-file /media/safe/production.key
            """
    )

    @Option(
        name: .customLong("from-file"),
        help: ArgumentHelp(
            "A file whose first line is the key.",
            discussion: "Without it: SKERRY_MASTER_KEY, else the first line of standard input.",
            valueName: "file"
        )
    )
    var file: String?

    @OptionGroup var instance: InstanceOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let text = try key()
        let recovery = MasterKeyRecovery(record: context.record, registry: context.registry)
        try await recovery.put(text, isDryRun: dryRun.isOn)
        return CommandResult(
            message: dryRun.isOn
                ? "This is the master key of \"\(context.record.name)\"; it would be put in its place."
                : "The master key of \"\(context.record.name)\" is in its place.",
            instances: [.init(name: context.record.name)]
        )
    }

    private func key() throws -> String {
        if let file {
            guard let line = FirstLine.of(file: file) else {
                throw CommandFailure(.failed, "--from-file: \(file) has no first line that can be read.")
            }
            return line
        }
        if let value = ProcessInfo.processInfo.environment["SKERRY_MASTER_KEY"], !value.isEmpty { return value }
        return try PasswordSource.firstLine("Expected the master key")
    }
}
