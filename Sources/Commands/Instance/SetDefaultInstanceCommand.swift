import ArgumentParser
import Catalog
import Instances

struct SetDefaultInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "set-default-instance",
            abstract: "Choose the instance that commands use when none is named.",
            discussion: """
                The first instance is the default until another is chosen here; creating more changes nothing.

                Example:
                  \(Program.name) set-default-instance --instance production
                """
        )
    }

    @Option(help: "The name of the instance.")
    var instance: String

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        if dryRun.isOn {
            let record = try InstanceContext(named: instance).record
            return CommandResult(
                message: "Would make \"\(record.name)\" the default instance.",
                instances: [.init(name: record.name)],
                data: record.json()
            )
        }
        let record = try InstanceContext.registry().setDefault(instance)
        return CommandResult(
            message: "The default instance is \"\(record.name)\".",
            instances: [.init(name: record.name)],
            data: record.json()
        )
    }
}
