import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Instances

@Suite struct RegistryTests {
    private func withRegistry(_ body: (InstanceRegistry) throws -> Void) async throws {
        try await withTemporaryDirectory { root in
            let paths = try InstancePaths(environment: ["SKERRY_ROOT": root], userID: 1, homeDirectory: "/nowhere")
            try body(InstanceRegistry(paths: paths))
        }
    }

    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    private final class Held: Sendable {
        let instance: Mutex<RunningInstance?>

        init(_ instance: RunningInstance) { self.instance = Mutex(instance) }
    }

    @Test("stop waits for an instance that has published nothing yet, or nothing any more")
    func stopsSilent() async throws {
        try await withRegistry { registry in
            let record = try registry.create(InstanceCreation())
            let held = Held(try RunningInstance.claim(record, in: registry))
            #expect(throws: InstanceError.self) { try registry.stop(record, seconds: 0) }
            Thread.detachNewThread {
                usleep(200_000)
                held.instance.withLock { $0 = nil }
            }
            #expect(try registry.stop(record, seconds: 120))
            #expect(try !registry.stop(record))
        }
    }

    @Test("The first instance needs no name and is the default; more leave it the default")
    func firstIsDefault() async throws {
        try await withRegistry { registry in
            #expect(try registry.create(InstanceCreation()).name == "main")
            #expect(throws: InstanceError.self) { try registry.create(InstanceCreation()) }
            _ = try registry.create(InstanceCreation(name: "Second One"))
            #expect(try registry.resolve(option: nil, variable: nil).record.slug == "main")
            #expect(try registry.resolve(option: nil, variable: "second one").record.slug == "second-one")
            #expect(try registry.resolve(option: "MAIN", variable: "second one").record.slug == "main")
            _ = try registry.setDefault("second one")
            #expect(try registry.records().filter(\.isDefault).map(\.slug) == ["second-one"])
        }
    }

