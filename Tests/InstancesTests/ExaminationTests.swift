import Foundation
import TestSupport
import Testing

@testable import Instances

@Suite("The doctor of instances") struct ExaminationTests {
    /// A machine with one healthy instance of each kind, and what a doctor of servers needs.
    private struct Patient {
        var root: String
        var registry: InstanceRegistry
        var record: InstanceRecord
        var units: SystemdServices

        var paths: InstancePaths { registry.paths }

        func examination(systemd: Bool = false, database: Examination.Database = .schema(1)) -> Examination {
            Examination(
                registry: registry,
                manager: systemd ? units : SupervisedServices(registry: registry, program: "/usr/bin/true"),
                version: "1",
                newestSchema: 3,
                database: { _ in database }
            )
        }

        func configure(_ change: (inout ConfigurationChanges) throws -> Void) throws {
            var changes = ConfigurationChanges()
            try change(&changes)
            _ = try registry.configure(record, changes)
        }
    }

    private func withPatient(
        _ kind: InstanceKind = .server,
        _ body: (Patient) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { root in
            let paths = try InstancePaths(environment: ["SKERRY_ROOT": root], userID: 1, homeDirectory: "/nowhere")
            let registry = InstanceRegistry(paths: paths, kind: kind)
            let record = try registry.create(InstanceCreation())
            let units = SystemdServices(
                registry: registry,
                directory: "\(root)/units",
                isOfUser: false,
                program: "/usr/bin/true",
                root: root
            )
            try await body(Patient(root: root, registry: registry, record: record, units: units))
        }
    }

    private func faults(_ examination: Examination) async -> Set<Fault> {
        Set(await examination.findings().map(\.fault))
    }

    @Test("a healthy machine has no fault", arguments: InstanceKind.allCases)
    func healthy(kind: InstanceKind) async throws {
        try await withPatient(kind) { patient in
            let findings = await patient.examination().findings()
            #expect(findings.isEmpty)
        }
    }

    /// Each fault that a change of files, accounts or arguments makes.
    @Test(
        "each fault is found by its name, and says what to do",
        arguments: [
            .clockWrong, .registryDamaged, .defaultMissing, .supervisorMissing, .configurationMissing,
            .configurationInvalid, .keyMissing, .keyOpen, .keyUnusable, .homeMissing, .homeOpen, .accountMissing,
            .diskFull, .portNeedsRights, .certificateMissing, .certificateExpired, .certificateExpires,
            .databaseDamaged, .databaseNewer, .serviceFailed, .unitOutdated, .renameUnfinished,
        ] as [Fault]
    )
    func found(fault: Fault) async throws {
        try await withPatient { patient in
            var examination = patient.examination()
            try spoil(patient, fault, &examination)
            let findings = await examination.findings()
            let found = try #require(findings.first { $0.fault == fault }, "\(findings)")
            #expect(!found.message.isEmpty && !found.advice.isEmpty)
            #expect(Set(findings.map(\.fault)) == [fault], "nothing else")
        }
    }

    private func spoil(_ patient: Patient, _ fault: Fault, _ examination: inout Examination) throws {
        let record = patient.record
        let key = patient.paths.masterKeyFile(.server, record.slug)
        let files = FileManager.default
        switch fault {
        case .clockWrong: examination.now = Date(timeIntervalSince1970: 3_600)
        case .registryDamaged:
            try "{".write(toFile: patient.paths.recordFile(.server, "other"), atomically: true, encoding: .utf8)
        case .defaultMissing:
            for name in ["a", "b"] { _ = try patient.registry.create(InstanceCreation(name: name)) }
            _ = try patient.registry.forget(record)
        case .supervisorMissing:
            try ServiceFile(slug: record.slug, user: record.user, isWanted: true, request: 1).write(
                in: patient.registry
            )
        case .configurationMissing: try files.removeItem(atPath: record.configurationFile)
        case .configurationInvalid:
            try "{}".write(toFile: record.configurationFile, atomically: true, encoding: .utf8)
        case .keyMissing: try files.removeItem(atPath: key)
        case .keyOpen: chmod(key, 0o644)
        case .keyUnusable:
            try files.removeItem(atPath: key)
            try DurableFile.createOnce(Array("short".utf8), at: key, mode: 0o600)
        case .homeMissing: try files.removeItem(atPath: record.home)
        case .homeOpen: chmod(record.home, 0o755)
        case .accountMissing:
            var other = record
            other.user = "no-such-account"
            try patient.registry.write(other)
        case .diskFull: examination.leastFreeBytes = 1 << 60
        case .portNeedsRights:
            var other = record
            other.user = "nobody"
            try patient.registry.write(other)
            if geteuid() == 0 { try AccountAccess(registry: patient.registry, record: other).give() }
            try patient.configure { $0.webListenPrefixes = [try ListenPrefix("http://127.0.0.1:853/")] }
        case .certificateMissing: try tls(patient, days: nil)
        case .certificateExpired: try tls(patient, days: -1)
        case .certificateExpires: try tls(patient, days: 10)
        case .databaseDamaged, .databaseNewer:
            try "x".write(toFile: "\(record.home)/skerry.db", atomically: true, encoding: .utf8)
            examination = patient.examination(database: fault == .databaseNewer ? .schema(4) : .damaged("no database"))
        case .serviceFailed:
            try ServiceFile(slug: record.slug, user: "", isWanted: false, request: 1).write(in: patient.registry)
            try Directories.make(patient.paths.runtimeDirectory(.server, record.slug), mode: 0o755)
            try SupervisorReport(request: 1, reason: "it ended").write(record.slug, in: patient.registry)
        case .renameUnfinished:
            let duty = ServiceDuty(isRunning: true, isEnabled: true)
            _ = try patient.registry.beginRename(record, to: InstanceName("Another"), duty: duty)
        case .unitOutdated:
            try Directories.make(patient.units.directory, mode: 0o755)
            let unit = patient.units.unit(record)
            let text = unit.text.replacing("WatchdogSec=30", with: "WatchdogSec=60")
            try text.write(toFile: "\(patient.units.directory)/\(unit.name)", atomically: true, encoding: .utf8)
            examination = patient.examination(systemd: true)
        default: Issue.record("\(fault) has a test of its own")
        }
    }

