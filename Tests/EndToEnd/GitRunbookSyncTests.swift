import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

@Suite("Sync of runbooks in Git")
struct GitRunbookSyncTests {
    private static let policy =
        GitPair.policy
        + "\ncac: branch\ndeletes: {mode: deleteIfUnchanged, maxPercent: 100}\ntypes: {triggers: {mode: merge}}"
    private static let restart = ".octopus/runbooks/restart.ocl"
    private static let cleanUp = ".octopus/runbooks/clean-up.ocl"

    @Test("S-61, E-84: a changed runbook and a new one go over as one commit; merged, there is nothing left to do")
    func branch() async throws {
        try await GitPair.withPair(policy: Self.policy, runbooks: (true, true)) { git in
            try await git.pair.syncNow()
            #expect(try await git.syncBranches() == [])
            let main = try await git.destination.git(["rev-parse", "main"])

            try await git.changeRunbook("Write-Host \"changed\"")
            try await git.addRunbook()
            let planned = try await git.pair.plan()
            #expect(planned.exitCode == 2, "\(planned.standardError)\(planned.standardOutput.suffix(3000))")
            let applied = try await git.pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardError)\(applied.standardOutput.suffix(4000))")
            let branch = try #require(try await git.syncBranches().first)
            #expect(try await git.destination.messages(of: branch, notIn: "main").count == 1)
            #expect(try await git.destination.git(["rev-parse", "main"]) == main)
            let files = try await git.files(at: branch)
            #expect(files[Self.restart]?.contains("Write-Host \"changed\"") == true)
            #expect(files[Self.cleanUp]?.contains("Write-Host \"clean\"") == true, "\(files)")
            #expect(files[".octopus/variables.ocl"]?.contains("clean-up") == true, "\(files)")
            for text in files.values {
                #expect(
                    !text.contains("Environments-") && !text.contains("Projects-") && !text.contains("50000"),
                    "\(text)"
                )
            }
            #expect(files[Self.cleanUp]?.contains("prod-eu") == true)
            let secrets = try await git.secrets()
            #expect(secrets.first?["Scope"]?["ProcessOwner"] == ["clean-up"], "\(secrets)")
            let trigger = try await git.pair.destination.document(.triggers, "Nightly")
            #expect(trigger?["Action"]?["RunbookId"] == "clean-up", "\(trigger ?? .null)")

            // Until the merge the database names a runbook that is not there yet.
            let waiting = try await git.pair.plan()
            #expect(waiting.exitCode == 3, "\(waiting.standardOutput.suffix(6000))")
            #expect(waiting.standardOutput.contains("Variables/Token/scope"))
            try await git.merge(branch)
            try await git.pair.syncNow()
            let calm = try await git.pair.plan()
            #expect(calm.exitCode == 0, "\(calm.standardOutput.suffix(3000))")
            #expect(try await git.syncBranches() == [])

            let nightly = try await git.pair.source.document(.triggers, "Nightly")
            try await git.pair.source.client.delete(.triggers, id: nightly?["Id"]?.stringValue ?? "")
            try await git.pair.syncNow()
            #expect(try await git.pair.destination.document(.triggers, "Nightly") == nil)

