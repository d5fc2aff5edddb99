import Foundation

/// A process that the instances of a machine have in common.
package enum Companion: Sendable, Hashable {
    /// What keeps the instances of a kind where there is no systemd.
    case supervisor(InstanceKind)
    /// What owns the ports that several servers share.
    case frontDoor

    package static let all = InstanceKind.allCases.map(Companion.supervisor) + [.frontDoor]

    /// `server-supervisor`, `agent-supervisor` or `front-door`: in names of files and in what people read.
    package var name: String {
        switch self {
        case .supervisor(let kind): "\(kind.rawValue)-supervisor"
        case .frontDoor: "front-door"
        }
    }

    package init?(name: String) {
        guard let known = Self.all.first(where: { $0.name == name }) else { return nil }
        self = known
    }

    /// Held by the process as long as it runs.
    func lockFile(_ paths: InstancePaths) -> String { "\(paths.runtimeRoot)/locks/\(name).lock" }

    private func stateFile(_ paths: InstancePaths) -> String { "\(paths.runtimeRoot)/locks/\(name).json" }

    package func isRunning(_ paths: InstancePaths) -> Bool { FileLock.isHeld(lockFile(paths)) }

    /// What the running process says of itself; nil when none runs, or it has not got so far.
    package func state(_ paths: InstancePaths) -> RunState? {
        guard isRunning(paths), let bytes = try? DurableFile.read(stateFile(paths)) else { return nil }
        return RunState(bytes: bytes)
    }

    /// Makes this process the companion of the machine.
    ///
    /// - Returns: nil when another process is. The lock goes with the value.
    func claim(_ paths: InstancePaths, version: String) throws(InstanceError) -> FileLock? {
        guard let lock = try FileLock.claim(lockFile(paths)) else { return nil }
        let state = RunState(processID: getpid(), isReady: true, addresses: [], version: version)
        try DurableFile.write(state.bytes, to: stateFile(paths), mode: 0o644)
        return lock
    }
}

/// Brings the companions of a machine to the program that the link of the versions names now.
package struct CompanionRenewal: Sendable {
    let paths: InstancePaths
    /// The directory of that program: `/opt/skerry/current/bin`.
    let programs: String
    /// How long one may take, in seconds.
    let patience: Int

    package init(paths: InstancePaths, programs: String, patience: Int) {
        self.paths = paths
        self.programs = programs
        self.patience = patience
    }

    /// Why a companion that runs could not be renewed, for people; nil when it could.
    package static func obstacle(_ companion: Companion, _ paths: InstancePaths) throws(InstanceError) -> String? {
        guard companion == .frontDoor else { return nil }
        let registry = InstanceRegistry(paths: paths, kind: .server)
        let isKept =
            if let systemd = try ServiceManagers.standard(for: registry) as? SystemdServices {
                DurableFile.exists("\(systemd.directory)/\(FrontDoorUnit.name)")
            } else {
                Companion.supervisor(.server).isRunning(paths)
            }
        guard !isKept else { return nil }
        let process = companion.state(paths).map { " (process \($0.processID))" } ?? ""
        return "the front door was started by hand\(process), so it could not be started again: stop it, or let "
            + "systemd or skerry supervise run it"
    }

    /// Ends the companion and has it started again, unless it is at that version already.
    ///
    /// - Throws: ``InstanceError/serviceProblem(name:reason:)`` when it does not come back at that version.
    package func renew(_ companion: Companion, to version: String) async throws(InstanceError) {
        guard companion.state(paths)?.version != version else { return }
        let kind: InstanceKind = if case .supervisor(let kind) = companion { kind } else { .server }
        let registry = InstanceRegistry(paths: paths, kind: kind)
        let manager = try ServiceManagers.standard(for: registry, programs: programs)
        let before = companion.state(paths)?.processID
        switch (companion, manager) {
        case (.frontDoor, let systemd as SystemdServices):
            try await systemd.systemctl(["restart", FrontDoorUnit.name], for: companion.name)
        case (.frontDoor, _):
            // The supervisor sees that it is gone.
            if let before { kill(before, SIGTERM) }
        case (.supervisor, is SupervisedServices):
            if let before { kill(before, Supervisor.renewal) }
        case (.supervisor, _):
            // Systemd has taken over from it: nothing needs it.
            return
        }
        try await wait(for: companion, at: version, before, manager)
    }

    private func wait(
        for companion: Companion,
        at version: String,
        _ before: pid_t?,
        _ manager: any ServiceManager
    ) async throws(InstanceError) {
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(patience) {
            if companion.state(paths)?.version == version { return }
            // A supervisor that was told to renew itself does, as the same process; one that is gone is not there to.
            if case .supervisor = companion, let supervised = manager as? SupervisedServices,
                before.map(Self.isAlive) != true, !companion.isRunning(paths)
            {
                try await supervised.beginSupervising()
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
        let now = companion.state(paths).map { "is at version \($0.version)" } ?? "does not run"
        throw .serviceProblem(name: companion.name, reason: "it \(now) and should be at version \(version)")
    }

    /// Whether a process runs; one that has ended and that nobody has asked about does not.
    private static func isAlive(_ process: pid_t) -> Bool {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
        // The name in brackets may hold anything; the state comes after it.
        let state = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first
        return state != "Z" && state != "X"
    }
}
