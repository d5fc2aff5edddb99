import Catalog
import Foundation
import TestSupport
import Testing

/// What people and accidents do to instances: refused with a reason, and nothing changed.
@Suite("Bad input") struct InstanceBadInputTests {
    @Test(
        "I-10, I-11, D-1: a name that cannot be one, or is another's, is refused, and nothing is made",
        arguments: [
            "", "   ", String(repeating: "x", count: 300), "My  AGENT", "my-agent", " My Agent ", "\u{7}", "*", "all",
            "…", "../../my/agent", "../x",
        ]
    )
    func names(name: String) async throws {
        try await withTemporaryDirectory { root in
            for program in [SkerryProgram(root: root), SkerryProgram(root: root).agent] {
                #expect(try await program.run("create-instance", "--instance", "My Agent").exitCode == 0)
                let before = try CommandTableTests.files(root)
                let refused = try await program.run("create-instance", "--instance", name)
                guard refused.exitCode != 0 else {
                    // A name of its own, which stays where names belong.
                    let list = try await program.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
                    let slugs = list.compactMap { $0["slug"]?.stringValue }
                    #expect(slugs.allSatisfy { $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } })
                    #expect(name == "…")
                    continue
                }
                #expect(refused.exitCode == 1 && !refused.standardError.isEmpty)
                #expect(try CommandTableTests.files(root) == before)
            }
        }
    }

