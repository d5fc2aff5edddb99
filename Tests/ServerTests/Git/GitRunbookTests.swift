import Catalog
import Foundation
import Store
import TestSupport
import Testing

@testable import Server

@Suite("Runbooks in Git")
struct GitRunbookTests {
    private let ledger = TestServer.ledger
    private static let file = ".octopus/ledger/runbooks/restart-it.ocl"

    /// A project in Git whose runbook "Restart it", with one step in one environment, is still in the database.
    private func withRunbook(
        _ settings: JSON = [:],
        _ test: @Sendable (TestServer, BareRepository, _ runbook: JSON, _ process: JSON) async throws -> Void
    ) async throws {
        try await TestServer.runWithGit { server, repository in
            try await server.fillLedger()
            let made = try await server.post(
                "\(ledger)/runbooks",
                [
                    "Name": "Restart it", "Description": "When \"all\" else\nfails", "EnvironmentScope": "Specified",
                    "Environments": ["Environments-1"], "DefaultGuidedFailureMode": "On",
                ]
            )
            try #require(made.status == 201, "\(made.text)")
            let path = "\(ledger)/runbookProcesses/\(made.json.text("RunbookProcessId") ?? "")"
            let properties: JSON = ["Octopus.Action.Script.ScriptBody": "restart\nnow"]
            let saved = try await server.setProcess(
                path,
                steps: [
                    [
                        "Name": "Warm cache",
                        "Actions": [
                            [
                                "ActionType": "Octopus.Script", "Environments": ["Environments-1"],
                                "Properties": properties,
                            ]
                        ],
                    ]
                ]
            )
            try #require(saved.status == 200, "\(saved.text)")
            let converted = try await server.convert(repository, settings)
            try #require(converted.status == 200, "\(converted.text)")
            try await test(server, repository, made.json, saved.json)
        }
    }

    private func migrate(_ server: TestServer, _ body: JSON = ["Branch": "main"]) async throws -> Answer {
        try await server.post("\(ledger)/git/migrate-runbooks", body)
    }

    private static func content(_ document: JSON) -> JSON {
        var document = document
        for name in ["Links", "LastModifiedOn", "LastModifiedBy", "Version"] { document[name] = nil }
        return document
    }

    @Test("S-61: runbooks move into the repository, one file each, and read at a branch as they were in the database")
    func moving() async throws {
        try await withRunbook { server, repository, runbook, process in
            #expect(try await server.get("\(ledger)/main/runbooks").errors.contains("migrate-runbooks"))
            let moved = try await migrate(server, ["Branch": "main", "CommitMessage": "Runbooks"])
            try #require(moved.status == 200, "\(moved.text)")
            #expect(try await repository.messages(of: "main").first == "Runbooks")
            let text = try #require(try await repository.file(Self.file))
            #expect(text.contains("environments = [\"production-eu\"]") && text.contains("step \"warm-cache\" {"))
            #expect(text.contains("process {") && !text.contains("Environments-1") && !text.contains("Projects-1"))
            let state = try await server.get(ledger).json["PersistenceSettings"]?["ConversionState"]
            #expect(state == ["VariablesAreInGit": false, "RunbooksAreInGit": true])

            let list = try await server.get("\(ledger)/main/runbooks").json
            #expect(list["ItemType"] == "Runbook" && list["TotalResults"] == 1)
            #expect(Self.content(list["Items"]?[0] ?? .null) == Self.content(runbook))
            for name in [runbook.text("Id") ?? "", "restart-it"] {
                let read = try await server.get("\(ledger)/main/runbooks/\(name)").json
                #expect(Self.content(read) == Self.content(runbook))
                let link = try #require(read["Links"]?["RunbookProcesses"]?.stringValue)
                #expect(try await Self.content(server.get(link).json) == Self.content(process))
            }
            let places = try await server.get("\(ledger)/main/runbooks/restart-it/environments").json
            #expect(places.arrayValue?.map { $0["Name"] } == ["Production EU"])
            #expect(try await server.get("\(ledger)/main/summary").json["HasRunbooks"] == true)
            #expect(try await server.get("\(ledger)/main/runbooks/other").status == 404)
            #expect(try await migrate(server).errors.contains("in Git already"))

            // What the database holds of them can be read, and is not written any more.
            let id = runbook.text("Id") ?? ""
            #expect(try await server.get("\(ledger)/runbooks").errors.contains("name a branch"))
            #expect(try await server.get("/api/Spaces-1/runbooks/\(id)").status == 200)
            for answer in [
                try await server.put("/api/Spaces-1/runbooks/\(id)", runbook),
                try await server.delete("/api/Spaces-1/runbooks/\(id)"),
                try await server.post("\(ledger)/runbooks", ["Name": "Another"]),
                try await server.put("/api/Spaces-1/runbookProcesses/\(process.text("Id") ?? "")", process),
            ] {
                #expect(answer.status == 400 && answer.errors.contains("keeps its runbooks in Git"), "\(answer.text)")
            }
            #expect(try await server.delete(ledger).status == 200)
        }
    }

