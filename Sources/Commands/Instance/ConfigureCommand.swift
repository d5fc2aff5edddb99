import ArgumentParser
import Catalog
import Instances

struct ConfigureCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "configure",
        abstract: "Change the settings of an instance.",
        discussion: """
            Everything is checked before anything is written: the settings together, and against the ports, homes and \
            databases of all other instances. A running instance keeps its old settings until it is restarted.

            Plain HTTP on an address that other machines can reach is refused unless it is permitted explicitly.

            Examples:
              skerry configure --webListenPrefixes http://127.0.0.1:8065/
              skerry configure --instance production --webListenPrefixes https://deploy.example.com:8443/ \\
                --tlsCertificate /etc/ssl/deploy.pem --tlsPrivateKey /etc/ssl/deploy.key
            """
    )

    @OptionGroup var instance: InstanceOptions

    @Option(
        name: .customLong("webListenPrefixes"),
        help: ArgumentHelp(
            "The addresses to listen on, separated by commas. Port 0 takes any free port.",
            valueName: "urls"
        )
    )
    var webListenPrefixes: String?

    @Option(
        name: .customLong("allowPlainHTTP"),
        help: ArgumentHelp("Permit http:// on addresses that other machines can reach.", valueName: "true|false")
    )
    var allowPlainHTTP: Bool?

    @Option(
        name: .customLong("allowLocalGit"),
        help: ArgumentHelp(
            "Permit projects in Git to use repositories on this machine's disk, or over http://.",
            valueName: "true|false"
        )
    )
    var allowLocalGit: Bool?

    @Option(
        name: .customLong("tlsCertificate"),
        help: ArgumentHelp("PEM file of the certificate for https://, with its chain.", valueName: "file")
    )
    var tlsCertificate: String?

    @Option(
        name: .customLong("tlsPrivateKey"),
        help: ArgumentHelp("PEM file of its private key.", valueName: "file")
    )
    var tlsPrivateKey: String?

    @Option(help: ArgumentHelp("The directory for data. Existing data is not moved.", valueName: "dir"))
    var home: String?

    @Option(help: ArgumentHelp("The database file. Existing data is not moved.", valueName: "file"))
    var database: String?

    @Option(
        name: .customLong("firstId"),
        help: ArgumentHelp("The number of the first document of each kind, before any exists.", valueName: "number")
    )
    var firstID: Int?

    @Option(name: .customLong("logLevel"), help: ArgumentHelp("How much is logged.", valueName: "level"))
    var logLevel: String?

    @Option(
        name: .customLong("maxBodyBytes"),
        help: ArgumentHelp("The largest request body accepted.", valueName: "bytes")
    )
    var maxBodyBytes: Int?

    @Option(
        name: .customLong("maxJsonDepth"),
        help: ArgumentHelp("How deep a request's JSON may nest.", valueName: "levels")
    )
    var maxJSONDepth: Int?

    @Option(
        name: .customLong("maxConnections"),
        help: ArgumentHelp("Connections at a time.", valueName: "number")
    )
    var maxConnections: Int?

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let changes = try changes()
        guard !changes.isEmpty else {
            throw CommandFailure(
                .usage,
                "Nothing to change was given. See skerry configure --help, or skerry show-configuration."
            )
        }
        let settings = try context.registry.configure(context.record, changes, isDryRun: dryRun.isOn)
        if !dryRun.isOn, context.registry.overview(of: context.record).state == .running {
            Console.note("The instance is running with its old settings. Restart it to use the new ones.")
        }
        let addresses = settings.webListenPrefixes.map(\.description)
        return CommandResult(
            message:
                "\(dryRun.isOn ? "Would configure" : "Configured") the instance \"\(context.record.name)\": it listens on "
                + "\(addresses.joined(separator: ", ")).",
            instances: [.init(name: context.record.name)],
            data: settings.json
        )
    }

    private func changes() throws -> ConfigurationChanges {
        var changes = ConfigurationChanges()
        changes.webListenPrefixes = try webListenPrefixes.map(ListenPrefix.list)
        changes.allowPlainHTTP = allowPlainHTTP
        changes.allowLocalGit = allowLocalGit
        changes.tlsCertificateFile = tlsCertificate
        changes.tlsPrivateKeyFile = tlsPrivateKey
        changes.home = home
        changes.databaseFile = database
        changes.firstID = firstID
        changes.limits = .init(bodyBytes: maxBodyBytes, jsonDepth: maxJSONDepth, connections: maxConnections)
        changes.logLevel = try logLevel.map(LogLevelOption.level)
        return changes
    }
}

enum LogLevelOption {
    static func level(_ text: String) throws -> InstanceConfiguration.LogLevel {
        guard let level = InstanceConfiguration.LogLevel(rawValue: text) else {
            let known = InstanceConfiguration.LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.usage, "--logLevel: \"\(text)\" is none of \(known).")
        }
        return level
    }
}
