import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// Keeps instances running where there is no systemd.
///
/// It compares what is wanted (the service files) with what runs (the lock of each instance) and acts on the
/// difference, again and again. So nothing is lost when it is killed: instances run on, and the next supervisor finds
/// them by their locks.
public final class Supervisor: Sendable {
    /// Ends faster than this count as failures.
    static let shortestGoodRun = Duration.seconds(10)
    static let longestPause = Duration.seconds(30)
    /// Failures in a row after which an instance is given up until somebody starts it again.
    static let patience = 5

    private let registry: InstanceRegistry
    private let program: String
    private let lock: FileLock
    private let note: @Sendable (String) -> Void

    /// Told this, a supervisor stops what it keeps and goes on as what the path of its program names now.
    package static let renewal = SIGUSR2

    /// - Parameters:
    ///   - program: what runs an instance, as `program run --instance SLUG`.
    ///   - version: of this program, for those who ask how the supervisor is.
    ///   - note: is told what happens, for the log.
    /// - Throws: ``InstanceError/serviceProblem(name:reason:)`` when another supervisor is at work.
    public init(
        registry: InstanceRegistry,
        program: String,
        version: String,
        note: @escaping @Sendable (String) -> Void
    ) throws(InstanceError) {
        guard let lock = try Companion.supervisor(registry.kind).claim(registry.paths, version: version) else {
            throw .serviceProblem(name: registry.kind.rawValue, reason: "another supervisor is at work already")
        }
        self.registry = registry
        self.program = program
        self.lock = lock
        self.note = note
    }

    /// Keeps instances until the task is cancelled, then stops those that it keeps.
    public func run() async {
        var kept: [String: Kept] = [:]
        let backups = ScheduledBackups(registry: registry, program: program, note: note)
        var door = Door()
        while !Task.isCancelled {
            for slug in (try? registry.servedSlugs()) ?? [] { keep(slug, &kept) }
            keepFrontDoor(&door)
            backups.tick()
            try? await Task.sleep(for: .milliseconds(200))
        }
        await stopAll()
        await stop(door)
        withExtendedLifetime(lock) {}
    }

    /// Goes on as what the path of the program names now, as the same process: who started this one still has it.
    ///
    /// - Throws: ``InstanceError/serviceProblem(name:reason:)``; it returns in no other way.
    public func becomeCurrentProgram() throws(InstanceError) {
        // What this program handles itself is ignored or held back; the next one begins with what is usual.
        for number in [SIGTERM, SIGINT, Self.renewal] { signal(number, SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        var arguments = ([program] + CommandLine.arguments.dropFirst()).map { strdup($0) } + [nil]
        // The lock goes in that moment, and the next program takes it again.
        execv(program, &arguments)
        let reason = String(cString: strerror(errno)).lowercased()
        throw .serviceProblem(name: registry.kind.rawValue, reason: "\(program) cannot be started: \(reason)")
    }

    /// What is known of one instance since this supervisor began.
    private struct Kept {
        var request = -1
        var failures = 0
        var isGivenUp = false
        var notBefore = ContinuousClock.now
        var child: Child?
    }

    /// The front door, as far as this supervisor has to do with it.
    private struct Door {
        var child: Child?
        var lookAgain = ContinuousClock.now
    }

    /// Starts the front door when servers share an address and none runs. One that was started stays: it follows what
    /// changes by itself.
    private func keepFrontDoor(_ door: inout Door) {
        guard registry.kind == .server, door.lookAgain <= .now else { return }
        // Looking reads every configuration: not as often as the rest.
        door.lookAgain = .now + .seconds(1)
        if let outcome = door.child?.outcome {
            note("front door: \(outcome)")
            door.child = nil
        }
        guard door.child == nil, !registry.hasFrontDoor, (try? registry.frontDoorPlan())?.isNeeded == true else {
            return
        }
        note("front door: starting")
        let program = program
        let log = "\(registry.paths.logRoot)/front-door.log"
        door.child = Child { await Self.run(program, ["front-door"], log: log, Self.ownSession, .withoutSecrets) }
    }

    /// Signals to the supervisor's terminal are not for what it started; asked to end, a process has ten seconds.
    private static var ownSession: PlatformOptions {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(10))]
        return options
    }

    /// A process that this supervisor started.
    private final class Child: Sendable {
        let begin = ContinuousClock.now
        private let end = Mutex<String?>(nil)
        private let task = Mutex<Task<Void, Never>?>(nil)

        init(_ work: @escaping @Sendable () async -> String) {
            let task = Task.detached {
                let outcome = await work()
                self.end.withLock { $0 = outcome }
            }
            self.task.withLock { $0 = task }
        }

        /// Ends the process (SIGTERM first).
        func stop() { task.withLock { $0?.cancel() } }

        /// How it ended; nil while it runs.
        var outcome: String? { end.withLock { $0 } }
    }

