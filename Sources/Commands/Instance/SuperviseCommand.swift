import ArgumentParser
import Foundation
import Instances
import Server
import UnixSignals

struct SuperviseCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "supervise",
            abstract: "Keep the instances of this machine running, where there is no systemd.",
            discussion: """
                Runs until SIGTERM or SIGINT, then stops the instances. It starts every instance whose service was started \
                (\(Program.name) service --install --start) and starts again those that end by themselves, later each time; one that \
                ends five times right after its start is given up until it is started again. SIGUSR2 stops the instances, \
                too, and goes on as the program that is installed now, in the same process. In a container this is the \
                command to run:

                  \(Program.name) supervise
                """
        )
    }

    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        let supervisor = try Supervisor(
            registry: try InstanceContext.registry(),
            program: ServiceManagers.program,
            version: SkerryVersion.current
        ) { text in
            Console.note("\(Date.now.formatted(.iso8601)) \(text)")
        }
        let signal = await untilSignalled(.sigterm, .sigint, .sigusr2) { await supervisor.run() }
        if signal == .sigusr2 {
            Console.note("\(Date.now.formatted(.iso8601)) going on as \(ServiceManagers.program)")
            try supervisor.becomeCurrentProgram()
        }
        return CommandResult(message: "The supervisor has stopped its instances.")
    }
}
