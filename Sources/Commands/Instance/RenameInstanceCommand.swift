import ArgumentParser
import Instances

struct RenameInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "rename-instance",
            abstract: "Give an instance another name.",
            discussion: """
                Configuration, keys and logs move to directories of the new name; the home with the data stays where it is. \
                The instance must be stopped and have no service. If the command is interrupted, run it again.

                Example:
                  \(Program.name) rename-instance --instance staging --new-name "Staging and Production"
                """
        )
    }

    @OptionGroup var instance: InstanceOptions

    @Option(name: .customLong("new-name"), help: "The new name, unlike all others.")
    var newName: String

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let name = try InstanceName(newName)
        if dryRun.isOn {
            try context.registry.checkRename(context.record, to: newName)
            return CommandResult(
                message:
                    "Would rename the instance \"\(context.record.name)\" to \"\(name)\" (files named \(name.slug)).",
                instances: [.init(name: context.record.name)]
            )
        }
        let record = try context.registry.rename(context.record, to: newName)
        return CommandResult(
            message: "Renamed the instance \"\(context.record.name)\" to \"\(record.name)\".",
            instances: [.init(name: record.name)],
            data: record.json()
        )
    }
}
