import ArgumentParser
import Instances

struct RenameInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "rename-instance",
            abstract: "Give an instance another name.",
            discussion: """
                Configuration, keys and logs move to directories of the new name; the home with the data stays where it is. \
                A service is stopped for it and made anew under the new name, and runs and starts with the machine as it did; \
                drop-ins of a systemd unit follow. An instance that was started by hand has to be stopped first. If the \
                command is interrupted, run it again.

                Example:
                  \(Program.name) rename-instance --instance staging --new-name "Staging and Production"
                """
        )
    }

    @OptionGroup var instance: InstanceOptions

    @Option(name: .customLong("new-name"), help: "The new name, unlike all others.")
    var newName: String

    @Option(help: ArgumentHelp("How long the start or the stop of its service may take.", valueName: "seconds"))
    var timeout = 60

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout takes 1 to 3600 seconds.") }
    }

    func perform() async throws -> CommandResult {
        let name = try InstanceName(newName)
        let context = try InstanceContext(named: instance.instance, renamedTo: newName)
        let before = context.record
        let manager = try ServiceManagers.standard(for: context.registry)
        let renaming = InstanceRenaming(
            control: ServiceControl(registry: context.registry, manager: manager, patience: timeout)
        )
        if dryRun.isOn {
            let service = try await renaming.preview(before, to: newName)
            return CommandResult(
                message:
                    "Would rename the instance \"\(before.name)\" to \"\(name)\" (files named \(name.slug)); \(service).",
                instances: [.init(name: before.name)]
            )
        }
        let (record, service) = try await renaming.run(before, to: newName)
        return CommandResult(
            message: "Renamed the instance \"\(before.name)\" to \"\(record.name)\"; \(service).",
            instances: [.init(name: record.name)],
            data: record.json()
        )
    }
}
