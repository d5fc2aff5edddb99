import Catalog
import Foundation
import Store
import TestSupport
import Testing

@testable import Server

extension TestServer {
    static let ledger = "/api/Spaces-1/projects/Projects-1"

    /// Runs `test` against a fresh server that may use repositories on disk, with one that has a commit.
    static func runWithGit(
        isEmpty: Bool = false,
        _ test: @Sendable (TestServer, BareRepository) async throws -> Void
    ) async throws {
        try await run(allowsLocalGit: true) { server in
            let path = server.home.appending(path: "remote.git").path
            try await test(server, try await BareRepository.make(at: path, isEmpty: isEmpty))
        }
    }

    func convert(_ repository: BareRepository, _ more: JSON = [:], _ body: JSON = [:]) async throws -> Answer {
        var settings: JSON = [
            "Type": "VersionControlled", "Url": .string(repository.url), "DefaultBranch": "main",
            "BasePath": ".octopus/ledger", "Credentials": ["Type": "Anonymous"],
        ]
        settings.merge(more)
        var request: JSON = ["CommitMessage": "To Git", "VersionControlSettings": settings]
        request.merge(body)
        return try await post("\(Self.ledger)/git/convert", request)
    }

    /// A project with a step, scoped to an environment, and variables.
    func fillLedger() async throws {
        _ = try await createProject()
        _ = try await create("environments", ["Name": "Production EU"])
        let saved = try await setProcess(
            "\(Self.ledger)/deploymentprocesses",
            steps: [
                [
                    "Name": "Warm cache",
                    "Actions": [
                        [
                            "ActionType": "Octopus.Script", "Environments": ["Environments-1"],
                            "Properties": ["Octopus.Action.Script.ScriptBody": "echo \"hi\"\necho there"],
                        ]
                    ],
                ]
            ]
        )
        try #require(saved.status == 200, "\(saved.text)")
        var set = try await get("\(Self.ledger)/variables").json
        let action = saved.json["Steps"]?[0]?["Actions"]?[0]?["Id"] ?? .null
        set["Variables"] = [
            ["Name": "Url", "Value": "https://eu", "Scope": ["Environment": ["Environments-1"], "Action": [action]]],
            ["Name": "Token", "Type": "Sensitive", "Value": "hush", "Scope": ["Action": [action]]],
        ]
        try #require(try await put("\(Self.ledger)/variables", set).status == 200)
    }
}

@Suite("Projects in Git")
struct GitProjectTests {
    private let ledger = TestServer.ledger

    @Test("S-13: a project moves into a repository with its ids as slugs, and reads at the branch as it was before")
    func convert() async throws {
        try await TestServer.runWithGit { server, repository in
            try await server.fillLedger()
            let before = try await server.get("\(ledger)/deploymentprocesses").json
            let settingsBefore = try await server.get("\(ledger)/deploymentsettings").json
            let answer = try await server.convert(repository)
            try #require(answer.status == 200, "\(answer.text)")
            #expect(try await repository.messages(of: "main") == ["To Git", "By hand"])
            let text = try #require(try await repository.file(".octopus/ledger/deployment_process.ocl"))
            #expect(text.contains("environments = [\"production-eu\"]"))
            #expect(text.contains("step \"warm-cache\" {"))
            #expect(!text.contains("Environments-1"))
            let project = try await server.get(ledger).json
            #expect(project["IsVersionControlled"] == true)
            #expect(project["PersistenceSettings"]?["ConversionState"]?["VariablesAreInGit"] == false)
            #expect(project["VersioningStrategy"] == .null)
            for ref in ["main", "refs%2Fheads%2Fmain", try await repository.git(["rev-parse", "main"])] {
                let read = try await server.get("\(ledger)/\(ref)/deploymentprocesses")
                try #require(read.status == 200, "\(read.text)")
                #expect(read.json["Steps"] == before["Steps"])
            }
            let settings = try await server.get("\(ledger)/main/deploymentsettings").json
            #expect(settings["VersioningStrategy"] == settingsBefore["VersioningStrategy"])
            #expect(try await server.get("\(ledger)/deploymentprocesses").errors.contains("name a branch"))
            let old = try await server.put("/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-1", before)
            #expect(old.errors.contains("keeps its process in Git"))
        }
    }

