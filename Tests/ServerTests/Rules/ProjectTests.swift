import Catalog
import Store
import Testing

@testable import Server

extension TestServer {
    func createProject(_ name: String = "Ledger", _ more: JSON = [:]) async throws -> JSON {
        var body: JSON = ["Name": .string(name), "ProjectGroupId": "ProjectGroups-1", "LifecycleId": "Lifecycles-1"]
        body.merge(more)
        return try await create("projects", body)
    }

    /// A process of one script step.
    func setProcess(_ path: String, steps: JSON) async throws -> Answer {
        var process = try await get(path).json
        process["Steps"] = steps
        return try await put(path, process)
    }
}

@Suite("Projects")
struct ProjectTests {
    static let script: JSON = [
        ["Name": "Warm cache", "Actions": [["ActionType": "Octopus.Script", "Properties": ["A": "1"]]]]
    ]

    @Test("A new project has an empty process, an empty variable set and one default channel")
    func parts() async throws {
        try await TestServer.run { server in
            let project = try await server.createProject()
            #expect(project["DeploymentProcessId"] == "deploymentprocess-Projects-1")
            let process = try await server.get("/api/Spaces-1/deploymentprocesses/deploymentprocess-Projects-1").json
            #expect(process["Version"] == 0)
            #expect(process["Steps"] == [])
            let variables = try await server.get("/api/Spaces-1/variables/variableset-Projects-1").json
            #expect(variables["OwnerId"] == "Projects-1")
            #expect(variables["Variables"] == [])
            let channels = try await server.get("/api/Spaces-1/projects/Projects-1/channels").json
            #expect(channels["TotalResults"] == 1)
            #expect(channels["Items"]?[0]?["Name"] == "Default")
            #expect(channels["Items"]?[0]?["IsDefault"] == true)
            #expect(channels["Items"]?[0]?["LifecycleId"] == .null)
        }
    }

    @Test("A project is made in the database: who asks for Git at once is told how, and nothing is made instead")
    func git() async throws {
        try await TestServer.run { server in
            let persistence: JSON = ["Type": "VersionControlled", "Url": "https://git.example.com/ledger.git"]
            let body: JSON = [
                "Name": "Ledger", "ProjectGroupId": "ProjectGroups-1", "LifecycleId": "Lifecycles-1",
                "PersistenceSettings": persistence,
            ]
            let refused = try await server.post("/api/Spaces-1/projects", body)
            #expect(refused.status == 400)
            #expect(refused.errors.contains("git/convert"))
            #expect(try await server.get("/api/Spaces-1/projects").json["TotalResults"] == 0)
            var project = try await server.createProject()
            #expect(try await server.put("/api/Spaces-1/projects/Projects-1", project).status == 200)
            project["PersistenceSettings"] = persistence
            #expect(try await server.put("/api/Spaces-1/projects/Projects-1", project).status == 400)
            let early = try await server.post("/api/Spaces-1/projects/Projects-1/git/migrate-runbooks", [:])
            #expect(early.status == 400 && early.errors.contains("git/convert"), "\(early.text)")
        }
    }

