import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

@Suite("Clones") struct CloneTests {
    @Test("I-28, I-35: a clone has the documents, and a key, identity and sign-ins of its own; the first runs on")
    func clone() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let file = "\(machine.home("main"))/packages/content/3f/x"
            try FileManager.default.createDirectory(
                atPath: URL(filePath: file).deletingLastPathComponent().path,
                withIntermediateDirectories: true
            )
            try await machine.serve("main") { client in
                _ = try await client.create(.environments, ["Name": "Test"])
                _ = try await client.create(
                    .feeds,
                    [
                        "Name": "Feed", "FeedType": "NuGet", "FeedUri": "https://feeds.example.com/v3/index.json",
                        "Username": "u", "Password": ["HasValue": true, "NewValue": "secret"],
                    ]
                )
                let dry = try await machine.succeed(
                    "clone-instance",
                    "--from",
                    "main",
                    "--instance",
                    "copy",
                    "--dry-run"
                )
                #expect(dry.standardOutput.contains("Would clone"))
                #expect(try await machine.names() == ["main"])
                try await machine.succeed("clone-instance", "--from", "main", "--instance", "copy")
            }
            #expect(machine.masterKey("copy") != machine.masterKey("main"))
            let taken = try await machine.skerry.run("clone-instance", "--from", "main", "--instance", "Copy")
            #expect(taken.exitCode == 1)
            await #expect(throws: (any Error).self, "the key of the first is not valid") {
                try await machine.serve("copy") { client in try await client.list(.environments) }
            }
            let key = "API-CLONECLONECLONECLONE12345"
            try await machine.succeed("admin", "--instance", "copy", "--username", "admin", "--apiKey", key)
            let identities = try await machine.skerry.serve(instance: "main") { _, main in
                try await machine.skerry.serve(instance: "copy") { _, copy in
                    let client = try await DestinationClient.connect(
                        to: copy,
                        key: APIKey(key, from: "the test"),
                        space: "Default"
                    )
                    let names = try await client.list(.environments).map { $0["Name"] }
                    #expect(names == ["Test"])
                    let first = try await installation(of: main)
                    let second = try await installation(of: copy)
                    return [first, second]
                }
            }
            #expect(Set(identities).count == 2)
            #expect(!FileManager.default.fileExists(atPath: "\(machine.root)/var/lib/skerry/clone"))
            try await machine.succeed("backup", "--to", machine.backups, "--instance", "copy")
        }
    }

    private func installation(of address: String) async throws -> String {
        let result = try await runProcess("/usr/bin/curl", ["-s", "\(address)/api"])
        return try JSON.parse(result.standardOutput)["InstallationId"]?.stringValue ?? ""
    }

    /// All files of the first instance, with their content.
    private func files(of machine: Machine) throws -> [String: Data?] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: machine.root).filter { name in
            // A reader of the database, and a backup, leave something when they are killed, until the next one.
            (name.contains("/main/") || name.hasSuffix("/main.json")) && !name.hasPrefix("run/")
                && !name.hasSuffix("-shm") && !name.hasSuffix("-wal") && !name.contains("/.skerry-backup")
        }
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, FileManager.default.contents(atPath: "\(machine.root)/\($0)")) }
        )
    }

    /// All that is there of a clone, or of the making of one.
    private func traces(on machine: Machine) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: machine.root)
            .filter { ($0.contains("copy") || $0.contains(".skerry-work-")) && !$0.hasPrefix("run/") }
    }

    @Test(
        "D-6, I-13: a clone that is killed counts for nothing or is whole; the same command completes it, and the first is as it was",
        arguments: [4, 9, 16, 21, 23]
    )
    func killed(change: Int) async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let before = try files(of: machine)
            #expect(before.count > 3)
            let command = ["clone-instance", "--from", "main", "--instance", "copy"]
            var killed = machine.skerry
            killed.environment["SKERRY_TEST_CRASH_AT_CHANGE"] = "\(change)"
            let first = try await killed.run(command)
            #expect(first.ending == .signalled(SIGKILL), "there are fewer changes: \(first.standardError)")
            #expect(try files(of: machine) == before)
            let half = try await machine.names()
            #expect(half == ["main"] || half == ["copy", "main"])
            let again = try await machine.skerry.run(command)
            #expect(
                again.exitCode == 0 || again.standardError.contains("already an instance"),
                "\(again.standardError)"
            )
            #expect(try await machine.names() == ["copy", "main"])
            #expect(try files(of: machine) == before)
            #expect(
                try traces(on: machine).allSatisfy { !$0.contains(".skerry-work-") && !$0.contains(".skerry-rest") }
            )
            #expect(machine.masterKey("copy") != machine.masterKey("main"))
            try await machine.succeed("selftest")
            let doctor = try await machine.skerry.run("doctor")
            #expect(doctor.exitCode == 0, "\(doctor.standardOutput)")
        }
    }

    enum Obstacle: CaseIterable {
        case damagedDatabase, keyGone, otherKey, configurationDamaged, homeInUse, nameTaken, placeTaken
    }

    @Test(
        "D-6: a clone that fails says why, leaves the first as it was and nothing of itself",
        arguments: Obstacle.allCases
    )
    func failed(obstacle: Obstacle) async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let database = "\(machine.home("main"))/skerry.db"
            let settings = "\(machine.root)/etc/skerry/server/main"
            let target = "\(machine.root)/target"
            var command = ["clone-instance", "--from", "main", "--instance", "copy", "--home", target]
            switch obstacle {
            case .damagedDatabase:
                try Data(repeating: 7, count: 8_192).write(to: URL(filePath: database))
            case .keyGone: try FileManager.default.removeItem(atPath: "\(settings)/secrets/master-key")
            case .otherKey:
                let key = Data(repeating: 9, count: 32).base64EncodedString()
                try Data("\(key)\n".utf8).write(to: URL(filePath: "\(settings)/secrets/master-key"))
                chmod("\(settings)/secrets/master-key", 0o600)
            case .configurationDamaged: try Data("{".utf8).write(to: URL(filePath: "\(settings)/config.json"))
            case .homeInUse:
                try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
                try Data("mine".utf8).write(to: URL(filePath: "\(target)/file"))
            case .nameTaken: command[4] = "Main"
            case .placeTaken: try Data("mine".utf8).write(to: URL(filePath: target))
            }
            let before = try files(of: machine)
            let beside = try traces(on: machine)
            let refused = try await machine.skerry.run(command)
            #expect(refused.exitCode != 0 && refused.exitCode != 100, "\(refused.exitCode): \(refused.standardError)")
            #expect(refused.standardError.hasPrefix("error: "), "\(refused.standardError)")
            #expect(try files(of: machine) == before)
            #expect(try traces(on: machine) == beside)
            #expect(try await machine.names() == ["main"])
            let left = (try? FileManager.default.contentsOfDirectory(atPath: target)) ?? []
            #expect(left == (obstacle == .homeInUse ? ["file"] : []))
        }
    }

    @Test("I-4, I-34: agents are backed up, restored with their identity, and cloned with one of their own")
    func agents() async throws {
        try await withMachine { machine in
            let agent = machine.skerry.agent
            func succeed(_ arguments: String..., isolation: isolated (any Actor)? = #isolation) async throws -> String {
                let result = try await agent.run(arguments)
                try #require(result.exitCode == 0, "\(arguments): \(result.standardError)")
                return result.standardOutput
            }
            _ = try await succeed("create-instance", "--instance", "web")
            let thumbprint = try await succeed("show-thumbprint", "--instance", "web")
            let backup = try await succeed("backup", "--instance", "web", "--to", machine.backups)
            #expect(backup.contains("verified"))
            _ = try await succeed("clone-instance", "--from", "web", "--instance", "web 2")
            #expect(try await succeed("show-thumbprint", "--instance", "web 2") != thumbprint)
            _ = try await succeed("delete-instance", "--instance", "web", "--purge")
            _ = try await succeed("restore", try #require(machine.files().first))
            #expect(try await succeed("show-thumbprint", "--instance", "web") == thumbprint)
        }
    }
}