    @Test(
        "S-61: runbooks are made, changed and deleted at a branch, one commit each; what is stale or a secret is refused"
    )
    func writing() async throws {
        try await withRunbook(["ConversionState": ["RunbooksAreInGit": true]]) { server, repository, _, _ in
            #expect(try await repository.file(Self.file) != nil, "converted with the rest, in one commit")
            #expect(try await repository.messages(of: "main") == ["To Git", "By hand"])
            let branch = ["BaseGitRef": "main", "NewBranchName": "feature/x"] as JSON
            try #require(try await server.post("\(ledger)/git/branches/v2", branch).status == 200)
            let root = "\(ledger)/feature%2Fx"
            let made = try await server.post(
                "\(root)/runbooks/v2",
                ["Name": "Clean up!", "EnvironmentScope": "All", "ChangeDescription": "One more"]
            )
            try #require(made.status == 201, "\(made.text)")
            #expect(made.json["Id"] == "clean-up" && made.json["Slug"] == "clean-up")
            #expect(try await server.post("\(root)/runbooks/v2", ["Name": "CLEAN up!"]).errors.contains("already"))
            let second = try await server.post("\(root)/runbooks/v2", ["Name": "Clean up?"])
            #expect(second.json["Id"] == "clean-up-1", "\(second.text)")

            let processPath = try #require(made.json["Links"]?["RunbookProcesses"]?.stringValue)
            var process = try await server.get(processPath).json
            process["Steps"] = [
                [
                    "Name": "Sweep",
                    "Actions": [["ActionType": "Octopus.Script", "Environments": ["Environments-1"]]],
                ]
            ]
            let saved = try await server.put(processPath, process)
            try #require(saved.status == 200, "\(saved.text)")
            #expect(try await server.put(processPath, process).status == 400, "a stale version")
            let again = try await server.get(processPath).json
            #expect(again["Steps"] == saved.json["Steps"])
            let own = try await server.get("\(root)/runbookProcesses/RunbookProcess-Runbooks-1").json
            #expect(own["Steps"]?[0]?["Id"] != again["Steps"]?[0]?["Id"])

            var runbook = try await server.get("\(root)/runbooks/clean-up").json
            runbook["Description"] = "Sweeps"
            runbook["Name"] = "Sweep"
            let changed = try await server.put("\(root)/runbooks/clean-up", runbook)
            #expect(changed.json["Name"] == "Sweep" && changed.json["Slug"] == "clean-up", "\(changed.text)")
            #expect(try await server.get(processPath).json["Steps"] == again["Steps"])
            #expect(try await server.put(processPath, again).status == 200, "its own settings are no newer process")
            runbook["Slug"] = "sweep"
            #expect(try await server.put("\(root)/runbooks/clean-up", runbook).errors.contains("Slug"))
            runbook["Slug"] = nil
            runbook["Environments"] = ["Environments-99"]
            #expect(try await server.put("\(root)/runbooks/clean-up", runbook).errors.contains("Environments-99"))
            process = again
            process["Steps"]?[0]?["Actions"]?[0]?["Properties"] = ["Octopus.Action.Secret": ["NewValue": "hush"]]
            let secret = try await server.put(processPath, process)
            #expect(secret.errors.contains("secrets are not kept in Git") && !secret.text.contains("hush"))

            #expect(try await server.delete("\(root)/runbooks/clean-up-1").status == 200)
            #expect(try await server.get("\(root)/runbooks/clean-up-1").status == 404)
            let names = try await server.get("\(root)/runbooks").json["Items"]?.arrayValue?.map { $0["Name"] }
            #expect(names == ["Restart it", "Sweep"])
            let found = try await server.get("\(root)/runbooks?partialName=swe").json
            #expect(found["TotalResults"] == 1)
            #expect(try await server.get("\(ledger)/main/runbooks").json["TotalResults"] == 1)
            let messages = try await repository.messages(of: "feature/x", notIn: "main")
            #expect(messages.count == 5 && messages.last == "One more", "\(messages)")
            let commit = try await repository.git(["rev-parse", "main"])
            let atCommit = "\(ledger)/\(commit)/runbooks/restart-it"
            #expect(try await server.get(atCommit).json["Name"] == "Restart it")
            #expect(try await server.delete(atCommit).errors.contains("is no branch"))
            var project = try await server.get(ledger).json
            project["PersistenceSettings"]?["ProtectedDefaultBranch"] = true
            try #require(try await server.put(ledger, project).status == 200)
            let guarded = try await server.delete("\(ledger)/main/runbooks/restart-it")
            #expect(guarded.errors.contains("is protected"), "\(guarded.text)")
        }
    }