    @Test("The deployment settings are the project's own values, seen twice")
    func settings() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            let path = "/api/Spaces-1/projects/Projects-1/deploymentsettings"
            var settings = try await server.get(path).json
            #expect(settings["Id"] == "deploymentsettings-Projects-1")
            #expect(settings["ConnectivityPolicy"]?["SkipMachineBehavior"] == "None")
            settings["DefaultGuidedFailureMode"] = "On"
            settings["CancelQueuedTasks"] = true
            settings["ConnectivityPolicy"] = ["SkipMachineBehavior": "SkipUnavailableMachines"]
            #expect(try await server.put(path, settings).status == 200)
            var project = try await server.get("/api/Spaces-1/projects/Projects-1").json
            #expect(project["DefaultGuidedFailureMode"] == "On")
            #expect(project["ProjectConnectivityPolicy"]?["SkipMachineBehavior"] == "SkipUnavailableMachines")
            project["DefaultGuidedFailureMode"] = "Off"
            _ = try await server.put("/api/Spaces-1/projects/Projects-1", project)
            let again = try await server.get(path).json
            #expect(again["DefaultGuidedFailureMode"] == "Off")
            #expect(again["CancelQueuedTasks"] == true)
        }
    }

    @Test("A project that creates releases by itself has to name a package")
    func autoCreate() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/api/Spaces-1/projects",
                [
                    "Name": "Ledger", "ProjectGroupId": "ProjectGroups-1", "LifecycleId": "Lifecycles-1",
                    "AutoCreateRelease": true,
                ]
            )
            #expect(answer.status == 400)
            #expect(answer.errors.contains("ReleaseCreationStrategy"))
        }
    }

    @Test("A clone has the process, the channels, the runbooks, and the variables with their secrets")
    func clone() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            _ = try await server.create("channels", ["Name": "Hotfix", "ProjectId": "Projects-1"])
            _ = try await server.create("runbooks", ["Name": "Restart", "ProjectId": "Projects-1"])
            for path in [
                "deploymentprocesses/deploymentprocess-Projects-1", "runbookProcesses/RunbookProcess-Runbooks-1",
            ] {
                let answer = try await server.setProcess("/api/Spaces-1/\(path)", steps: Self.script)
                try #require(answer.status == 200, "\(answer.text)")
            }
            var variables = try await server.get("/api/Spaces-1/variables/variableset-Projects-1").json
            variables["Variables"] = [
                ["Name": "Secret", "Type": "Sensitive", "Value": "hush"],
                ["Name": "Where", "Value": "x", "Scope": ["Channel": ["Channels-2"]]],
            ]
            try #require(
                try await server.put("/api/Spaces-1/variables/variableset-Projects-1", variables).status == 200
            )
            let answer = try await server.post(
                "/api/Spaces-1/projects?clone=Projects-1",
                ["Name": "Ledger 2", "ProjectGroupId": "ProjectGroups-1", "LifecycleId": "Lifecycles-1"]
            )
            try #require(answer.status == 201, "\(answer.text)")
            #expect(answer.json["Id"] == "Projects-2")
            #expect(answer.json["ClonedFromProjectId"] == "Projects-1")
            let channels =
                try await server.get("/api/Spaces-1/projects/Projects-2/channels").json["Items"]?.arrayValue ?? []
            #expect(channels.compactMap { $0["Name"]?.stringValue } == ["Default", "Hotfix"])
            let process = try await server.get("/api/Spaces-1/projects/Projects-2/deploymentprocesses").json
            #expect(process["Steps"]?[0]?["Name"] == "Warm cache")
            let runbook = try await server.get("/api/Spaces-1/runbookProcesses/RunbookProcess-Runbooks-2").json
            #expect(runbook["ProjectId"] == "Projects-2")
            #expect(runbook["Steps"]?[0]?["Name"] == "Warm cache")
            let copied = try await server.get("/api/Spaces-1/projects/Projects-2/variables").json["Variables"] ?? []
            #expect(copied[1]?["Scope"]?["Channel"]?[0] == channels[1]["Id"])
            let id = try #require(copied[0]?["Id"]?.stringValue)
            let secret = try await server.store.read {
                try $0.secret(.variableSets, "variableset-Projects-2", path: "Variables/\(id)/Value")
            }
            #expect(secret.map { String(decoding: $0, as: UTF8.self) } == "hush")
        }
    }

    @Test("A deleted project takes its parts and the links of tenants with it")
    func delete() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject("Ledger", ["TenantedDeploymentMode": "Tenanted"])
            _ = try await server.create("environments", ["Name": "Production"])
            _ = try await server.create(
                "tenants",
                ["Name": "Gull", "ProjectEnvironments": ["Projects-1": ["Environments-1"]]]
            )
            let answer = try await server.delete("/api/Spaces-1/projects/Projects-1")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await server.get("/api/Spaces-1/channels/Channels-1").status == 404)
            #expect(try await server.get("/api/Spaces-1/variables/variableset-Projects-1").status == 404)
            #expect(try await server.get("/api/Spaces-1/tenants/Tenants-1").json["ProjectEnvironments"] == [:])
        }
    }
}

