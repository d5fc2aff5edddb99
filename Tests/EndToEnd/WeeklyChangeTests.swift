import APIClient
import Catalog
import TestSupport
import Testing

/// The second week: names change, values change on both sides, things are deleted and inserted (`sync.md` 2.7).
@Suite("What happens between two syncs")
struct WeeklyChangeTests {
    static let policy = """
        environments: {Development: drop, Test: drop, "*": same}
        """

    /// Both servers after the first sync of the sample company.
    private func withSyncedSample(
        policy: String = Self.policy,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SyncPair) async throws -> Void
    ) async throws {
        try await SyncPair.withPair(policy: policy) { pair in
            try await pair.load()
            try await pair.syncNow()
            try await body(pair)
        }
    }

    @Test("S-143, S-144, S-148, S-149: the variables of the guide's example come out as its three tables say")
    func seedTables() async throws {
        try await withSyncedSample { pair in
            let project = try #require(try await pair.destination.document(.projects, "Trading website"))
            let first = try await pair.destination.variables(of: project)
            // Result B: one placeholder, and the connection string as it is.
            #expect(values("Application.Database.Name", in: first) == ["Replace Me": []])
            #expect(values("ConnectionString", in: first) == ["Database=#{Application.Database.Name}": []])

            try await pair.changeSample()
            try await pair.syncNow()
            let second = try await pair.destination.variables(of: project)
            #expect(values("Application.Database.Name", in: second) == ["Replace Me": []])
            #expect(
                values("ConnectionString", in: second) == [
                    "Database=#{Application.Database.Name}": ["SQL-Server"],
                    "Data Source=#{Application.Database.Name}": ["Oracle"],
                ]
            )
            let steps = try await steps(of: project, at: pair.destination)
            #expect(steps == ["Temporary database", "Deploy the website", "Warm up", "Tell the desk"])
        }
    }

    @Test("S-142: with values copied, the first table is the guide's Result A")
    func resultA() async throws {
        try await withSyncedSample(policy: Self.policy + "\nvariables: {newValue: copy, widening: allow}") { pair in
            let project = try #require(try await pair.destination.document(.projects, "Trading website"))
            let variables = try await pair.destination.variables(of: project)
            #expect(values("Application.Database.Name", in: variables) == ["OctoFx-Dev": [], "OctoFX-Test": []])
        }
    }

    @Test("a rename at the source is a rename, not a second entity")
    func rename() async throws {
        try await withSyncedSample { pair in
            let source = try #require(try await pair.source.document(.projects, "Rate service"))
            let destination = try #require(try await pair.destination.document(.projects, "Rate service"))
            try await pair.source.edit(.projects, source["Id"]?.stringValue ?? "") { $0["Name"] = "Rates" }
            try await pair.syncNow()
            let renamed = try #require(try await pair.destination.document(.projects, "Rates"))
            #expect(renamed["Id"] == destination["Id"])
            #expect(try await pair.destination.document(.projects, "Rate service") == nil)
        }
    }

    @Test("an edit at the destination stays, also when the source changes something else")
    func drift() async throws {
        try await withSyncedSample { pair in
            let destination = try #require(try await pair.destination.document(.projects, "Database"))
            let source = try #require(try await pair.source.document(.projects, "Database"))
            let id = destination["Id"]?.stringValue ?? ""
            try await pair.destination.edit(.projects, id) { $0["ReleaseNotesTemplate"] = "ours" }
            try await pair.source.edit(.projects, source["Id"]?.stringValue ?? "") { $0["Description"] = "theirs" }
            try await pair.syncNow()
            let after = try await pair.destination.client.get(.projects, id: id)
            #expect(after["ReleaseNotesTemplate"] == "ours")
            #expect(after["Description"] == "theirs")
        }
    }

    @Test("one field changed on both sides is a conflict: nothing is written")
    func conflict() async throws {
        try await withSyncedSample { pair in
            for server in [pair.source, pair.destination] {
                let project = try #require(try await server.document(.projects, "Database"))
                try await server.edit(.projects, project["Id"]?.stringValue ?? "") {
                    $0["Description"] = .string("by \(server.instance)")
                }
            }
            let before = try await pair.destination.events()
            #expect(try await pair.plan().exitCode == 3)
            let conflicts = try pair.planFile()["conflicts"]?.arrayValue ?? []
            #expect(conflicts.count == 1)
            #expect(conflicts.first?["source"] == "by DevTest")
            #expect(conflicts.first?["destination"] == "by Production")
            #expect(try await pair.apply().exitCode == 3)
            #expect(try await pair.destination.events() == before)
        }
    }

    @Test("what is deleted at the source is reported, and deleted only when the policy says so")
    func deletion() async throws {
        try await withSyncedSample { pair in
            let channel = try #require(try await pair.source.document(.channels, "Hotfix"))
            try await pair.source.client.delete(.channels, id: channel["Id"]?.stringValue ?? "")
            #expect(try await pair.plan().exitCode == 0)
            let notices = try pair.planFile()["notices"]?.arrayValue ?? []
            #expect(notices.contains { $0["code"] == "orphan" && $0["key"]?["path"]?[1] == "Hotfix" })
            #expect(try await pair.destination.document(.channels, "Hotfix") != nil)

            try pair.writePolicy(Self.policy + "\ndeletes: {mode: delete, maxPercent: 100}")
            try await pair.syncNow()
            #expect(try await pair.destination.document(.channels, "Hotfix") == nil)
        }
    }

    @Test("a step inserted at the source goes to its place; a step that only the destination has keeps its own")
    func steps() async throws {
        try await withSyncedSample { pair in
            let source = try #require(try await pair.source.document(.projects, "Rate service"))
            let destination = try #require(try await pair.destination.document(.projects, "Rate service"))
            try await pair.destination.insertStep("Ours", at: 1, in: destination)
            try await pair.source.insertStep("Theirs", at: 0, in: source)
            try await pair.syncNow()
            let steps = try await steps(of: destination, at: pair.destination)
            #expect(steps == ["Theirs", "Deploy the service", "Ours", "Smoke test"])
        }
    }

    @Test("E-13, E-72: a step that is renamed and moved keeps its id and the destination's secret")
    func renamedStep() async throws {
        try await withSyncedSample { pair in
            let source = try #require(try await pair.source.document(.projects, "Rate service"))
            let destination = try #require(try await pair.destination.document(.projects, "Rate service"))
            let id = destination["DeploymentProcessId"]?.stringValue ?? ""
            try await pair.destination.edit(.deploymentProcesses, id) { process in
                process.changeAction(ofStep: 0) { action in
                    var properties = action["Properties"] ?? [:]
                    properties["Our.Secret"] = ["HasValue": true, "NewValue": "filled by a person"]
                    action["Properties"] = properties
                }
            }
            let before = try await pair.destination.client.get(.deploymentProcesses, id: id)
            try await pair.source.edit(.deploymentProcesses, source["DeploymentProcessId"]?.stringValue ?? "") {
                process in
                process.changeAction(ofStep: 0) { $0["Name"] = "Ship" }
                var steps = process["Steps"]?.arrayValue ?? []
                steps[0]["Name"] = "Ship"
                process["Steps"] = .array(steps.reversed())
            }
            try await pair.syncNow()
            #expect(try await steps(of: destination, at: pair.destination) == ["Smoke test", "Ship"])
            let after = try await pair.destination.client.get(.deploymentProcesses, id: id)
            let ship = after["Steps"]?[1]
            #expect(ship?["Id"] == before["Steps"]?[0]?["Id"])
            #expect(ship?["Actions"]?[0]?["Id"] == before["Steps"]?[0]?["Actions"]?[0]?["Id"])
            #expect(ship?["Actions"]?[0]?["Properties"]?["Our.Secret"]?["HasValue"] == true)
        }
    }

    @Test("a secret that a person filled in at the destination survives the next syncs")
    func secrets() async throws {
        try await withSyncedSample { pair in
            let account = try #require(try await pair.destination.document(.accounts, "OctoFX cloud"))
            let id = account["Id"]?.stringValue ?? ""
            #expect(account["SecretKey"]?["HasValue"] == false)
            try await pair.destination.edit(.accounts, id) {
                $0["SecretKey"] = ["HasValue": true, "NewValue": "filled by a person"]
            }
            try await pair.changeSample()
            try await pair.syncNow()
            let after = try await pair.destination.client.get(.accounts, id: id)
            #expect(after["SecretKey"]?["HasValue"] == true)
        }
    }

    /// Values of a name, each with the roles and environments that it is scoped to.
    private func values(_ name: String, in variables: [JSON]) -> [String: [String]] {
        let entries = variables.filter { $0["Name"] == .string(name) }.map { variable in
            let scope = variable["Scope"]?.objectValue ?? [:]
            return (variable["Value"]?.stringValue ?? "", scope.flatMap { $0.value.stringsValue }.sorted())
        }
        return Dictionary(entries) { $0 + $1 }
    }

    private func steps(
        of project: JSON,
        at server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [String] {
        let process = try await server.client.get(
            .deploymentProcesses,
            id: project["DeploymentProcessId"]?.stringValue ?? ""
        )
        return (process["Steps"]?.arrayValue ?? []).compactMap { $0["Name"]?.stringValue }
    }
}

