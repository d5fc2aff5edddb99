import ArgumentParser
import Backup
import Catalog
import Instances

struct DeleteInstanceCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "delete-instance",
            abstract: "Delete an instance; its data stays unless more is asked for.",
            discussion: """
                Its service is stopped and removed, and its registration goes. Configuration and keys are put aside in the \
                trash for thirty days; home, database and logs stay, and the command says where. Creating an instance of \
                the same name takes all of that over again.

                What else is to go is said part by part; --dry-run lists it. --purge removes everything, for ever. An \
                instance that was started by hand has to be stopped first.

                Examples:
                  \(Program.name) delete-instance --instance staging --dry-run
                  \(Program.name) delete-instance --instance staging
                  \(Program.name) delete-instance --instance staging --purge
                """
        )
    }

    @Option(help: "The name of the instance. It has no default here.")
    var instance: String

    @Flag(name: .customLong("keep-data"), help: "Leave all data. This is what happens anyway.")
    var keepsData = false

    @Flag(name: .customLong("purge-home"), help: "Remove the home and the logs. Nothing brings them back.")
    var purgesHome = false

    @Flag(name: .customLong("purge-applications"), help: "Remove what an agent has installed.")
    var purgesApplications = false

    @Flag(
        name: .customLong("drop-database"),
        help: "Remove a server's database. Asks for the name again, with --confirm, and for a verified backup."
    )
    var dropsDatabase = false

    @Option(help: ArgumentHelp("The name of the instance again, for --drop-database.", valueName: "name"))
    var confirm: String?

    @Flag(name: .customLong("without-backup"), help: "Drop the database although no verified backup holds it.")
    var withoutBackup = false

    @Flag(help: "Remove home, database, applications, keys and logs. Nothing brings them back.")
    var purge = false

    @Flag(
        name: .customLong("purge-new"),
        help: """
            As --purge for an instance that took nothing over when it was created, else remove nothing: takes back a set-up \
            that failed.
            """
    )
    var purgesNew = false

    @Option(help: ArgumentHelp("How long stopping may take.", valueName: "seconds"))
    var timeout = 30

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if keepsData, purge || purgesNew || purgesHome || purgesApplications || dropsDatabase {
            throw ValidationError("--keep-data contradicts what is to be removed. Give one of them.")
        }
        guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout takes 1 to 3600 seconds.") }
    }

    private func level(of record: InstanceRecord) -> InstanceDeletion.Level {
        if purge || (purgesNew && record.isNew) { return .purge }
        var level: InstanceDeletion.Level = []
        if purgesHome { level.insert(.home) }
        if purgesApplications { level.insert(.applications) }
        if dropsDatabase { level.insert(.database) }
        return level
    }

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        let record = try registry.resolve(option: instance, variable: nil).record
        if dropsDatabase, !purge { try refuseDrop(record, registry) }
        let level = level(of: record)
        let hadService = try await removeService(record, registry)
        let deletion =
            dryRun.isOn
            ? try registry.deletion(of: record, level: level, isStopped: hadService)
            : try registry.delete(record, level: level)
        return result(deletion, hadService)
    }

    private func removeService(_ record: InstanceRecord, _ registry: InstanceRegistry) async throws -> Bool {
        let manager = try ServiceManagers.standard(for: registry)
        guard try manager.isInstalled(record) else { return false }
        if !dryRun.isOn {
            let control = ServiceControl(registry: registry, manager: manager, patience: timeout)
            _ = try await control.perform(.uninstall, record)
        }
        return true
    }

    private func refuseDrop(_ record: InstanceRecord, _ registry: InstanceRegistry) throws {
        guard let confirm, confirm == record.name || confirm == record.slug else {
            throw CommandFailure(
                .usage,
                "--drop-database: say which database with the name of the instance again: --confirm \(record.slug)"
            )
        }
        guard try withoutBackup || BackupLog(home: record.home).newestVerified() != nil else {
            throw CommandFailure(
                .failed,
                "No verified backup of \"\(record.name)\" is known. Make one with skerry backup --instance "
                    + "\(record.slug) --to DIR, or say --without-backup."
            )
        }
    }

    private func result(_ deletion: InstanceDeletion, _ hadService: Bool) -> CommandResult {
        let record = deletion.record
        let would = dryRun.isOn
        let message = (would ? "Would delete" : "Deleted") + " the instance \"\(record.name)\"."
        var lines = [message]
        if hadService { lines.append("  \(would ? "would stop and remove" : "stopped and removed") its service") }
        lines += deletion.removed.map { "  \(would ? "would remove" : "removed") \($0)" }
        if let trash = deletion.trash {
            lines.append("  \(would ? "would put" : "put") configuration and keys into \(trash), for thirty days")
        }
        lines += deletion.kept.map { "  \(would ? "would keep" : "kept") \($0)" }
        if !deletion.kept.isEmpty, !would {
            lines.append("\(Program.name) create-instance --instance \(record.slug) would use what was kept again.")
        }
        return CommandResult(
            message: message,
            text: lines.joined(separator: "\n"),
            instances: [.init(name: record.name)],
            data: [
                "removed": JSON(deletion.removed), "kept": JSON(deletion.kept),
                "trash": deletion.trash.map(JSON.string) ?? .null, "service": .bool(hadService),
                "dryRun": .bool(would),
            ]
        )
    }
}
