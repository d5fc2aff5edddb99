import ArgumentParser
import Backup
import Catalog
import Foundation
import Instances
import Server

struct BackupCommand: SkerryCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "backup",
            abstract: "Back up an instance or all while they run, and prove that each backup can be restored.",
            discussion: """
                Makes one file for each instance: database, home, configuration, registration and master key; the key is \
                wrapped with a passphrase. The backup is then restored into a scratch place beside it, compared, and its \
                server started: only then it counts as verified. A checksum covers every bit of the file.

                Needed for a while: as much space in the directory as the instance has, twice. --keep removes the oldest \
                backups of the instance from the directory, never the newest verified one. --due leaves out instances whose \
                last verified backup is younger. For regular backups see schedule-backups.

                Examples:
                  \(Program.name) backup --to /var/backups/skerry --passphrase-file /root/backup.pass
                  \(Program.name) backup --all --to /var/backups/skerry --passphrase-file /root/backup.pass --keep 14

                export-instance is another name of this command.
                """,
            aliases: ["export-instance"]
        )
    }

    @Option(name: .customLong("to"), help: ArgumentHelp("The directory for the file.", valueName: "dir"))
    var directory: String

    @OptionGroup var passphrase: PassphraseOptions

    @Flag(name: .customLong("without-key"), help: "Leave the master keys out. They must be saved elsewhere.")
    var withoutKey = false

    @Flag(name: .customLong("no-verify"), help: "Do not restore the backup to prove it.")
    var skipsVerification = false

    @Option(help: ArgumentHelp("How many backups of each instance to leave in the directory.", valueName: "number"))
    var keep: Int?

    @Option(help: ArgumentHelp("Only instances without a verified backup in the last hours.", valueName: "hours"))
    var due: Double?

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let keep, keep < 1 { throw ValidationError("--keep takes 1 or more.") }
        if let due, !(due > 0) { throw ValidationError("--due takes a number of hours above 0.") }
    }

    func perform() async throws -> CommandResult {
        let folder = BackupDirectory(directory)
        if dryRun.isOn, !withoutKey { try passphrase.checkGiven() }
        let secret = withoutKey || dryRun.isOn ? nil : try passphrase.required(isNew: true)
        if !dryRun.isOn { try folder.make() }
        if selection.isAll { try OtherUsersNotice.tell(which: "are not backed up with these", "backup --all --to DIR") }
        return try await selection.each("Done.") { context in
            guard try isDue(context.record) else { return "has a verified backup that is recent enough" }
            return dryRun.isOn
                ? "would be backed up into \(folder.path)" : try await backUp(context, folder, secret)
        }
    }

    private func isDue(_ record: InstanceRecord) throws -> Bool {
        guard let due, let newest = try BackupLog(home: record.home).newestVerified() else { return true }
        return newest.created < Date.now.addingTimeInterval(-due * 3_600)
    }

    private func backUp(_ context: InstanceContext, _ folder: BackupDirectory, _ secret: String?) async throws -> String
    {
        let record = context.record
        let now = Date.now
        let path = folder.file(record.slug, at: now)
        Console.note("\(record.name): backing up")
        let manifest = try await BackupCreation(
            record: record,
            registry: context.registry,
            path: path,
            passphrase: secret,
            version: SkerryVersion.current
        ).run(now: now)
        let log = BackupLog(home: record.home)
        var entry = BackupLog.Entry(path: path, created: now, isVerified: false, hasKey: secret != nil)
        try log.add(entry)
        if !skipsVerification {
            Console.note("\(record.name): verifying")
            do {
                try await BackupVerification(archive: path, passphrase: secret, program: ServiceManagers.program).run()
            } catch {
                throw CommandFailure(.failed, "\(path) was made, but is not verified. \(error)")
            }
            entry.isVerified = true
            try log.add(entry)
        }
        let surplus = try keep.map { try folder.surplus(record, keep: $0) } ?? []
        for file in surplus { try FileManager.default.removeItem(atPath: file) }
        return sentence(path, manifest.instance, surplus)
    }

    private func sentence(_ path: String, _ instance: BackupManifest.Instance, _ removed: [String]) -> String {
        let documents = instance.rows["documents"] ?? 0
        let missing =
            instance.passedOver.isEmpty ? "" : "; not in it: \(instance.passedOver.prefix(10).joined(separator: ", "))"
        return "\(path), \(skipsVerification ? "not verified" : "verified"): \(documents) documents, "
            + "\(instance.files) files\(missing)" + removed.map { "; removed \($0)" }.joined()
    }
}
