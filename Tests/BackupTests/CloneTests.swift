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

    @Test(
        "a clone that is killed counts for nothing or is whole, and is completed by the same command",
        arguments: 0..<6
    )
    func killed(moment: Int) async throws {
        try await withMachine { machine in
            try await machine.create("main")
            let command = ["clone-instance", "--from", "main", "--instance", "copy"]
            try await machine.skerry.start(command) { process in
                try await Task.sleep(for: .milliseconds(100 + moment * 150))
                process.send(signal: SIGKILL)
                try await process.waitForEnd()
            }
            let again = try await machine.skerry.run(command)
            #expect(
                again.exitCode == 0 || again.standardError.contains("already an instance"),
                "\(again.standardError)"
            )
            #expect(try await machine.names() == ["copy", "main"])
            try await machine.succeed("backup", "--to", machine.backups, "--instance", "copy")
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
