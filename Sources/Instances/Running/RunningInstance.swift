import Foundation

/// The proof that this process, and no other, runs an instance. The lock goes when the process ends, however it does.
public final class RunningInstance: Sendable {
    private let lock: FileLock
    private let stateFile: String
    let beatFile: String

    private init(lock: FileLock, stateFile: String, beatFile: String) {
        self.lock = lock
        self.stateFile = stateFile
        self.beatFile = beatFile
    }

    /// Claims an instance for this process.
    ///
    /// - Throws: ``InstanceError/alreadyRunning(name:processID:addresses:stop:)``.
    public static func claim(_ record: InstanceRecord, in registry: InstanceRegistry) throws(InstanceError)
        -> RunningInstance
    {
        let directory = registry.paths.runtimeDirectory(registry.kind, record.slug)
        // Others may look how it is, and the front door connects to the socket in it.
        try Directories.make(directory, mode: 0o755)
        guard let lock = try FileLock.claim(registry.runLockFile(record.slug)) else {
            throw registry.alreadyRunning(record)
        }
        let running = RunningInstance(
            lock: lock,
            stateFile: registry.stateFile(record.slug),
            beatFile: registry.beatFile(record.slug)
        )
        try DurableFile.remove(running.stateFile)
        return running
    }

    /// Tells others how far this process is.
    public func publish(_ state: RunState) throws(InstanceError) {
        try DurableFile.write(state.bytes, to: stateFile, mode: 0o644)
    }

    /// Removes what was published; for the end of a run.
    public func withdraw() throws(InstanceError) { try DurableFile.remove(stateFile) }
}

extension InstanceRegistry {
    func runLockFile(_ slug: String) -> String { "\(paths.runtimeDirectory(kind, slug))/run.lock" }

    func stateFile(_ slug: String) -> String { "\(paths.runtimeDirectory(kind, slug))/state.json" }

    package func isRunning(_ slug: String) -> Bool { FileLock.isHeld(runLockFile(slug)) }

    /// What a running instance published; nil when it does not run or has not got so far.
    public func runState(_ slug: String) -> RunState? {
        guard isRunning(slug), let bytes = try? DurableFile.read(stateFile(slug)) else { return nil }
        return RunState(bytes: bytes)
    }

    package func refuseWhileRunning(_ record: InstanceRecord) throws(InstanceError) {
        guard isRunning(record.slug) else { return }
        throw alreadyRunning(record)
    }

    /// Whoever keeps a service would start again what is killed.
    fileprivate func alreadyRunning(_ record: InstanceRecord) -> InstanceError {
        let state = runState(record.slug)
        let hasService = (try? ServiceManagers.standard(for: self).isInstalled(record)) ?? false
        return .alreadyRunning(
            name: record.name,
            processID: state?.processID,
            addresses: state?.addresses ?? [],
            stop: hasService
                ? "\(kind.program) service --stop --instance \(record.slug)" : state.map { "kill \($0.processID)" }
        )
    }

    /// Asks a running instance to stop (SIGTERM) and waits until it has.
    ///
    /// - Returns: false when it was not running.
    /// - Throws: ``InstanceError/stopTimedOut(name:processID:)`` after `seconds`.
    public func stop(_ record: InstanceRecord, seconds: Int = 30) throws(InstanceError) -> Bool {
        let start = ContinuousClock.now
        var asked: Int32?
        var wasRunning = false
        while isRunning(record.slug) {
            wasRunning = true
            // One that is just beginning or ending has published nothing: it says so soon, or is gone.
            if let process = runState(record.slug)?.processID, process != asked {
                guard kill(process, SIGTERM) == 0 || errno == ESRCH else {
                    throw .noPermission(path: "process \(process)", action: "stop", user: record.user)
                }
                asked = process
            }
            guard ContinuousClock.now - start < .seconds(seconds) else {
                throw .stopTimedOut(name: record.name, processID: asked ?? 0)
            }
            usleep(20_000)
        }
        return wasRunning
    }
}
