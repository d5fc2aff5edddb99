import ArgumentParser
import Catalog
import Instances

struct LivezCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "livez",
        abstract: "Say whether an agent is alive: it has shown so within the last minute.",
        discussion: """
            For the health checks of containers. A running agent leaves a sign of life every ten seconds. Exit code 1 \
            when the last is older than --max-age, or when the agent does not run.

            Example:
              skerry-agent livez --max-age 30
            """
    )

    @Option(name: .customLong("max-age"), help: ArgumentHelp("How old the last may be.", valueName: "seconds"))
    var maxAge = 60.0

    @OptionGroup var instance: InstanceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard maxAge > 0, maxAge <= 86_400 else { throw ValidationError("--max-age takes 1 to 86400 seconds.") }
    }

    func perform() async throws -> CommandResult {
        let context = try InstanceContext(instance)
        let name = context.record.name
        guard let age = context.registry.secondsSinceBeat(context.record.slug) else {
            throw CommandFailure(.failed, "The agent \"\(name)\" does not run.")
        }
        let text = "\((age * 10).rounded() / 10) seconds ago"
        guard age <= maxAge else {
            throw CommandFailure(.failed, "The agent \"\(name)\" has shown no sign of life since \(text).")
        }
        return CommandResult(
            message: "The agent \"\(name)\" was alive \(text).",
            instances: [.init(name: name)],
            data: ["milliseconds": .int(Int(age * 1_000))]
        )
    }
}
