import ArgumentParser
import Backup
import Catalog
import Instances
import Server

struct CloneInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "clone-instance",
            abstract: "Make a second instance from a first one, which may go on running.",
            discussion: """
                The clone has the documents, users and settings of the first, and is an instance of its own: its own name, \
                home, port, master key and identity. API keys and sessions of the first are not valid in it; users keep \
                their passwords. If the command is interrupted, run it again.

                Example:
                  \(Program.name) clone-instance --from production --instance "Production copy"
                """
        )
    }

    @Option(help: ArgumentHelp("The instance to copy.", valueName: "name"))
    var from: String

    @Option(help: ArgumentHelp("The name of the new instance.", valueName: "name"))
    var instance: String

    @Option(help: ArgumentHelp("The directory for its data.", valueName: "dir"))
    var home: String?

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(named: from)
        let cloning = InstanceCloning(
            record: context.record,
            registry: context.registry,
            newName: instance,
            home: home,
            version: SkerryVersion.current
        )
        if dryRun.isOn {
            try cloning.check()
            return CommandResult(message: "Would clone \"\(context.record.name)\" as \"\(instance)\".")
        }
        let done = try await cloning.run()
        let notices = done.notices.map { "\n  \($0)" }.joined()
        return CommandResult(
            message: "Cloned \"\(context.record.name)\" as \"\(done.name)\".",
            text: """
                Cloned "\(context.record.name)" as "\(done.name)".
                  home     \(done.home)
                  address  \(done.addresses.joined(separator: ", "))\(notices)

                Next:
                  \(Program.name) service --install --start --instance \(done.slug)
                """,
            instances: [.init(name: done.name)],
            data: ["home": .string(done.home), "slug": .string(done.slug)]
        )
    }
}
