import Catalog
import NIOHTTP1
import Store
import Testing

@testable import Server

/// Tenant variables as rows with scopes, over the same values as the trees.
@Suite("Tenant variables as rows")
struct TenantRowTests {
    private static let tenant = "/api/Spaces-1/tenants/Tenants-1"
    private static let secret: JSON = ["HasValue": true, "NewValue": nil, "Hint": nil]

    /// A tenant in two environments of a project, with a library set; each asks for a text and a secret.
    private func make(_ server: TestServer) async throws {
        for name in ["Test", "Production", "Elsewhere"] {
            _ = try await server.create("environments", ["Name": .string(name)])
        }
        func templates(_ stem: String) -> JSON {
            [
                ["Id": .string("\(stem)-text"), "Name": "Text"],
                [
                    "Id": .string("\(stem)-key"), "Name": "Key",
                    "DisplaySettings": ["Octopus.ControlType": "Sensitive"],
                ],
            ]
        }
        _ = try await server.create(
            "libraryvariablesets",
            ["Name": "Shared", "ContentType": "Variables", "Templates": templates("s")]
        )
        _ = try await server.createProject(
            "Ledger",
            [
                "TenantedDeploymentMode": "Tenanted", "IncludedLibraryVariableSetIds": ["LibraryVariableSets-1"],
                "Templates": templates("p"),
            ]
        )
        _ = try await server.create(
            "tenants",
            ["Name": "Gull", "ProjectEnvironments": ["Projects-1": ["Environments-1", "Environments-2"]]]
        )
    }

    private func row(_ template: String, _ value: JSON, _ environments: [String] = [], id: JSON = nil) -> JSON {
        var row: JSON = [
            "TemplateId": .string(template), "Value": value, "Scope": ["EnvironmentIds": JSON(environments)],
        ]
        row[template.hasPrefix("p") ? "ProjectId" : "LibraryVariableSetId"] =
            template.hasPrefix("p") ? "Projects-1" : "LibraryVariableSets-1"
        if !id.isNull { row["Id"] = id }
        return row
    }

    private func put(_ server: TestServer, _ form: String, _ rows: [JSON]) async throws -> [JSON] {
        let answer = try await server.put("\(Self.tenant)/\(form)", ["Variables": .array(rows)])
        try #require(answer.status == 200, "\(answer.text)")
        return answer.json["Variables"]?.arrayValue ?? []
    }

    private func stored(_ server: TestServer) async throws -> [String] {
        try await server.store.read { reader in
            let document = try reader.document(.tenantVariables, "tenantvariables-Tenants-1")
            let body = try JSON.parse(document?.body ?? [])
            return TenantVariableStorage(tenant: "Tenants-1", body: body).rows.map { $0.id ?? "" }.sorted()
        }
    }

    @Test("Rows are kept with their scopes and ids, and the trees show the same values")
    func bothForms() async throws {
        try await TestServer.run { server in
            try await make(server)
            let projects = try await put(
                server,
                "projectvariables",
                [row("p-text", "all"), row("p-key", "hush", ["Environments-1", "Environments-2"])]
            )
            #expect(projects.map { $0["Scope"]?["EnvironmentIds"] } == [[], ["Environments-1", "Environments-2"]])
            #expect(projects.allSatisfy { $0["Id"]?.stringValue?.contains(":") == false })
            #expect(projects.map { $0["ProjectName"] } == ["Ledger", "Ledger"])
            #expect(projects[0]["Template"]?["Name"] == "Text")
            let common = try await put(
                server,
                "commonvariables",
                [row("s-text", "everywhere"), row("s-text", "there", ["Environments-2"])]
            )
            #expect(common.count == 2)
            let tree = try await server.get("\(Self.tenant)/variables").json
            let values = tree["ProjectVariables"]?["Projects-1"]?["Variables"]
            for environment in ["Environments-1", "Environments-2"] {
                #expect(values?[environment] == ["p-text": "all", "p-key": Self.secret])
            }
            let set = tree["LibraryVariables"]?["LibraryVariableSets-1"]
            #expect(set?["Variables"] == ["s-text": "everywhere"])
            #expect(set?["ScopedVariables"] == ["Environments-2": ["s-text": "there"]])
            // Sent back as it was served: nothing changes.
            let before = try await stored(server)
            #expect(try await server.put("\(Self.tenant)/variables", tree).status == 200)
            #expect(try await stored(server) == before)
            #expect(!tree.text.contains("hush"))
        }
    }

