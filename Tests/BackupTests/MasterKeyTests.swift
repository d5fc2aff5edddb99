import APIClient
import Catalog
import Foundation
import Instances
import Store
import TestSupport
import Testing

@testable import Backup

@Suite("Master keys") struct MasterKeyTests {
    private func feed(_ number: Int) -> JSON {
        [
            "Name": .string("Feed \(number)"), "FeedType": "NuGet",
            "FeedUri": "https://feeds.example.com/v3/index.json",
            "Username": "u", "Password": ["HasValue": true, "NewValue": .string("secret \(number)")],
        ]
    }

    private func secrets(_ machine: Machine, isolation: isolated (any Actor)? = #isolation) async throws -> [String] {
        let text = String(decoding: try #require(machine.masterKey("main")), as: UTF8.self)
        let key = try #require(Data(base64Encoded: text.trimmingCharacters(in: .newlines)))
        let store = try await DocumentStore.open(
            try SQLiteDriver.open(path: "\(machine.home("main"))/skerry.db"),
            sealer: try MasterKeySealer(masterKey: [UInt8](key))
        )
        let found: [String] = try await store.read { reader in
            try (1...9).compactMap { number in
                let id = "Feeds-\(number)"
                guard let path = try reader.secretPaths(.feeds, id).first else { return nil }
                return try reader.secret(.feeds, id, path: path).map { String(decoding: $0, as: UTF8.self) }
            }
        }
        try await store.close()
        return found
    }

    private func withSecrets(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Machine, InstanceRegistry, InstanceRecord) async throws -> Void
    ) async throws {
        try await withMachine { machine in
            try await machine.create("main")
            try await machine.serve("main") { client in
                for number in 1...3 { _ = try await client.create(.feeds, feed(number)) }
            }
            let paths = try InstancePaths(environment: ["SKERRY_ROOT": machine.root], userID: 0, homeDirectory: "/")
            let registry = InstanceRegistry(paths: paths)
            try await body(machine, registry, try registry.resolve(option: "main", variable: nil).record)
        }
    }

    @Test("I-46: a rotation changes the key and every sealed value, and nothing of what they mean")
    func rotation() async throws {
        try await withSecrets { machine, _, _ in
            let before = try await secrets(machine)
            let key = machine.masterKey("main")
            let dry = try await machine.succeed("rotate-master-key", "--dry-run")
            #expect(dry.standardOutput.contains("3 secrets") && machine.masterKey("main") == key)
            try await machine.serve("main") { _ in
                let running = try await machine.skerry.run("rotate-master-key")
                #expect(running.exitCode == 1 && running.standardError.contains("is running"))
            }
            let rotated = try await machine.succeed("rotate-master-key")
            #expect(rotated.standardOutput.contains("show-master-key"))
            #expect(machine.masterKey("main") != key)
            let after = try await secrets(machine)
            #expect(after == before && after.count == 3)
            try await machine.serve("main") { client in
                let feeds = try await client.list(.feeds).count
                #expect(feeds >= 3)
            }
            let stale = try await machine.skerry.run(
                "set-master-key",
                input: String(decoding: key ?? Data(), as: UTF8.self)
            )
            #expect(stale.exitCode == 42 && stale.standardError.contains("not the one"))
        }
    }

    @Test(
        "I-46: a rotation that is killed after any step is completed by the same command; until then nothing starts",
        arguments: MasterKeyRotation.Step.allCases
    )
    func killedRotation(step: MasterKeyRotation.Step) async throws {
        try await withSecrets { machine, registry, record in
            let before = try await secrets(machine)
            let key = machine.masterKey("main")
            let root = machine.root
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [root = root as String, step = step.rawValue as Int] in
                let paths = try InstancePaths(environment: ["SKERRY_ROOT": root], userID: 0, homeDirectory: "/")
                let registry = InstanceRegistry(paths: paths)
                let record = try registry.resolve(option: "main", variable: nil).record
                _ = try await MasterKeyRotation(record: record, registry: registry).run { finished in
                    if finished.rawValue == step { kill(getpid(), SIGKILL) }
                }
            }
            if step != .keyReplaced {
                let refused = try await machine.skerry.run("run")
                #expect(refused.exitCode == 42)
                #expect(refused.standardError.contains("skerry rotate-master-key --instance main"))
                let backup = try await machine.skerry.run("backup", "--to", machine.backups)
                #expect(backup.exitCode == 42 && machine.files().isEmpty)
            }
            let again = try await machine.succeed("rotate-master-key")
            #expect(again.standardOutput.contains("completed what was begun") == (step != .keyReplaced))
            let after = try await secrets(machine)
            #expect(after == before && machine.masterKey("main") != key)
        }
    }

    @Test("I-46: with a wrong or a missing key the start is refused, with what to do; the saved key can be put back")
    func wrongKey() async throws {
        try await withSecrets { machine, _, _ in
            let saved = try await machine.succeed("show-master-key").standardOutput
            let file = "\(machine.root)/etc/skerry/server/main/secrets/master-key"
            let other = Data(repeating: 7, count: 32).base64EncodedString()
            try Data(other.utf8).write(to: URL(filePath: file))
            let wrong = try await machine.skerry.run("run")
            #expect(wrong.exitCode == 42 && wrong.standardError.contains("skerry set-master-key --instance main"))
            try FileManager.default.removeItem(atPath: file)
            let missing = try await machine.skerry.run("run")
            #expect(missing.exitCode == 42 && missing.standardError.contains("skerry set-master-key --instance main"))
            for bad in [other, "no key", ""] {
                #expect(try await machine.skerry.run("set-master-key", input: bad + "\n").exitCode != 0)
            }
            #expect(machine.masterKey("main") == nil)
            let dry = try await machine.skerry.run("set-master-key", "--dry-run", input: saved)
            #expect(dry.exitCode == 0 && machine.masterKey("main") == nil)
            let put = try await machine.skerry.run("set-master-key", input: saved)
            #expect(put.exitCode == 0, "\(put.standardError)")
            #expect(try await secrets(machine).count == 3)
        }
    }

    @Test("I-35: each instance has a key of its own, offers it to be saved when it is made, and can show it")
    func ownKeys() async throws {
        try await withMachine { machine in
            for name in ["a", "b"] {
                let made = try await machine.succeed("create-instance", "--instance", name)
                #expect(made.standardOutput.contains("Save the master key in a safe place"))
            }
            var keys: Set<String> = []
            for name in ["a", "b"] {
                keys.insert(try await machine.succeed("show-master-key", "--instance", name).standardOutput)
            }
            #expect(keys.count == 2)
        }
    }
}
