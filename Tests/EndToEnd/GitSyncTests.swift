import APIClient
import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Two servers that keep a project in Git, each in a bare repository on disk.
struct GitPair: Sendable {
    static let policy = """
        select: {projects: [Web]}
        environments: {"*": same}
        """

    var pair: SyncPair
    var source: BareRepository
    var destination: BareRepository
    /// Ids of the project on both sides.
    var sourceProject: String
    var destinationProject: String

    /// - Parameter runbooks: for the source and for the destination, whether a runbook of the project is in Git, too; nil
    ///   for projects without one.
    static func withPair(
        policy: String,
        runbooks: (source: Bool, destination: Bool)? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (GitPair) async throws -> Void
    ) async throws {
        try await SyncPair.withPair(policy: policy, settings: ["--allowLocalGit", "true"]) { pair in
            let mine = try await BareRepository.make(at: "\(pair.folder)/source.git")
            let theirs = try await BareRepository.make(at: "\(pair.folder)/destination.git")
            let script = "Write-Host \"hello\"\nexit 0"
            let first = try await project(pair.source, "production", script: script)
            let second = try await project(pair.destination, "prod-eu", script: script)
            if runbooks != nil {
                try await runbook(pair.source, first, script: script)
                try await runbook(pair.destination, second, script: script)
            }
            try await convert(first, at: pair.source, to: mine, withRunbooks: runbooks?.source ?? false)
            try await convert(second, at: pair.destination, to: theirs, withRunbooks: runbooks?.destination ?? false)
            try await body(
                GitPair(
                    pair: pair,
                    source: mine,
                    destination: theirs,
                    sourceProject: first,
                    destinationProject: second
                )
            )
        }
    }

