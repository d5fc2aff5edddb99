import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// What becomes of a run's branch: taken back, merged, remembered.
@Suite("Runs whose changes are on a branch")
struct GitRollbackTests {
    @Test(
        "E-84, E-109: of a branch that is not merged there is nothing to undo; the database goes back, the plan says so"
    )
    func unmerged() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch") { git in
            try await git.pair.syncNow()
            let main = try await git.destination.git(["rev-parse", "main"])
            let before = try #require(try await git.pair.destination.document(.projects, "Web"))
            try await Self.changeEverything(git)
            #expect(try await git.pair.plan().exitCode == 2)
            let applied = try await git.pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardError)\(applied.standardOutput.suffix(3000))")
            let branch = try #require(try await git.syncBranches().first)
            #expect(applied.standardOutput.contains("review and merge it"))
            let data = try JSON.parse([UInt8](applied.standardOutput.utf8))["data"]
            #expect(data?["branches"] == [["project": "Web", "branch": .string(branch)]])

            let planned = try await git.pair.rollback()
            #expect(planned.exitCode == 2, "\(planned.standardError)\(planned.standardOutput.suffix(3000))")
            let plan = try #require(try JSON.parse([UInt8](planned.standardOutput.utf8))["data"]?["plan"])
            let notice = plan["notices"]?.arrayValue?.first { $0["code"] == "branch-not-merged" }
            #expect(notice?["message"]?.stringValue?.contains(branch) == true)
            #expect(notice?["key"]?["path"] == ["Web"])
            let undone = try await git.pair.sync("apply", git.pair.undoPath, "--json")
            #expect(undone.exitCode == 0, "\(undone.standardError)\(undone.standardOutput.suffix(3000))")
            // Nothing of a repository was touched; what had been written to the database is as it was.
            #expect(try await git.destination.git(["rev-parse", "main"]) == main)
            #expect(try await git.syncBranches() == [branch])
            let after = try #require(try await git.pair.destination.document(.projects, "Web"))
            #expect(after["Description"] == before["Description"])
            let secrets = try await git.pair.destination.variables(of: after)
            #expect(secrets.compactMap { $0["Name"]?.stringValue } == ["Token"])
            // The source is ahead again.
            #expect(try await git.pair.plan().exitCode == 2)
        }
    }

    @Test(
        "E-84, E-109: a branch that was merged is undone by one commit on a branch of its own; changes since are kept"
    )
    func merged() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch") { git in
            try await git.pair.syncNow()
            let before = try await Self.files(git, at: "main")
            try await Self.changeEverything(git)
            #expect(try await git.pair.plan().exitCode == 2)
            #expect(try await git.pair.apply().exitCode == 0)
            try await git.merge(try #require(try await git.syncBranches().first))
            let after = try await Self.files(git, at: "main")
            #expect(before.values.allSatisfy { !after.values.contains($0) }, "all three files are changed")

            let planned = try await git.pair.rollback()
            #expect(planned.exitCode == 2, "\(planned.standardError)\(planned.standardOutput.suffix(3000))")
            #expect(!planned.standardOutput.contains("branch-not-merged"))
            let undone = try await git.pair.sync("apply", git.pair.undoPath, "--json")
            #expect(undone.exitCode == 0, "\(undone.standardError)\(undone.standardOutput.suffix(3000))")
            let branch = try #require(try await git.syncBranches().first)
            let messages = try await git.destination.messages(of: branch, notIn: "main")
            #expect(messages.count == 1 && messages.first?.contains("rollback of run") == true, "\(messages)")
            #expect(try await Self.files(git, at: "main") == after)
            #expect(try await Self.files(git, at: branch) == before)
            try await git.merge(branch)
            let again = try await git.pair.plan()
            #expect(again.exitCode == 2, "the source is ahead again: \(again.standardOutput.suffix(3000))")
        }
    }

    @Test("E-84, E-109: what people changed in the repository after the merge is a conflict, or left alone on request")
    func changedSince() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch") { git in
            try await git.pair.syncNow()
            try await git.changeScript("Write-Host \"changed\"")
            #expect(try await git.pair.plan().exitCode == 2)
            #expect(try await git.pair.apply().exitCode == 0)
            try await git.merge(try #require(try await git.syncBranches().first))
            let theirs = try await git.script(at: "main").replacingOccurrences(of: "changed", with: "by hand")
            try await git.destination.commit([".octopus/deployment_process.ocl": theirs], to: "main")
            let planned = try await git.pair.rollback()
            #expect(planned.exitCode == 3 && planned.standardOutput.contains("changed-since-run"))
            let left = try await git.pair.rollback(nil, "--leave-changed")
            #expect(left.exitCode == 0, "\(left.standardOutput.suffix(3000))")
            #expect(try await git.script(at: "main").contains("by hand"))
        }
    }

    @Test("E-84, E-85: after a merge the plan says that it is not remembered yet, and an unattended apply remembers it")
    func remembering() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch") { git in
            try await git.pair.syncNow()
            #expect(try await !git.pair.plan().standardOutput.contains("not-remembered"))
            try await git.changeScript("Write-Host \"changed\"")
            #expect(try await git.pair.plan().exitCode == 2)
            #expect(try await git.pair.apply().exitCode == 0)
            try await git.merge(try #require(try await git.syncBranches().first))

            let planned = try await git.pair.plan()
            #expect(planned.exitCode == 0 && planned.standardOutput.contains("not-remembered"))
            let auto = try await git.pair.sync("apply", "--auto", "--policy", git.pair.policyPath, "--json")
            #expect(auto.exitCode == 0, "\(auto.standardError)\(auto.standardOutput)")
            let data = try JSON.parse([UInt8](auto.standardOutput.utf8))["data"]
            #expect(data?["operations"] == 0 && data?["remembered"]?.intValue ?? 0 > 0)
            let calm = try await git.pair.plan()
            #expect(calm.exitCode == 0 && !calm.standardOutput.contains("not-remembered"))
            let log = try await git.pair.sync("log", "--policy", git.pair.policyPath)
            #expect(log.standardOutput.contains("remembered"))

            // Had it not been remembered, this would be changed on both sides.
            try await git.changeScript("Write-Host \"again\"")
            let next = try await git.pair.plan()
            #expect(next.exitCode == 2, "\(next.standardOutput.suffix(2000))")
        }
    }

    // MARK: - Parts

    /// Each of what a repository holds, and what the database keeps of the same documents.
    private static func changeEverything(
        _ git: GitPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        try await git.changeScript("Write-Host \"changed\"")
        try await git.changeSettingsAndVariables(notes: "Notes")
    }

    private static func files(
        _ git: GitPair,
        at branch: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [String: String] {
        var result: [String: String] = [:]
        for name in ["deployment_process", "deployment_settings", "variables"] {
            result[name] = try await git.destination.file(".octopus/\(name).ocl", at: branch) ?? ""
        }
        return result
    }
}
