import Catalog
import Store
import Testing

@testable import Server

@Suite("Step templates")
struct StepTemplateTests {
    @Test("Each save is a version, and older ones stay readable")
    func versions() async throws {
        try await TestServer.run { server in
            var template = try await server.create(
                "actiontemplates",
                ["Name": "Greet", "ActionType": "Octopus.Script", "Properties": ["Body": "one"]]
            )
            #expect(template["Version"] == 0)
            template["Properties"] = ["Body": "two"]
            let saved = try await server.put("/api/Spaces-1/actiontemplates/ActionTemplates-1", template).json
            #expect(saved["Version"] == 1)
            let path = "/api/Spaces-1/actiontemplates/ActionTemplates-1/versions"
            #expect(try await server.get("\(path)/0").json["Properties"]?["Body"] == "one")
            #expect(try await server.get("\(path)/1").json["Properties"]?["Body"] == "two")
            #expect(try await server.get("\(path)/2").status == 404)
            #expect(try await server.delete("/api/Spaces-1/actiontemplates/ActionTemplates-1").status == 200)
        }
    }

    @Test("Usages name the actions that were made from the template, and protect it")
    func usages() async throws {
        try await TestServer.run { server in
            _ = try await server.create("actiontemplates", ["Name": "Greet", "ActionType": "Octopus.Script"])
            _ = try await server.createProject()
            let properties: JSON = [
                "Octopus.Action.Template.Id": "ActionTemplates-1", "Octopus.Action.Template.Version": "0",
            ]
            _ = try await server.setProcess(
                "/api/Spaces-1/projects/Projects-1/deploymentprocesses",
                steps: [["Name": "Hi", "Actions": [["ActionType": "Octopus.Script", "Properties": properties]]]]
            )
            let usage = try await server.get("/api/Spaces-1/actiontemplates/ActionTemplates-1/usage").json
            #expect(usage[0]?["ActionName"] == "Hi")
            #expect(usage[0]?["ProjectName"] == "Ledger")
            #expect(usage[0]?["Version"] == "0")
            #expect(try await server.delete("/api/Spaces-1/actiontemplates/ActionTemplates-1").status == 400)
        }
    }

    @Test("A parameter keeps its id by its name, and always has a default")
    func parameters() async throws {
        try await TestServer.run { server in
            let first = try await server.create(
                "actiontemplates",
                [
                    "Name": "Greet", "ActionType": "Octopus.Script",
                    "Parameters": [["Name": "Who", "DefaultValue": nil]],
                ]
            )
            #expect(first["Parameters"]?[0]?["DefaultValue"] == "")
            let saved = try await server.put(
                "/api/Spaces-1/actiontemplates/ActionTemplates-1",
                ["Name": "Greet", "ActionType": "Octopus.Script", "Parameters": [["Name": "Who"]]]
            ).json
            #expect(saved["Parameters"]?[0]?["Id"] == first["Parameters"]?[0]?["Id"])
        }
    }
}

@Suite("Library sets and variables")
struct VariableTests {
    private static let path = "/api/Spaces-1/variables/variableset-Projects-1"

    @Test("A library set is made with its variables, and stays while a project includes it")
    func librarySet() async throws {
        try await TestServer.run { server in
            let set = try await server.create("libraryvariablesets", ["Name": "Shared", "ContentType": "Variables"])
            #expect(set["VariableSetId"] == "variableset-LibraryVariableSets-1")
            let link = try #require(set["Links"]?["Variables"]?.stringValue)
            #expect(try await server.get(link).json["OwnerId"] == "LibraryVariableSets-1")
            _ = try await server.createProject("Ledger", ["IncludedLibraryVariableSetIds": ["LibraryVariableSets-1"]])
            #expect(try await server.delete("/api/Spaces-1/libraryvariablesets/LibraryVariableSets-1").status == 400)
            let usages = try await server.get("/api/Spaces-1/libraryvariablesets/LibraryVariableSets-1/usages").json
            #expect(usages["Projects"]?[0]?["ProjectName"] == "Ledger")
            _ = try await server.delete("/api/Spaces-1/projects/Projects-1")
            #expect(try await server.delete("/api/Spaces-1/libraryvariablesets/LibraryVariableSets-1").status == 200)
            #expect(try await server.get(link).status == 404)
        }
    }

