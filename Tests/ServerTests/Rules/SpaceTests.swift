import Catalog
import Testing

@testable import Server

@Suite("Spaces")
struct SpaceTests {
    private func makeSpace(_ server: TestServer) async throws -> JSON {
        let answer = try await server.post("/api/spaces", ["Name": "Harbour", "SpaceManagersTeamMembers": ["Users-1"]])
        try #require(answer.status == 201, "\(answer.text)")
        return answer.json
    }

    @Test("A space without managers is refused")
    func managers() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/api/spaces", ["Name": "Harbour"])
            #expect(answer.status == 400)
            #expect(answer.errors.contains("SpaceManagersTeams"))
        }
    }

    @Test("A new space has its managers' team and everything that a first project needs")
    func contents() async throws {
        try await TestServer.run { server in
            let space = try await makeSpace(server)
            let id = try #require(space["Id"]?.stringValue)
            #expect(space["SpaceManagersTeams"] == ["teams-spacemanagers-Spaces-2"])
            let team = try await server.get("/api/teams/teams-spacemanagers-\(id)").json
            #expect(team["MemberUserIds"] == ["Users-1"])
            #expect(team["CanBeDeleted"] == false)
            for (collection, name) in [
                ("projectgroups", "Default Project Group"), ("lifecycles", "Default Lifecycle"),
                ("machinepolicies", "Default Machine Policy"), ("workerpools", "Default Worker Pool"),
            ] {
                let all = try await server.get("/api/\(id)/\(collection)/all").json
                #expect(all.arrayValue?.compactMap { $0["Name"]?.stringValue } == [name])
            }
        }
    }

    @Test("Every space finds its own built-in feed under the id that it has in the default space")
    func builtInFeed() async throws {
        try await TestServer.run { server in
            _ = try await makeSpace(server)
            let feed = try await server.get("/api/Spaces-2/feeds/feeds-builtin").json
            #expect(feed["SpaceId"] == "Spaces-2")
            #expect(feed["FeedType"] == "BuiltIn")
            #expect(feed["Id"]?.stringValue?.hasPrefix("Feeds-") == true)
            #expect(try await server.get("/api/Spaces-1/feeds/feeds-builtin").json["Id"] == "feeds-builtin")
        }
    }

    @Test("A space is deleted with all it holds, once its task queue is stopped")
    func delete() async throws {
        try await TestServer.run { server in
            var space = try await makeSpace(server)
            let refused = try await server.delete("/api/spaces/Spaces-2")
            #expect(refused.status == 400)
            #expect(refused.errors.contains("TaskQueueStopped"))
            space["TaskQueueStopped"] = true
            #expect(try await server.put("/api/spaces/Spaces-2", space).json["TaskQueueStopped"] == true)
            let deleted = try await server.delete("/api/spaces/Spaces-2")
            #expect(deleted.status == 200, "\(deleted.text)")
            #expect(try await server.get("/api/teams/teams-spacemanagers-Spaces-2").status == 404)
            #expect(try await server.get("/api/Spaces-2/lifecycles").status == 404)
        }
    }

    @Test("The last space stays")
    func last() async throws {
        try await TestServer.run { server in
            var space = try await server.get("/api/spaces/Spaces-1").json
            space["TaskQueueStopped"] = true
            _ = try await server.put("/api/spaces/Spaces-1", space)
            #expect(try await server.delete("/api/spaces/Spaces-1").status == 400)
        }
    }

    @Test("The default flag moves to the space that takes it")
    func defaultMoves() async throws {
        try await TestServer.run { server in
            var space = try await makeSpace(server)
            space["IsDefault"] = true
            #expect(try await server.put("/api/spaces/Spaces-2", space).json["IsDefault"] == true)
            #expect(try await server.get("/api/spaces/Spaces-1").json["IsDefault"] == false)
        }
    }
}

@Suite("Default flags")
struct DefaultFlagTests {
    @Test("The flag moves, and its holder cannot be deleted", arguments: ["machinepolicies", "workerpools"])
    func moves(collection: String) async throws {
        try await TestServer.run { server in
            let old = try await server.get("/api/Spaces-1/\(collection)/all").json[0]
            let oldPath = try #require(old?["Links"]?["Self"]?.stringValue)
            #expect(try await server.delete(oldPath).status == 400)
            let made = try await server.create(collection, ["Name": "Second", "IsDefault": true])
            #expect(made["IsDefault"] == true)
            #expect(try await server.get(oldPath).json["IsDefault"] == false)
            #expect(try await server.delete(oldPath).status == 200)
        }
    }
}

@Suite("Sort order")
struct SortOrderTests {
    @Test("All ids in a new order are taken, anything else is refused")
    func environments() async throws {
        try await TestServer.run { server in
            for name in ["A", "B", "C"] { _ = try await server.create("environments", ["Name": .string(name)]) }
            let path = "/api/Spaces-1/environments/sortorder"
            #expect(try await server.put(path, ["Environments-3", "Environments-1"]).status == 400)
            let answer = try await server.put(path, ["Environments-3", "Environments-1", "Environments-2"])
            #expect(answer.status == 200, "\(answer.text)")
            let names = try await server.get("/api/Spaces-1/environments/all").json.arrayValue?
                .compactMap { $0["Name"]?.stringValue }
            #expect(names == ["C", "A", "B"])
        }
    }
}
