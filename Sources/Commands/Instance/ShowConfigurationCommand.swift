import ArgumentParser
import Catalog
import Instances

struct ShowConfigurationCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show-configuration",
            abstract: "Show the settings of an instance; no secret is among them.",
            discussion: """
                Prints the instance's settings as JSON, with the places of its files.

                Examples:
                  \(Program.name) show-configuration
                  \(Program.name) show-configuration --instance production --format json
                """
        )
    }

    @OptionGroup var instance: InstanceOptions
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let settings = try context.registry.settings(of: context.record)
        var shown = settings.json
        if case .server(let server) = settings { shown["database"] = .string(server.databasePath) }
        shown["instance"] = context.record.json()
        return CommandResult(
            message: "The configuration of the instance \"\(context.record.name)\".",
            text: shown.prettyText(),
            instances: [.init(name: context.record.name)],
            data: shown
        )
    }
}