    @Test("A write at a branch is one commit with the given message, and a stale or protected write is refused")
    func write() async throws {
        try await TestServer.runWithGit { server, repository in
            try await server.fillLedger()
            try #require(try await server.convert(repository).status == 200)
            let made = try await server.post(
                "\(ledger)/git/branches/v2",
                ["BaseGitRef": "refs/heads/main", "NewBranchName": "feature/colder"]
            )
            try #require(made.status == 200, "\(made.text)")
            #expect(made.json["CanonicalName"] == "refs/heads/feature/colder")
            let path = "\(ledger)/feature%2Fcolder/deploymentprocesses"
            let process = try await server.get(path).json
            var changed = process
            changed["Steps"]?[0]?["Name"] = "Cool down"
            changed["ChangeDescription"] = "Cooler"
            let saved = try await server.put(path, changed)
            try #require(saved.status == 200, "\(saved.text)")
            #expect(saved.json["Steps"]?[0]?["Name"] == "Cool down")
            #expect(saved.json["Steps"]?[0]?["Id"] == process["Steps"]?[0]?["Id"])
            #expect(try await repository.messages(of: "feature/colder", notIn: "main") == ["Cooler"])
            #expect(try await server.get("\(ledger)/main/deploymentprocesses").json["Steps"] == process["Steps"])
            #expect(try await server.put(path, changed).errors.contains("changed by someone else"))
            // The same content again is no commit.
            #expect(try await server.put(path, saved.json).status == 200)
            #expect(try await repository.messages(of: "feature/colder", notIn: "main").count == 1)
            var settings = try await server.get("\(ledger)/feature%2Fcolder/deploymentsettings").json
            settings["ReleaseNotesTemplate"] = "Notes"
            settings["ChangeDescription"] = "Cooler"
            let tip = try await server.get("\(ledger)/git/branches/feature%2Fcolder").json["Commit"]?["Hash"]?
                .stringValue
            let together = "\(ledger)/feature%2Fcolder/deploymentsettings?amend=\(tip ?? "")"
            #expect(try await server.put(together, settings).status == 200)
            #expect(try await repository.messages(of: "feature/colder", notIn: "main") == ["Cooler"])
            #expect(try await server.put(together, settings).errors.contains("not the newest commit"))
            var project = try await server.get(ledger).json
            project["PersistenceSettings"]?["ProtectedDefaultBranch"] = true
            try #require(try await server.put(ledger, project).status == 200)
            var main = try await server.get("\(ledger)/main/deploymentprocesses").json
            main["Steps"] = []
            #expect(try await server.put("\(ledger)/main/deploymentprocesses", main).errors.contains("is protected"))
            #expect(try await server.get("\(ledger)/git/branches/main").json["IsProtected"] == true)
            #expect(try await server.get("\(ledger)/git/branches").json["TotalResults"] == 2)
            #expect(try await server.get("\(ledger)/nowhere/deploymentprocesses").status == 404)
        }
    }