    @Test("S-61: what others commit is read at once; a mistake is told with its file; the other runbooks go on")
    func byHand() async throws {
        try await withRunbook(["ConversionState": ["RunbooksAreInGit": true]]) { server, repository, _, _ in
            let folder = ".octopus/ledger/runbooks"
            try await repository.commit(
                [
                    "\(folder)/by-hand.ocl": """
                    name = "By hand"
                    environments = ["production-eu"]

                    process {
                        step "look" {
                            name = "Look"

                            action {
                                action_type = "Octopus.Script"
                            }
                        }
                    }

                    """,
                    "\(folder)/README.md": "Not a runbook.",
                ],
                to: "main"
            )
            let missing = try await server.get("\(ledger)/main/runbooks/by-hand")
            #expect(
                missing.errors.contains("by-hand.ocl at main") && missing.errors.contains("slug"),
                "\(missing.text)"
            )
            let text = try #require(try await repository.file("\(folder)/by-hand.ocl"))
            let mended = text.replacingOccurrences(of: "action {", with: "action \"look\" {")
            try await repository.commit(["\(folder)/by-hand.ocl": mended], to: "main")
            let read = try await server.get("\(ledger)/main/runbooks/by-hand").json
            #expect(read["Environments"] == ["Environments-1"])
            let process = try await server.get("\(ledger)/main/runbookProcesses/RunbookProcess-by-hand").json
            #expect(process["Steps"]?[0]?["Actions"]?[0]?["Name"] == "Look", "\(process.text)")

            for (name, text, expected) in [
                ("broken", "name = ", "line 1"), ("nameless", "description = \"x\"", "\"name\" is missing"),
                ("Bad Name", "name = \"x\"", "bad-name.ocl"),
                ("twice", "name = \"x\"\nprocess {\n}\nprocess {\n}\n", "given twice"),
            ] {
                try await repository.commit(["\(folder)/\(name).ocl": text], to: name == "Bad Name" ? "bad" : name)
                let branch = name == "Bad Name" ? "bad" : name
                let list = try await server.get("\(ledger)/\(branch)/runbooks")
                #expect(list.status == 400 && list.errors.contains("\(name).ocl"), "\(list.text)")
                #expect(list.errors.contains(expected), "\(list.text)")
                #expect(try await server.get("\(ledger)/\(branch)/runbooks/restart-it").status == 200)
            }
        }
    }

    @Test("S-61: an interrupted move of runbooks is repeated; runbooks of others in the folder stop it")
    func movingAgain() async throws {
        try await withRunbook { server, repository, _, _ in
            let other = ".octopus/ledger/runbooks/other.ocl"
            try await repository.commit([other: "name = \"Other\"\n"], to: "taken")
            let taken = try await migrate(server, ["Branch": "taken"])
            #expect(taken.errors.contains("runbooks/other.ocl at taken is there already"), "\(taken.text)")
            try await repository.commit([Self.file: "name = \"Restart it\"\n"], to: "differs")
            #expect(try await migrate(server, ["Branch": "differs"]).errors.contains("with other content"))
            #expect(try await migrate(server, ["Branch": "nowhere"]).errors.contains("CreateBranch"))
            #expect(try await migrate(server, [:]).errors.contains("name the branch"))

            try #require(try await migrate(server).status == 200)
            let tip = try await repository.git(["rev-parse", "main"])
            // As after a commit whose server was killed before it noted the move.
            try await server.store.write(as: .system) { writer in
                let context = WriteContext(writer: writer, resources: .standard, author: .system, space: nil, now: "")
                try context.amend(.projects, "Projects-1") { body in
                    body["PersistenceSettings"]?["ConversionState"]?["RunbooksAreInGit"] = false
                }
            }
            #expect(try await server.get("\(ledger)/runbooks").json["TotalResults"] == 1)
            try #require(try await migrate(server).status == 200)
            #expect(try await repository.git(["rev-parse", "main"]) == tip)
            #expect(try await server.get("\(ledger)/main/runbooks").json["TotalResults"] == 1)
        }
    }

    @Test("S-61, S-62: scopes of variables at a branch name the runbooks that are there, and their actions")
    func scopes() async throws {
        try await withRunbook(["ConversionState": ["VariablesAreInGit": true, "RunbooksAreInGit": true]]) {
            server,
            repository,
            runbook,
            _ in
            let made = try await server.post("\(ledger)/main/runbooks/v2", ["Name": "New one"])
            try #require(made.status == 201, "\(made.text)")
            var set = try await server.get("\(ledger)/main/variables").json
            let processes = set["ScopeValues"]?["Processes"]?.arrayValue?.map { $0["Id"] }
            #expect(processes == ["Projects-1", "new-one", runbook["Id"]], "\(set.text)")
            set["Variables"] = [
                ["Name": "Here", "Value": "1", "Scope": ["ProcessOwner": ["new-one", runbook["Id"] ?? .null]]]
            ]
            let saved = try await server.put("\(ledger)/main/variables", set)
            try #require(saved.status == 200, "\(saved.text)")
            let scope = saved.json["Variables"]?[0]?["Scope"]?["ProcessOwner"]?.stringsValue ?? []
            #expect(Set(scope) == ["new-one", runbook.text("Id") ?? ""])
            let text = try #require(try await repository.file(".octopus/ledger/variables.ocl"))
            #expect(text.contains("restart-it") && text.contains("new-one") && !text.contains("Runbooks-1"))

            // The database takes the word of whoever names a runbook in Git: which there are depends on the branch.
            var secrets = try await server.get("\(ledger)/variables").json
            secrets["Variables"] = [
                ["Name": "Key", "Type": "Sensitive", "Value": "hush", "Scope": ["ProcessOwner": ["new-one"]]]
            ]
            let kept = try await server.put("\(ledger)/variables", secrets)
            #expect(kept.status == 200, "\(kept.text)")
            secrets = kept.json
            secrets["Variables"]?[0]?["Scope"] = ["ProcessOwner": ["Runbooks-99"]]
            #expect(try await server.put("\(ledger)/variables", secrets).errors.contains("Runbooks-99"))

            let trigger: JSON = [
                "Name": "Nightly", "ProjectId": "Projects-1",
                "Filter": ["FilterType": "CronExpressionSchedule", "CronExpression": "0 0 1 * * *", "Timezone": "UTC"],
                "Action": ["ActionType": "RunRunbook", "RunbookId": "new-one", "EnvironmentIds": ["Environments-1"]],
            ]
            let timed = try await server.post("/api/Spaces-1/projecttriggers", trigger)
            #expect(timed.status == 201 && timed.json["Action"]?["RunbookId"] == "new-one", "\(timed.text)")

            // One that is called like the project gets another slug, so that each word means one thing.
            let like = try await server.post("\(ledger)/main/runbooks/v2", ["Name": "Ledger"])
            #expect(like.json["Slug"] == "ledger-1", "\(like.text)")
        }
    }
}