extension SyncPair {
    /// The sample company at the source.
    func load(isolation: isolated (any Actor)? = #isolation) async throws { try await sample("load") }

    func changeSample(isolation: isolated (any Actor)? = #isolation) async throws { try await sample("change") }

    private func sample(_ command: String, isolation: isolated (any Actor)? = #isolation) async throws {
        var program = program
        program.environment["SKERRY_API_KEY"] = source.key
        let result = try await program.run("sample", command, "--url", source.address)
        guard result.exitCode == 0 else { throw CommandFailed(arguments: ["sample", command], result: result) }
    }
}

extension JSON {
    fileprivate mutating func changeAction(ofStep index: Int, _ change: (inout JSON) -> Void) {
        var steps = self["Steps"]?.arrayValue ?? []
        var actions = steps[index]["Actions"]?.arrayValue ?? []
        change(&actions[0])
        steps[index]["Actions"] = .array(actions)
        self["Steps"] = .array(steps)
    }
}

extension TestServer {
    func insertStep(
        _ name: String,
        at position: Int,
        in project: JSON,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        try await edit(.deploymentProcesses, project["DeploymentProcessId"]?.stringValue ?? "") { process in
            var steps = process["Steps"]?.arrayValue ?? []
            let action: JSON = [
                "Name": .string(name), "ActionType": "Octopus.Script",
                "Properties": [
                    "Octopus.Action.RunOnServer": "true", "Octopus.Action.Script.ScriptSource": "Inline",
                    "Octopus.Action.Script.Syntax": "Bash", "Octopus.Action.Script.ScriptBody": "true",
                ],
            ]
            steps.insert(["Name": .string(name), "Properties": [:], "Actions": [action]], at: position)
            process["Steps"] = .array(steps)
        }
    }
}
