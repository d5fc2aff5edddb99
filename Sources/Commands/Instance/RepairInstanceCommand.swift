import ArgumentParser
import Catalog
import Instances

struct RepairInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "repair-instance",
            abstract: "Make what a broken instance needs to start again.",
            discussion: """
                Missing directories are made, and a configuration that is missing or cannot be read is replaced by one with \
                default settings and a free port; the damaged file is kept beside it. Data is not touched. A lost master key \
                cannot be made again: put it back from where it was saved.

                Examples:
                  \(Program.name) repair-instance --instance staging --dry-run
                  \(Program.name) repair-instance --all
                """
        )
    }

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        try await selection.each("Done.") { context in
            let done = try context.registry.repair(context.record, isDryRun: dryRun.isOn).done
            guard !done.isEmpty else { return "nothing to repair" }
            return (dryRun.isOn ? "would repair: " : "repaired: ") + done.joined(separator: "; ")
        }
    }
}
