import ArgumentParser
import Backup
import Instances

struct SetMasterKeyCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-master-key",
        abstract: "Put the saved master key of an instance back, after a look whether it is the right one.",
        discussion: """
            Reads the key, as show-master-key printed it, from standard input. A key that the database was not sealed \
            with is refused and nothing is changed. To get a new key use rotate-master-key.

            Example:
              skerry set-master-key --instance production < saved-key
            """
    )

    @OptionGroup var instance: InstanceOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let text = try PasswordSource.firstLine("Expected the master key")
        let recovery = MasterKeyRecovery(record: context.record, registry: context.registry)
        try await recovery.put(text, isDryRun: dryRun.isOn)
        return CommandResult(
            message: dryRun.isOn
                ? "This is the master key of \"\(context.record.name)\"; it would be put in its place."
                : "The master key of \"\(context.record.name)\" is in its place.",
            instances: [.init(name: context.record.name)]
        )
    }
}
