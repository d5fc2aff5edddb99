import Catalog
import NIOHTTP1
import Store
import Testing

@testable import Server

@Suite("Tenants")
struct TenantTests {
    /// A tenant linked to a project with a plain and a secret template, and to a library set with one.
    private func make(_ server: TestServer) async throws {
        _ = try await server.create("environments", ["Name": "Production"])
        _ = try await server.create(
            "libraryvariablesets",
            [
                "Name": "Shared", "ContentType": "Variables",
                "Templates": [["Id": "t-9", "Name": "Colour", "DefaultValue": "blue", "DisplaySettings": [:]]],
            ]
        )
        _ = try await server.createProject(
            "Ledger",
            [
                "TenantedDeploymentMode": "Tenanted", "IncludedLibraryVariableSetIds": ["LibraryVariableSets-1"],
                "Templates": [
                    ["Id": "t-1", "Name": "Host"],
                    ["Id": "t-2", "Name": "Key", "DisplaySettings": ["Octopus.ControlType": "Sensitive"]],
                ],
            ]
        )
        _ = try await server.create(
            "tenants",
            ["Name": "Gull", "ProjectEnvironments": ["Projects-1": ["Environments-1"]]]
        )
    }

    private static let path = "/api/Spaces-1/tenants/Tenants-1/variables"

    private func values(_ document: JSON) -> JSON? {
        document["ProjectVariables"]?["Projects-1"]?["Variables"]?["Environments-1"]
    }

    @Test("The document has every linked project, environment and library set, and no id")
    func document() async throws {
        try await TestServer.run { server in
            try await make(server)
            let document = try await server.get(Self.path).json
            #expect(document["Id"] == .null)
            #expect(document["TenantName"] == "Gull")
            #expect(values(document) == [:])
            let project = document["ProjectVariables"]?["Projects-1"]
            #expect(project?["Templates"]?.arrayValue?.count == 2)
            #expect(project?["Templates"]?[1]?["DefaultValue"] == ["HasValue": false, "NewValue": nil, "Hint": nil])
            #expect(document["LibraryVariables"]?["LibraryVariableSets-1"]?["LibraryVariableSetName"] == "Shared")
            #expect(document["Links"]?["Self"] == .string(Self.path))
        }
    }

    @Test("Values are written with PUT and with POST, and secrets are never answered", arguments: ["PUT", "POST"])
    func write(method: String) async throws {
        try await TestServer.run { server in
            try await make(server)
            let sent: JSON = [
                "ProjectVariables": [
                    "Projects-1": ["Variables": ["Environments-1": ["t-1": "gull.example", "t-2": "hush", "t-?": "x"]]]
                ],
                "LibraryVariables": ["LibraryVariableSets-1": ["Variables": ["t-9": "red"]]],
            ]
            let answer = try await server.send(method == "PUT" ? .PUT : .POST, Self.path, sent)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(values(answer.json)?["t-1"] == "gull.example")
            #expect(values(answer.json)?["t-2"] == ["HasValue": true, "NewValue": nil, "Hint": nil])
            #expect(values(answer.json)?["t-?"] == nil)
            #expect(!answer.text.contains("hush"))
            #expect(answer.json["LibraryVariables"]?["LibraryVariableSets-1"]?["Variables"]?["t-9"] == "red")
            // What was read is sent back: the secret stays, what is missing goes.
            var again = answer.json
            again["LibraryVariables"] = [:]
            let second = try await server.send(.PUT, Self.path, again)
            #expect(values(second.json)?["t-2"]?["HasValue"] == true)
            #expect(second.json["LibraryVariables"]?["LibraryVariableSets-1"]?["Variables"] == [:])
            let secret = try await server.store.read {
                try $0.secret(
                    .tenantVariables,
                    "tenantvariables-Tenants-1",
                    path: "ProjectVariables/Projects-1/Variables/Environments-1/t-2"
                )
            }
            #expect(secret.map { String(decoding: $0, as: UTF8.self) } == "hush")
        }
    }

