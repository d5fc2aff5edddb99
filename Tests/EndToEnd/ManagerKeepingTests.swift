import Catalog
import Foundation
import TestSupport
import Testing

/// Backups, copies and names by the manager's pages; their scripts do the same on another machine.
@Suite("The manager keeps instances", .enabled(if: Browser.exists, "needs chromium and python3"))
struct ManagerKeepingTests {
    private static let password = "a password of Group 1"
    private static let passphrase = "a passphrase of the backups"
    private static let clone = "Clone 'of' $HOME; \"x\""
    /// In the order in which the browser has done them.
    private static let done = [
        "backup", "all", "schedule", "restore", "clone", "rename", "renameAgent", "admin",
    ]

    @Test(
        """
        I-17, I-18, I-23, I-34, I-45, I-46: backups, their schedule, restoring, clones, new names and lost keys, each checked first, each with \
        a script without secrets that does the same on a clean machine
        """
    )
    func keeping() async throws { try await ProposedPorts.alone { try await keepingAlone() } }

    private func keepingAlone() async throws {
        try await ManagerMachine.with { skerry in
            try await fill(skerry)
            let (backups, file) = ("\(skerry.root)/backups", "\(skerry.root)/passphrase")
            try Data("\(Self.passphrase)\n".utf8).write(to: URL(filePath: file))
            var seen = ManagerMachine.Seen(json: .null)
            try await ManagerMachine.withManager(of: skerry) { link, _ in
                seen = try await ManagerMachine.browse(
                    "manager-keep",
                    [link, backups, Self.passphrase, Self.password, file]
                )
            }
            checkBackups(seen)
            checkRestoring(seen)
            checkNames(seen)
            checkKey(seen)
            let scripts = Self.done.map { seen.json["scripts"]?[$0]?.stringValue ?? "" }
            for secret in [Self.passphrase, Self.password] {
                #expect(!scripts.joined().contains(secret) && !seen.text("everything").contains(secret))
                #expect(Self.done.allSatisfy { !seen.text("\($0) page").contains(secret) })
            }
            for script in scripts[3...] { #expect(script.components(separatedBy: "INSTANCE=").count == 2, "\(script)") }
            let made = try await configurations(skerry)
            _ = try await skerry.agent.run("service", "--stop", "--all")
            _ = try await skerry.run("service", "--stop", "--all")
            try await replay(scripts, from: skerry.root, expecting: made)
        }
    }

    private func fill(_ skerry: SkerryProgram) async throws {
        try await ManagerMachine.make("Group 1", skerry)
        try await ManagerMachine.make("Worker", skerry.agent)
    }

    private func checkBackups(_ seen: ManagerMachine.Seen) {
        #expect(seen.text("unsaved").contains("Group 1") && seen.text("unsaved").contains("Worker"))
        #expect(seen.text("noPassphrase").contains("Passphrase of the backup"))
        #expect(seen.text("relative").contains("begins with /"))
        #expect(seen.text("badKeep").contains("would fail"), "\(seen.text("badKeep"))")
        #expect(seen.text("shortPassphrase").contains("at least 8 characters"), "\(seen.text("shortPassphrase"))")
        #expect(seen.text("backup") == "Done.", "\(seen.text("backup page"))")
        #expect(!seen.text("lessUnsaved").contains("Group 1") && seen.text("lessUnsaved").contains("Worker"))
        #expect(seen.text("all") == "Done.", "\(seen.text("all page"))")
        #expect(seen.text("noneUnsaved").isEmpty)
        #expect(seen.text("badTime").contains("would fail"), "\(seen.text("badTime"))")
        #expect(seen.text("noFile").contains("the file with the passphrase is missing"))
        #expect(seen.text("schedule") == "Done.", "\(seen.text("schedule page"))")
        #expect(seen.lines("scheduled").filter { $0.contains("03:15") }.count == 2, "\(seen.lines("scheduled"))")
        #expect(seen.text("off") == "Done.")
        #expect(seen.lines("unscheduled").filter { $0.contains("not scheduled") }.count == 2)
    }

    private func checkRestoring(_ seen: ManagerMachine.Seen) {
        let archives = seen.lines("archives")
        #expect(
            archives.filter { $0.contains(".skerry-backup") && $0.hasSuffix("verified)") }.count == 3,
            "\(archives)"
        )
        #expect(seen.text("restoreNoPassphrase").contains("Passphrase of the backup"))
        #expect(seen.text("wrongPassphrase").contains("This would fail"), "\(seen.text("wrongPassphrase"))")
        #expect(seen.text("sameName").contains("This would fail"), "\(seen.text("sameName"))")
        #expect(seen.text("restore") == "Done.", "\(seen.text("restore page"))")
        #expect(seen.text("noBackup").contains("/etc/passwd"), "\(seen.text("noBackup"))")
    }