    @Test("Without a default: none is an error, one is used with a notice, several are ambiguous")
    func noDefault() async throws {
        try await withRegistry { registry in
            #expect(throws: InstanceError.noInstance) { try registry.resolve(option: nil, variable: nil) }
            for name in ["a", "b", "c"] { _ = try registry.create(InstanceCreation(name: name)) }
            _ = try registry.delete(try registry.resolve(option: "a", variable: nil).record, level: .keepData)
            #expect(throws: InstanceError.ambiguous(registered: ["b", "c"])) {
                try registry.resolve(option: nil, variable: nil)
            }
            #expect(throws: InstanceError.unknown(name: "x", registered: ["b", "c"])) {
                try registry.resolve(option: "x", variable: nil)
            }
            _ = try registry.delete(try registry.resolve(option: "b", variable: nil).record, level: .purge)
            let only = try registry.resolve(option: nil, variable: nil)
            #expect(only.record.slug == "c")
            #expect(only.notice?.contains("c") == true)
        }
    }

    @Test("A creation that stops at any step is completed by the next one, with the same master key", arguments: 0..<5)
    func interruptedCreation(step: Int) async throws {
        struct Stop: Error {}
        try await withRegistry { registry in
            let keyFile = registry.paths.masterKeyFile(.server, "main")
            let stopAt = try #require(CreationStep(rawValue: step))
            let stop = InstanceError.fileProblem(path: "", action: "go on", reason: "stopped by the test")
            #expect(throws: stop) {
                try registry.create(InstanceCreation()) { (finished) throws(InstanceError) in
                    if finished == stopAt { throw stop }
                }
            }
            let key = FileManager.default.contents(atPath: keyFile)
            #expect(try registry.records().isEmpty == (stopAt != .registered))
            if stopAt != .registered { _ = try registry.create(InstanceCreation()) }
            let secrets = InstanceSecrets(paths: registry.paths, kind: .server, slug: "main")
            #expect(try secrets.masterKey().count == 32)
            if let key { #expect(FileManager.default.contents(atPath: keyFile) == key) }
            #expect(try registry.overview().map(\.state) == [.stopped])
        }
    }

    @Test("Secrets are for the owner only, and a key that others may read is refused")
    func permissions() async throws {
        try await withRegistry { registry in
            let record = try registry.create(InstanceCreation())
            let secrets = InstanceSecrets(paths: registry.paths, kind: .server, slug: record.slug)
            #expect(try mode(secrets.directory) == 0o700)
            #expect(try mode(secrets.masterKeyFile) == 0o600)
            #expect(try mode(record.configurationFile) == 0o640)
            #expect(try mode(record.home) == 0o750)
            #expect(try mode(registry.paths.recordFile(.server, "main")) == 0o644)
            chmod(secrets.masterKeyFile, 0o644)
            #expect(throws: InstanceError.self) { try secrets.masterKey() }
        }
    }

    @Test("Names, ports, homes and databases of two instances cannot be the same")
    func conflicts() async throws {
        try await withRegistry { registry in
            let first = try registry.create(InstanceCreation(name: "a b"))
            #expect(throws: InstanceError.nameTaken("A-B", by: "a b")) { try registry.create(.init(name: "A-B")) }
            #expect(throws: InstanceError.self) { try registry.create(.init(name: "x", home: first.home + "/inner")) }
            #expect(throws: InstanceError.self) { try registry.create(.init(name: "x", home: "/")) }
            let second = try registry.create(InstanceCreation(name: "second"))
            #expect(try registry.configuration(of: second).webListenPrefixes.first?.port ?? 0 > 8065)
            let before = FileManager.default.contents(atPath: second.configurationFile)
            var changes = ConfigurationChanges()
            changes.webListenPrefixes = [try ListenPrefix("http://localhost:8065/")]
            #expect(throws: InstanceError.self) { try registry.configure(second, changes) }
            changes = ConfigurationChanges()
            changes.databaseFile = first.home + "/skerry.db"
            #expect(throws: InstanceError.self) { try registry.configure(second, changes) }
            #expect(FileManager.default.contents(atPath: second.configurationFile) == before)
        }
    }

    @Test("Deleting keeps data unless told to purge, never a home with other people's files, never while running")
    func deletion() async throws {
        try await withRegistry { registry in
            let record = try registry.create(InstanceCreation())
            try Data("x".utf8).write(to: URL(fileURLWithPath: record.home + "/skerry.db"))
            do {
                let running = try RunningInstance.claim(record, in: registry)
                #expect(throws: InstanceError.self) { try registry.delete(record, level: .purge) }
                #expect(throws: InstanceError.self) { try RunningInstance.claim(record, in: registry) }
                try running.publish(RunState(processID: 7, isReady: true, addresses: ["http://a:1"], version: "1"))
                #expect(try registry.overview().map(\.state) == [.running])
                #expect(try registry.overview().map(\.addresses) == [["http://a:1"]])
            }
            let kept = try registry.delete(record, level: .keepData).kept
            #expect(kept.contains(record.home) && FileManager.default.fileExists(atPath: record.home + "/skerry.db"))
            #expect(!FileManager.default.fileExists(atPath: record.configurationFile))

            let again = try registry.create(InstanceCreation())
            _ = try registry.delete(again, level: .purge)
            #expect(!FileManager.default.fileExists(atPath: again.home))
            #expect(!FileManager.default.fileExists(atPath: registry.paths.configurationDirectory(.server, "main")))

            let foreign = registry.paths.stateRoot + "/foreign"
            try FileManager.default.createDirectory(atPath: foreign, withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: foreign + "/mine"))
            let guest = try registry.create(InstanceCreation(name: "guest", home: foreign))
            #expect(throws: InstanceError.homeNotOurs(home: foreign)) { try registry.delete(guest, level: .purge) }
            #expect(FileManager.default.fileExists(atPath: foreign + "/mine"))
        }
    }

    @Test("An instance whose configuration is gone is broken, and can be forgotten")
    func broken() async throws {
        try await withRegistry { registry in
            let record = try registry.create(InstanceCreation())
            try FileManager.default.removeItem(atPath: record.configurationFile)
            #expect(try registry.overview().map(\.state) == [.broken])
            #expect(throws: InstanceError.broken(name: "main", path: record.configurationFile, reason: "is missing")) {
                try registry.configuration(of: record)
            }
            _ = try registry.delete(record, level: .keepData)
            #expect(try registry.records().isEmpty)
        }
    }
}
