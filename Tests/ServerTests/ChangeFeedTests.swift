import Catalog
import NIOHTTP1
import Testing

@testable import Server

@Suite("The feed of changes")
struct ChangeFeedTests {
    private let path = "/api/Spaces-1/changes"

    @Test("without a place to go on from it says where it is, and nothing else")
    func beginning() async throws {
        try await TestServer.run { server in
            let answer = try await server.get(path)
            #expect(answer.status == 200)
            #expect(answer.json["Items"] == [])
            #expect(answer.json["SpaceId"] == "Spaces-1")
            #expect(answer.json["Version"] == .string(SkerryVersion.current))
            #expect((answer.json["Cursor"]?.intValue ?? 0) > 0)
            #expect(answer.headers.first(name: "ETag") != nil)
        }
    }

    @Test("a reader who knows everything is told so without a body, until something changes")
    func notModified() async throws {
        try await TestServer.run { server in
            let place = try await server.place(path)
            let again = try await server.get("\(path)?after=\(place.cursor)", headers: [("If-None-Match", place.tag)])
            #expect(again.status == 304)
            #expect(again.bytes.isEmpty)
            _ = try await server.createProject()
            let then = try await server.get("\(path)?after=\(place.cursor)", headers: [("If-None-Match", place.tag)])
            #expect(then.status == 200)
        }
    }

    @Test("each changed document comes once, as it is now; what is gone comes as null")
    func documents() async throws {
        try await TestServer.run { server in
            let gone = try await server.create("projectgroups", ["Name": "Gone"])
            let place = try await server.place(path)
            var project = try await server.createProject()
            project["Description"] = "Changed"
            let id = project["Id"]?.stringValue ?? ""
            #expect(try await server.put("/api/Spaces-1/projects/\(id)", project).status == 200)
            #expect(
                try await server.delete("/api/Spaces-1/projectgroups/\(gone["Id"]?.stringValue ?? "")").status == 200
            )
            let items = try await server.get("\(path)?after=\(place.cursor)").json["Items"]?.arrayValue ?? []
            let projects = items.filter { $0["Kind"] == "projects" }
            #expect(projects.count == 1)
            let served = try await server.get("/api/Spaces-1/projects/\(id)").json
            #expect(projects.first?["Document"] == served)
            // What the server made along with the project is there too.
            let kinds = Set(items.compactMap { $0["Kind"]?.stringValue })
            #expect(
                kinds.isSuperset(of: ["projects", "channels", "deploymentprocesses", "variables", "projectgroups"])
            )
            let group = try #require(items.first { $0["Kind"] == "projectgroups" })
            #expect(group["Document"] == .null)
            let variables = try #require(items.first { $0["Kind"] == "variables" })
            let set = try await server.get("/api/Spaces-1/variables/variableset-\(id)").json
            #expect(variables["Document"] == set)
        }
    }

    @Test("what happens in other spaces is none of it; what sync reads of the whole server is")
    func concerns() async throws {
        try await TestServer.run { server in
            let other = try await server.post(
                "/api/spaces",
                ["Name": "Other", "SpaceManagersTeams": ["teams-administrators"], "SpaceManagersTeamMembers": []]
            )
            try #require(other.status == 201, "\(other.text)")
            let place = try await server.place(path)
            let space = other.json["Id"]?.stringValue ?? ""
            _ = try await server.post("/api/\(space)/projectgroups", ["Name": "Elsewhere"])
            let same = try await server.get("\(path)?after=\(place.cursor)", headers: [("If-None-Match", place.tag)])
            #expect(same.status == 304)
            let team = try await server.post("/api/teams", ["Name": "Operators", "SpaceId": nil])
            try #require(team.status == 201, "\(team.text)")
            let items = try await server.get("\(path)?after=\(place.cursor)").json["Items"]?.arrayValue ?? []
            #expect(items.contains { $0["Kind"] == "teams" })
        }
    }

    @Test("a long feed comes in pages, each of which says where to go on")
    func pages() async throws {
        try await TestServer.run { server in
            let place = try await server.place(path)
            for number in 0..<7 { _ = try await server.create("projectgroups", ["Name": .string("Group \(number)")]) }
            var after = place.cursor
            var names: [String] = []
            for _ in 0..<10 {
                let page = try await server.get("\(path)?after=\(after)&take=3").json
                names += (page["Items"]?.arrayValue ?? []).compactMap { $0["Document"]?["Name"]?.stringValue }
                after = page["Next"]?.intValue ?? 0
                if page["HasMore"] != true { break }
            }
            #expect(names == (0..<7).map { "Group \($0)" })
        }
    }
}

extension TestServer {
    fileprivate func place(_ path: String) async throws -> (cursor: Int, tag: String) {
        let answer = try await get(path)
        return (answer.json["Cursor"]?.intValue ?? 0, answer.headers.first(name: "ETag") ?? "")
    }
}