    /// A certificate that is valid for so many days more; nil makes no file.
    private func tls(_ patient: Patient, days: Int?) throws {
        let file = "\(patient.root)/tls.pem"
        if let days {
            let made = Date.now.addingTimeInterval((Double(days) - 100 * 365.25) * 86_400)
            let identity = try AgentIdentity.make(name: "test", now: made)
            try DurableFile.write(identity.fileBytes, to: file, mode: 0o600)
        }
        try patient.configure {
            $0.tlsCertificateFile = file
            $0.tlsPrivateKeyFile = file
        }
    }

    @Test("owner-wrong: files of another account", .enabled(if: geteuid() == 0, "needs root"))
    func owner() async throws {
        try await withPatient { patient in
            var other = patient.record
            other.user = "nobody"
            try patient.registry.write(other)
            let found = await faults(patient.examination())
            #expect(found == [.ownerWrong])
        }
    }

    @Test("port-taken: another program has the port of an instance that does not run")
    func port() async throws {
        try await withPatient { patient in
            let port = try freePort()
            try patient.configure { $0.webListenPrefixes = [try ListenPrefix("http://127.0.0.1:\(port)/")] }
            let held = try #require(Listening(port: port))
            let found = await faults(patient.examination())
            #expect(found == [.portTaken])
            withExtendedLifetime(held) {}
        }
    }

    @Test("lock-held: a command that does not let go of the registry")
    func lock() async throws {
        try await withPatient { patient in
            let lock = try FileLock.attempt(patient.paths.registryLockFile)
            let found = await faults(patient.examination())
            #expect(found == [.lockHeld])
            withExtendedLifetime(lock) {}
        }
    }

    @Test("not-answering, old-program-runs, front-door-missing: how an instance runs")
    func running() async throws {
        try await withPatient { patient in
            let running = try RunningInstance.claim(patient.record, in: patient.registry)
            var found = await faults(patient.examination())
            #expect(found == [.notAnswering])
            try running.publish(.init(processID: getpid(), isReady: true, addresses: [], version: "0"))
            found = await faults(patient.examination())
            #expect(found == [.oldProgram])
            try running.publish(.init(processID: getpid(), isReady: true, addresses: [], version: "1"))
            let port = try freePort()
            try patient.configure { $0.webListenPrefixes = [try ListenPrefix("http://127.0.0.1:\(port)/group1")] }
            found = await faults(patient.examination())
            #expect(found == [.frontDoorMissing])
            let nginx = try #require(Listening(port: port))
            found = await faults(patient.examination())
            #expect(found.isEmpty, "somebody else does it")
            withExtendedLifetime((running, nginx)) {}
        }
    }

    @Test("an agent whose identity is gone, open, or at its end is named too")
    func agent() async throws {
        try await withPatient(.agent) { patient in
            let file = AgentIdentityFile(paths: patient.paths, slug: patient.record.slug)
            var examination = patient.examination()
            examination.now = .now.addingTimeInterval(101 * 365.25 * 86_400)
            var found = await faults(examination)
            #expect(found == [.certificateExpired])
            chmod(file.path, 0o644)
            found = await faults(patient.examination())
            #expect(found == [.keyOpen])
            try FileManager.default.removeItem(atPath: file.path)
            found = await faults(patient.examination())
            #expect(found == [.keyMissing])
        }
    }
}

/// A socket that listens on a port of the loopback interface.
private final class Listening {
    private let descriptor: Int32

    init?(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(descriptor, 1) == 0 else { return nil }
    }

    deinit { close(descriptor) }
}
