import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// Values of tenants between two servers, in both forms of the API.
@Suite("Tenant variables between servers")
struct TenantFormTests {
    private static let shared: JSON = [
        "Name": "Shared", "ContentType": "Variables",
        "Templates": [
            ["Name": "Region"], ["Name": "Token", "DisplaySettings": ["Octopus.ControlType": "Sensitive"]],
        ],
    ]

    private func id(_ document: JSON?) throws -> String { try #require(document?["Id"]?.stringValue) }

    /// A tenant in Test and Production, whose region differs in one of them.
    private func fill(_ server: TestServer, isolation: isolated (any Actor)? = #isolation) async throws {
        let client = server.client
        let group = try #require(try await server.documents(.projectGroups).first)
        let lifecycle = try #require(try await server.documents(.lifecycles).first)
        var environments: [String] = []
        for name in ["Test", "Production"] {
            environments.append(try id(try await client.create(.environments, ["Name": .string(name)])))
        }
        let set = try await client.create(.librarySets, Self.shared)
        let project = try id(
            try await client.create(
                .projects,
                [
                    "Name": "Web", "ProjectGroupId": group["Id"] ?? .null, "LifecycleId": lifecycle["Id"] ?? .null,
                    "TenantedDeploymentMode": "Tenanted", "IncludedLibraryVariableSetIds": [set["Id"] ?? .null],
                    "Templates": [["Name": "Host"]],
                ]
            )
        )
        let tenant = try id(
            try await client.create(
                .tenants,
                ["Name": "Gull", "ProjectEnvironments": .object(JSONObject([(project, JSON(environments))]))]
            )
        )
        var values = try await client.get(.tenantVariables, id: tenant)
        let setID = try id(set)
        let templates = values["LibraryVariables"]?[setID]?["Templates"]?.arrayValue ?? []
        let region = try id(templates.first)
        let token = try id(templates.last)
        var forAll: JSON = [:]
        forAll[region] = "eu"
        forAll[token] = ["HasValue": true, "NewValue": "the-source-keeps-this"]
        values["LibraryVariables"]?[setID]?["Variables"] = forAll
        var forProduction: JSON = [:]
        forProduction[region] = "us"
        var scoped: JSON = [:]
        scoped[environments[1]] = forProduction
        values["LibraryVariables"]?[setID]?["ScopedVariables"] = scoped
        _ = try await client.update(.tenantVariables, id: tenant, values)
    }

    /// Values of the set by the names of templates: for all environments, and for Production.
    private func values(_ server: TestServer, isolation: isolated (any Actor)? = #isolation) async throws -> [JSON?] {
        let tenant = try id(try await server.document(.tenants, "Gull"))
        let production = try id(try await server.document(.environments, "Production"))
        let document = try await server.client.get(.tenantVariables, id: tenant)
        let set = document["LibraryVariables"]?.objectValue?.first { _ in true }?.value
        let region = set?["Templates"]?.arrayValue?.first { $0["Name"] == "Region" }?["Id"]?.stringValue ?? ""
        return [set?["Variables"]?[region], set?["ScopedVariables"]?[production]?[region]]
    }

    @Test("S-74, S-128: values of single environments go over, once, and follow changes of the source")
    func trees() async throws {
        let policy = "types: {tenants: {variables: copyNew}}"
        try await SyncPair.withPair(policy: policy) { pair in
            try await fill(pair.source)
            try await pair.syncNow()
            #expect(try await values(pair.destination) == ["eu", "us"])
            #expect(try await pair.plan().exitCode == 0)
        }
    }

    /// Makes a server look like one that has the rows, and trees without them.
    private static let ofRows: RecordingProxy.Translation = {
        var translation = RecordingProxy.Translation()
        translation.request = { request in
            guard request.method == "PUT", request.path.hasSuffix("/variables") else { return request.body }
            return (try? JSON.parse(request.body)).map { withoutScopes($0).bytes } ?? request.body
        }
        translation.answer = { request, answer in
            guard request.path.hasSuffix("/variables"), request.path.contains("/tenants/"),
                let document = try? JSON.parse(answer.body)
            else { return answer }
            var answer = answer
            answer.body = withoutScopes(document).bytes
            return answer
        }
        return translation
    }()

    private static func withoutScopes(_ document: JSON) -> JSON {
        var document = document
        for (set, _) in document["LibraryVariables"]?.objectValue ?? [:] {
            document["LibraryVariables"]?[set]?["ScopedVariables"] = nil
        }
        return document
    }

    @Test("S-74: a destination with the new form of the API is read and written in it, row by row")
    func rows() async throws {
        let policy = "types: {tenants: {variables: copyNew}}"
        try await SyncPair.withPair(policy: policy) { pair in
            try await fill(pair.source)
            let port = try #require(URL(string: pair.destination.address)?.port)
            try await RecordingProxy.with(upstreamPort: port) { proxy in
                proxy.setTranslation(Self.ofRows)
                proxy.setRule { request in
                    // No feed of ours either.
                    request.path.contains("/changes") ? .answer(status: 404, body: "{\"ErrorMessage\": \"no\"}") : nil
                }
                try pair.writePolicy(policy, destinationAddress: proxy.address)
                try await pair.syncNow()
                #expect(try await values(pair.destination) == ["eu", "us"])
                #expect(proxy.requests.contains { $0.path.contains("feature-toggles?Name=CommonVariable") })
                #expect(proxy.writes.contains { $0.path.hasSuffix("/commonvariables") })
                #expect(!proxy.writes.contains { $0.path.hasSuffix("/variables") && $0.path.contains("/tenants/") })
                #expect(try await pair.plan().exitCode == 0)
            }
        }
    }

    @Test("S-104: a provider sets the secrets of tenants, in a new tenant and in one that is there")
    func provider() async throws {
        let policy = """
            types: {tenants: {variables: copyNew}}
            secrets:
              provider: file
              map: {"tenantvariables/Gull/LibraryVariables/Shared/Token": token.secret}
            """
        try await SyncPair.withPair(policy: policy) { pair in
            try await fill(pair.source)
            let path = "\(pair.folder)/token.secret"
            for (secret, round) in [("first-token", 1), ("second-token", 2)] {
                try secret.write(toFile: path, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
                try await pair.syncNow()
                let operations = try pair.planFile()["operations"]?.arrayValue ?? []
                let setting = operations.filter { $0["fields"]?.text.contains("token.secret") == true }
                #expect(setting.count == 1, "round \(round)")
                #expect(try await pair.plan().exitCode == 0)
            }
            let tenant = try id(try await pair.destination.document(.tenants, "Gull"))
            let document = try await pair.destination.client.get(.tenantVariables, id: tenant)
            let set = document["LibraryVariables"]?.objectValue?.first { _ in true }?.value
            let token = set?["Templates"]?.arrayValue?.first { $0["Name"] == "Token" }?["Id"]?.stringValue ?? ""
            #expect(set?["Variables"]?[token]?["HasValue"] == true)
        }
    }
}
