import ArgumentParser
import Catalog
import Instances

struct ForgetInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "forget-instance",
            abstract: "Remove an instance from the list and touch none of its files.",
            discussion: """
                For an instance whose files are gone, or that moved to another machine. What is left on the disk is named. \
                To delete an instance, see \(Program.name) delete-instance.

                Example:
                  \(Program.name) forget-instance --instance old
                """
        )
    }

    @Option(help: "The name of the instance. It has no default here.")
    var instance: String

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(named: instance)
        let left = dryRun.isOn ? [] : try context.registry.forget(context.record)
        let message = "\(dryRun.isOn ? "Would forget" : "Forgot") the instance \"\(context.record.name)\"."
        return CommandResult(
            message: message,
            text: ([message] + left.map { "  left: \($0)" }).joined(separator: "\n"),
            instances: [.init(name: context.record.name)],
            data: ["left": JSON(left), "dryRun": .bool(dryRun.isOn)]
        )
    }
}
