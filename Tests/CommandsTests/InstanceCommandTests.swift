import Catalog
import Foundation
import TestSupport
import Testing

/// Writes a server's address past `configure`, which would refuse a port in use.
func setPort(_ port: Int, of slug: String, _ root: String) throws {
    let path = "\(root)/etc/skerry/server/\(slug)/config.json"
    var json = try JSON.parse(String(contentsOfFile: path, encoding: .utf8))
    json["webListenPrefixes"] = [.string("http://127.0.0.1:\(port)/")]
    try json.text.write(toFile: path, atomically: true, encoding: .utf8)
}

/// The built program, as people and scripts use it.
@Suite struct InstanceCommandTests {
    @Test("D-5: fifty instances created at once are all there, once, with one default")
    func parallelCreation() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            try await withThrowingTaskGroup(of: Int32.self) { group in
                for number in 1...50 {
                    group.addTask {
                        try await skerry.run("create-instance", "--instance", "Instance \(number)").exitCode
                    }
                }
                for try await code in group { #expect(code == 0) }
            }
            let list = try await skerry.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            #expect(Set(list.compactMap { $0["name"]?.stringValue }) == Set((1...50).map { "Instance \($0)" }))
            #expect(list.count == 50)
            #expect(list.filter { $0["isDefault"] == true }.count == 1)
            #expect(
                Set(list.compactMap { $0["addresses"]?[0]?.stringValue }).count == 50,
                "every instance has a port of its own"
            )
        }
    }

    @Test("Of ten creations of one name at once exactly one succeeds")
    func oneNameOnce() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            let codes = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await skerry.run("create-instance", "--instance", "one").exitCode }
                }
                return try await group.reduce(into: [Int32]()) { codes, code in codes.append(code) }
            }
            #expect(codes.sorted() == [0] + Array(repeating: 1, count: 9))
        }
    }

    @Test("A creation that is killed is completed by the next, and the key is never replaced", arguments: 0..<12)
    func killedCreation(moment: Int) async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            let keyFile = "\(root)/etc/skerry/server/main/secrets/master-key"
            try await skerry.start(["create-instance"]) { process in
                try await Task.sleep(for: .milliseconds(moment * 6))
                process.send(signal: SIGKILL)
                try await process.waitForEnd()
            }
            let key = FileManager.default.contents(atPath: keyFile)
            let wasRegistered = try await skerry.run("show-configuration").exitCode == 0
            let again = try await skerry.run("create-instance", "--instance", "main")
            #expect(again.exitCode == (wasRegistered ? 1 : 0), "\(again.standardError)")
            if let key { #expect(FileManager.default.contents(atPath: keyFile) == key) }
            #expect(try await skerry.run("show-master-key").exitCode == 0)
            #expect(try await skerry.run("list-instances", "--json").json()["data"]?[0]?["state"] == "stopped")
        }
    }

    @Test(
        "Exit codes say what is wrong, in text and in JSON",
        arguments: [
            (["show-configuration"], 3), (["show-configuration", "--instance", "nope"], 3), (["frobnicate"], 2),
            (["list-instances", "--frobnicate"], 2), (["create-instance", "--instance", "all"], 1),
            (["delete-instance", "--instance", "x", "--purge", "--keep-data"], 2),
            (["create-instance", "--home", "relative"], 1), (["run"], 3),
        ] as [([String], Int)]
    )
    func exitCodes(arguments: [String], code: Int) async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            let text = try await skerry.run(arguments)
            #expect(Int(text.exitCode) == code)
            #expect(text.standardOutput.isEmpty && !text.standardError.isEmpty)
            let json = try await skerry.run(arguments + ["--format", "json"])
            let body = try json.json()
            #expect(Int(json.exitCode) == code && body["code"] == .int(code) && body["ok"] == false)
            #expect(body["message"]?.stringValue?.isEmpty == false && body["instances"] == [])
        }
    }

    @Test("Several instances without a default are ambiguous; one with a broken configuration is broken")
    func ambiguousAndBroken() async throws {
        try await withTemporaryDirectory { root in
            var skerry = SkerryProgram(root: root)
            for name in ["a", "b", "c"] {
                #expect(try await skerry.run("create-instance", "--instance", name).exitCode == 0)
            }
            #expect(try await skerry.run("delete-instance", "--instance", "a").exitCode == 0)
            #expect(try await skerry.run("show-configuration").exitCode == 4)
            skerry.environment["SKERRY_INSTANCE"] = "b"
            #expect(try await skerry.run("show-configuration").exitCode == 0)
            try FileManager.default.removeItem(atPath: "\(root)/etc/skerry/server/b/config.json")
            let broken = try await skerry.run("show-configuration", "--json")
            #expect(broken.exitCode == 5)
            #expect(try broken.json()["message"]?.stringValue?.contains("repair-instance --instance b") == true)
            try "{".write(toFile: "\(root)/etc/skerry/server/b/config.json", atomically: true, encoding: .utf8)
            let damaged = try await skerry.run("show-configuration")
            #expect(damaged.exitCode == 5)
            #expect(damaged.standardError.contains("ends too early.\nPut the file back"))
            chmod("\(root)/etc/skerry/server/c/secrets/master-key", 0o640)
            #expect(try await skerry.run("show-master-key", "--instance", "c").exitCode == 42)
        }
    }

    @Test("A port that another program uses is named, and what to do")
    func portInUse() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            #expect(try await skerry.run("create-instance").exitCode == 0)
            let other = try await ScriptedServer { _ in .init(200) }
            let before = try await skerry.run("show-configuration").standardOutput
            let early = try await skerry.run("configure", "--webListenPrefixes", "\(other.url)/")
            #expect(early.exitCode == 1 && early.standardError.contains("another program listens there now"))
            #expect(try await skerry.run("show-configuration").standardOutput == before)
            try setPort(other.port, of: "main", root)
            let refused = try await skerry.run("run")
            #expect(refused.exitCode == 1)
            #expect(refused.standardError.contains("127.0.0.1:\(other.port): address already in use. "))
            try await other.stop()
        }
    }

    @Test(
        "An API key of another form and a missing user name are wrong usage",
        arguments: ["API-short", "key", "API-lower0123456789abcdef"]
    )
    func badKey(key: String) async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            #expect(try await skerry.run("create-instance").exitCode == 0)
            let refused = try await skerry.run(
                "admin",
                "--username",
                "admin",
                "--password",
                "Secret-4711",
                "--apiKey",
                key
            )
            #expect(refused.exitCode == 2)
            #expect(!refused.standardError.contains("Secret-4711") && !refused.standardError.contains(key))
        }
    }
}

@Suite struct HelpTests {
    private static let commands = [
        "create-instance", "configure", "admin", "run", "list-instances", "delete-instance", "show-configuration",
        "show-master-key", "set-default-instance", "version",
    ]

    @Test("The overview names every command")
    func overview() async throws {
        let help = try await runProcess(BuiltProducts.skerry, ["--help"])
        #expect(help.exitCode == 0)
        for command in Self.commands { #expect(help.standardOutput.contains("\n  \(command) ")) }
    }

    @Test("Every command explains itself, with an example and its output options", arguments: commands)
    func help(command: String) async throws {
        let help = try await runProcess(BuiltProducts.skerry, ["help", command])
        #expect(help.exitCode == 0)
        #expect(help.standardOutput.contains("Example"))
        #expect(help.standardOutput.contains("skerry \(command)"))
        #expect(help.standardOutput.contains("--json"))
        #expect(help.standardOutput.count > 400)
    }
}