    private func keep(_ slug: String, _ kept: inout [String: Kept]) {
        guard let file = (try? ServiceFile.read(slug, in: registry)) ?? nil else { return }
        var state = kept[slug] ?? Kept()
        defer { kept[slug] = state }
        if let child = state.child, let outcome = child.outcome {
            state.child = nil
            note("\(slug): \(outcome)")
            if file.isWanted { afterEnd(child, outcome, slug, file, &state) }
        }
        guard file.isWanted else {
            if registry.isRunning(slug), let process = registry.runState(slug)?.processID { kill(process, SIGTERM) }
            return
        }
        if file.request != state.request {
            state = Kept(request: file.request, child: state.child)
            try? DurableFile.remove(SupervisorReport.file(slug, in: registry))
        }
        guard !state.isGivenUp, state.child == nil, !registry.isRunning(slug), state.notBefore <= .now else { return }
        state.child = start(slug, file)
    }

    private func afterEnd(_ child: Child, _ outcome: String, _ slug: String, _ file: ServiceFile, _ state: inout Kept) {
        let isFailure = ContinuousClock.now - child.begin < Self.shortestGoodRun
        state.failures = isFailure ? state.failures + 1 : 0
        let pause = Duration.milliseconds(100 << min(state.failures * 2, 12))
        state.notBefore = .now + min(pause, Self.longestPause)
        guard state.failures >= Self.patience else { return }
        state.isGivenUp = true
        let log = logFile(slug)
        let reason = "\(lastLine(of: log) ?? outcome) (full log: \(log))"
        try? SupervisorReport(request: file.request, reason: reason).write(slug, in: registry)
        note("\(slug): ended \(state.failures) times right after its start; given up until it is started again")
    }

    private func start(_ slug: String, _ file: ServiceFile) -> Child {
        let registry = registry
        let program = program
        let log = logFile(slug)
        note("\(slug): starting")
        return Child {
            do {
                let account = try file.user.isEmpty ? nil : Account(named: file.user)
                try AccountAccess.prepareRuntime(registry, slug, account)
                var options = PlatformOptions()
                options.createSession = true
                var variables: [Environment.Key: String?] = ["HOME": account?.home ?? "/"]
                if let account, account.userID != geteuid() {
                    options.userID = account.userID
                    options.groupID = account.groupID
                    options.supplementaryGroups = [account.groupID]
                    // Else it would look for its instance among its own files.
                    variables["SKERRY_ROOT"] = ProcessInfo.processInfo.environment["SKERRY_ROOT"] ?? "/"
                }
                let environment = Environment.withoutSecrets.updating(variables)
                return await Self.run(program, ["run", "--instance", slug], log: log, options, environment)
            } catch {
                return "cannot be started: \(error)"
            }
        }
    }

    /// Runs a program to its end.
    ///
    /// - Returns: how it ended.
    private static func run(
        _ program: String,
        _ arguments: [String],
        log: String,
        _ options: PlatformOptions,
        _ environment: Environment
    ) async -> String {
        do {
            try Directories.make(DurableFile.directory(of: log), mode: 0o755)
            let descriptor = try FileDescriptor.open(
                FilePath(log),
                .writeOnly,
                options: [.append, .create],
                permissions: [.ownerReadWrite, .groupRead]
            )
            let result = try await Subprocess.run(
                .path(FilePath(program)),
                arguments: Arguments(arguments),
                environment: environment,
                workingDirectory: "/",
                platformOptions: options,
                output: .fileDescriptor(descriptor, closeAfterSpawningProcess: false),
                error: .fileDescriptor(descriptor, closeAfterSpawningProcess: true)
            )
            return "ended (\(result.terminationStatus))"
        } catch {
            return "cannot be started: \(error)"
        }
    }

    private func stop(_ door: Door) async {
        guard let child = door.child else { return }
        child.stop()
        let begin = ContinuousClock.now
        while child.outcome == nil, ContinuousClock.now - begin < .seconds(20) {
            try? await Task.detached { try await Task.sleep(for: .milliseconds(20)) }.value
        }
    }

    private func stopAll() async {
        let slugs = ((try? registry.servedSlugs()) ?? []).filter(registry.isRunning)
        for slug in slugs {
            if let process = registry.runState(slug)?.processID { kill(process, SIGTERM) }
        }
        let begin = ContinuousClock.now
        while slugs.contains(where: registry.isRunning), ContinuousClock.now - begin < .seconds(60) {
            try? await Task.detached { try await Task.sleep(for: .milliseconds(20)) }.value
        }
    }

    private func logFile(_ slug: String) -> String {
        "\(registry.paths.logDirectory(registry.kind, slug))/service.log"
    }

    private func lastLine(of path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path), let end = try? handle.seekToEnd() else { return nil }
        defer { try? handle.close() }
        try? handle.seek(toOffset: end > 4_096 ? end - 4_096 : 0)
        let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").last.map(String.init)
    }
}