    @Test("A client of the trees changes one environment of a row: the row keeps the others, with its secret")
    func split() async throws {
        try await TestServer.run { server in
            try await make(server)
            let rows = try await put(
                server,
                "projectvariables",
                [row("p-text", "all"), row("p-key", "hush")]
            )
            var tree = try await server.get("\(Self.tenant)/variables").json
            tree["ProjectVariables"]?["Projects-1"]?["Variables"]?["Environments-1"]?["p-text"] = "mine"
            tree["ProjectVariables"]?["Projects-1"]?["Variables"]?["Environments-1"]?["p-key"] = nil
            let answer = try await server.post("\(Self.tenant)/variables", tree)
            #expect(answer.status == 200, "\(answer.text)")
            let values = answer.json["ProjectVariables"]?["Projects-1"]?["Variables"]
            #expect(values?["Environments-1"] == ["p-text": "mine"])
            #expect(values?["Environments-2"] == ["p-text": "all", "p-key": Self.secret])
            let secret = try await server.store.read {
                try $0.secret(
                    .tenantVariables,
                    "tenantvariables-Tenants-1",
                    path: "ProjectVariables/Projects-1/Variables/Environments-2/p-key"
                )
            }
            #expect(secret.map { String(decoding: $0, as: UTF8.self) } == "hush")
            #expect(rows.count == 2)
        }
    }

    @Test("A secret that is sent back without its value stays, by its id or by its place, also in another scope")
    func keptSecret() async throws {
        try await TestServer.run { server in
            try await make(server)
            let first = try await put(server, "commonvariables", [row("s-key", "hush")])
            let id = try #require(first.first?["Id"])
            let moved = try await put(
                server,
                "commonvariables",
                [row("s-key", Self.secret, ["Environments-1"], id: id)]
            )
            #expect(moved.first?["Id"] == id)
            #expect(moved.first?["Value"] == Self.secret)
            let again = try await put(server, "commonvariables", [row("s-key", Self.secret, ["Environments-1"])])
            #expect(again.first?["Value"] == Self.secret)
            let secrets = try await server.store.read { reader in
                let document = try reader.document(.tenantVariables, "tenantvariables-Tenants-1")
                let body = try JSON.parse(document?.body ?? [])
                return try (body["ScopedValues"]?.objectValue ?? [:]).compactMap { id, _ in
                    try reader.secret(
                        .tenantVariables,
                        "tenantvariables-Tenants-1",
                        path: "ScopedValues/\(id)/Values/s-key"
                    )
                }
            }
            #expect(secrets.map { String(decoding: $0, as: UTF8.self) } == ["hush"])
            // A bare array, with nothing in it: the whole list is replaced.
            #expect(try await server.put("\(Self.tenant)/commonvariables", []).json["Variables"] == [])
        }
    }

    @Test("What is missing is listed on request, for each environment of a project")
    func missing() async throws {
        try await TestServer.run { server in
            try await make(server)
            _ = try await put(server, "projectvariables", [row("p-text", "one", ["Environments-1"])])
            let path = "\(Self.tenant)/projectvariables?IncludeMissingVariables=true"
            let missing = try await server.get(path).json["MissingVariables"]?.arrayValue ?? []
            let places = missing.map {
                "\($0["TemplateId"]?.stringValue ?? "") \($0["Scope"]?["EnvironmentIds"]?.text ?? "")"
            }
            #expect(
                places == [
                    "p-key [\"Environments-1\"]", "p-text [\"Environments-2\"]", "p-key [\"Environments-2\"]",
                ]
            )
            #expect(try await server.get("\(Self.tenant)/projectvariables").json["MissingVariables"] == [])
        }
    }

    @Test("Entries that overlap, or that nobody asks for, are refused with their place")
    func refused() async throws {
        try await TestServer.run { server in
            try await make(server)
            let both = row("s-text", "a", ["Environments-1"])
            for (rows, problem) in [
                ([both, both], "Variables[1]"), ([row("s-text", "a"), row("s-text", "b")], "Variables[1]"),
                ([row("s-nothing", "a")], "s-nothing"), ([row("s-text", "a", ["Environments-99"])], "Environments-99"),
                ([7], "Variables[0]"),
            ] as [([JSON], String)] {
                let answer = try await server.put("\(Self.tenant)/commonvariables", ["Variables": .array(rows)])
                #expect(answer.status == 400)
                #expect(answer.errors.contains(problem), "\(answer.text)")
            }
        }
    }

    @Test("Clients learn of the rows from the toggle that they look for, by its name")
    func toggle() async throws {
        try await TestServer.run { server in
            let path = "/api/configuration/feature-toggles?Name="
            let found = try await server.get(path + "CommonVariableScopingFeatureToggle").json["FeatureToggles"]
            #expect(found == [["Name": "CommonVariableScopingFeatureToggle", "IsEnabled": true]])
            #expect(try await server.get(path + "Other").json["FeatureToggles"] == [])
        }
    }
}
