public import Catalog
import Foundation

/// When all instances of a kind are backed up by themselves, those included that are created later.
public struct BackupSchedule: Sendable, Hashable {
    /// A time of day, `02:30`.
    public struct Time: Sendable, Hashable, CustomStringConvertible {
        public var hour: Int
        public var minute: Int

        /// Nil for anything but a time like `2:30`, `02:30` or `23:59`.
        public init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].utf8.count == 2, parts.allSatisfy({ $0.allSatisfy(\.isASCII) }),
                let hour = Int(parts[0]), let minute = Int(parts[1]), (0...23).contains(hour), (0...59).contains(minute)
            else { return nil }
            self.hour = hour
            self.minute = minute
        }

        public var description: String { (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)" }
    }

    public var at: Time
    public var directory: String
    /// Nil leaves the master keys out.
    public var passphraseFile: String?
    public var keep: Int

    public init(at: Time, directory: String, passphraseFile: String?, keep: Int) {
        self.at = at
        self.directory = directory
        self.passphraseFile = passphraseFile
        self.keep = keep
    }

    /// What is called at that time.
    public var arguments: [String] {
        ["backup", "--all", "--to", directory, "--keep", "\(keep)"]
            + (passphraseFile.map { ["--passphrase-file", $0] } ?? ["--without-key"])
    }

    /// Whether it is time, the last backup having begun at `last`; one that was missed is made up for.
    func isDue(last: Date, now: Date, calendar: Calendar = .current) -> Bool {
        let time = DateComponents(hour: at.hour, minute: at.minute)
        guard let next = calendar.nextDate(after: last, matching: time, matchingPolicy: .nextTime) else { return false }
        return next <= now
    }

    public var json: JSON {
        [
            "at": .string(at.description), "directory": .string(directory),
            "passphraseFile": passphraseFile.map(JSON.string) ?? .null, "keep": .int(keep),
        ]
    }

    init?(json: JSON) {
        guard let at = json["at"]?.stringValue.flatMap(Time.init), let directory = json["directory"]?.stringValue,
            let keep = json["keep"]?.intValue
        else { return nil }
        self.init(at: at, directory: directory, passphraseFile: json["passphraseFile"]?.stringValue, keep: keep)
    }
}

extension InstanceRegistry {
    private var backupScheduleFile: String { "\(paths.configurationRoot)/\(kind.rawValue)/backup-schedule.json" }

    /// When the last scheduled backup began, as far as the supervisor knows.
    private var lastBackupFile: String { "\(paths.stateRoot)/\(kind.rawValue)-backup-begun" }

    /// - Throws: ``InstanceError/fileProblem(path:action:reason:)`` for a damaged file.
    public func backupSchedule() throws(InstanceError) -> BackupSchedule? {
        guard let bytes = try DurableFile.read(backupScheduleFile) else { return nil }
        guard let schedule = (try? JSON.parse(bytes)).flatMap(BackupSchedule.init) else {
            throw .fileProblem(
                path: backupScheduleFile,
                action: "read",
                reason: "it is damaged; set the schedule anew with \(kind.program) schedule-backups"
            )
        }
        return schedule
    }

    /// Sets or ends the schedule of the supervisor. What begins now is first due at its next time.
    func setBackupSchedule(_ schedule: BackupSchedule?) throws(InstanceError) {
        guard let schedule else { return try DurableFile.remove(backupScheduleFile) }
        try noteBackup(at: .now)
        try Directories.make(DurableFile.directory(of: backupScheduleFile), mode: 0o755)
        try DurableFile.write(Array((schedule.json.prettyText() + "\n").utf8), to: backupScheduleFile, mode: 0o644)
    }

    func lastBackup() -> Date? {
        guard let bytes = (try? DurableFile.read(lastBackupFile)) ?? nil else { return nil }
        return try? Date(String(decoding: bytes, as: UTF8.self), strategy: .iso8601)
    }

    func noteBackup(at date: Date) throws(InstanceError) {
        try Directories.make(paths.stateRoot, mode: 0o755)
        try DurableFile.write(Array(date.formatted(.iso8601).utf8), to: lastBackupFile, mode: 0o644)
    }
}
