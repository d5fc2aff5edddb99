import ArgumentParser
import Instances
import Store

struct MigrateCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database of a stopped instance to the schema of this version.",
        discussion: """
            A server does the same when it starts, and an upgrade does it for every instance. It happens in one \
            transaction: all of it or nothing. There is no way back but a backup.

            Examples:
              skerry migrate --all --dry-run
              skerry migrate --instance production
            """
    )

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func perform() async throws -> CommandResult {
        try await selection.each("Done.") { context in
            let prepared = try PreparedInstance(context)
            let pending = try await prepared.pendingMigrations()
            guard pending > 0 else { return "its database is up to date" }
            if dryRun.isOn { return "its database would be migrated by \(pending) steps" }
            let running = try RunningInstance.claim(context.record, in: context.registry)
            defer { withExtendedLifetime(running) {} }
            try await prepared.openStore().close()
            return "its database was migrated by \(pending) steps"
        }
    }
}