    private func checkNames(_ seen: ManagerMachine.Seen) {
        #expect(seen.text("cloneSameName").contains("This would fail"), "\(seen.text("cloneSameName"))")
        #expect(seen.text("clone") == "Done." && seen.json["cloneKey"] == 1, "\(seen.text("clone page"))")
        #expect(seen.text("renameTaken").contains("Copy of Monday"), "\(seen.text("renameTaken"))")
        #expect(seen.text("rename") == "Done.", "\(seen.text("rename page"))")
        #expect(seen.text("renameAgent") == "Done.", "\(seen.text("renameAgent page"))")
        #expect(seen.text("newKey") == "Done." && seen.json["newKeyOffered"] == 1)
        #expect(seen.text("admin") == "Done." && seen.text("admin page").contains("API-"), "\(seen.text("admin page"))")
        #expect(seen.text("adminAgain").contains("API-(shown once)"), "\(seen.text("adminAgain"))")
        #expect(
            seen.lines("choices") == [
                "All instances", "\(Self.clone) (server, running)", "Copy of Monday (server, running)",
                "Group One (server, running)", "Group One Worker (agent, running)", "New instance…",
            ]
        )
        #expect(seen.text("doctor").contains("Nothing is wrong") || seen.text("doctor").contains("warning"))
    }

    private func checkKey(_ seen: ManagerMachine.Seen) {
        #expect(seen.text("startWithoutKey").hasPrefix("Failed."), "\(seen.text("startWithoutKey"))")
        #expect(seen.text("startWithoutKey").contains("set-master-key"), "\(seen.text("startWithoutKey"))")
        #expect(seen.text("noKey").contains("Saved master key of Group One"), "\(seen.text("noKey"))")
        #expect(seen.text("wrongKey").contains("This would fail"), "\(seen.text("wrongKey"))")
        #expect(seen.text("savedKey") == "Done.", "\(seen.text("savedKey page"))")
        #expect(seen.json["keyIsSecret"] == true && seen.text("keyFromFile") == "Done.")
        #expect(seen.text("database check").contains("No verified backup"), "\(seen.text("database check"))")
        #expect(seen.text("unsaved check").contains("Nothing is in the way"), "\(seen.text("unsaved check"))")
        #expect(seen.text("unsavedScript").contains("--without-backup"))
        #expect(seen.text("upgradeWarning").contains("without a backup: Clone"), "\(seen.text("upgradeWarning"))")
    }

    /// Of all servers and agents.
    private func configurations(_ skerry: SkerryProgram) async throws -> [JSON] {
        var found: [JSON] = []
        for program in [skerry, skerry.agent] {
            let list = try await program.run("list-instances", "--json").json()["data"]?.arrayValue ?? []
            for instance in list {
                let slug = instance["slug"]?.stringValue ?? ""
                let answer = try await program.run("show-configuration", "--instance", slug, "--json")
                found.append(try answer.json()["data"] ?? .null)
            }
        }
        return found
    }

    /// The same steps on another machine make the same instances.
    private func replay(_ scripts: [String], from root: String, expecting made: [JSON]) async throws {
        let secrets = ["SKERRY_BACKUP_PASSPHRASE": Self.passphrase, "SKERRY_ADMIN_PASSWORD": Self.password]
        try await ManagerMachine.with { other in
            try await fill(other)
            for script in scripts {
                // Backups are files of the first machine; their places are told by the root.
                let moved = script.replacing(root, with: other.root)
                let found = try await archive(named: "group-1-", of: other)
                let text = moved.replacing(/[^ ]*group-1-[^ ]*\.skerry-backup/, with: found ?? "none")
                try? Data("\(Self.passphrase)\n".utf8).write(to: URL(filePath: "\(other.root)/passphrase"))
                let result = try await ManagerMachine.run(text, on: other, secrets: secrets)
                #expect(result.exitCode == 0, "\(text)\(result.standardError)\(result.standardOutput)")
            }
            let again = try await configurations(other)
            #expect(again.map { told($0, other.root) } == made.map { told($0, root) })
        }
    }

    /// Without what differs between machines: where they are, and which ports were free.
    private func told(_ configuration: JSON, _ root: String) -> String {
        configuration.text.replacing(root, with: "ROOT").replacing(/127\.0\.0\.1:\d+/, with: "ADDRESS")
            .replacing(/"port":\s*\d+/, with: "PORT")
    }

    private func archive(named start: String, of skerry: SkerryProgram) async throws -> String? {
        let folder = "\(skerry.root)/backups"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(start) }.sorted().last.map { "\(folder)/\($0)" }
    }
}
