import ArgumentParser
import Catalog
import Instances

struct CreateInstanceCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-instance",
        abstract: "Create a server instance: its configuration, home and master key.",
        discussion: """
            The first instance may go without a name: it is called main and becomes the default. Every further one needs \
            a name; it gets the next free port from 8065 on. If the command is interrupted, run it again: it completes \
            what is missing and changes nothing that is there. A valid configuration file that is already in place is \
            taken over.

            Examples:
              skerry create-instance
              skerry create-instance --instance "Staging and Production" --home /srv/skerry/production
            """
    )

    @Option(help: "The name of the new instance: 1 to 100 printable characters, unlike all others.")
    var instance: String?

    @Option(help: ArgumentHelp("Where the configuration file is, or will be written.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The directory for the instance's data.", valueName: "dir"))
    var home: String?

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        let record = try registry.create(InstanceCreation(name: instance, configurationFile: config, home: home))
        let settings = try registry.configuration(of: record)
        let option = record.isDefault ? "" : " --instance \(record.slug)"
        let addresses = settings.webListenPrefixes.map(\.description)
        return CommandResult(
            message: "Created the instance \"\(record.name)\".",
            text: """
                Created the instance \(Console.painted(record.name, .bold))\(record.isDefault ? ", the default one" : "").
                  configuration  \(record.configurationFile)
                  home           \(record.home)
                  address        \(addresses.joined(separator: ", "))

                Next:
                  skerry configure\(option) --webListenPrefixes http://127.0.0.1:PORT/   (for another address)
                  skerry admin\(option) --username admin
                  skerry run\(option)
                Save the master key in a safe place; without it a backup's secrets cannot be read:
                  skerry show-master-key\(option)
                """,
            instances: [.init(name: record.name)],
            data: record.json(with: ["webListenPrefixes": JSON(addresses)])
        )
    }
}

extension InstanceRecord {
    /// What commands say of an instance in JSON.
    func json(with more: JSONObject = [:]) -> JSON {
        var object: JSONObject = [
            "name": .string(name), "slug": .string(slug), "isDefault": .bool(isDefault),
            "configurationFile": .string(configurationFile), "home": .string(home), "user": .string(user),
        ]
        for (key, value) in more { object[key] = value }
        return .object(object)
    }
}
