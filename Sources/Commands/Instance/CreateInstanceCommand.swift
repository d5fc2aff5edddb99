import ArgumentParser
import Catalog
import Instances

struct CreateInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "create-instance",
            abstract: Program.kind == .server
                ? "Create a server instance: its configuration, home and master key."
                : "Create an agent instance: its configuration, home and identity.",
            discussion: """
                The first instance may go without a name: it is called main and becomes the default. Every further one needs \
                a name; it gets the next free port. If the command is interrupted, run it again: it completes \
                what is missing and changes nothing that is there. A valid configuration file that is already in place is \
                taken over.

                Examples:
                  \(Program.name) create-instance
                  \(Program.name) create-instance --instance "Staging and Production" --home /srv/skerry/production
                """
        )
    }

    @Option(help: "The name of the new instance: 1 to 100 printable characters, unlike all others.")
    var instance: String?

    @Option(help: ArgumentHelp("Where the configuration file is, or will be written.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The directory for the instance's data.", valueName: "dir"))
    var home: String?

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        let creation = InstanceCreation(name: instance, configurationFile: config, home: home)
        if dryRun.isOn { return planned(try registry.plan(creation)) }
        let record = try registry.create(creation)
        return created(record, try registry.settings(of: record))
    }

    private func planned(_ plan: (record: InstanceRecord, settings: InstanceSettings)) -> CommandResult {
        CommandResult(
            message: "Would create the instance \"\(plan.record.name)\".",
            text: "Would create the instance \(plan.record.name)\n" + facts(plan.record, plan.settings),
            instances: [.init(name: plan.record.name)],
            data: plan.record.json(with: ["settings": plan.settings.json, "dryRun": true])
        )
    }

    private func facts(_ record: InstanceRecord, _ settings: InstanceSettings) -> String {
        """
          configuration  \(record.configurationFile)
          home           \(record.home)
          address        \(settings.addresses.map(\.description).joined(separator: ", "))
        """
    }

    private func created(_ record: InstanceRecord, _ settings: InstanceSettings) -> CommandResult {
        let option = record.isDefault ? "" : " --instance \(record.slug)"
        let next =
            switch Program.kind {
            case .server:
                """
                  skerry configure\(option) --webListenPrefixes http://127.0.0.1:PORT/   (for another address)
                  skerry admin\(option) --username admin
                  skerry run\(option)
                Save the master key in a safe place; without it a backup's secrets cannot be read:
                  skerry show-master-key\(option)
                """
            case .agent:
                """
                  skerry-agent show-thumbprint\(option)   (for the server)
                  skerry-agent configure\(option) --trust THUMBPRINT-OF-THE-SERVER
                  skerry-agent service\(option) --install --start
                """
            }
        let name = Console.painted(record.name, .bold)
        return CommandResult(
            message: "Created the instance \"\(record.name)\".",
            text: """
                Created the instance \(name)\(record.isDefault ? ", the default one" : "").
                \(facts(record, settings))

                Next:
                \(next)
                """,
            instances: [.init(name: record.name)],
            data: record.json(with: [
                settings.addressesKey: JSON(settings.addresses.map(\.description)), "settings": settings.json,
            ])
        )
    }
}

extension InstanceSettings {
    fileprivate var addressesKey: String {
        switch self {
        case .server: "webListenPrefixes"
        case .agent: "addresses"
        }
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
