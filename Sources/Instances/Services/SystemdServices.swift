import Foundation
import Subprocess

/// Instances as systemd units: of the machine for root, of the user for everybody else.
public struct SystemdServices: ServiceManager {
    public let registry: InstanceRegistry
    /// Where unit files go.
    public let directory: String
    public let isOfUser: Bool
    public let program: String
    public let root: String?

    public var title: String { "systemd" }

    public init(registry: InstanceRegistry, directory: String, isOfUser: Bool, program: String, root: String?) {
        self.registry = registry
        self.directory = directory
        self.isOfUser = isOfUser
        self.program = program
        self.root = root
    }

    public func unit(_ record: InstanceRecord) -> SystemdUnit {
        let prefixes = (try? registry.settings(of: record))?.addresses ?? []
        return SystemdUnit(
            kind: registry.kind,
            record: record,
            paths: registry.paths,
            program: program,
            isOfUser: isOfUser,
            root: root,
            needsLowPort: prefixes.contains { (1..<1024).contains($0.port) }
        )
    }

    private func file(_ record: InstanceRecord) -> String { "\(directory)/\(unit(record).name)" }

    public func isInstalled(_ record: InstanceRecord) throws(InstanceError) -> Bool {
        DurableFile.exists(file(record))
    }

    /// Whether the unit file of an instance is there and another than would be made now.
    func isOutdated(_ record: InstanceRecord) -> Bool {
        guard let bytes = try? DurableFile.read(file(record)) else { return false }
        return bytes != Array(unit(record).text.utf8)
    }

    public func install(_ record: InstanceRecord) async throws(InstanceError) {
        let unit = unit(record)
        try Directories.make(directory, mode: 0o755)
        let target = "\(directory)/\(SystemdUnit.target(registry.kind))"
        try DurableFile.write(Array(SystemdUnit.targetText(registry.kind).utf8), to: target, mode: 0o644)
        try DurableFile.write(Array(unit.text.utf8), to: file(record), mode: 0o644)
        let needsDoor = registry.kind == .server ? try registry.frontDoorPlan().isNeeded : false
        if needsDoor {
            let door = FrontDoorUnit(program: program, isOfUser: isOfUser, root: root)
            try DurableFile.write(Array(door.text.utf8), to: "\(directory)/\(FrontDoorUnit.name)", mode: 0o644)
        }
        try await systemctl(["daemon-reload"], record)
        try await systemctl(["enable", "--quiet", SystemdUnit.target(registry.kind), unit.name], record)
        if needsDoor { try await systemctl(["enable", "--quiet", "--now", FrontDoorUnit.name], record) }
    }

    public func duty(of record: InstanceRecord) async throws(InstanceError) -> ServiceDuty? {
        guard try isInstalled(record) else { return nil }
        let name = unit(record).name
        guard let text = await output(["show", "--property=ActiveState,UnitFileState", name]) else {
            throw .serviceProblem(name: record.name, reason: "systemctl does not say how \(name) is")
        }
        let lines = text.split(separator: "\n")
        return ServiceDuty(
            isRunning: ["active", "activating", "reloading"].contains { lines.contains("ActiveState=\($0)") },
            isEnabled: lines.contains("UnitFileState=enabled")
        )
    }

    public func install(
        _ record: InstanceRecord,
        insteadOf slug: String,
        duty: ServiceDuty
    ) async throws(InstanceError) {
        let before = "\(directory)/\(SystemdUnit.name(registry.kind, slug)).d"
        try Directories.move(before, to: "\(file(record)).d")
        try await install(record)
        if !duty.isEnabled { try await systemctl(["disable", "--quiet", unit(record).name], record) }
    }

    public func uninstall(_ record: InstanceRecord) async throws(InstanceError) {
        try await systemctl(["disable", "--quiet", unit(record).name], record)
        try DurableFile.remove(file(record))
        try await systemctl(["daemon-reload"], record)
    }

    public func requestStart(_ record: InstanceRecord) async throws(InstanceError) {
        // One that failed too often is not started again before it is told so.
        _ = await output(["reset-failed", unit(record).name])
        try await systemctl(["start", "--no-block", unit(record).name], record)
    }

    public func requestStop(_ record: InstanceRecord) async throws(InstanceError) {
        try await systemctl(["stop", "--no-block", unit(record).name], record)
    }

    public func failure(of record: InstanceRecord) async -> String? {
        guard let state = await output(["show", "--property=ActiveState,Result", unit(record).name]),
            state.contains("ActiveState=failed")
        else { return nil }
        let journal = (isOfUser ? ["--user"] : []) + ["-u", unit(record).name]
        let log = "journalctl \(journal.joined(separator: " "))"
        guard let reason = await lastError(journal) else { return "systemd gave up. See: \(log)" }
        return "\(reason) (full log: \(log))"
    }

    /// What the program said last of why it ended.
    private func lastError(_ journal: [String]) async -> String? {
        let arguments = journal + ["--lines=50", "--output=cat", "--no-pager", "--quiet"]
        let result = try? await Subprocess.run(
            .name("journalctl"),
            arguments: Arguments(arguments),
            output: .string(limit: 1 << 16),
            error: .discarded
        )
        let lines = result?.standardOutput.split(separator: "\n") ?? []
        return lines.last { $0.hasPrefix("error: ") }.map { String($0.dropFirst("error: ".count)) }
    }

    /// What systemctl printed; nil when it failed.
    private func output(_ arguments: [String]) async -> String? {
        guard let result = try? await call(arguments), result.terminationStatus.isSuccess else { return nil }
        return result.standardOutput
    }

    private func systemctl(_ arguments: [String], _ record: InstanceRecord) async throws(InstanceError) {
        try await systemctl(arguments, for: record.name)
    }

    /// - Parameter name: of what it is about, for the error.
    func systemctl(_ arguments: [String], for name: String) async throws(InstanceError) {
        CrashPoint.pass()
        let reason: String
        do {
            let result = try await call(arguments)
            if result.terminationStatus.isSuccess { return }
            reason = result.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            reason = "\(error)"
        }
        let command = (["systemctl"] + (isOfUser ? ["--user"] : []) + arguments).joined(separator: " ")
        throw .serviceProblem(name: name, reason: "\(command) failed: \(reason)")
    }

    /// The manager of a user is found by the directory that a sign-in names.
    private var environment: Subprocess.Environment {
        let variables = ProcessInfo.processInfo.environment
        guard isOfUser, let directory = InstancePaths.runtimeDirectory(variables, geteuid()) else { return .inherit }
        return .inherit.updating(["XDG_RUNTIME_DIR": directory])
    }

    private func call(_ arguments: [String]) async throws -> ExecutionResult<
        Void, StringOutput<UTF8>, StringOutput<UTF8>
    > {
        try await Subprocess.run(
            .name("systemctl"),
            arguments: Arguments((isOfUser ? ["--user"] : []) + arguments),
            environment: environment,
            output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16)
        )
    }
}