    @Test("Scope values name everything that a scope can hold")
    func scopeValues() async throws {
        try await TestServer.run { server in
            _ = try await server.create("environments", ["Name": "Production"])
            _ = try await server.create("tagsets", ["Name": "Region", "Tags": [["Name": "EU"]]])
            _ = try await server.createProject()
            _ = try await server.create("runbooks", ["Name": "Restart", "ProjectId": "Projects-1"])
            _ = try await server.setProcess(
                "/api/Spaces-1/projects/Projects-1/deploymentprocesses",
                steps: ProjectTests.script
            )
            let values = try await server.get(Self.path).json["ScopeValues"]
            #expect(values?["Environments"] == [["Id": "Environments-1", "Name": "Production"]])
            #expect(values?["Channels"] == [["Id": "Channels-1", "Name": "Default"]])
            #expect(values?["TenantTags"] == [["Id": "Region/EU", "Name": "Region/EU"]])
            #expect(values?["Actions"]?[0]?["Name"] == "Warm cache")
            #expect(
                values?["Processes"] == [
                    ["Id": "Projects-1", "Name": "Ledger", "ProcessType": "Deployment"],
                    ["Id": "Runbooks-1", "Name": "Restart", "ProcessType": "Runbook"],
                ]
            )
        }
    }

    @Test("A secret stays while its variable is sent back without it, and is never answered")
    func secrets() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            var set = try await server.get(Self.path).json
            set["Variables"] = [["Name": "Db.Password", "IsSensitive": true, "Value": "hush"]]
            let saved = try await server.put(Self.path, set)
            #expect(saved.status == 200, "\(saved.text)")
            #expect(!saved.text.contains("hush"))
            let variable = saved.json["Variables"]?[0]
            #expect(variable?["Type"] == "Sensitive")
            #expect(variable?["Value"] == .null)
            #expect(try await server.put(Self.path, saved.json).status == 200)
            let path = "Variables/\(variable?["Id"]?.stringValue ?? "")/Value"
            let secret = try await server.store.read {
                try $0.secret(.variableSets, "variableset-Projects-1", path: path)
            }
            #expect(secret.map { String(decoding: $0, as: UTF8.self) } == "hush")
            #expect(try await server.put(Self.path, set).status == 400)
        }
    }

    @Test("Values and scopes of any spelling are stored in one form")
    func spelling() throws {
        let list = try VariableList.normalised(
            [["Name": "A", "Value": 8080, "Scope": ["Environment": "Environments-1", "Role": [], "Machine": nil]]],
            newID: { "id" }
        )
        #expect(list[0]?["Value"] == "8080")
        #expect(list[0]?["Scope"] == ["Environment": ["Environments-1"]])
        #expect(list[0]?["Id"] == "id")
        _ = #expect(throws: APIProblem.self) { try VariableList.normalised([["Name": " "]], newID: { "id" }) }
    }
}

@Suite("Feeds, accounts and machines")
struct InfrastructureTests {
    @Test(
        "A feed that clients could not read is refused",
        arguments: [
            ["FeedType": "NuGet"], ["FeedType": "S3", "AccessKey": "A"], ["FeedType": "BuiltIn"],
            ["FeedType": "AzureContainerRegistry", "FeedUri": "https://x", "Username": "u"],
        ] as [JSON]
    )
    func feeds(body: JSON) async throws {
        try await TestServer.run { server in
            var body = body
            body["Name"] = "Feed"
            let answer = try await server.post("/api/Spaces-1/feeds", body)
            #expect(answer.status == 400)
        }
    }

