import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// The scheduled backups that the supervisor makes: one at a time, each in a process of its own.
final class ScheduledBackups: Sendable {
    private let registry: InstanceRegistry
    private let program: String
    private let note: @Sendable (String) -> Void
    private let isBusy = Mutex(false)
    private let nextLook = Mutex(ContinuousClock.now)

    init(registry: InstanceRegistry, program: String, note: @escaping @Sendable (String) -> Void) {
        self.registry = registry
        self.program = program
        self.note = note
    }

    /// Begins a backup when it is time. Looks at most once a second.
    func tick() {
        let mayLook = nextLook.withLock { next in
            guard next <= .now else { return false }
            next = .now + .seconds(1)
            return true
        }
        guard mayLook, !isBusy.withLock(\.self), let schedule = (try? registry.backupSchedule()) ?? nil,
            schedule.isDue(last: registry.lastBackup() ?? .distantPast, now: .now)
        else { return }
        // Written down first: one that fails at once is tried again the next day, and is missing in list-backups.
        guard (try? registry.noteBackup(at: .now)) != nil else { return }
        isBusy.withLock { $0 = true }
        note("backup: beginning")
        Task.detached { [self] in
            let outcome = await make(schedule)
            note("backup: \(outcome)")
            isBusy.withLock { $0 = false }
        }
    }

    private func make(_ schedule: BackupSchedule) async -> String {
        let log = "\(registry.paths.logRoot)/\(registry.kind.rawValue)-backup.log"
        do {
            try Directories.make(registry.paths.logRoot, mode: 0o755)
            let descriptor = try FileDescriptor.open(
                FilePath(log),
                .writeOnly,
                options: [.append, .create],
                permissions: [.ownerReadWrite, .groupRead]
            )
            let result = try await Subprocess.run(
                .path(FilePath(program)),
                arguments: Arguments(schedule.arguments),
                workingDirectory: "/",
                output: .fileDescriptor(descriptor, closeAfterSpawningProcess: false),
                error: .fileDescriptor(descriptor, closeAfterSpawningProcess: true)
            )
            return result.terminationStatus.isSuccess ? "done" : "failed (\(result.terminationStatus)); see \(log)"
        } catch {
            return "cannot be begun: \(error)"
        }
    }
}
