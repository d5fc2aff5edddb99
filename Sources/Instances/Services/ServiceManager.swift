/// What keeps instances running: systemd where it runs, else Skerry's own supervisor. The same commands mean the same
/// with both.
public protocol ServiceManager: Sendable {
    /// For messages: `systemd`, `the supervisor`.
    var title: String { get }

    /// Whether the instance has a service.
    func isInstalled(_ record: InstanceRecord) throws(InstanceError) -> Bool

    /// What the service of an instance is asked for; nil when there is none.
    func duty(of record: InstanceRecord) async throws(InstanceError) -> ServiceDuty?

    /// Makes or renews the service of an instance, which runs as the user of its record and starts with the machine.
    func install(_ record: InstanceRecord) async throws(InstanceError)

    /// Makes the service of an instance that had another name, as the one before was: what people have added to that
    /// follows. Nothing is started.
    ///
    /// - Parameter slug: the one before.
    func install(_ record: InstanceRecord, insteadOf slug: String, duty: ServiceDuty) async throws(InstanceError)

    /// Removes the service. The instance must not run.
    func uninstall(_ record: InstanceRecord) async throws(InstanceError)

    /// Asks for the instance to run, and to be started again whenever it ends by itself. Returns before it is ready.
    func requestStart(_ record: InstanceRecord) async throws(InstanceError)

    /// Asks for the instance to end and to stay down. Returns before it has ended.
    func requestStop(_ record: InstanceRecord) async throws(InstanceError)

    /// What the service said of its last failure, for people; nil when it has not failed since it was last asked to
    /// start.
    func failure(of record: InstanceRecord) async -> String?
}

/// What a service is to do for its instance.
public struct ServiceDuty: Sendable, Hashable {
    /// To run now, and again whenever it ends by itself.
    public var isRunning: Bool
    /// To start with the machine.
    public var isEnabled: Bool
}

/// The parts of the `service` command, in the order in which they are always done.
public enum ServiceAction: String, Sendable, Hashable, CaseIterable {
    case restart, stop, uninstall, install, reconfigure, start
}

/// Carries out service actions, and waits until each has really happened.
public struct ServiceControl: Sendable {
    public let registry: InstanceRegistry
    public let manager: any ServiceManager
    /// How long a start or a stop may take, in seconds.
    public var patience: Int

    public init(registry: InstanceRegistry, manager: any ServiceManager, patience: Int = 30) {
        self.registry = registry
        self.manager = manager
        self.patience = patience
    }

    /// - Returns: what was done, one sentence.
    /// - Throws: ``InstanceError/serviceMissing(name:)``, ``InstanceError/startFailed(name:reason:)``,
    ///   ``InstanceError/startTimedOut(name:seconds:)``, ``InstanceError/stopTimedOut(name:processID:)``.
    public func perform(_ action: ServiceAction, _ record: InstanceRecord) async throws(InstanceError) -> String {
        switch action {
        case .restart:
            _ = try await stop(record)
            return try await start(record)
        case .stop: return try await stop(record)
        case .start: return try await start(record)
        case .uninstall:
            guard try manager.isInstalled(record) else { return "no service was installed" }
            _ = try await stop(record)
            try await manager.uninstall(record)
            return "service removed"
        case .install, .reconfigure:
            try AccountAccess(registry: registry, record: record).check()
            let isNew = try !manager.isInstalled(record)
            try await manager.install(record)
            return isNew ? "service installed, kept by \(manager.title)" : "service renewed"
        }
    }

    private func start(_ record: InstanceRecord) async throws(InstanceError) -> String {
        // A service that could only fail and be started again and again is not begun.
        _ = try registry.settings(of: record)
        if let state = registry.runState(record.slug), state.isReady {
            return "already running as process \(state.processID)"
        }
        guard try manager.isInstalled(record) else { throw .serviceMissing(name: record.name) }
        try await manager.requestStart(record)
        return try await started(record)
    }

    /// Waits until an instance runs whose start was requested.
    ///
    /// - Returns: what was done, one sentence.
    /// - Throws: ``InstanceError/startFailed(name:reason:)``, ``InstanceError/startTimedOut(name:seconds:)``.
    func started(_ record: InstanceRecord) async throws(InstanceError) -> String {
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(patience) {
            if let state = registry.runState(record.slug), state.isReady {
                return "running as process \(state.processID) at \(state.addresses.joined(separator: ", "))"
            }
            if let reason = await manager.failure(of: record) {
                throw .startFailed(name: record.name, reason: reason)
            }
            await pause()
        }
        throw .startTimedOut(name: record.name, seconds: patience)
    }

    private func stop(_ record: InstanceRecord) async throws(InstanceError) -> String {
        let running = registry.runState(record.slug)
        if try manager.isInstalled(record) { try await manager.requestStop(record) }
        guard registry.isRunning(record.slug) else { return running == nil ? "already stopped" : "stopped" }
        // One that was started by hand is no service's business: it is asked directly.
        _ = try registry.stop(record, seconds: patience)
        return "stopped"
    }

    private func pause() async { try? await Task.sleep(for: .milliseconds(20)) }
}
