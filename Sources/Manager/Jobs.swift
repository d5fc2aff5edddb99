import Foundation
import Instances
import Subprocess
import SystemPackage

/// The work that was begun on this machine by any manager of this user.
actor Jobs {
    /// As the pages show it.
    struct Job: Sendable {
        enum State: Sendable, Equatable {
            case running, done, failed, undone, stuck
            /// Its process is gone, and it was not at its end.
            case interrupted
        }

        var record: JobRecord
        var state: State
        /// What each step has printed.
        var outputs: [String] = []
        /// Why its process could not work.
        var problem = ""
    }

    private static let most = 100

    private let root: String
    /// Those whose process is a child of this one and has not ended.
    private var children: Set<String> = []

    private let runner: CommandRunner

    init(paths: InstancePaths, runner: CommandRunner) {
        root = "\(paths.runtimeRoot)/manager/jobs"
        self.runner = runner
    }

    private func folder(_ id: String) -> JobFolder { JobFolder(path: "\(root)/\(id)") }

    /// Nil while other work is under way that this would get into the way of.
    func start(_ plan: ManagedPlan) throws -> String? {
        try Directories.make(DurableFile.directory(of: root), mode: 0o700)
        try Directories.make(root, mode: 0o700)
        let lock = try FileLock.wait("\(DurableFile.directory(of: root))/start.lock")
        defer { withExtendedLifetime(lock) {} }
        let known = try all()
        if known.contains(where: { $0.state == .running && Self.collide($0.record.plan, plan) }) { return nil }
        for old in known.dropFirst(Self.most - 1) where old.state != .running {
            try Directories.removeAll(folder(old.record.id).path)
        }
        let job = JobRecord(id: Access.token(), begun: .now, plan: plan)
        try Directories.make(folder(job.id).path, mode: 0o700)
        try folder(job.id).write(job)
        children.insert(job.id)
        Task { await work(job.id, plan.secrets) }
        return job.id
    }

    private static func collide(_ left: ManagedPlan, _ right: ManagedPlan) -> Bool {
        left.isExclusive || right.isExclusive || (left.kind == right.kind && left.instance == right.instance)
    }

    /// This program once more, in a session of its own.
    private func work(_ id: String, _ secrets: [ManagedSecret]) async {
        defer { children.remove(id) }
        var updates: [Environment.Key: String] = [:]
        for secret in secrets { updates[Environment.Key(rawValue: secret.variable)!] = secret.value }
        var options = PlatformOptions()
        options.createSession = true
        let folder = folder(id)
        do {
            let problems = try FileDescriptor.open(
                FilePath(folder.problems),
                .writeOnly,
                options: [.create, .append],
                permissions: [.ownerReadWrite]
            )
            _ = try await Subprocess.run(
                // Also when an upgrade has removed the file.
                .path("/proc/self/exe"),
                arguments: ["manager", "--carry-out", folder.path, "--programs", runner.ownFolder],
                environment: .inherit.updating(updates),
                workingDirectory: "/",
                platformOptions: options,
                input: .none,
                output: .fileDescriptor(problems, closeAfterSpawningProcess: false),
                error: .fileDescriptor(problems, closeAfterSpawningProcess: true)
            )
        } catch {
            try? DurableFile.write(Array("The work cannot be begun: \(error)\n".utf8), to: folder.problems, mode: 0o600)
        }
    }

    /// The newest first.
    func all() throws -> [Job] {
        try Directories.names(in: root).compactMap(job)
            .sorted { $0.record.begun > $1.record.begun }
    }

    func plan(_ id: String) -> ManagedPlan? { id.allSatisfy(\.isHexDigit) ? folder(id).read()?.plan : nil }

    /// One with what it has printed. Keys in it are shown once: when it is over.
    func shown(_ id: String) -> Job? {
        guard id.allSatisfy(\.isHexDigit), var job = job(id) else { return nil }
        let folder = folder(id)
        for number in job.record.steps.indices {
            let text = folder.text(number)
            if job.state == .running {
                job.outputs.append(PrintedKeys.masked(text))
            } else {
                job.outputs.append(text)
                folder.mask(number, PrintedKeys.masked)
            }
        }
        if job.state == .interrupted { job.problem = folder.problem }
        return job
    }

    private func job(_ id: String) -> Job? {
        guard let record = folder(id).read() else { return nil }
        guard record.state == .running else { return Job(record: record, state: Self.state(record)) }
        if children.contains(id) || FileLock.isHeld(folder(id).lock) { return Job(record: record, state: .running) }
        // It may have ended since it was read.
        let last = folder(id).read() ?? record
        return Job(record: last, state: Self.state(last))
    }

    /// Of work that nobody does any more.
    private static func state(_ record: JobRecord) -> Job.State {
        switch record.state {
        case .running: .interrupted
        case .done: .done
        case .failed: .failed
        case .undone: .undone
        case .stuck: .stuck
        }
    }
}

/// What wizards were told so far. Passwords are kept here and not in pages.
actor Drafts {
    private static let most = 50

    private var drafts: [(id: String, new: NewInstance)] = []

    func keep(_ new: NewInstance, as id: String? = nil) -> String {
        if let id, let place = drafts.firstIndex(where: { $0.id == id }) {
            drafts[place].new = new
            return id
        }
        let id = Access.token()
        drafts = Array(drafts.suffix(Self.most - 1)) + [(id, new)]
        return id
    }

    subscript(id: String) -> NewInstance? { drafts.first { $0.id == id }?.new }

    func forget(_ id: String) { drafts.removeAll { $0.id == id } }
}
