import APIClient
import Catalog
import Crypto
import Foundation
import Store
import TestSupport
import Testing

@testable import Backup

@Suite("Restoring") struct RestoreTests {
    @Test("I-45: a flipped byte anywhere in a backup, and one that was cut off, are found before anything is written")
    func damaged() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let file = try await machine.backUp("main")
            let good = try Data(contentsOf: URL(filePath: file))
            let bad = "\(machine.backups)/bad.skerry-backup"
            func refused(_ data: Data, _ what: String) async throws {
                try data.write(to: URL(filePath: bad))
                let result = try await machine.skerry.run("restore", bad, "--as", "copy")
                #expect(result.exitCode == 1 && result.standardError.contains("cannot be used"), "\(what)")
            }
            for place in [0, 600, good.count / 2, good.count - 40, good.count - 1] {
                var flipped = good
                flipped[place] ^= 0x10
                try await refused(flipped, "byte \(place)")
            }
            try await refused(good.dropLast(1), "cut off by a byte")
            try await refused(good.prefix(good.count / 2), "cut in half")
            try await refused(Data(), "empty")
            try await refused(Data("not a backup".utf8), "a text")
            #expect(try await machine.names() == ["main"])
            #expect(!FileManager.default.fileExists(atPath: machine.home("copy")))
        }
    }

    @Test("a wrong passphrase restores nothing and says what it is")
    func wrongPassphrase() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let file = try await machine.backUp("main")
            var other = machine.skerry
            other.environment["SKERRY_BACKUP_PASSPHRASE"] = "another passphrase"
            let result = try await other.run("restore", file, "--as", "copy")
            #expect(result.exitCode == 42 && result.standardError.contains("not the passphrase"))
            #expect(try await machine.names() == ["main"])
            #expect(!FileManager.default.fileExists(atPath: machine.home("copy")))
        }
    }

    @Test("a database newer than the program is refused before anything is written, with the version that can")
    func newerDatabase() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let driver = try SQLiteDriver.open(path: "\(machine.home("main"))/skerry.db")
            try await driver.write { connection in
                for number in (DocumentStore.newestSchema + 1)...(DocumentStore.newestSchema + 3) {
                    try connection.execute(
                        "INSERT INTO migrations (number, name) VALUES ($1, 'of the future')",
                        [.int(number)]
                    )
                }
            }
            try await driver.close()
            let file = try await machine.backUp("main")
            let result = try await machine.skerry.run("restore", file, "--as", "copy")
            #expect(result.exitCode == 1 && result.standardError.contains("Install that version or a newer one"))
            #expect(!FileManager.default.fileExists(atPath: machine.home("copy")))
            let verified = try await machine.skerry.run("backup", "--to", machine.backups)
            #expect(verified.exitCode == 1 && verified.standardError.contains("is not verified"))
            #expect(try await machine.skerry.run("list-backups").exitCode == 1)
        }
    }

    @Test("I-45: an instance moves to another machine by its archive, with key, data and settings")
    func move() async throws {
        try await withMachine { machine in
            try await machine.create("Group One")
            try await machine.serve("group-one") { client in
                _ = try await client.create(.environments, ["Name": "Test"])
            }
            let packages = "\(machine.home("group-one"))/packages/content/3f"
            try FileManager.default.createDirectory(atPath: packages, withIntermediateDirectories: true)
            try Data("package".utf8).write(to: URL(filePath: "\(packages)/Ä ö"))
            let file = try await machine.backUp("group-one")
            try await withMachine { there in
                let home = "\(there.root)/srv/one"
                let dry = try await there.succeed("restore", file, "--home", home, "--dry-run")
                #expect(dry.standardOutput.contains("would be restored to \(home)"))
                #expect(try await there.names().isEmpty)
                #expect(!FileManager.default.fileExists(atPath: home))
                try await there.succeed("restore", file, "--home", home)
                #expect(try await there.names() == ["Group One"])
                #expect(there.masterKey("group-one") == machine.masterKey("group-one"))
                #expect(FileManager.default.contents(atPath: "\(home)/packages/content/3f/Ä ö") == Data("package".utf8))
                try await there.serve("group-one") { client in
                    let names = try await client.list(.environments).map { $0["Name"] }
                    #expect(names == ["Test"])
                }
                try await there.succeed("delete-instance", "--instance", "group-one", "--purge")
                #expect(!FileManager.default.fileExists(atPath: home), "the home counts as the instance's own")
            }
        }
    }

    @Test("I-45: import-instance brings to another machine what export-instance has made, data and key with it")
    func exported() async throws {
        try await withMachine { machine in
            try await machine.create("Group One")
            try await machine.serve("group-one") { client in
                _ = try await client.create(.environments, ["Name": "Test"])
            }
            try await machine.succeed("export-instance", "--instance", "Group One", "--to", machine.backups)
            let file = try #require(machine.files().first)
            #expect(try await machine.skerry.run("list-backups").exitCode == 0, "it is verified, as every backup")
            try await withMachine { there in
                try await there.succeed("import-instance", file, "--home", "\(there.root)/srv/one")
                #expect(there.masterKey("group-one") == machine.masterKey("group-one"))
                try await there.serve("group-one") { client in
                    let names = try await client.list(.environments).map { $0["Name"] }
                    #expect(names == ["Test"])
                }
            }
        }
    }

    @Test(
        "what is in the way is named before anything is written: the name, the home, another key; an address is replaced"
    )
    func conflicts() async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let taken = "http://127.0.0.1:\(try freePort())/"
            try await machine.succeed("configure", "--webListenPrefixes", taken)
            let file = try await machine.backUp("main")
            func refused(_ arguments: String..., isolation: isolated (any Actor)? = #isolation) async throws -> String {
                let result = try await machine.skerry.run(["restore", file] + arguments)
                #expect(result.exitCode == 1 || result.exitCode == 42)
                return result.standardError
            }
            #expect(try await refused().contains("already an instance named"))
            #expect(try await refused().contains("under another name with --as"))
            #expect(try await refused("--as", "x", "--home", machine.home("main") + "/inner").contains("overlaps"))
            #expect(try await refused("--as", "x", "--home", machine.backups).contains("is not empty"))
            #expect(try await refused("--as", "x", "--home", "/").contains("not empty"))
            let secrets = "\(machine.root)/etc/skerry/server/x/secrets"
            try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
            try Data("another".utf8).write(to: URL(filePath: "\(secrets)/master-key"))
            #expect(try await refused("--as", "x").contains("another one already"))
            #expect(!FileManager.default.fileExists(atPath: machine.home("x")))
            let restored = try await machine.succeed("restore", file, "--as", "y")
            #expect(restored.standardOutput.contains("http://127.0.0.1:"), "\(restored.standardOutput)")
            #expect(restored.standardOutput.contains("; \(taken) is taken, so it listens on http://127.0.0.1:"))
        }
    }

    @Test(
        "a restore that is killed counts for nothing or is whole, and is completed by the same command",
        arguments: 0..<8
    )
    func killed(moment: Int) async throws {
        try await withMachine { machine in
            try await machine.create("main")
            for number in 0..<40 {
                try Data(count: 1 << 20).write(to: URL(filePath: "\(machine.home("main"))/large\(number)"))
            }
            let file = try await machine.backUp("main")
            let command = ["restore", file, "--as", "copy"]
            try await machine.skerry.start(command) { process in
                try await Task.sleep(for: .milliseconds(250 + moment * 150))
                process.send(signal: SIGKILL)
                try await process.waitForEnd()
            }
            if !(try await machine.names().contains("copy")),
                FileManager.default.fileExists(atPath: "\(machine.home("copy"))/.skerry-restoring")
            {
                let taken = try await machine.skerry.run("create-instance", "--instance", "copy")
                #expect(taken.exitCode == 1 && taken.standardError.contains("restore"), "half a home is not taken over")
            }
            let again = try await machine.skerry.run(command)
            #expect(
                again.exitCode == 0 || again.standardError.contains("already an instance"),
                "\(again.standardError)"
            )
            #expect(try await machine.names() == ["copy", "main"])
            #expect(machine.masterKey("copy") == machine.masterKey("main"))
            let files = try FileManager.default.contentsOfDirectory(atPath: machine.home("copy"))
            #expect(files.filter { $0.hasPrefix("large") }.count == 40)
            #expect(files.filter { $0.hasPrefix(".") } == [".skerry-home"])
        }
    }

    @Test(
        "an archive that was made to write elsewhere writes nothing",
        arguments: ["home/../../escaped", "/absolute/escaped", "home/./x", "home//x", "home/.skerry-home", "else"]
    )
    func hostileNames(name: String) async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let good = try await machine.backUp("main")
            let bad = "\(machine.backups)/bad.skerry-backup"
            let writer = try ArchiveWriter(path: bad)
            try ArchiveReader(path: good).visit { entry in
                if entry.name == "manifest.json" { try writer.add(name, Array("evil".utf8)) }
                try writer.add(entry.name, try entry.bytes())
            }
            try writer.finish()
            let result = try await machine.skerry.run("restore", bad, "--as", "copy")
            #expect(result.exitCode == 1 && result.standardError.contains("cannot be used"))
            #expect(try await machine.names() == ["main"])
            #expect(
                FileManager.default.enumerator(atPath: machine.root)?.contains { "\($0)".contains("escaped") } == false
            )
        }
    }

    @Test("links in an archive are refused", arguments: ["-s", ""])
    func hostileLinks(kind: String) async throws {
        try await withMachine { machine in
            try await withTemporaryDirectory { folder in
                try FileManager.default.createDirectory(atPath: "\(folder)/home", withIntermediateDirectories: true)
                try Data("x".utf8).write(to: URL(filePath: "\(folder)/home/a"))
                let script =
                    "cd \(folder) && ln \(kind) a home/b 2>/dev/null || ln home/a home/b; tar cf \(folder)/tar home/a home/b"
                _ = try await runProcess("/bin/sh", ["-c", script])
                var data = try Data(contentsOf: URL(filePath: "\(folder)/tar"))
                data += Data(ArchiveWriter.trailerMark) + Data(SHA256.hash(data: data))
                try data.write(to: URL(filePath: "\(folder)/bad.skerry-backup"))
                let result = try await machine.skerry.run("restore", "\(folder)/bad.skerry-backup", "--list")
                #expect(result.exitCode == 1 && result.standardError.contains("home/b"))
            }
        }
    }

    @Test("files that are deleted while a backup is made are in it, as the database of that moment may name them")
    func snapshot() async throws {
        try await withTemporaryDirectory { home in
            try FileManager.default.createDirectory(atPath: "\(home)/packages", withIntermediateDirectories: true)
            for name in ["skerry.db", "skerry.db-wal", "packages/old", ".skerry-home"] {
                try Data(name.utf8).write(to: URL(filePath: "\(home)/\(name)"))
            }
            var snapshot = try HomeSnapshot(home: home, database: "\(home)/skerry.db")
            try snapshot.takeIn()
            try FileManager.default.removeItem(atPath: "\(home)/packages/old")
            try Data("new".utf8).write(to: URL(filePath: "\(home)/packages/new"))
            try snapshot.takeIn()
            var seen: [String: String] = [:]
            try snapshot.visit { name, path in seen[name] = try String(contentsOfFile: path, encoding: .utf8) }
            #expect(seen == ["packages/old": "packages/old", "packages/new": "new"])
            snapshot.remove()
            #expect(!FileManager.default.fileExists(atPath: "\(home)/.skerry-backup"))
        }
    }

    @Test("a wrapped secret opens with its passphrase only; what a hostile one asks for is bounded")
    func wrapping() throws {
        let wrapped = try WrappedSecrets(["master-key": [1, 2, 3]], passphrase: "eight letters")
        #expect(try wrapped.open(passphrase: "eight letters") == ["master-key": [1, 2, 3]])
        #expect(throws: BackupError.passphraseWrong) { try wrapped.open(passphrase: "eight letterS") }
        let read = try #require(WrappedSecrets(json: wrapped.json))
        #expect(try read.open(passphrase: "eight letters") == ["master-key": [1, 2, 3]])
        #expect(throws: BackupError.passphraseTooShort(least: 8)) { try WrappedSecrets([:], passphrase: "seven77") }
        var json = wrapped.json
        json["rounds"] = .int(1 << 20)
        json["blockSize"] = .int(32)
        let greedy = try #require(WrappedSecrets(json: json))
        #expect(throws: BackupError.passphraseWrong) { try greedy.open(passphrase: "eight letters") }
        json["rounds"] = .int(1 << 30)
        #expect(WrappedSecrets(json: json) == nil)
    }
}
