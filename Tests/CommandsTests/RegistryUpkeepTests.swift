import Catalog
import Foundation
import TestSupport
import Testing

@Suite("Renaming, repairing and forgetting instances") struct RegistryUpkeepTests {
    @Test("a renamed instance keeps its data, key and settings, and its old name is free")
    func rename() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            #expect(try await skerry.run("create-instance", "--instance", "old").exitCode == 0)
            let key = try await skerry.run("show-master-key", "--json").json()["data"]
            let renamed = try await skerry.run("rename-instance", "--instance", "old", "--new-name", "New Name")
            #expect(renamed.exitCode == 0, "\(renamed.standardError)")
            #expect(try await skerry.run("show-master-key", "--instance", "new name", "--json").json()["data"] == key)
            #expect(try await skerry.run("show-configuration").exitCode == 0, "it is still the default")
            #expect(try await skerry.run("show-configuration", "--instance", "old").exitCode == 3)
            let home = "\(root)/var/lib/skerry/server/old"
            #expect(FileManager.default.fileExists(atPath: home))
            #expect(try await skerry.run("delete-instance", "--instance", "new-name", "--purge").exitCode == 0)
            #expect(!FileManager.default.fileExists(atPath: home), "the home is known as its own after the rename")
        }
    }

    @Test("a rename to a name that is taken, or of a running instance, changes nothing")
    func refusedRename() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            for name in ["a", "b"] {
                #expect(try await skerry.run("create-instance", "--instance", name).exitCode == 0)
            }
            #expect(try await skerry.run("rename-instance", "--instance", "a", "--new-name", "B").exitCode == 1)
            let dry = try await skerry.run("rename-instance", "--instance", "a", "--new-name", "B", "--dry-run")
            #expect(dry.exitCode == 1 && dry.standardError.contains("\"b\""), "D-6: \(dry.standardError)")
            #expect(try await skerry.run("rename-instance", "--instance", "a", "--new-name", "all").exitCode == 1)
            let free = ["configure", "--instance", "a", "--webListenPrefixes", "http://127.0.0.1:0/"]
            #expect(try await skerry.run(free).exitCode == 0)
            try await skerry.serve(instance: "a") { _, _ in
                let refused = try await skerry.run("rename-instance", "--instance", "a", "--new-name", "c")
                #expect(refused.exitCode == 1)
            }
            let names = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(names.compactMap { $0["name"]?.stringValue } == ["a", "b"])
        }
    }

    @Test("a rename that is killed is completed by the same command", arguments: 0..<8)
    func killedRename(moment: Int) async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            #expect(try await skerry.run("create-instance", "--instance", "old").exitCode == 0)
            let key = try await skerry.run("show-master-key", "--json").json()["data"]
            let command = ["rename-instance", "--instance", "old", "--new-name", "new"]
            try await skerry.start(command) { process in
                try await Task.sleep(for: .milliseconds(moment * 5))
                process.send(signal: SIGKILL)
                try await process.waitForEnd()
            }
            let again = try await skerry.run(command)
            #expect(again.exitCode == 0 || again.exitCode == 3, "\(again.standardError)")
            #expect(try await skerry.run("show-master-key", "--instance", "new", "--json").json()["data"] == key)
            let names = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(names.compactMap { $0["name"]?.stringValue } == ["new"])
        }
    }

    @Test("D-3: an instance whose configuration is gone is repaired or forgotten, and its data stays")
    func repair() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            #expect(try await skerry.run("create-instance", "--instance", "a").exitCode == 0)
            let configuration = "\(root)/etc/skerry/server/a/config.json"
            try FileManager.default.removeItem(atPath: configuration)
            let broken = try await skerry.run("show-configuration", "--instance", "a")
            #expect(broken.exitCode == 5 && broken.standardError.contains("repair-instance"))
            #expect(broken.standardError.contains("forget-instance"))
            let dry = try await skerry.run("repair-instance", "--instance", "a", "--dry-run")
            #expect(dry.exitCode == 0 && dry.standardOutput.contains("would repair"))
            #expect(!FileManager.default.fileExists(atPath: configuration))
            #expect(try await skerry.run("repair-instance", "--instance", "a").exitCode == 0)
            #expect(try await skerry.run("show-configuration", "--instance", "a").exitCode == 0)
            try "{".write(toFile: configuration, atomically: true, encoding: .utf8)
            #expect(try await skerry.run("repair-instance", "--all").exitCode == 0)
            #expect(FileManager.default.fileExists(atPath: "\(configuration).damaged"))
            let nothing = try await skerry.run("repair-instance", "--instance", "a")
            #expect(nothing.standardOutput.contains("nothing to repair"))
            let forgotten = try await skerry.run("forget-instance", "--instance", "a")
            #expect(forgotten.exitCode == 0 && forgotten.standardOutput.contains("/var/lib/skerry/server/a"))
            #expect(FileManager.default.fileExists(atPath: "\(root)/var/lib/skerry/server/a"))
            #expect(try await skerry.run("show-configuration", "--instance", "a").exitCode == 3)
        }
    }

    @Test("I-34: lists and backups of all instances say which users have more of their own")
    func otherUsers() async throws {
        try await withTemporaryDirectory { root in
            let alice = try MachineUser("alice", of: root)
            try alice.add("server", slug: "web", name: "web")
            let (skerry, agent) = (SkerryProgram(root: root), SkerryProgram(root: root).agent)
            let none = try await skerry.run("list-instances", "--json")
            #expect(try none.json()["data"] == [])
            #expect(none.standardError.contains("alice has instances of their own"), "\(none.standardError)")
            #expect(none.standardError.contains("sudo -iu alice skerry list-instances"))
            let backups = try await skerry.run("list-backups")
            #expect(backups.standardError.contains("sudo -iu alice skerry list-backups"))
            #expect(try await agent.run("list-instances").standardError.isEmpty)
        }
    }

    @Test("a lost master key is not replaced by another")
    func lostKey() async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_ADMIN_PASSWORD"] = "Correct-Horse-1"
            #expect(try await skerry.run("create-instance").exitCode == 0)
            let administrator = try await skerry.run("admin", "--username", "admin")
            #expect(administrator.exitCode == 0, "\(administrator.standardError)")
            try FileManager.default.removeItem(atPath: "\(root)/etc/skerry/server/main/secrets/master-key")
            let repaired = try await skerry.run("repair-instance")
            #expect(repaired.exitCode == 42, "\(repaired.standardOutput)\(repaired.standardError)")
            #expect(!FileManager.default.fileExists(atPath: "\(root)/etc/skerry/server/main/secrets/master-key"))
        }
    }
}