    @Test("The built-in feeds stay")
    func builtInFeeds() async throws {
        try await TestServer.run { server in
            for id in ["feeds-builtin", "feeds-builtin-releases"] {
                let answer = try await server.delete("/api/Spaces-1/feeds/\(id)")
                #expect(answer.status == 400)
            }
        }
    }

    @Test("The identity of a feed has exactly the keys of its type")
    func identity() throws {
        let aws = try FeedIdentity.normalised(
            ["Type": "AWS", "Audience": "a", "ClientId": nil],
            feedType: "AwsElasticContainerRegistry"
        )
        #expect(aws.objectValue?.keys.sorted() == ["Audience", "RoleArn", "SessionDuration", "SubjectKeys"])
        #expect(try FeedIdentity.normalised(.null, feedType: "GcsStorage") == .null)
    }

    @Test(
        "An account without what its type needs is refused",
        arguments: [
            (["AccountType": "Token"], "Token"),
            (["AccountType": "AzureOidc", "SubscriptionNumber": "x", "ClientId": "x", "TenantId": "x"], "GUID"),
        ] as [(JSON, String)]
    )
    func accounts(body: JSON, reason: String) async throws {
        try await TestServer.run { server in
            var body = body
            body["Name"] = "Account"
            let answer = try await server.post("/api/Spaces-1/accounts", body)
            #expect(answer.status == 400)
            #expect(answer.errors.contains(reason))
        }
    }

    @Test("A target has the default policy, real arrays, and its endpoint's address and thumbprint")
    func target() async throws {
        try await TestServer.run { server in
            _ = try await server.create("environments", ["Name": "Quay"])
            let machine = try await server.create(
                "machines",
                [
                    "Name": "crane-01", "EnvironmentIds": ["Environments-1"], "Roles": ["crane"], "TenantIds": nil,
                    "Endpoint": [
                        "CommunicationStyle": "TentaclePassive", "Uri": "https://crane-01:10933/", "Thumbprint": "4A5D",
                    ],
                ]
            )
            #expect(machine["MachinePolicyId"] == "MachinePolicies-1")
            #expect(machine["TenantIds"] == [])
            #expect(machine["Status"] == "Unknown")
            #expect(machine["Uri"] == "https://crane-01:10933/")
            #expect(machine["Thumbprint"] == "4A5D")
            #expect(machine["Endpoint"]?["TentacleVersionDetails"]?["UpgradeLocked"] == false)
            #expect(try await server.get("/api/Spaces-1/machineroles/all").json == ["crane"])
            let inside = try await server.get("/api/Spaces-1/environments/Environments-1/machines").json
            #expect(inside["TotalResults"] == 1)
            #expect(try await server.delete("/api/Spaces-1/environments/Environments-1").status == 400)
        }
    }

    @Test(
        "An endpoint of an unknown style, or without an address, is refused",
        arguments: [
            ["CommunicationStyle": "Carrier pigeon"], ["CommunicationStyle": "TentaclePassive"], nil,
        ] as [JSON]
    )
    func badEndpoint(endpoint: JSON) async throws {
        try await TestServer.run { server in
            _ = try await server.create("environments", ["Name": "Quay"])
            let answer = try await server.post(
                "/api/Spaces-1/machines",
                ["Name": "x", "EnvironmentIds": ["Environments-1"], "Roles": ["r"], "Endpoint": endpoint]
            )
            #expect(answer.status == 400)
            #expect(answer.errors.contains("Endpoint"))
        }
    }

    @Test("No authentication of a cluster is null")
    func cluster() {
        let endpoint = Endpoint.normalised([
            "CommunicationStyle": "Kubernetes", "SkipTlsVerification": true,
            "Authentication": ["AuthenticationType": "None"],
        ])
        #expect(endpoint["Authentication"] == .null)
        #expect(endpoint["SkipTlsVerification"] == "True")
    }
}