    /// A project with one step in one environment, which has another slug on each side.
    private static func project(
        _ server: TestServer,
        _ slug: String,
        script: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> String {
        let client = server.client
        let environment = try await client.create(.environments, ["Name": "Production", "Slug": .string(slug)])
        let group = try await server.documents(.projectGroups).first?["Id"] ?? .null
        let lifecycle = try await server.documents(.lifecycles).first?["Id"] ?? .null
        let project = try await client.create(
            .projects,
            ["Name": "Web", "ProjectGroupId": group, "LifecycleId": lifecycle]
        )
        try await server.edit(.deploymentProcesses, project["DeploymentProcessId"]?.stringValue ?? "") { process in
            process["Steps"] = [step("Deploy", script, environment["Id"] ?? .null)]
        }
        try await server.edit(.variableSets, project["VariableSetId"]?.stringValue ?? "") { set in
            set["Variables"] = [
                ["Name": "Url", "Value": "https://a", "Scope": ["Environment": [environment["Id"] ?? .null]]],
                ["Name": "Token", "Type": "Sensitive", "Value": "hush"],
            ]
        }
        return project["Id"]?.stringValue ?? ""
    }

    /// The runbook "Restart", with one step in one environment.
    private static func runbook(
        _ server: TestServer,
        _ project: String,
        script: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let environment = try await server.document(.environments, "Production")?["Id"] ?? .null
        let runbook = try await server.client.create(
            .runbooks,
            [
                "Name": "Restart", "ProjectId": .string(project), "EnvironmentScope": "Specified",
                "Environments": [environment],
            ]
        )
        try await server.edit(.runbookProcesses, runbook["RunbookProcessId"]?.stringValue ?? "") { process in
            process["Steps"] = [step("Restart", script, environment)]
        }
    }

    static func step(_ name: String, _ script: String, _ environment: JSON) -> JSON {
        let properties: JSON = ["Octopus.Action.Script.ScriptBody": .string(script)]
        return [
            "Name": .string(name),
            "Actions": [
                [
                    "Name": .string(name), "ActionType": "Octopus.Script", "Environments": [environment],
                    "Properties": properties,
                ]
            ],
        ]
    }

    private static func convert(
        _ project: String,
        at server: TestServer,
        to repository: BareRepository,
        withRunbooks: Bool,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        var request = HTTPClientRequest(url: "\(server.address)/api/projects/\(project)/git/convert")
        request.method = .POST
        request.headers.add(name: "X-Octopus-ApiKey", value: server.key)
        let body: JSON = [
            "CommitMessage": "To Git",
            "VersionControlSettings": [
                "Url": .string(repository.url), "DefaultBranch": "main", "BasePath": ".octopus",
                "ConversionState": ["VariablesAreInGit": true, "RunbooksAreInGit": .bool(withRunbooks)],
            ],
        ]
        request.body = .bytes(ByteBuffer(bytes: body.bytes))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        try #require(response.status == .ok, "\(text)")
    }

    /// Changes the script at the source's main branch.
    func changeScript(_ text: String, isolation: isolated (any Actor)? = #isolation) async throws {
        let client = pair.source.client
        var process = try await client.atBranch("main", .process, project: sourceProject)
        process["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Script.ScriptBody"] = .string(text)
        _ = try await client.writeToBranch("main", .process, project: sourceProject, process)
    }

    /// Changes variables and settings at the source's main branch, and what its database keeps of the same documents.
    func changeSettingsAndVariables(notes: String, isolation: isolated (any Actor)? = #isolation) async throws {
        let client = pair.source.client
        var set = try await client.atBranch("main", .variables, project: sourceProject)
        set["Variables"]?[0]?["Value"] = "https://new"
        _ = try await client.writeToBranch("main", .variables, project: sourceProject, set)
        var settings = try await client.atBranch("main", .settings, project: sourceProject)
        settings["ReleaseNotesTemplate"] = .string(notes)
        _ = try await client.writeToBranch("main", .settings, project: sourceProject, settings)
        try await pair.source.edit(.projects, sourceProject) { $0["Description"] = "Described" }
        try await pair.source.edit(.variableSets, "variableset-\(sourceProject)") { set in
            set["Variables"] = .array(
                (set["Variables"]?.arrayValue ?? []) + [["Name": "Second", "Type": "Sensitive", "Value": "hush"]]
            )
        }
    }

    /// The branches that syncs have made at the destination.
    func syncBranches(isolation: isolated (any Actor)? = #isolation) async throws -> [String] {
        try await destination.branches().filter { $0.hasPrefix("skerry-sync/") }
    }

    /// What people do with the branch of a sync.
    func merge(_ branch: String, isolation: isolated (any Actor)? = #isolation) async throws {
        _ = try await destination.git(["update-ref", "refs/heads/main", "refs/heads/\(branch)"])
        _ = try await destination.git(["update-ref", "-d", "refs/heads/\(branch)"])
    }

    func script(at branch: String, isolation: isolated (any Actor)? = #isolation) async throws -> String {
        try await destination.file(".octopus/deployment_process.ocl", at: branch) ?? ""
    }
}

@Suite("Sync of projects in Git")
struct GitSyncTests {
    @Test("E-18, E-84: with cac branch a change goes over as one commit on a branch, with the destination's slugs")
    func branch() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch") { git in
            // Both sides agree; there is nothing to commit.
            try await git.pair.syncNow()
            #expect(try await git.syncBranches() == [])
            let main = try await git.destination.git(["rev-parse", "main"])

            try await git.changeScript("Write-Host \"changed\"")
            let planned = try await git.pair.plan()
            #expect(planned.exitCode == 2, "\(planned.standardError)\(planned.standardOutput.suffix(3000))")
            let applied = try await git.pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardError)\(applied.standardOutput.suffix(4000))")
            let branch = try #require(try await git.syncBranches().first)
            #expect(try await git.destination.messages(of: branch, notIn: "main").count == 1)
            #expect(try await git.destination.git(["rev-parse", "main"]) == main)
            let text = try await git.script(at: branch)
            #expect(text.contains("Write-Host \"changed\""))
            #expect(text.contains("environments = [\"prod-eu\"]"))
            #expect(!text.contains("50000") && !text.contains("Environments-"), "no id in the file: \(text)")

            // Not merged is not agreed: the next plan says the same again.
            #expect(try await git.pair.plan().exitCode == 2)
            try await git.merge(branch)
            try await git.pair.syncNow()
            #expect(try await git.syncBranches() == [])

