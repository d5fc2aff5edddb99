import Foundation
import Subprocess
import SystemPackage

/// Instances that Skerry's own supervisor keeps running, for machines without systemd (containers). Asking for
/// something writes down what is wanted; the supervisor sees to it, now and after a restart of its own.
public struct SupervisedServices: ServiceManager {
    public let registry: InstanceRegistry
    /// The program, whose `supervise` command is the supervisor.
    public let program: String

    public var title: String { "the supervisor" }

    public init(registry: InstanceRegistry, program: String) {
        self.registry = registry
        self.program = program
    }

    public func isInstalled(_ record: InstanceRecord) throws(InstanceError) -> Bool {
        DurableFile.exists(registry.serviceFile(record.slug))
    }

    public func duty(of record: InstanceRecord) async throws(InstanceError) -> ServiceDuty? {
        try ServiceFile.read(record.slug, in: registry)
            .map { ServiceDuty(isRunning: $0.isWanted, isEnabled: $0.isWanted) }
    }

    public func install(_ record: InstanceRecord) async throws(InstanceError) {
        try change(record) { $0.user = record.user }
    }

    public func install(
        _ record: InstanceRecord,
        insteadOf slug: String,
        duty: ServiceDuty
    ) async throws(InstanceError) { try await install(record) }

    public func uninstall(_ record: InstanceRecord) async throws(InstanceError) {
        try DurableFile.remove(registry.serviceFile(record.slug))
    }

    public func requestStart(_ record: InstanceRecord) async throws(InstanceError) {
        try change(record) {
            $0.isWanted = true
            $0.request += 1
        }
        try await beginSupervising()
    }

    public func requestStop(_ record: InstanceRecord) async throws(InstanceError) {
        guard try isInstalled(record) else { return }
        try change(record) { $0.isWanted = false }
    }

    public func failure(of record: InstanceRecord) async -> String? {
        guard let report = SupervisorReport.read(record.slug, in: registry),
            let file = try? ServiceFile.read(record.slug, in: registry), report.request == file.request
        else { return nil }
        return report.reason
    }

    private func change(_ record: InstanceRecord, _ edit: (inout ServiceFile) -> Void) throws(InstanceError) {
        try registry.changing { () throws(InstanceError) in
            let known = try? ServiceFile.read(record.slug, in: registry)
            var file = known ?? ServiceFile(slug: record.slug, user: record.user, isWanted: false, request: 0)
            edit(&file)
            try file.write(in: registry)
        }
    }

    /// Starts the supervisor in a session of its own, unless one is at work.
    func beginSupervising() async throws(InstanceError) {
        guard !Companion.supervisor(registry.kind).isRunning(registry.paths) else { return }
        let log = "\(registry.paths.logRoot)/\(registry.kind.rawValue)-supervisor.log"
        try Directories.make(registry.paths.logRoot, mode: 0o755)
        var options = PlatformOptions()
        options.createSession = true
        let program = program
        // The supervisor outlives this command: nobody waits for its end.
        let started = Task.detached {
            let descriptor = try FileDescriptor.open(
                FilePath(log),
                .writeOnly,
                options: [.append, .create],
                permissions: [.ownerReadWrite]
            )
            _ = try await Subprocess.run(
                .path(FilePath(program)),
                arguments: ["supervise"],
                environment: .withoutSecrets,
                workingDirectory: "/",
                platformOptions: options,
                output: .fileDescriptor(descriptor, closeAfterSpawningProcess: false),
                error: .fileDescriptor(descriptor, closeAfterSpawningProcess: true)
            )
        }
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(30) {
            if Companion.supervisor(registry.kind).isRunning(registry.paths) { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
        started.cancel()
        throw .serviceProblem(name: registry.kind.rawValue, reason: "the supervisor does not start; see \(log)")
    }
}

/// Why the supervisor could not keep an instance running; gone as soon as it is asked to start it again.
struct SupervisorReport: Sendable, Hashable {
    var request: Int
    var reason: String

    static func file(_ slug: String, in registry: InstanceRegistry) -> String {
        "\(registry.paths.runtimeDirectory(registry.kind, slug))/failure"
    }

    static func read(_ slug: String, in registry: InstanceRegistry) -> SupervisorReport? {
        guard let bytes = (try? DurableFile.read(file(slug, in: registry))) ?? nil else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstIndex(of: "\n"), let request = Int(text[..<end]) else { return nil }
        return SupervisorReport(request: request, reason: String(text[end...].dropFirst()))
    }

    func write(_ slug: String, in registry: InstanceRegistry) throws(InstanceError) {
        let path = Self.file(slug, in: registry)
        try DurableFile.write(Array("\(request)\n\(reason)".utf8), to: path, mode: 0o644)
    }
}
