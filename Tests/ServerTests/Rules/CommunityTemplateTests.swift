import Catalog
import NIOHTTP1
import Testing

@testable import Server

/// The catalogue of community step templates, and installing from it.
@Suite("Community step templates of the server")
struct CommunityTemplateTests {
    private static let library = "2F1C9A40-5A54-4F0C-9D8E-6A1F2B3C4D5E"

    private static func template(_ script: String, version: Int) -> JSON {
        [
            "Name": "Notify", "Type": "Octopus.Script", "ExternalId": .string(library), "Version": .int(version),
            "Author": "ann", "Description": "Tells people.",
            "Properties": ["Octopus.Action.Script.ScriptBody": .string(script)],
            "Parameters": [
                [
                    "Id": "0d7cb7f4-0000-4000-8000-000000000001", "Name": "Channel", "Label": "Channel",
                    "HelpText": "", "DefaultValue": "", "DisplaySettings": ["Octopus.ControlType": "SingleLineText"],
                ]
            ],
            "Packages": [],
        ]
    }

    private static func load(_ server: TestServer) async throws -> String {
        let answer = try await server.post("/api/communityactiontemplates", template("echo 1", version: 1))
        try #require(answer.status == 201, "\(answer.text)")
        return try #require(answer.json["Id"]?.stringValue)
    }

    @Test("An installed template is a step template of the space; it is installed once")
    func install() async throws {
        try await TestServer.run { server in
            let id = try await Self.load(server)
            let place = "/api/communityactiontemplates/\(id)"
            #expect(try await server.get("\(place)/actiontemplate/Spaces-1").status == 404)
            #expect(try await server.put("\(place)/installation/Spaces-1", [:]).status == 400)
            let installed = try await server.send(.POST, "\(place)/installation/Spaces-1")
            #expect(installed.status == 201)
            #expect(installed.json["Id"]?.stringValue?.hasPrefix("ActionTemplates-") == true)
            #expect(installed.json["CommunityActionTemplateId"] == .string(id))
            #expect(installed.json["Properties"]?["Octopus.Action.Script.ScriptBody"] == "echo 1")
            #expect(installed.json["Parameters"]?[0]?["Id"] == "0d7cb7f4-0000-4000-8000-000000000001")
            #expect(try await server.post("\(place)/installation/Spaces-1", [:]).status == 400)
            let again = try await server.get("\(place)/actiontemplate")
            #expect(again.json["Id"] == installed.json["Id"], "without a space: the default space")
            #expect(try await server.get("\(place)/actiontemplate/Spaces-99").status == 404)
            let found = try await server.get("/api/Spaces-1/actiontemplates/search").json.arrayValue ?? []
            #expect(found.map { $0["IsInstalled"] } == [true])
        }
    }

    @Test("PUT brings the copy to the catalogue's version as a version of its own; nothing else edits it")
    func update() async throws {
        try await TestServer.run { server in
            let id = try await Self.load(server)
            let place = "/api/communityactiontemplates/\(id)"
            var copy = try await server.post("\(place)/installation/Spaces-1", [:]).json
            let own = "/api/Spaces-1/actiontemplates/\(copy["Id"]?.stringValue ?? "")"
            copy["Description"] = "Mine"
            let refused = try await server.put(own, copy)
            #expect(refused.status == 400)
            #expect(refused.errors.contains("installation"))
            #expect(try await server.put(place, Self.template("echo 2", version: 2)).status == 200)
            #expect(
                try await server.get(own).json["Properties"]?["Octopus.Action.Script.ScriptBody"] == "echo 1",
                "what is installed changes when somebody updates it"
            )
            let updated = try await server.put("\(place)/installation/Spaces-1", [:])
            #expect(updated.status == 200)
            #expect(updated.json["Properties"]?["Octopus.Action.Script.ScriptBody"] == "echo 2")
            #expect(updated.json["Version"] == 1)
            #expect(try await server.get("\(own)/versions/0").status == 200)
            #expect(try await server.delete(place).status == 400, "in use")
        }
    }

    @Test("A template is in the catalogue once, by the id of the library")
    func unique() async throws {
        try await TestServer.run { server in
            _ = try await Self.load(server)
            let second = try await server.post("/api/communityactiontemplates", Self.template("echo 3", version: 3))
            #expect(second.status == 400)
            var nameless = Self.template("echo 1", version: 1)
            nameless["ExternalId"] = "no-uuid"
            #expect(try await server.post("/api/communityactiontemplates", nameless).status == 400)
            let list = try await server.get("/api/communityactiontemplates?skip=0&take=1000").json
            #expect(list["TotalResults"] == 1)
            #expect(list["Items"]?[0]?["ExternalId"] == .string(Self.library.lowercased()))
            #expect(list["Items"]?[0]?["Links"]?["Installation"]?.stringValue?.hasSuffix("{/spaceId}") == true)
            let logo = try await server.get("/api/communityactiontemplates/CommunityActionTemplates-1/logo")
            #expect(logo.status == 200)
        }
    }
}