            // What the destination's people change in their repository is theirs, as in the database.
            let file = ".octopus/deployment_process.ocl"
            let theirs = try await git.script(at: "main").replacingOccurrences(of: "\"Deploy\"", with: "\"Deploy it\"")
            try await git.destination.commit([file: theirs], to: "main")
            try await git.changeScript("Write-Host \"third\"")
            #expect(try await git.pair.plan().exitCode == 2)
            let third = try await git.pair.apply()
            #expect(third.exitCode == 0, "\(third.standardError)\(third.standardOutput.suffix(4000))")
            let last = try await git.script(at: try #require(try await git.syncBranches().first))
            #expect(last.contains("\"Deploy it\"") && last.contains("third"))
        }
    }

    @Test("E-84: variables and settings go to the branch, sensitive variables to the database, channels as ever")
    func parts() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch") { git in
            try await git.pair.syncNow()
            try await git.changeSettingsAndVariables(notes: "Notes of \"the source\"")
            #expect(try await git.pair.plan().exitCode == 2)
            let applied = try await git.pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardError)\(applied.standardOutput.suffix(4000))")
            let branches = try await git.syncBranches()
            let branch = try #require(branches.first)
            #expect(branches.count == 1)
            // Two files, and one commit.
            #expect(try await git.destination.messages(of: branch, notIn: "main").count == 1)
            let variables = try #require(try await git.destination.file(".octopus/variables.ocl", at: branch))
            #expect(variables.contains("https://new") && variables.contains("prod-eu"))
            #expect(!variables.contains("Second") && !variables.contains("hush"))
            let notes = try #require(try await git.destination.file(".octopus/deployment_settings.ocl", at: branch))
            #expect(notes.contains("Notes of \"the source\""))
            let project = try #require(try await git.pair.destination.document(.projects, "Web"))
            #expect(project["Description"] == "Described")
            #expect(project["ReleaseNotesTemplate"] == .null)
            let secrets = try await git.pair.destination.variables(of: project)
            #expect(secrets.compactMap { $0["Name"]?.stringValue }.sorted() == ["Second", "Token"])
            try await git.merge(branch)
            try await git.pair.syncNow()
            #expect(try await git.syncBranches() == [])
        }
    }

    @Test("E-84, E-101: killed between any two entries of its journal, an apply ends with one branch and one commit")
    func killed() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch") { git in
            try await git.pair.syncNow()
            try await git.changeScript("Write-Host \"changed\"")
            #expect(try await git.pair.plan().exitCode == 2)
            let cuts = try await git.pair.applyKilled(most: 10) { 1 + $0 % 2 }
            #expect(cuts > 0)
            let branches = try await git.syncBranches()
            #expect(branches.count == 1)
            #expect(try await git.destination.messages(of: try #require(branches.first), notIn: "main").count == 1)
            #expect(try await git.pair.apply().exitCode != 1)
            #expect(try await git.syncBranches() == branches)
        }
    }

    @Test("E-84: with cac settingsOnly the repositories are left alone, with skip the project is")
    func otherModes() async throws {
        try await GitPair.withPair(policy: GitPair.policy) { git in
            try await git.pair.syncNow()
            try await git.changeScript("Write-Host \"changed\"")
            try await git.pair.source.edit(.projects, git.sourceProject) { $0["Description"] = "Described" }
            let planned = try await git.pair.plan()
            #expect(planned.exitCode == 2 && planned.standardOutput.contains("kept-in-git"))
            #expect(try await git.pair.apply().exitCode == 0)
            #expect(try await git.syncBranches() == [])
            #expect(try await git.pair.destination.document(.projects, "Web")?["Description"] == "Described")
            try await git.pair.source.edit(.projects, git.sourceProject) { $0["Description"] = "Again" }
            try git.pair.writePolicy(GitPair.policy + "\ncac: skip")
            let skipped = try await git.pair.plan()
            #expect(skipped.exitCode == 0, "\(skipped.standardOutput.suffix(2000))")
            #expect(skipped.standardOutput.contains("cac: skip"), "\(skipped.standardOutput.suffix(3000))")
        }
    }

    @Test("E-84: two projects on one folder of one repository are refused, and so is a branch that is not there")
    func refused() async throws {
        try await GitPair.withPair(policy: GitPair.policy + "\ncac: branch\ncacBranch: release") { git in
            let planned = try await git.pair.plan()
            #expect(planned.exitCode == 3)
            #expect(planned.standardOutput.contains("git-unreadable") && planned.standardOutput.contains("release"))
            // The destination is moved to the folder of the source.
            try git.pair.writePolicy(GitPair.policy + "\ncac: branch")
            try await git.pair.destination.edit(.projects, git.destinationProject) { project in
                project["PersistenceSettings"]?["Url"] = .string(git.source.url + "/")
            }
            let same = try await git.pair.plan()
            #expect(same.exitCode == 3)
            #expect(same.standardOutput.contains("same-repository"), "\(same.standardOutput.suffix(2000))")
        }
    }
}
