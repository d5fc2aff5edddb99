import ArgumentParser
import Catalog
import Instances

struct DeleteInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "delete-instance",
            abstract: "Delete an instance; its data stays unless --purge is given.",
            discussion: """
                By default the registration and the configuration file are removed; the home with the database, the master \
                key and the logs stay, and the command says where. Creating an instance of the same name takes them over. \
                With --purge they are removed too, for ever. A running instance is not deleted: stop it first.

                Examples:
                  \(Program.name) delete-instance --instance staging --dry-run
                  \(Program.name) delete-instance --instance staging
                  \(Program.name) delete-instance --instance staging --purge
                """
        )
    }

    @Option(help: "The name of the instance. It has no default here.")
    var instance: String

    @Flag(name: .customLong("keep-data"), help: "Leave home, master key and logs. This is what happens anyway.")
    var keepsData = false

    @Flag(help: "Remove home, database, master key and logs too. Nothing brings them back.")
    var purge = false

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if keepsData && purge {
            throw ValidationError("--keep-data and --purge contradict each other. Give one of them.")
        }
    }

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        let record = try registry.resolve(option: instance, variable: nil).record
        let level: InstanceDeletion.Level = purge ? .purge : .keepData
        let deletion =
            dryRun.isOn ? try registry.deletion(of: record, level: level) : try registry.delete(record, level: level)
        let message = (dryRun.isOn ? "Would delete" : "Deleted") + " the instance \"\(record.name)\"."
        var lines = [message] + deletion.removed.map { "  \(dryRun.isOn ? "would remove" : "removed") \($0)" }
        lines += deletion.kept.map { "  \(dryRun.isOn ? "would keep" : "kept") \($0)" }
        if !deletion.kept.isEmpty, !dryRun.isOn {
            lines.append("\(Program.name) create-instance --instance \(record.slug) would use what was kept again.")
        }
        return CommandResult(
            message: message,
            text: lines.joined(separator: "\n"),
            instances: [.init(name: record.name)],
            data: ["removed": JSON(deletion.removed), "kept": JSON(deletion.kept), "dryRun": .bool(dryRun.isOn)]
        )
    }
}
