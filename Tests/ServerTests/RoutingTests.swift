import Catalog
import NIOHTTP1
import Testing

@testable import Server

@Suite("Addresses")
struct RoutingTests {
    @Test(
        "All spellings of an address reach the same list",
        arguments: [
            "/api/environments", "/api/Environments", "/api/environments/", "/api/Spaces-1/environments",
            "/api/spaces-1/ENVIRONMENTS/", "/api/spaces/Spaces-1/environments", "/api/spaces/default/environments",
            "/api/SPACES/DEFAULT/Environments", "/api/default/environments",
        ]
    )
    func spellings(path: String) async throws {
        try await TestServer.run { server in
            _ = try await server.create("environments", ["Name": "Production"])
            let answer = try await server.get(path)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.json["Items"]?[0]?["Name"] == "Production")
        }
    }

    @Test("Both roots answer with and without a slash, the server's to anybody")
    func roots() async throws {
        try await TestServer.run { server in
            for path in ["/api", "/api/", "/API"] {
                let root = try await server.send(.GET, path, key: nil)
                #expect(root.status == 200)
                #expect(root.json["ApiVersion"] == "3.0.0")
                #expect(
                    root.json["Links"]?["Environments"]?.stringValue?.hasPrefix("/api/Spaces-1/environments{/id}")
                        == true
                )
                #expect(root.json["Links"]?["LibraryVariables"] != nil)
            }
            let space = try await server.get("/api/Spaces-1/")
            #expect(space.json["Id"] == "Spaces-1")
            #expect(space.json["Version"] == nil)
            #expect(try await server.send(.GET, "/api/Spaces-1", key: nil).status == 401)
            #expect(try await server.get("/api/Spaces-99").status == 404)
        }
    }

    @Test("Every root link is a path without a space placeholder left over")
    func rootLinks() async throws {
        try await TestServer.run { server in
            let links = try await server.get("/api").json["Links"]?.objectValue ?? [:]
            #expect(links.count > 130)
            for (_, link) in links {
                let text = try #require(link.stringValue)
                #expect(text.hasPrefix("/api") || text.hasPrefix("/app") || text.hasPrefix("/users"))
                #expect(!text.contains("{S}"))
            }
        }
    }

    @Test("PUT and DELETE may be sent as POST with an override")
    func methodOverride() async throws {
        try await TestServer.run { server in
            let id = try #require(try await server.create("environments", ["Name": "Test"])["Id"]?.stringValue)
            let path = "/api/Spaces-1/environments/\(id)"
            let changed = try await server.send(
                .POST,
                path,
                ["Name": "Test", "Description": "changed"],
                headers: [("X-HTTP-Method-Override", "PUT")]
            )
            #expect(changed.status == 200)
            #expect(changed.json["Description"] == "changed")
            let deleted = try await server.send(.POST, path, headers: [("X-HTTP-Method-Override", "DELETE")])
            #expect(deleted.status == 200)
            #expect(deleted.text == "{}")
            #expect(try await server.get(path).status == 404)
        }
    }

    @Test("What is not there is 404 without Errors, what cannot be done there is 405")
    func missing() async throws {
        try await TestServer.run { server in
            for path in ["/api/nothing", "/api/Spaces-1/environments/Environments-99", "/index.html"] {
                let answer = try await server.get(path)
                #expect(answer.status == 404)
                #expect(answer.json["Errors"] == nil)
                #expect(answer.json["ErrorMessage"]?.stringValue?.isEmpty == false)
            }
            let refused = try await server.send(.PATCH, "/api/Spaces-1/environments", [:])
            #expect(refused.status == 405)
            #expect(refused.headers.first(name: "Allow") == "GET, POST")
            #expect(refused.json["ErrorMessage"] != nil)
        }
    }

    @Test("A document is found by id in any case and by slug")
    func idsAndSlugs() async throws {
        try await TestServer.run { server in
            let made = try await server.create("environments", ["Name": "Staging (EU)"])
            #expect(made["Slug"] == "staging-eu")
            for name in ["Environments-1", "environments-1", "staging-eu", "Staging-EU"] {
                #expect(try await server.get("/api/Spaces-1/environments/\(name)").json == made)
            }
        }
    }
}
