import Catalog
import Foundation
import TestSupport
import Testing

/// The manager for those without a browser: at a terminal, through a pipe, and without anybody.
@Suite("The manager at a terminal")
struct ManagerTerminalTests {
    private static let password = "a password that nobody sees"

    private func type(_ waitFor: String, _ text: String) -> Typist.Turn { .init(waitFor: waitFor, type: text) }

    /// The questions of a wizard for a server, to its last page.
    private func server(_ name: String, port: Int, administrator: String = "") -> [Typist.Turn] {
        [
            type("New server or agent", "n"), type("Number, or Enter", ""), type("Name:", name),
            type("Home directory", "-"), type("Unix account", ""), type("Set up \(name)", "http://127.0.0.1:\(port)/"),
            type("Administrator", administrator), type("Password", Self.password),
        ]
    }

    @Test(
        """
        I-6, I-9, I-10, I-11, I-12, I-18, I-35, I-42: a server is made, stopped and deleted at a terminal, with the questions, \
        scripts and checks of the pages; a password is not seen
        """
    )
    func journey() async throws {
        try await ManagerMachine.with { skerry in
            let port = try freePort()
            let session = try await Typist.run(
                skerry,
                ["manager", "--terminal"],
                environment: ["NO_COLOR": ""],
                [
                    type("No instance exists", "n"), type("Number, or Enter", "3"),
                    type("from 1 to 2", "1"), type("Name:", ""), type("Home directory", ""), type("Unix account", ""),
                    type("Give the instance a name", ""),
                ] + server("Group 1", port: port).dropFirst() + [
                    type("Show script: Ansible playbook", "a"), type("hosts: all", "s"),
                    type("export SKERRY_ADMIN_PASSWORD", "r"), type("Show it here? [y/N]", "y"),
                    type("Group 1 (server, running", "1"), type("  2  Stop", "2"), type("Check first", "c"),
                    type("Nothing is in the way", "r"), type("State: stopped", "13"), type("with the star", "5"),
                    type("Type the name", "group"), type("Check first", "r"), type("exactly as it is written", "o"),
                    type("with the star", ""), type("Type the name", "Group 1"), type("Check first", "r"),
                    type("No instance exists", "z"), type("one of the numbers", "q"),
                ]
            )
            let text = session.standardOutput
            #expect(session.exitCode == 0, "\(text)\(session.standardError)")
            #expect(!text.contains(Self.password))
            #expect(text.contains("\u{1B}[32mDone.") && text.contains("instance: 'Group 1'"))
            #expect(text.contains(/Show it here\? \[y\/N\] y\r\n[A-Za-z0-9+\/=]{20,}/), "\(text)")
            #expect(try await skerry.run("list-instances", "--json").json()["data"] == [])
            let left = try FileManager.default.subpathsOfDirectory(atPath: skerry.root).filter {
                $0.contains("group-1")
            }
            #expect(left.allSatisfy { $0.hasPrefix("run/skerry/locks/") }, "\(left)")
        }
    }