    @Test("What others commit is read at once; a mistake is told with file, line and column")
    func byHand() async throws {
        try await TestServer.runWithGit { server, repository in
            try await server.fillLedger()
            try #require(try await server.convert(repository).status == 200)
            let file = ".octopus/ledger/deployment_process.ocl"
            let text = try #require(try await repository.file(file))
            let renamed = text.replacingOccurrences(of: "\"Warm cache\"", with: "\"Warm it\"")
            try await repository.commit([file: renamed], to: "main")
            let path = "\(ledger)/main/deploymentprocesses"
            let read = try await server.get(path).json
            #expect(read["Steps"]?[0]?["Name"] == "Warm it")
            #expect(read["Steps"]?[0]?["Actions"]?[0]?["Environments"] == ["Environments-1"])
            try await repository.commit([file: "step \"a\" {\n  name = \n}"], to: "main")
            let broken = try await server.get(path)
            #expect(broken.status == 400)
            #expect(
                broken.errors.contains("deployment_process.ocl at main") && broken.errors.contains("line 2, column")
            )
        }
    }

    @Test("Variables that are no secrets move to Git, the others stay, and each keeps to its place")
    func variables() async throws {
        try await TestServer.runWithGit { server, repository in
            try await server.fillLedger()
            try #require(try await server.convert(repository).status == 200)
            #expect(try await server.get("\(ledger)/main/variables").errors.contains("are in the database"))
            let counts = try await server.get("\(ledger)/git/migrate-variables").json
            #expect(counts == ["TextVariableCount": 1, "SensitiveVariableCount": 1])
            let moved = try await server.post(
                "\(ledger)/git/migrate-variables",
                ["Branch": "main", "CommitMessage": "Variables"]
            )
            try #require(moved.status == 200, "\(moved.text)")
            let text = try #require(try await repository.file(".octopus/ledger/variables.ocl"))
            #expect(text.contains("variable \"Url\"") && text.contains("action = [\"warm-cache-1\"]"))
            #expect(!text.contains("Token") && !text.contains("hush"))
            var set = try await server.get("\(ledger)/main/variables").json
            #expect(set["Variables"]?.arrayValue?.count == 1)
            let action = set["ScopeValues"]?["Actions"]?[0]?["Id"]
            #expect(set["Variables"]?[0]?["Scope"]?["Action"]?[0] == action)
            var secrets = try await server.get("\(ledger)/variables").json
            #expect(secrets["Variables"]?.arrayValue?.compactMap { $0["Name"]?.stringValue } == ["Token"])
            #expect(secrets["Variables"]?[0]?["HasValue"] == true)
            set["Variables"]?[0]?["Value"] = "https://new"
            let saved = try await server.put("\(ledger)/main/variables", set)
            #expect(saved.json["Variables"]?[0]?["Value"] == "https://new", "\(saved.text)")
            set = saved.json
            set["Variables"] = [["Name": "Key", "Type": "Sensitive", "Value": "hush"]]
            #expect(
                try await server.put("\(ledger)/main/variables", set).errors.contains("secrets are not kept in Git")
            )
            secrets["Variables"] = [["Name": "Plain", "Value": "x"]]
            #expect(try await server.put("\(ledger)/variables", secrets).errors.contains("is no secret"))
        }
    }

    @Test("An interrupted conversion is repeated; other content in the folder stops it, and so does a secret in a step")
    func conversionAgain() async throws {
        try await TestServer.runWithGit { server, repository in
            try await server.fillLedger()
            try await repository.commit(
                [".octopus/ledger/deployment_process.ocl": "step \"other\" {\n}\n"],
                to: "taken"
            )
            let taken = try await server.convert(repository, [:], ["InitialCommitBranchName": "taken"])
            #expect(taken.errors.contains("with other content"))
            #expect(
                try await server.convert(repository, ["ProtectedDefaultBranch": true]).errors.contains("is protected")
            )
            #expect(try await server.get(ledger).json["IsVersionControlled"] == false)
            // As after a commit whose server was killed before it noted the conversion.
            let first = try await server.convert(repository, [:], ["InitialCommitBranchName": "main"])
            try #require(first.status == 200, "\(first.text)")
            try await server.store.write(as: .system) { writer in
                let context = WriteContext(writer: writer, resources: .standard, author: .system, space: nil, now: "")
                try context.amend(.projects, "Projects-1") { body in
                    body["PersistenceSettings"] = ["Type": "Database"]
                    body["IsVersionControlled"] = false
                    body["VersioningStrategy"] = Catalog.standard[.projects]?.filled([:])["VersioningStrategy"]
                }
            }
            let again = try await server.convert(repository)
            try #require(again.status == 200, "\(again.text)")
            #expect(try await repository.messages(of: "main") == ["To Git", "By hand"])
            var process = try await server.get("\(ledger)/main/deploymentprocesses").json
            process["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Secret"] = ["NewValue": "hush"]
            let refused = try await server.put("\(ledger)/main/deploymentprocesses", process)
            #expect(refused.errors.contains("secrets are not kept in Git"))
            #expect(!refused.text.contains("hush"))
        }
    }

    @Test("An empty repository gets its first commit")
    func emptyRepository() async throws {
        try await TestServer.runWithGit(isEmpty: true) { server, repository in
            try await server.fillLedger()
            let answer = try await server.convert(
                repository,
                ["ConversionState": ["VariablesAreInGit": true, "RunbooksAreInGit": false]]
            )
            try #require(answer.status == 200, "\(answer.text)")
            #expect(try await server.get("\(ledger)/main/variables").json["Variables"]?.arrayValue?.count == 1)
        }
    }

    @Test(
        "Addresses that could read this machine's disk, or would carry a password, are refused",
        arguments: [
            "file:///etc", "/etc", "http://127.0.0.1/x.git", "ssh://git@example.com/x", "git@example.com:x",
            "ext::sh -c id",
            "https://ann:secret@example.com/x.git", "-oProxyCommand=id", "https://a b", "https://",
        ]
    )
    func addresses(url: String) async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            let answer = try await server.convert(BareRepository(path: "/nowhere"), ["Url": .string(url)])
            #expect(answer.status == 400)
            #expect(answer.errors.contains("Url"), "\(answer.text)")
            #expect(try await server.get(ledger).json["IsVersionControlled"] == false)
        }
    }

    @Test("Names of branches and folders cannot mean anything else", arguments: ["../x", ".git/hooks", "a\\b", "-x"])
    func folders(folder: String) async throws {
        #expect(throws: APIProblem.self) { try GitAddress.folder(folder) }
        #expect(
            !GitAddress.isBranchName("a..b") && !GitAddress.isBranchName("-f") && !GitAddress.isBranchName("x.lock")
        )
        #expect(GitAddress.isBranchName("skerry-sync/2026-11-21"))
        #expect(GitAddress.matches("release/1.2", "release/*") && !GitAddress.matches("main", "release/*"))
    }

    @Test("The connection is tested before anything is moved, with the credential of the space")
    func connectivity() async throws {
        try await TestServer.runWithGit { server, repository in
            _ = try await server.createProject()
            let credential = try await server.create(
                "git-credentials",
                [
                    "Name": "Bot",
                    "Details": ["Type": "UsernamePassword", "Username": "bot", "Password": ["NewValue": "hush"]],
                    "RepositoryRestrictions": ["Enabled": true, "AllowedRepositories": ["https://example.com/*"]],
                ]
            )
            let test: @Sendable (JSON) async throws -> JSON = { more in
                var body: JSON = ["Url": .string(repository.url), "DefaultBranch": "main"]
                body.merge(more)
                return try await server.post("\(ledger)/git/connectivity-test", body).json["Messages"]?[0] ?? .null
            }
            #expect(try await test([:])["Category"] == "Info")
            #expect(try await test(["DefaultBranch": "other"])["Message"]?.stringValue?.contains("no branch") == true)
            #expect(try await test(["Url": "file:///nowhere.git"])["Category"] == "Error")
            let restricted = try await test(["Credentials": ["Type": "Reference", "Id": credential["Id"] ?? .null]])
            #expect(restricted["Message"]?.stringValue?.contains("may not be used for") == true)
            #expect(!server.log.text.contains("hush"))
        }
    }
}