    @Test("An account that a tenant's value names is in use")
    func accountInUse() async throws {
        try await TestServer.run { server in
            _ = try await server.create("environments", ["Name": "Production"])
            _ = try await server.createProject(
                "Ledger",
                [
                    "TenantedDeploymentMode": "Tenanted",
                    "Templates": [
                        [
                            "Id": "t-1", "Name": "Login",
                            "DisplaySettings": ["Octopus.ControlType": "UsernamePasswordAccount"],
                        ]
                    ],
                ]
            )
            _ = try await server.create(
                "tenants",
                ["Name": "Gull", "ProjectEnvironments": ["Projects-1": ["Environments-1"]]]
            )
            _ = try await server.create(
                "accounts",
                ["Name": "svc", "AccountType": "UsernamePassword", "Username": "svc"]
            )
            func write(_ value: JSON) async throws -> Answer {
                let environments: JSON = ["Environments-1": ["t-1": value]]
                return try await server.put(
                    Self.path,
                    ["ProjectVariables": ["Projects-1": ["Variables": environments]], "LibraryVariables": [:]]
                )
            }
            #expect(try await write("Accounts-1").status == 200)
            let usages = try await server.get("/api/Spaces-1/accounts/Accounts-1/usages").json
            #expect(usages["ProjectTenantVariables"]?.arrayValue?.count == 1)
            #expect(try await server.delete("/api/Spaces-1/accounts/Accounts-1").status == 400)
            // A value may dangle, as those of variables may.
            #expect(try await write("Accounts-99").status == 200)
            #expect(try await server.delete("/api/Spaces-1/accounts/Accounts-1").status == 200)
        }
    }

    @Test("A stale token is refused")
    func token() async throws {
        try await TestServer.run { server in
            try await make(server)
            let first = try await server.get(Self.path).json
            _ = try await server.put(Self.path, first)
            let answer = try await server.put(Self.path, first)
            #expect(answer.status == 400)
            #expect(answer.errors.contains("someone else"))
        }
    }

    @Test("A tenant that leaves a project loses its values for it")
    func unlink() async throws {
        try await TestServer.run { server in
            try await make(server)
            _ = try await server.put(
                Self.path,
                ["ProjectVariables": ["Projects-1": ["Variables": ["Environments-1": ["t-1": "gull.example"]]]]]
            )
            var tenant = try await server.get("/api/Spaces-1/tenants/Tenants-1").json
            let links = tenant["ProjectEnvironments"]
            tenant["ProjectEnvironments"] = [:]
            tenant = try await server.put("/api/Spaces-1/tenants/Tenants-1", tenant).json
            #expect(try await server.get(Self.path).json["ProjectVariables"] == [:])
            tenant["ProjectEnvironments"] = links
            _ = try await server.put("/api/Spaces-1/tenants/Tenants-1", tenant)
            #expect(values(try await server.get(Self.path).json) == [:])
        }
    }

    @Test("A project without tenants cannot be linked")
    func untenanted() async throws {
        try await TestServer.run { server in
            _ = try await server.createProject()
            let answer = try await server.post(
                "/api/Spaces-1/tenants",
                ["Name": "Gull", "ProjectEnvironments": ["Projects-1": []]]
            )
            #expect(answer.status == 400)
            #expect(answer.errors.contains("TenantedDeploymentMode"))
        }
    }

    @Test("What has neither a value nor a default is missing")
    func missing() async throws {
        try await TestServer.run { server in
            try await make(server)
            let found = try await server.get("/api/Spaces-1/tenants/variables-missing?includeDetails=true").json
            let names = found[0]?["MissingVariables"]?.arrayValue?.compactMap {
                $0["VariableTemplateName"]?.stringValue
            }
            #expect(names == ["Host", "Key"])
            #expect(
                try await server.get("/api/Spaces-1/tenantvariables/all?projectId=Projects-1").json.arrayValue?.count
                    == 1
            )
            #expect(try await server.get("/api/Spaces-1/tenantvariables/all?projectId=Projects-9").json == [])
        }
    }

    @Test("A clone has the links and the values of its source, with their secrets")
    func clone() async throws {
        try await TestServer.run { server in
            try await make(server)
            _ = try await server.put(
                Self.path,
                ["ProjectVariables": ["Projects-1": ["Variables": ["Environments-1": ["t-1": "h", "t-2": "hush"]]]]]
            )
            let answer = try await server.post("/api/Spaces-1/tenants?clone=Tenants-1", ["Name": "Tern"])
            try #require(answer.status == 201, "\(answer.text)")
            #expect(answer.json["ClonedFromTenantId"] == "Tenants-1")
            let copied = try await server.get("/api/Spaces-1/tenants/Tenants-2/variables").json
            #expect(values(copied)?["t-1"] == "h")
            #expect(values(copied)?["t-2"]?["HasValue"] == true)
        }
    }
}
