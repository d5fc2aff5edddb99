import ArgumentParser
import Catalog
import Instances

struct SetDefaultInstanceCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-default-instance",
        abstract: "Choose the instance that commands use when none is named.",
        discussion: """
            The first instance is the default until another is chosen here; creating more changes nothing.

            Example:
              skerry set-default-instance --instance production
            """
    )

    @Option(help: "The name of the instance.")
    var instance: String

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let record = try InstanceContext.registry().setDefault(instance)
        return CommandResult(
            message: "The default instance is \"\(record.name)\".",
            instances: [.init(name: record.name)],
            data: record.json()
        )
    }
}