            // What is gone at the source goes away, on a branch, too.
            try await git.pair.source.client.deleteRunbook(
                "clean-up",
                atBranch: "main",
                project: git.sourceProject,
                message: "Gone"
            )
            try await git.scopeToRunbook([])
            let less = try await git.pair.plan()
            #expect(less.exitCode == 2, "\(less.standardOutput.suffix(3000))")
            let removed = try await git.pair.apply()
            #expect(removed.exitCode == 0, "\(removed.standardError)\(removed.standardOutput.suffix(4000))")
            let last = try #require(try await git.syncBranches().first)
            let kept = try await git.files(at: last)
            #expect(kept[Self.cleanUp] == nil && kept[Self.restart] != nil, "\(kept.keys)")
            #expect(try await git.destination.messages(of: last, notIn: "main").count == 1)
            #expect(try await git.pair.plan().exitCode == 2, "it is still to be merged")
            try await git.merge(last)
            try await git.pair.syncNow()
        }
    }

    @Test("S-61, E-84, E-101: killed between any two entries of its journal, each runbook is made once")
    func killed() async throws {
        try await GitPair.withPair(policy: Self.policy, runbooks: (true, true)) { git in
            try await git.pair.syncNow()
            try await git.changeRunbook("Write-Host \"changed\"")
            try await git.addRunbook()
            #expect(try await git.pair.plan().exitCode == 2)
            let cuts = try await git.pair.applyKilled(most: 60) { 1 + $0 % 6 }
            #expect(cuts > 1)
            let branches = try await git.syncBranches()
            #expect(branches.count == 1)
            let branch = try #require(branches.first)
            #expect(try await git.destination.messages(of: branch, notIn: "main").count == 1)
            let names = try await git.files(at: branch).keys.filter { $0.contains("runbooks/") }.sorted()
            #expect(names == [Self.cleanUp, Self.restart])
            try await git.merge(branch)
            try await git.pair.syncNow()
        }
    }

    @Test(
        "S-61, E-84, E-109: a run is taken back: nothing of a branch that is not merged, a made runbook of one that is"
    )
    func rollback() async throws {
        try await GitPair.withPair(policy: Self.policy, runbooks: (true, true)) { git in
            try await git.pair.syncNow()
            let before = try await git.files(at: "main")
            try await git.changeRunbook("Write-Host \"changed\"")
            try await git.addRunbook()
            #expect(try await git.pair.plan().exitCode == 2)
            #expect(try await git.pair.apply().exitCode == 0)
            let branch = try #require(try await git.syncBranches().first)

            let early = try await git.pair.rollback()
            let plan = try #require(try JSON.parse([UInt8](early.standardOutput.utf8))["data"]?["plan"])
            let kinds = plan["operations"]?.arrayValue?.compactMap { $0["key"]?["kind"]?.stringValue } ?? []
            #expect(!kinds.contains { $0.hasPrefix("runbook") }, "\(early.standardOutput.suffix(3000))")
            #expect(plan["conflicts"] == [], "\(early.standardOutput.suffix(3000))")
            #expect(plan["notices"]?.arrayValue?.contains { $0["code"] == "branch-not-merged" } == true)

            try await git.merge(branch)
            let planned = try await git.pair.rollback()
            #expect(planned.exitCode == 2, "\(planned.standardError)\(planned.standardOutput.suffix(3000))")
            let undone = try await git.pair.sync("apply", git.pair.undoPath, "--json")
            #expect(undone.exitCode == 0, "\(undone.standardError)\(undone.standardOutput.suffix(3000))")
            let back = try #require(try await git.syncBranches().first)
            #expect(try await git.destination.messages(of: back, notIn: "main").count == 1)
            #expect(try await git.files(at: back) == before)
        }
    }

    @Test("S-61, E-84: where only one side keeps runbooks in Git, settingsOnly leaves them alone, branch carries them")
    func oneSide() async throws {
        try await GitPair.withPair(policy: Self.policy, runbooks: (false, true)) { git in
            try await git.pair.syncNow()
            try git.pair.writePolicy(GitPair.policy)
            let runbook = try #require(try await git.pair.source.document(.runbooks, "Restart"))
            try await git.pair.source.edit(.runbooks, runbook["Id"]?.stringValue ?? "") { $0["Description"] = "Again" }
            let left = try await git.pair.plan()
            #expect(left.exitCode == 0, "\(left.standardOutput.suffix(3000))")
            #expect(left.standardOutput.contains("the runbooks"), "\(left.standardOutput.suffix(3000))")

            try git.pair.writePolicy(Self.policy)
            let planned = try await git.pair.plan()
            #expect(planned.exitCode == 2, "\(planned.standardError)\(planned.standardOutput.suffix(3000))")
            let applied = try await git.pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardError)\(applied.standardOutput.suffix(3000))")
            let branch = try #require(try await git.syncBranches().first)
            #expect(try await git.files(at: branch)[Self.restart]?.contains("Again") == true)
            try await git.merge(branch)
            try await git.pair.syncNow()
        }
    }
}

