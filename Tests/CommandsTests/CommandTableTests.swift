import Catalog
import Foundation
import TestSupport
import Testing

/// What holds for every command of both programs, by their own description of themselves.
@Suite("All commands") struct CommandTableTests {
    private static let programs = [BuiltProducts.skerry, BuiltProducts.skerryAgent]

    /// Commands that are about no instance, or about all of the machine.
    private static let withoutInstance: Set<String> = [
        "version", "list-instances", "list-backups", "schedule-backups", "selftest", "supervise", "upgrade", "manager",
    ]

    /// Commands that only look.
    private static let changesNothing: Set<String> = [
        "version", "list-instances", "list-backups", "status", "doctor", "show-configuration", "show-master-key",
        "show-thumbprint", "wait-ready", "livez", "run", "selftest", "supervise", "manager",
    ]

    private func commands(_ program: String) async throws -> [DescribedCommand] {
        // Sync is between servers, the sample and the front door are of the machine: none is of one instance.
        try await DescribedCommand.all(of: program)
            .filter {
                $0.isLeaf && !["sync", "sample", "community", "front-door"].contains($0.path.dropFirst().first ?? "")
            }
    }

    @Test("I-19: every command takes --instance, or is about no single one", arguments: programs)
    func instance(program: String) async throws {
        let commands = try await commands(program)
        #expect(commands.count > 15)
        for command in commands where !Self.withoutInstance.contains(command.path.last ?? "") {
            #expect(command.options.contains("instance"), "\(command.path)")
        }
    }

    @Test(
        "D-6: every command prints JSON when asked, and what changes something can be tried without",
        arguments: programs
    )
    func dryRun(program: String) async throws {
        for command in try await commands(program) {
            #expect(command.options.isSuperset(of: ["json", "format"]), "\(command.path)")
            guard !Self.changesNothing.contains(command.path.last ?? "") else { continue }
            #expect(command.options.contains("dry-run"), "\(command.path)")
        }
    }

    @Test(
        "the exit codes are in the help of both programs, and of every command that is documented",
        arguments: programs
    )
    func exitCodes(program: String) async throws {
        let help = try await runProcess(program, ["--help"])
        for code in ["0 done", "2 wrong usage", "3 no such instance", "7 done for some", "42 secret", "100 defect"] {
            #expect(help.standardOutput.replacing("\n", with: " ").contains(code), "\(code)")
        }
    }

    @Test("completion scripts for bash, zsh and fish name every command; bash can read its one", arguments: programs)
    func completions(program: String) async throws {
        for shell in ["bash", "zsh", "fish"] {
            let made = try await runProcess(program, ["--generate-completion-script", shell])
            #expect(made.exitCode == 0)
            for command in try await commands(program) {
                #expect(made.standardOutput.contains(command.path.last ?? ""), "\(shell): \(command.path)")
            }
            guard shell == "bash" else { continue }
            let read = try await runProcess("/bin/bash", ["-n"], input: made.standardOutput)
            #expect(read.exitCode == 0, "\(read.standardError)")
        }
    }

    @Test("--dry-run changes no file, whatever the command", arguments: [InstanceKind.server, .agent])
    func changesNothing(kind: InstanceKind) async throws {
        try await withTemporaryDirectory { root in
            var program = kind == .agent ? SkerryProgram(root: root).agent : SkerryProgram(root: root)
            program.environment["SKERRY_SERVICES"] = "supervisor"
            for name in ["one", "two"] {
                #expect(try await program.run("create-instance", "--instance", name).exitCode == 0)
            }
            let before = try Self.files(root)
            var lines = [
                ["create-instance", "--instance", "three"], ["delete-instance", "--instance", "one"],
                ["delete-instance", "--instance", "one", "--purge"], ["forget-instance", "--instance", "one"],
                ["rename-instance", "--instance", "one", "--new-name", "three"], ["repair-instance", "--all"],
                ["set-default-instance", "--instance", "two"], ["service", "--install", "--start", "--all"],
            ]
            switch kind {
            case .server:
                lines.append(["configure", "--webListenPrefixes", "http://127.0.0.1:0/"])
                lines.append(["admin", "--username", "admin", "--password", "Correct-Horse-1"])
            case .agent:
                let thumbprint = String(repeating: "AB", count: 20)
                lines.append(["configure", "--port", "0"])
                lines += [["new-certificate"], ["clear-trusted-servers"]]
                lines.append(["configure", "--trust", thumbprint])
            }
            for line in lines {
                let result = try await program.run(line + ["--dry-run", "--json"])
                #expect(result.exitCode == 0, "\(line): \(result.standardOutput)")
                let body = try result.json()
                #expect(body["ok"] == true)
            }
            #expect(try Self.files(root) == before)
        }
    }

    enum InstanceKind: Sendable { case server, agent }

    /// Every file below a directory with its content; locks come and go.
    static func files(_ root: String) throws -> [String: Data?] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: root).filter { !$0.hasPrefix("run/") }
        return Dictionary(
            uniqueKeysWithValues: names.map { ($0, FileManager.default.contents(atPath: "\(root)/\($0)")) }
        )
    }
}
