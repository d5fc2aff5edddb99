import ArgumentParser
import Backup
import Catalog
import Foundation
import Instances

struct ScheduleBackupsCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "schedule-backups",
            abstract: "Let all instances be backed up every day, those included that are created later.",
            discussion: """
                A timer of systemd does it, or the supervisor where there is no systemd; a time that was missed is made up \
                for. It is the same as \(Program.name) backup --all, so each backup is verified; \(Program.name) list-backups \
                says whether any instance has none. Without options the schedule is shown.

                Examples:
                  \(Program.name) schedule-backups --to /var/backups/skerry --passphrase-file /root/backup.pass --at 02:30
                  \(Program.name) schedule-backups
                  \(Program.name) schedule-backups --off
                """
        )
    }

    @Option(name: .customLong("to"), help: ArgumentHelp("The directory for the backups.", valueName: "dir"))
    var directory: String?

    @Option(
        name: .customLong("passphrase-file"),
        help: ArgumentHelp("A file whose first line is the passphrase that wraps the master keys.", valueName: "file")
    )
    var passphraseFile: String?

    @Flag(name: .customLong("without-key"), help: "Leave the master keys out. They must be saved elsewhere.")
    var withoutKey = false

    @Option(help: ArgumentHelp("The time of day, in the time zone of the machine.", valueName: "HH:MM"))
    var at = "02:30"

    @Option(help: ArgumentHelp("How many backups of each instance to leave.", valueName: "number"))
    var keep = 14

    @Flag(help: "End the schedule. Backups stay.") var off = false

    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if off, directory != nil { throw ValidationError("--off and --to contradict each other.") }
        if BackupSchedule.Time(at) == nil { throw ValidationError("--at takes a time of day, like 02:30.") }
        if keep < 1 { throw ValidationError("--keep takes 1 or more.") }
        if directory != nil, (passphraseFile == nil) != withoutKey {
            throw ValidationError("Give either --passphrase-file FILE or --without-key.")
        }
    }

    func perform() async throws -> CommandResult {
        let registry = try InstanceContext.registry()
        if off {
            if dryRun.isOn { return CommandResult(message: "Would end the schedule.") }
            _ = try await BackupTimers.set(nil, for: registry)
            return CommandResult(message: "No backups are scheduled any more.")
        }
        guard let directory, let time = BackupSchedule.Time(at) else { return try shown(registry) }
        let file = try passphraseFile.map { file in
            try BackupPassphrase.check(try PassphraseOptions.firstLine(of: file))
            return URL(filePath: file).standardizedFileURL.path
        }
        let folder = BackupDirectory(directory)
        let schedule = BackupSchedule(at: time, directory: folder.path, passphraseFile: file, keep: keep)
        if dryRun.isOn { return CommandResult(message: "Would back up all instances into \(folder.path) at \(time).") }
        try folder.make()
        let keeper = try await BackupTimers.set(schedule, for: registry)
        return CommandResult(
            message: "All instances are backed up into \(folder.path) every day at \(time), by \(keeper).",
            data: schedule.json
        )
    }

    private func shown(_ registry: InstanceRegistry) throws -> CommandResult {
        guard let schedule = try registry.backupSchedule() else {
            return CommandResult(
                message: "No backups are scheduled. Schedule them with: \(Program.name) schedule-backups --to DIR "
                    + "--passphrase-file FILE"
            )
        }
        let key = schedule.passphraseFile.map { "master keys wrapped with \($0)" } ?? "without master keys"
        return CommandResult(
            message: "Every day at \(schedule.at) into \(schedule.directory), \(schedule.keep) kept, \(key).",
            data: schedule.json
        )
    }
}
