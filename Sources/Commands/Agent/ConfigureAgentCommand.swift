import ArgumentParser
import Catalog
import Instances

struct ConfigureAgentCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "configure",
        abstract: "Change the settings of an agent.",
        discussion: """
            Everything is checked before anything is written, also against the ports, homes and application directories \
            of all other instances and the ports that other programs listen on now. A running agent keeps its old \
            settings until it is restarted.

            Examples:
              skerry-agent configure --instance "My Agent" --port 10934 --app /srv/applications/my-agent
              skerry-agent configure --trust 0F2A…  --trust 77B1…
              skerry-agent configure --reset-trust --noListen true
            """
    )

    @OptionGroup var instance: InstanceOptions

    @Option(
        name: [.customLong("home"), .customLong("homedir")],
        help: ArgumentHelp("The directory for the agent's own data. Existing data is not moved.", valueName: "dir")
    )
    var home: String?

    @Option(
        name: [.customLong("app"), .customLong("appdir")],
        help: ArgumentHelp("The directory that applications are installed below.", valueName: "dir")
    )
    var applications: String?

    @Option(help: ArgumentHelp("The TCP port to listen on; 0 takes any free one.", valueName: "port"))
    var port: Int?

    @Option(
        name: .customLong("listenIpAddress"),
        help: ArgumentHelp("The address to listen on: one of this machine, or any.", valueName: "any|address")
    )
    var listenAddress: String?

    @Option(
        name: .customLong("noListen"),
        help: ArgumentHelp("Take no connections.", valueName: "true|false")
    )
    var isDeaf: Bool?

    @Option(help: ArgumentHelp("Trust the server with this certificate. Repeatable.", valueName: "thumbprint"))
    var trust: [String] = []

    @Option(
        name: .customLong("remove-trust"),
        help: ArgumentHelp("Trust the server with this certificate no longer. Repeatable.", valueName: "thumbprint")
    )
    var removedTrust: [String] = []

    @Flag(name: .customLong("reset-trust"), help: "Trust no server but those that --trust names now.")
    var resetsTrust = false

    @Option(name: .customLong("logLevel"), help: ArgumentHelp("How much is logged.", valueName: "level"))
    var logLevel: String?

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let changes = try changes()
        guard !changes.isEmpty else {
            throw CommandFailure(
                .usage,
                "Nothing to change was given. See skerry-agent configure --help, or skerry-agent show-configuration."
            )
        }
        return try context.configureAgent(changes, isDryRun: dryRun.isOn)
    }

    private func changes() throws -> AgentChanges {
        var changes = AgentChanges()
        changes.home = home
        changes.applicationDirectory = applications
        changes.port = port
        changes.listenAddress = listenAddress
        changes.isDeaf = isDeaf
        changes.logLevel = try logLevel.map(LogLevelOption.level)
        changes.trust.isReset = resetsTrust
        changes.trust.removed = try removedTrust.map { try ThumbprintOption.thumbprint($0, "--remove-trust") }
        changes.trust.added = try trust.map { .init(thumbprint: try ThumbprintOption.thumbprint($0, "--trust")) }
        return changes
    }
}

extension InstanceContext {
    /// Changes an agent's settings, and says what they are now.
    func configureAgent(_ changes: AgentChanges, isDryRun: Bool) throws -> CommandResult {
        let settings = try registry.configure(record, changes, isDryRun: isDryRun)
        if !isDryRun, registry.overview(of: record).state == .running {
            Console.note("The agent is running with its old settings. Restart it to use the new ones.")
        }
        let trusted = settings.trustedServers.count
        return CommandResult(
            message: "\(isDryRun ? "Would configure" : "Configured") the instance \"\(record.name)\": "
                + (settings.address.map { "it listens on \($0.url)" } ?? "it takes no connections")
                + " and trusts \(trusted) server\(trusted == 1 ? "" : "s").",
            instances: [.init(name: record.name)],
            data: settings.json
        )
    }
}

enum ThumbprintOption {
    static func thumbprint(_ text: String, _ option: String) throws -> Thumbprint {
        guard let thumbprint = Thumbprint(text) else {
            throw CommandFailure(.usage, "\(option): expected the 40 hexadecimal digits of a certificate's thumbprint.")
        }
        return thumbprint
    }
}