    @Test(
        "I-6, I-7, I-34, D-6: through a pipe the same is done, and it is told when something failed and was taken back"
    )
    func piped() async throws {
        try await ManagerMachine.with { skerry in
            let port = try freePort()
            func send(_ lines: [String]) async throws -> FinishedProcess {
                try await skerry.run(
                    ["manager", "--terminal"],
                    input: lines.map { "\($0)\n" }.joined(),
                    limit: .seconds(240)
                )
            }
            let agent = ["n", "2", "Worker", "", "", "\(try freePort())", String(repeating: "0F", count: 20), "r"]
            let made = try await send(
                agent + ["w", "1", "1", "8", "\(skerry.root)/backups", Self.password, "", "r", "q", "q"]
            )
            #expect(made.exitCode == 0, "\(made.standardOutput)\(made.standardError)")
            #expect(
                made.standardOutput.contains("not hidden") && made.standardOutput.contains("Worker (agent, running")
            )
            #expect(!made.standardOutput.contains("\u{1B}") && !made.standardOutput.contains(Self.password))
            let backups = try FileManager.default.contentsOfDirectory(atPath: "\(skerry.root)/backups")
            #expect(backups.count == 1 && backups[0].hasPrefix("worker-"), "\(backups)\(made.standardOutput)")

            let long = String(repeating: "a", count: 300)
            let half = try await send(
                ["n", "1", "Half", "", "", "http://127.0.0.1:\(port)/", long, Self.password, "r", "q"]
            )
            #expect(half.exitCode == 1)
            #expect(half.standardOutput.contains("Failed. The instance was deleted again"), "\(half.standardOutput)")
            #expect(half.standardError.contains("refused or failed"))
            #expect(try await skerry.run("list-instances", "--json").json()["data"] == [])

            let cutOff = try await send(["n", "1", "Cut off"])
            #expect(cutOff.exitCode == 0 && cutOff.standardOutput.contains("Home directory"), "nothing was begun")
            #expect(try await skerry.run("list-instances", "--json").json()["data"] == [])
        }
    }

    @Test("without a terminal it is said in words what to do instead")
    func nobody() async throws {
        try await withTemporaryDirectory { root in
            let skerry = SkerryProgram(root: root)
            let command = "exec \(skerry.program) manager --terminal < /dev/null"
            let ended = try await runProcess("/bin/sh", ["-c", command], environment: skerry.variables)
            #expect(ended.exitCode == 2 && ended.standardError.contains("--script"), "\(ended.standardError)")
        }
    }

    @Test("I-17, I-23, D-8: --script prints what the pages show, in three languages, which make the same instance")
    func script() async throws {
        try await ManagerMachine.with { skerry in
            try await ManagerMachine.make("Worker", skerry.agent)
            func script(_ arguments: String...) async throws -> FinishedProcess {
                try await skerry.run(["manager", "--script"] + arguments)
            }
            let port = try freePort()
            let settings = ["settings", "--kind", "agent", "--answer", "logLevel=debug", "--answer", "port=\(port)"]
            var made: [String] = []
            for form in ["shell", "cloud-init", "ansible"] {
                let printed = try await skerry.run(["manager", "--script"] + settings + ["--as", form])
                #expect(printed.exitCode == 0, "\(printed.standardError)")
                let text = printed.standardOutput
                let run =
                    switch form {
                    case "cloud-init": try ExportedScript.shell(fromUserData: text)
                    case "ansible": try ExportedScript.shell(fromPlaybook: text)
                    default: text
                    }
                try await withOther { other in
                    let ended = try await ManagerMachine.run(run, on: other)
                    #expect(ended.exitCode == 0, "\(run)\(ended.standardError)")
                    let configuration = try await other.agent.run("show-configuration", "--json")
                    made.append(try configuration.json()["data"]?.text.replacing(other.root, with: "") ?? "")
                }
            }
            #expect(Set(made).count == 1 && made[0].contains("\(port)"), "\(made)")

            let unknown = try await script("paint")
            #expect(unknown.exitCode == 1 && unknown.standardError.contains("create, start, stop"))
            let answer = try await script("backup", "--kind", "agent", "--answer", "colour=red")
            #expect(answer.standardError.contains("directory (Directory for the backup)"), "\(answer.standardError)")
            #expect(!answer.standardError.contains("passphrase ("))
            let secret = try await script("backup", "--kind", "agent", "--answer", "passphrase=x")
            #expect(secret.exitCode == 1 && secret.standardError.contains("is in no script"))
            let nobody = try await script("stop", "--instance", "Nobody", "--kind", "agent")
            #expect(
                nobody.exitCode == 1 && nobody.standardError.contains("There are: Worker"),
                "\(nobody.standardError)"
            )
            let create = try await script("create", "--instance", "Group 2", "--answer", "administrator=boss")
            #expect(create.standardOutput.contains("INSTANCE='Group 2'\n"))
            #expect(create.standardOutput.contains("admin --instance=\"$INSTANCE\" --username=boss"))
            #expect(try await script("create", "--instance", "../x").exitCode == 1)
        }
    }

    /// Another machine with such an agent, which does not run.
    private func withOther(_ body: (SkerryProgram) async throws -> Void) async throws {
        try await ManagerMachine.with { other in
            try await ManagerMachine.make("Worker", other.agent)
            try await body(other)
        }
    }
}
