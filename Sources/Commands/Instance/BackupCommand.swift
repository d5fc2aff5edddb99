import ArgumentParser
import Backup
import Catalog
import Foundation
import Instances
import Server

struct BackupCommand: SkerryCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back up one instance or all into one file, while they run, and prove that it can be restored.",
        discussion: """
            The file holds database, home, configuration and master key of each instance; the key is wrapped with a \
            passphrase. The backup is then restored into a scratch place, compared, and its server started: only then \
            it counts as verified. Every bit of the file is covered by a checksum.

            For a regular backup call this from a timer or cron; --due makes it back up only those instances whose last \
            verified backup is older, and --keep removes the oldest files of the directory.

            Examples:
              skerry backup --to /var/backups/skerry --passphrase-file /root/backup.pass
              skerry backup --all --to /var/backups/skerry --keep 14 --due 24
            """
    )

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp("The directory for the file, which gets a name with the time.", valueName: "dir")
    )
    var directory: String

    @OptionGroup var passphrase: PassphraseOptions

    @Flag(name: .customLong("without-key"), help: "Leave the master keys out. They must be saved elsewhere.")
    var withoutKey = false

    @Flag(name: .customLong("no-verify"), help: "Do not restore the backup to prove it.")
    var skipsVerification = false

    @Option(help: ArgumentHelp("How many backups of these instances to leave in the directory.", valueName: "number"))
    var keep: Int?

    @Option(help: ArgumentHelp("Only instances without a verified backup in the last hours.", valueName: "hours"))
    var due: Double?

    @Flag(name: .customLong("dry-run"), help: "Only say what would be done.") var isDryRun = false

    @OptionGroup var selection: InstanceSelection
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let keep, keep < 1 { throw ValidationError("--keep takes 1 or more.") }
        if let due, !(due > 0) { throw ValidationError("--due takes a number of hours above 0.") }
    }

    func perform() async throws -> CommandResult {
        let contexts = try selection.contexts().filter { try isDue($0) }
        guard let registry = contexts.first?.registry else {
            return CommandResult(message: "Every instance has a verified backup that is recent enough.")
        }
        let records = contexts.map(\.record)
        let names = records.map(\.name).joined(separator: ", ")
        if isDryRun { return CommandResult(message: "Would back up \(names) into \(directory).") }
        let folder = try BackupDirectory(directory, selectsAll: records.count > 1, slug: records[0].slug)
        let now = Date.now
        let path = folder.file(at: now)
        let secret = withoutKey ? nil : try passphrase.required()
        let manifest = try await BackupCreation(
            records: records,
            registry: registry,
            path: path,
            passphrase: secret,
            version: SkerryVersion.current
        ).run(now: now) { Console.note("Backing up \($0)") }
        if !skipsVerification {
            Console.note("Verifying the backup")
            try await BackupVerification(archive: path, passphrase: secret, program: ServiceManagers.program).run()
        }
        for record in records {
            try BackupLog(registry: registry, slug: record.slug).add(
                .init(path: path, created: now, isVerified: !skipsVerification, hasKey: secret != nil)
            )
        }
        let removed = try keep.map(folder.removeAllBut) ?? []
        return result(path, manifest, removed)
    }

    private func isDue(_ context: InstanceContext) throws -> Bool {
        guard let due else { return true }
        let log = BackupLog(registry: context.registry, slug: context.record.slug)
        guard let newest = try log.newestVerified() else { return true }
        return newest.created < Date.now.addingTimeInterval(-due * 3_600)
    }

    private func result(_ path: String, _ manifest: BackupManifest, _ removed: [String]) -> CommandResult {
        let state = skipsVerification ? "not verified" : "verified"
        let lines = manifest.instances.map { "  \($0.name): \($0.rows["documents"] ?? 0) documents, \($0.files) files" }
        return CommandResult(
            message: "Backed up \(manifest.instances.count) instances into \(path) (\(state)).",
            text: (["\(path) (\(state))"] + lines + removed.map { "removed \($0)" }).joined(separator: "\n"),
            instances: manifest.instances.map { .init(name: $0.name) },
            data: ["path": .string(path), "verified": .bool(!skipsVerification), "removed": JSON(removed)]
        )
    }
}

/// The directory that backups of one instance, or of all, go to.
struct BackupDirectory {
    static let suffix = ".skerry-backup"

    let path: String
    private let prefix: String

    init(_ directory: String, selectsAll: Bool, slug: String) throws {
        path = URL(filePath: directory).standardizedFileURL.path
        prefix = "skerry-\(selectsAll ? "all" : slug)-"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    func file(at date: Date) -> String {
        let time = date.formatted(
            Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, includingFractionalSeconds: true)
        )
        return "\(path)/\(prefix)\(time)\(Self.suffix)"
    }

    /// Removes the oldest backups of the same instances.
    func removeAllBut(_ count: Int) throws -> [String] {
        let length = prefix.count + "20261121T150000.000Z".count + Self.suffix.count
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasPrefix(prefix) && $0.hasSuffix(Self.suffix) && $0.count == length }.sorted()
        let old = names.dropLast(count).map { "\(path)/\($0)" }
        for file in old { try FileManager.default.removeItem(atPath: file) }
        return old
    }
}

/// Where the passphrase of a backup comes from.
struct PassphraseOptions: ParsableArguments {
    static let variable = "SKERRY_BACKUP_PASSPHRASE"

    @Option(
        name: .customLong("passphrase-file"),
        help: ArgumentHelp(
            "A file whose first line is the passphrase.",
            discussion: "Without it: SKERRY_BACKUP_PASSPHRASE, else a question on the terminal.",
            valueName: "file"
        )
    )
    var passphraseFile: String?

    /// - Throws: ``BackupError/passphraseMissing``.
    func required() throws -> String {
        guard let given = try given() else { throw BackupError.passphraseMissing }
        return given
    }

    func given() throws -> String? {
        if let passphraseFile {
            guard let data = FileManager.default.contents(atPath: passphraseFile), data.count < 10_000,
                let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first, !line.isEmpty
            else { throw CommandFailure(.failed, "--passphrase-file: \(passphraseFile) has no first line to read.") }
            return String(line)
        }
        if let value = ProcessInfo.processInfo.environment[Self.variable], !value.isEmpty { return value }
        guard isatty(STDIN_FILENO) == 1, let typed = getpass("Passphrase of the backup: ") else { return nil }
        let text = String(cString: typed)
        return text.isEmpty ? nil : text
    }
}
