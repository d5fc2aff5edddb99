import APIClient
import Catalog
import Foundation
import Store
import TestSupport
import Testing

@Suite("Backups") struct BackupTests {
    @Test("I-34, I-45: a backup under write load holds one moment, is verified, and restores to a server with it")
    func underLoad() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let (before, after) = try await machine.serve("main") { client in
                let writer = Task {
                    var number = 0
                    while !Task.isCancelled {
                        number += 1
                        _ = try? await client.create(.environments, ["Name": .string("E\(number)")])
                    }
                }
                defer { writer.cancel() }
                try await wait(for: "some documents") { try await client.list(.environments).count > 20 }
                let before = try await client.list(.environments).count
                let backup = try await machine.succeed("backup", "--to", machine.backups)
                #expect(backup.standardOutput.contains(", verified: "))
                return (before, try await client.list(.environments).count)
            }
            #expect(after > before, "it was written meanwhile")
            #expect(machine.everything().count == 1, "nothing but the backup is left")
            try await machine.succeed("restore", try #require(machine.files().first), "--as", "copy")
            #expect(machine.masterKey("copy") == machine.masterKey("main"))
            try await machine.serve("copy") { client in
                let names = Set(try await client.list(.environments).compactMap { $0["Name"]?.stringValue })
                #expect((before...after).contains(names.count))
                #expect(names == Set((1...names.count).map { "E\($0)" }), "all up to one moment, none after it")
            }
        }
    }

    @Test("I-34: one command backs up all; one that is broken does not keep the others; list-backups names it")
    func all() async throws {
        try await withMachine { machine in
            #expect(try await machine.succeed("list-backups").standardOutput == "No instance exists yet.\n")
            #expect(try await machine.skerry.run("list-backups", "--older-than=-1").exitCode == 2)
            for name in ["good", "bad"] { try await machine.create(name) }
            let unknown = try await machine.skerry.run("list-backups")
            #expect(unknown.exitCode == 1 && unknown.standardOutput.contains("no verified backup"))
            try FileManager.default.removeItem(atPath: "\(machine.root)/etc/skerry/server/bad/config.json")
            let result = try await machine.skerry.run("backup", "--all", "--to", machine.backups, "--json")
            #expect(result.exitCode == 7)
            let outcomes = try result.json()["instances"]?.arrayValue ?? []
            #expect(outcomes.first { $0["name"] == "good" }?["ok"] == true)
            #expect(outcomes.first { $0["name"] == "bad" }?["ok"] == false)
            let list = try await machine.skerry.run("list-backups", "--json")
            #expect(list.exitCode == 1)
            let rows = try list.json()["data"]?.arrayValue ?? []
            #expect(rows.map { $0["isRecent"] } == [false, true])
            try FileManager.default.removeItem(atPath: try #require(machine.files().first))
            let gone = try await machine.skerry.run("list-backups", "--json").json()["data"]?.arrayValue ?? []
            #expect(gone.map { $0["isRecent"] } == [false, false], "a backup that was removed does not count")
        }
    }

    @Test("I-34: --keep leaves the newest and never removes the only verified one; --due passes over what is recent")
    func retention() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let never = try await machine.skerry.run("backup", "--to", machine.backups, "--dry-run")
            #expect(never.exitCode == 0 && machine.everything().isEmpty)
            try await machine.succeed("backup", "--to", machine.backups)
            let verified = try #require(machine.files().first)
            _ = try await machine.backUp("main")
            let third = try await machine.succeed("backup", "--to", machine.backups, "--no-verify", "--keep", "1")
            #expect(third.standardOutput.contains("removed"))
            #expect(machine.files().count == 2 && machine.files().contains(verified))
            let due = try await machine.succeed("backup", "--to", machine.backups, "--due", "24")
            #expect(due.standardOutput.contains("recent enough") && machine.files().count == 2)
            #expect(try await machine.skerry.run("backup", "--to", machine.backups, "--keep", "0").exitCode == 2)
        }
    }

    @Test("D-8: without a passphrase nothing is made; with --without-key the backup has no key, and says so")
    func passphrase() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            var bare = machine.skerry
            bare.environment["SKERRY_BACKUP_PASSPHRASE"] = .some(nil)
            let refused = try await bare.run("backup", "--to", machine.backups)
            #expect(refused.exitCode == 42 && refused.standardError.contains("--passphrase-file"))
            bare.environment["SKERRY_BACKUP_PASSPHRASE"] = "short"
            #expect(try await bare.run("backup", "--to", machine.backups).exitCode == 1)
            #expect(machine.everything().isEmpty)
            bare.environment["SKERRY_BACKUP_PASSPHRASE"] = .some(nil)
            #expect(try await bare.run("backup", "--to", machine.backups, "--without-key").exitCode == 0)
            let file = try #require(machine.files().first)
            let restored = try await bare.run("restore", file, "--as", "copy")
            #expect(restored.exitCode == 0 && restored.standardOutput.contains("master key was not restored"))
            #expect(machine.masterKey("copy") == nil, "no key is better than a wrong one")
            let started = try await bare.run("run", "--instance", "copy")
            #expect(started.exitCode == 42 && started.standardError.contains("put it back"))
        }
    }

    @Test(
        "a backup that is killed leaves none that looks whole; the next one tidies up",
        arguments: [30, 150, 400, 900]
    )
    func killed(milliseconds: Int) async throws {
        try await withMachine { machine in
            try await machine.create("main")
            try Data(count: 30 << 20).write(to: URL(filePath: "\(machine.home("main"))/large"))
            try await machine.skerry.start(["backup", "--to", machine.backups, "--no-verify"]) { process in
                try await Task.sleep(for: .milliseconds(milliseconds))
                process.send(signal: SIGKILL)
                try await process.waitForEnd()
            }
            for file in machine.files() { try await machine.succeed("restore", file, "--list") }
            let after = try await machine.backUp("main")
            try await machine.succeed("restore", after, "--list")
            #expect(!machine.everything().contains { $0.hasPrefix(".") })
            let home = try FileManager.default.contentsOfDirectory(atPath: machine.home("main"))
            #expect(!home.contains(".skerry-backup"))
        }
    }

    @Test("two backups of an instance at once: one is refused")
    func busy() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            try Data(count: 200 << 20).write(to: URL(filePath: "\(machine.home("main"))/large"))
            try await machine.skerry.start(["backup", "--to", machine.backups, "--no-verify"]) { process in
                try await wait(for: "the first backup") { !machine.everything().isEmpty }
                let second = try await machine.skerry.run("backup", "--to", machine.backups, "--no-verify")
                let isFirstDone = process.ending != nil
                #expect(second.exitCode == 1 && second.standardError.contains("Another backup") || isFirstDone)
            }
        }
    }
}