    @Test(
        "I-10: a name that reads like a path is refused by every command that takes one",
        arguments: ["../x", "/etc", "a\\..\\b", ".."]
    )
    func paths(name: String) async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            #expect(try await skerry.run("create-instance", "--instance", "x").exitCode == 0)
            let before = try CommandTableTests.files(root)
            for line in [
                ["create-instance", "--instance", name], ["rename-instance", "--instance", "x", "--new-name", name],
                ["clone-instance", "--from", "x", "--instance", name],
            ] {
                let refused = try await skerry.run(line)
                #expect(refused.exitCode == 1 && refused.standardError.contains("path"), "\(line): \(refused)")
                #expect(try CommandTableTests.files(root) == before, "\(line)")
            }
            #expect(try await skerry.run("delete-instance", "--instance", name).exitCode != 0)
        }
    }

    @Test("I-22: a name that begins with a dash is joined to its option, and a name is never taken for an option")
    func dashes() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            for apart in [["create-instance", "--instance", "-x"], ["create-instance", "--instance", "-x", "--json"]] {
                let refused = try await skerry.run(apart)
                #expect(refused.exitCode == 2, "\(refused)")
                #expect("\(refused.standardOutput)\(refused.standardError)".contains("--instance=-x"), "\(refused)")
            }
            #expect(try await skerry.run("create-instance", "--instance=-x").exitCode == 0)
            #expect(try await skerry.run("configure", "--instance=-x", "--logLevel", "debug").exitCode == 0)
            #expect(try await skerry.run("rename-instance", "--instance=-x", "--new-name=--json").exitCode == 0)
            let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(list.map { $0["name"] } == ["--json"])
            #expect(try await skerry.run("delete-instance", "--instance=--json", "--purge").exitCode == 0)
        }
    }

    @Test("I-14: a home inside another's, in a link to it, or where nothing can be written is refused")
    func homes() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            #expect(try await skerry.run("create-instance", "--instance", "one").exitCode == 0)
            let home = "\(root)/var/lib/skerry/server/one"
            try FileManager.default.createSymbolicLink(atPath: "\(root)/link", withDestinationPath: home)
            let before = try CommandTableTests.files(root)
            for place in [home, "\(home)/inner", "\(root)/link", "\(root)/link/inner", "\(root)/var", "/"] {
                let refused = try await skerry.run("create-instance", "--instance", "two", "--home", place)
                #expect(refused.exitCode == 1, "\(place)")
                #expect(try CommandTableTests.files(root) == before, "\(place)")
            }
            // No file system lets anybody make a directory here.
            let readOnly = try await skerry.run("create-instance", "--instance", "two", "--home", "/proc/skerry")
            #expect([1, 6].contains(readOnly.exitCode) && readOnly.standardError.contains("/proc/skerry"))
            let names = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(names.count == 1)
            #expect(try await skerry.run("create-instance", "--instance", "two").exitCode == 0, "and then it works")
        }
    }

    @Test("a database that a newer program wrote is left as it is, with a sentence, and the doctor names it")
    func newerDatabase() async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_ADMIN_PASSWORD"] = "Correct-Horse-1"
            #expect(try await skerry.run("create-instance").exitCode == 0)
            #expect(try await skerry.run("admin", "--username", "admin").exitCode == 0)
            let database = "\(root)/var/lib/skerry/server/main/skerry.db"
            let change =
                "import sqlite3; c=sqlite3.connect('\(database)');"
                + "c.execute(\"INSERT INTO migrations (number, name) SELECT max(number)+1, 'future' FROM migrations\");"
                + "c.commit()"
            #expect(try await runPython(["-c", change]).exitCode == 0)
            let refused = try await skerry.run("run")
            #expect(refused.exitCode == 1 && refused.standardError.contains("newer Skerry"))
            let doctor = try await skerry.run("doctor", "--json")
            #expect(doctor.exitCode == 1)
            #expect(try doctor.json()["data"]?[0]?["fault"] == "database-newer")
            try "no database".write(toFile: database, atomically: true, encoding: .utf8)
            let damaged = try await skerry.run("doctor", "--instance", "main")
            #expect(damaged.exitCode == 1 && damaged.standardOutput.contains("database-damaged"))
        }
    }

    @Test("D-7: no command depends on the directory that it is called in, not even one that is gone")
    func workingDirectory() async throws {
        try await withTemporaryDirectory { root in
            let line =
                "mkdir \(root)/gone && cd \(root)/gone && rmdir \(root)/gone && exec \(BuiltProducts.skerry) "
                + "create-instance"
            let made = try await runProcess(
                "/bin/bash",
                ["-c", line],
                environment: SkerryProgram(root: root).variables
            )
            #expect(made.exitCode == 0, "\(made.standardError)")
            #expect(try await SkerryProgram(root: root).run("show-configuration").exitCode == 0)
        }
    }

    @Test("I-42: a set-up that failed is taken back; what was there before it stays")
    func takenBack() async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_ADMIN_PASSWORD"] = "Correct-Horse-1"
            let home = "\(root)/var/lib/skerry/server/main"
            func left() throws -> [String] {
                try FileManager.default.subpathsOfDirectory(atPath: root)
                    .filter { $0.contains("main") && !$0.hasPrefix("run/skerry/locks/") }
            }
            for line in [["create-instance"], ["admin", "--username", "admin"]] {
                #expect(try await skerry.run(line).exitCode == 0)
            }
            #expect(try await skerry.run("delete-instance", "--instance", "main", "--purge-new").exitCode == 0)
            let rest = try left()
            #expect(rest.isEmpty, "\(rest)")
            for line in [
                ["create-instance"], ["admin", "--username", "admin"], ["delete-instance", "--instance", "main"],
                ["create-instance"], ["delete-instance", "--instance", "main", "--purge-new"], ["create-instance"],
            ] { #expect(try await skerry.run(line).exitCode == 0, "\(line)") }
            #expect(FileManager.default.fileExists(atPath: "\(home)/skerry.db"), "it was taken over, with its key")
            #expect(try await skerry.run("admin", "--username", "admin").exitCode == 0)
            try FileManager.default.createDirectory(atPath: "\(root)/srv/other", withIntermediateDirectories: true)
            try "mine".write(toFile: "\(root)/srv/other/file", atomically: true, encoding: .utf8)
            for line in [
                ["create-instance", "--instance", "other", "--home", "\(root)/srv/other"],
                ["delete-instance", "--instance", "other", "--purge-new"],
            ] { #expect(try await skerry.run(line).exitCode == 0, "\(line)") }
            #expect(FileManager.default.fileExists(atPath: "\(root)/srv/other/file"))
        }
    }

    @Test("I-42, I-43: deleting stops the service, puts keys aside, and removes only what was asked for")
    func deletion() async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            skerry.environment["SKERRY_SERVICES"] = "supervisor"
            skerry.environment["SKERRY_ADMIN_PASSWORD"] = "Correct-Horse-1"
            for line in [
                ["create-instance"], ["configure", "--webListenPrefixes", "http://127.0.0.1:0/"],
                ["admin", "--username", "admin"],
            ] { #expect(try await skerry.run(line).exitCode == 0) }
            let program = skerry
            let key = try await program.run("show-master-key", "--json").json()["data"]
            let database = "\(root)/var/lib/skerry/server/main/skerry.db"
            func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
            try await program.supervise { _ in
                let started = try await program.run("service", "--install", "--start")
                #expect(started.exitCode == 0, "\(started.standardError)")
                let dry = try await program.run("delete-instance", "--instance", "main", "--dry-run")
                #expect(dry.exitCode == 0 && dry.standardOutput.contains("would stop and remove its service"))
                let half = try await program.run("delete-instance", "--instance", "main", "--purge-home", "--dry-run")
                #expect(half.exitCode == 1 && half.standardError.contains("--drop-database"))
                #expect(try await program.run("status").exitCode == 0, "it runs on")
                let deleted = try await program.run("delete-instance", "--instance", "main", "--json")
                #expect(deleted.exitCode == 0, "\(deleted.standardOutput)")
                let trash = try deleted.json()["data"]?["trash"]?.stringValue ?? ""
                #expect(isThere("\(trash)/secrets/master-key") && isThere(database))
                let mode = try FileManager.default.attributesOfItem(
                    atPath: URL(filePath: trash).deletingLastPathComponent().path
                )[.posixPermissions]
                #expect(mode as? Int == 0o700)
                #expect(try await program.run("list-instances", "--json").json()["data"] == [])
            }
            #expect(try await program.run("create-instance").exitCode == 0)
            #expect(try await program.run("show-master-key", "--json").json()["data"] == key, "as it was")
            let drop = ["delete-instance", "--instance", "main", "--drop-database"]
            #expect(try await program.run(drop).exitCode == 2, "the name again")
            #expect(try await program.run(drop + ["--confirm", "other"]).exitCode == 2)
            #expect(try await program.run(drop + ["--confirm", "main"]).exitCode == 1, "no backup")
            #expect(isThere(database))
            #expect(try await program.run(drop + ["--confirm", "main", "--without-backup"]).exitCode == 0)
            #expect(!isThere(database))
        }
    }
}
