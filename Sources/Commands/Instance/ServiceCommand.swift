import ArgumentParser
import Instances

struct ServiceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "service",
            abstract: "Install, start and stop the service of an instance.",
            discussion: """
                With systemd each instance is a unit of its own (skerry-server-NAME.service), of the machine for root and of \
                the user for everybody else. Without systemd, as in containers, Skerry's own supervisor keeps the instances \
                that were started: \(Program.name) supervise runs it, and --start begins it when it is not there yet.

                Several flags are carried out in the order restart, stop, uninstall, install, reconfigure, start, however \
                they are written. Each is waited for: the command ends when the instance really runs, or really has stopped.

                Examples:
                  \(Program.name) service --install --start
                  \(Program.name) service --stop --start --instance "My Server"
                  \(Program.name) service --install --user deploy --fix --instance production
                  \(Program.name) service --restart --all
                """
        )
    }

    @Flag(help: "Make the service; it starts with the machine once it was started.") var install = false
    @Flag(help: "Stop and remove the service. The instance and its data stay.") var uninstall = false
    @Flag(help: "Make the service anew, after the instance or the program has changed.") var reconfigure = false
    @Flag(help: "Start the instance and wait until it answers.") var start = false
    @Flag(help: "Stop the instance and wait until it has ended.") var stop = false
    @Flag(help: "Stop, then start.") var restart = false

    @Option(
        name: [.customLong("user"), .customLong("username")],
        help: ArgumentHelp("The Unix account that the instance runs as. For root only.", valueName: "account")
    )
    var user: String?

    @Flag(help: "Give the instance's files to its account. For root only.") var fix = false

    @Option(help: ArgumentHelp("How long a start or a stop may take.", valueName: "seconds"))
    var timeout = 60

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    private var actions: [ServiceAction] {
        let wanted: [ServiceAction: Bool] = [
            .restart: restart, .stop: stop, .uninstall: uninstall, .install: install, .reconfigure: reconfigure,
            .start: start,
        ]
        return ServiceAction.allCases.filter { wanted[$0] == true }
    }

    func validate() throws {
        if actions.isEmpty, user == nil, !fix {
            throw ValidationError(
                "Say what to do: --install, --uninstall, --reconfigure, --start, --stop or --restart."
            )
        }
        guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout takes 1 to 3600 seconds.") }
    }

    func perform() async throws -> CommandResult {
        try await selection.each("Done.") { context in
            if dryRun.isOn { return try plan(context) }
            var record = context.record
            var done: [String] = []
            if user != nil || fix {
                record = try context.registry.setUser(record, user ?? record.user, giveFiles: fix)
                done.append("runs as \(record.user)")
            }
            let control = ServiceControl(
                registry: context.registry,
                manager: try ServiceManagers.standard(for: context.registry),
                patience: timeout
            )
            for action in actions { done.append(try await control.perform(action, record)) }
            return done.joined(separator: ", ")
        }
    }

    private func plan(_ context: InstanceContext) throws -> String {
        if let user { try context.registry.checkUser(user) }
        let account = user.map { ["run as \($0)"] } ?? []
        let files = fix ? ["give the files to \(user ?? context.record.user)"] : []
        return "would " + (account + files + actions.map(\.rawValue)).joined(separator: ", then ")
    }
}
