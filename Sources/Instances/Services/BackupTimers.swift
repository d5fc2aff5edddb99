/// What makes the scheduled backups: a timer of systemd where that keeps the instances, else the supervisor.
public enum BackupTimers {
    /// - Returns: who makes the backups, for people.
    public static func set(
        _ schedule: BackupSchedule?,
        for registry: InstanceRegistry
    ) async throws(InstanceError) -> String {
        let manager = try ServiceManagers.standard(for: registry)
        if let systemd = manager as? SystemdServices { try await systemd.setBackupTimer(schedule) }
        try registry.setBackupSchedule(schedule)
        return manager.title
    }
}

/// The units of a scheduled backup.
struct BackupUnits {
    let kind: InstanceKind
    let schedule: BackupSchedule
    let program: String
    let root: String?

    static func name(_ kind: InstanceKind) -> String { "skerry-\(kind.rawValue)-backup" }

    var service: String {
        let command = ([program] + schedule.arguments).map(SystemdUnit.escaped).joined(separator: " ")
        let environment = root.map { ["Environment=\(SystemdUnit.escaped("SKERRY_ROOT=\($0)"))"] } ?? []
        return
            ([
                "# Made by \(kind.program) schedule-backups; changes are lost.",
                "[Unit]",
                "Description=Backup of all Skerry \(kind.rawValue) instances",
                "",
                "[Service]",
                "Type=oneshot",
                "ExecStart=\(command)",
                "UMask=0077",
                "Nice=10",
                "IOSchedulingClass=idle",
            ] + environment + [""]).joined(separator: "\n")
    }

    var timer: String {
        """
        # Made by \(kind.program) schedule-backups; changes are lost.
        [Unit]
        Description=Backup of all Skerry \(kind.rawValue) instances at \(schedule.at)

        [Timer]
        OnCalendar=*-*-* \(schedule.at):00
        Persistent=true

        [Install]
        WantedBy=timers.target

        """
    }
}

extension SystemdServices {
    /// Makes, renews or removes the timer.
    func setBackupTimer(_ schedule: BackupSchedule?) async throws(InstanceError) {
        let name = BackupUnits.name(registry.kind)
        guard let schedule else {
            guard DurableFile.exists("\(directory)/\(name).timer") else { return }
            try await systemctl(["disable", "--quiet", "--now", "\(name).timer"], for: name)
            for suffix in ["timer", "service"] { try DurableFile.remove("\(directory)/\(name).\(suffix)") }
            return try await systemctl(["daemon-reload"], for: name)
        }
        let units = BackupUnits(kind: registry.kind, schedule: schedule, program: program, root: root)
        try Directories.make(directory, mode: 0o755)
        try DurableFile.write(Array(units.service.utf8), to: "\(directory)/\(name).service", mode: 0o644)
        try DurableFile.write(Array(units.timer.utf8), to: "\(directory)/\(name).timer", mode: 0o644)
        try await systemctl(["daemon-reload"], for: name)
        try await systemctl(["enable", "--quiet", "--now", "\(name).timer"], for: name)
    }
}
