import APIClient
import Catalog
import Sync
import TestSupport
import Testing

@testable import SyncRun

@Suite("Reading a replica")
struct ReplicaReadingTests {
    @Test("takes at most 24 lists, one request for each variable set and one for each tenant")
    func requestBudget() async throws {
        let server = try await ScriptedServer(Self.answer)
        let client = try await SourceClient.connect(to: server.url, key: key, space: "Default")
        let before = server.requests.count
        let raw = try await reading(client).read()
        let asked = server.requests.dropFirst(before).map(\.path)
        let parts = asked.filter { $0.contains("/variables") }
        #expect(
            parts.sorted() == [
                "/api/Spaces-1/tenants/Tenants-1/variables", "/api/Spaces-1/tenants/Tenants-2/variables",
                "/api/Spaces-1/variables/variableset-LibraryVariableSets-1",
                "/api/Spaces-1/variables/variableset-Projects-1", "/api/Spaces-1/variables/variableset-Projects-2",
            ]
        )
        let questions = asked.filter { $0.contains("/users/") }
        #expect(questions.count <= 2, "whose key it is, and what that user may see")
        // The event cursor is one more.
        #expect(asked.count - parts.count - questions.count <= 25)
        #expect(Set(asked).count == asked.count)
        #expect(raw.documents[.variableSets]?.count == 3)
        #expect(raw.documents[.tenantVariables]?.count == 2)
    }

    @Test("what the policy syncs must be visible, with exit code 8")
    func hiddenProjects() async throws {
        let server = try await ScriptedServer { request in
            request.path.hasSuffix("/projects") ? .init(403, #"{"ErrorMessage": "ProjectView"}"#) : Self.answer(request)
        }
        let client = try await SourceClient.connect(to: server.url, key: key, space: "Default")
        let error = await #expect(throws: SyncRunError.self) { try await reading(client).read() }
        #expect(error?.exitCode == .permissions)
    }

    @Test("what is only referred to may be hidden")
    func hiddenMachines() async throws {
        let server = try await ScriptedServer { request in
            request.path.hasSuffix("/machines") ? .init(403, #"{"ErrorMessage": "MachineView"}"#) : Self.answer(request)
        }
        let client = try await SourceClient.connect(to: server.url, key: key, space: "Default")
        #expect(try await reading(client).read().hidden == [.machines])
    }

    private func reading(_ client: SourceClient) -> ReplicaReading {
        let policy = Policy(
            source: .init(name: "", url: "", credential: .environment("A")),
            destination: .init(name: "", url: "", credential: .environment("B"))
        )
        return ReplicaReading(client: client, readSet: ReadSet(for: policy, catalog: .standard))
    }

    private var key: APIKey { get throws { try APIKey("API-KEY", from: "the test") } }

    private static let lists: [String: String] = [
        "projects":
            #"{"Id": "Projects-1", "VariableSetId": "variableset-Projects-1"}, {"Id": "Projects-2", "VariableSetId": "variableset-Projects-2"}"#,
        "libraryvariablesets":
            #"{"Id": "LibraryVariableSets-1", "VariableSetId": "variableset-LibraryVariableSets-1"}"#,
        "tenants": #"{"Id": "Tenants-1"}, {"Id": "Tenants-2"}"#,
    ]

    @Sendable static func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Answer {
        switch request.path {
        case "/api": return .init(200, #"{"ApiVersion": "3.0.0", "Version": "2025.4.1", "InstallationId": "A"}"#)
        case "/api/spaces/all": return .init(200, #"[{"Id": "Spaces-1", "Name": "Default"}]"#)
        case let path where path.contains("/variables"): return .init(200, #"{"Variables": []}"#)
        default:
            let list = lists[String(request.path.split(separator: "/").last ?? "")] ?? ""
            return .init(200, #"{"Items": [\#(list)], "Links": {}}"#)
        }
    }
}