@Suite("Channels")
struct ChannelTests {
    @Test("A project has one default channel, which stays, and the flag moves")
    func defaultChannel() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            #expect(try await server.delete("/api/Spaces-1/channels/Channels-1").errors.contains("last"))
            let made = try await server.post(
                "/api/Spaces-1/projects/Projects-1/channels",
                ["Name": "Hotfix", "IsDefault": true]
            )
            try #require(made.status == 201, "\(made.text)")
            #expect(try await server.get("/api/Spaces-1/channels/Channels-1").json["IsDefault"] == false)
            #expect(try await server.delete("/api/Spaces-1/channels/Channels-2").errors.contains("default"))
            #expect(try await server.delete("/api/Spaces-1/projects/Projects-1/channels/Channels-1").status == 200)
        }
    }

    @Test("The old form of a rule names its packages in the new form too")
    func oldRules() {
        let rule: JSON = ["Actions": ["Web", "Web:tools"]]
        #expect(
            ChannelRules.actionPackages(of: rule) == [
                ["DeploymentAction": "Web", "PackageReference": ""],
                ["DeploymentAction": "Web", "PackageReference": "tools"],
            ]
        )
    }
}

@Suite("Processes")
struct ProcessTests {
    @Test("A save with a stale version is refused, and each save counts up")
    func version() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            let path = "/api/Spaces-1/projects/Projects-1/deploymentprocesses"
            let old = try await server.get(path).json
            #expect(try await server.setProcess(path, steps: ProjectTests.script).json["Version"] == 1)
            let stale = try await server.put(path, old)
            #expect(stale.status == 400)
            #expect(stale.errors.contains("someone else"))
        }
    }

    @Test("Steps and actions keep their ids and get slugs; the first step starts by itself")
    func identity() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            let path = "/api/Spaces-1/projects/Projects-1/deploymentprocesses"
            let saved = try await server.setProcess(
                path,
                steps: [
                    [
                        "Id": "", "Name": "Warm cache", "StartTrigger": "StartWithPrevious",
                        "Actions": [
                            ["Id": "91aa", "ActionType": "Octopus.Script", "Properties": ["X": nil, "Y": true]]
                        ],
                    ]
                ]
            ).json
            let step = saved["Steps"]?[0] ?? .null
            let action = step["Actions"]?[0] ?? .null
            #expect(step["Id"]?.stringValue?.count == 36)
            #expect(step["Slug"] == "warm-cache")
            #expect(step["StartTrigger"] == "StartAfterPrevious")
            #expect(action["Id"] == "91aa")
            #expect(action["Name"] == "Warm cache")
            #expect(action["Properties"] == ["Y": "True"])
            let again = try await server.put(path, saved).json
            #expect(again["Steps"] == saved["Steps"])
        }
    }

    @Test(
        "A process that cannot be is refused",
        arguments: [
            ([["Name": "A", "Actions": []]], "no action"),
            (
                [
                    ["Name": "A", "Actions": [["Name": "B", "ActionType": "x"]]],
                    ["Name": "C", "Actions": [["Name": "b", "ActionType": "x"]]],
                ], "unique"
            ),
            ([["Name": "", "Actions": [["Name": "B", "ActionType": "x"]]]], "Name"),
        ] as [(JSON, String)]
    )
    func refused(steps: JSON, reason: String) async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            let answer = try await server.setProcess(
                "/api/Spaces-1/projects/Projects-1/deploymentprocesses",
                steps: steps
            )
            #expect(answer.status == 400)
            #expect(answer.errors.contains(reason))
        }
    }

    @Test("The primary package is told in the properties and in the packages, whichever was sent")
    func primaryPackage() {
        var fromEntry: JSON = [
            "Packages": [
                ["Name": "", "PackageId": "Web", "FeedId": "Feeds-1", "AcquisitionLocation": "ExecutionTarget"]
            ]
        ]
        PrimaryPackage.align(&fromEntry) { "id" }
        #expect(fromEntry["Properties"]?[PrimaryPackage.packageID] == "Web")
        #expect(fromEntry["Properties"]?[PrimaryPackage.onTarget] == "True")
        #expect(fromEntry["Packages"]?[0]?["Id"] == "id")
        var fromProperties: JSON = [
            "Properties": .object([PrimaryPackage.packageID: "Web", PrimaryPackage.feedID: "Feeds-1"])
        ]
        PrimaryPackage.align(&fromProperties) { "id" }
        #expect(fromProperties["Packages"]?[0]?["PackageId"] == "Web")
        #expect(fromProperties["Packages"]?[0]?["AcquisitionLocation"] == "Server")
        let settled = fromProperties
        PrimaryPackage.align(&fromProperties) { "other" }
        #expect(fromProperties["Packages"] == settled["Packages"])
    }
}
