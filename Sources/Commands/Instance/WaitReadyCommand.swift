import ArgumentParser
import Instances

struct WaitReadyCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "wait-ready",
            abstract: "Wait until an instance answers requests.",
            discussion: """
                Exit code 0 as soon as it does, 8 when the time is over.

                Example:
                  \(Program.name) run --instance production & \(Program.name) wait-ready --instance production --timeout 20
                """
        )
    }

    @Option(help: ArgumentHelp("How long to wait.", valueName: "seconds"))
    var timeout = 60

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...86_400).contains(timeout) else { throw ValidationError("--timeout takes 0 to 86400 seconds.") }
    }

    func perform() async throws -> CommandResult {
        let begin = ContinuousClock.now
        return try await selection.each("Ready.") { context in
            while true {
                let row = context.registry.overview(of: context.record)
                if row.state == .running { return "ready at \(row.addresses.joined(separator: ", "))" }
                if let problem = row.problem { throw problem }
                guard ContinuousClock.now - begin < .seconds(timeout) else {
                    throw InstanceError.startTimedOut(name: context.record.name, seconds: timeout)
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