extension GitPair {
    /// Changes the step of the source's runbook at its main branch.
    fileprivate func changeRunbook(_ text: String, isolation: isolated (any Actor)? = #isolation) async throws {
        let client = pair.source.client
        let runbook = try await client.runbook("restart", .runbook, atBranch: "main", project: sourceProject)
        let id = runbook["RunbookProcessId"]?.stringValue ?? ""
        var process = try await client.runbook(id, .process, atBranch: "main", project: sourceProject)
        process["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Script.ScriptBody"] = .string(text)
        _ = try await client.writeRunbook(id, .process, atBranch: "main", project: sourceProject, process)
    }

    /// Adds the runbook "Clean up" at the source's main branch, named by a variable there, and by a sensitive one and a
    /// trigger in the database.
    fileprivate func addRunbook(isolation: isolated (any Actor)? = #isolation) async throws {
        let client = pair.source.client
        let environment = try await pair.source.document(.environments, "Production")?["Id"] ?? .null
        let runbook = try await client.createRunbook(
            atBranch: "main",
            project: sourceProject,
            ["Name": "Clean up", "EnvironmentScope": "Specified", "Environments": [environment]]
        )
        let id = runbook["RunbookProcessId"]?.stringValue ?? ""
        var process = try await client.runbook(id, .process, atBranch: "main", project: sourceProject)
        process["Steps"] = [Self.step("Clean", "Write-Host \"clean\"", environment)]
        _ = try await client.writeRunbook(id, .process, atBranch: "main", project: sourceProject, process)
        try await scopeToRunbook([runbook["Id"] ?? .null])
        let filter: JSON = [
            "FilterType": "CronExpressionSchedule", "CronExpression": "0 0 1 * * *", "Timezone": "UTC",
        ]
        let action: JSON = [
            "ActionType": "RunRunbook", "RunbookId": runbook["Id"] ?? .null, "EnvironmentIds": [environment],
        ]
        _ = try await client.create(
            .triggers,
            ["Name": "Nightly", "ProjectId": .string(sourceProject), "Filter": filter, "Action": action]
        )
    }

    /// Scopes a variable at the source's main branch, and a sensitive one in its database, to runbooks.
    fileprivate func scopeToRunbook(_ ids: [JSON], isolation: isolated (any Actor)? = #isolation) async throws {
        let client = pair.source.client
        let environment = try await pair.source.document(.environments, "Production")?["Id"] ?? .null
        let scope: JSON = ids.isEmpty ? ["Environment": [environment]] : ["ProcessOwner": .array(ids)]
        var set = try await client.atBranch("main", .variables, project: sourceProject)
        set["Variables"] = .array((set["Variables"]?.arrayValue ?? []).filter { $0["Name"] != "Broom" })
        set["Variables"] = .array(
            (set["Variables"]?.arrayValue ?? []) + [["Name": "Broom", "Value": "1", "Scope": scope]]
        )
        _ = try await client.writeToBranch("main", .variables, project: sourceProject, set)
        try await pair.source.edit(.variableSets, "variableset-\(sourceProject)") {
            $0["Variables"]?[0]?["Scope"] = scope
        }
    }

    /// The sensitive variables in the destination's database.
    fileprivate func secrets(isolation: isolated (any Actor)? = #isolation) async throws -> [JSON] {
        let project = try #require(try await pair.destination.document(.projects, "Web"))
        return try await pair.destination.variables(of: project)
    }

    /// All files of the destination's project at a branch.
    fileprivate func files(
        at branch: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [String: String] {
        let names = try await destination.git(["ls-tree", "-r", "--name-only", branch]).split(separator: "\n")
        var files: [String: String] = [:]
        for name in names { files[String(name)] = try await destination.file(String(name), at: branch) }
        return files
    }
}
