import Catalog
import Testing

@testable import Server

@Suite("Tag sets")
struct TagSetTests {
    private func region(_ server: TestServer, tags: [String] = ["EU", "US"]) async throws -> JSON {
        try await server.create(
            "tagsets",
            ["Name": "Region", "Tags": .array(tags.map { ["Name": .string($0), "Color": "#0080FF"] })]
        )
    }

    @Test("Tags get counted ids and canonical names, and keep their order")
    func identity() async throws {
        try await TestServer.run { server in
            let set = try await region(server)
            #expect(set["Tags"]?[0]?["Id"] == "TagSets-1/Tags-1")
            #expect(set["Tags"]?[1]?["CanonicalTagName"] == "Region/US")
            #expect(set["Tags"]?[1]?["SortOrder"] == 1)
            #expect(set["Scopes"] == ["Tenant"])
            #expect(set["Type"] == "MultiSelect")
        }
    }

    @Test("A new name of a set or a tag goes to everything that has the tag")
    func rename() async throws {
        try await TestServer.run { server in
            var set = try await region(server)
            _ = try await server.create("tenants", ["Name": "Gull", "TenantTags": ["Region/EU"]])
            set["Name"] = "Area"
            set.update("Tags") { tags in tags = tags.renamingFirst(to: "Europe") }
            let saved = try await server.put("/api/Spaces-1/tagsets/TagSets-1", set)
            #expect(saved.status == 200, "\(saved.text)")
            #expect(saved.json["Tags"]?[0]?["Id"] == "TagSets-1/Tags-1")
            #expect(try await server.get("/api/Spaces-1/tenants/Tenants-1").json["TenantTags"] == ["Area/Europe"])
        }
    }

    @Test("A tag in use stays, and so does its set; an unused one goes")
    func inUse() async throws {
        try await TestServer.run { server in
            var set = try await region(server)
            _ = try await server.create("tenants", ["Name": "Gull", "TenantTags": ["Region/EU"]])
            set["Tags"] = [set["Tags"]?[1] ?? .null]
            let refused = try await server.put("/api/Spaces-1/tagsets/TagSets-1", set)
            #expect(refused.status == 400)
            #expect(refused.errors.contains("Region/EU"))
            #expect(try await server.delete("/api/Spaces-1/tagsets/TagSets-1").status == 400)
            _ = try await server.delete("/api/Spaces-1/tenants/Tenants-1")
            #expect(try await server.put("/api/Spaces-1/tagsets/TagSets-1", set).status == 200)
            #expect(try await server.delete("/api/Spaces-1/tagsets/TagSets-1").status == 200)
        }
    }

    @Test("A tag that comes with the id of another set gets an id of its own")
    func foreign() async throws {
        try await TestServer.run { server in
            _ = try await region(server)
            let ring = try await server.create(
                "tagsets",
                ["Name": "Ring", "Tags": [["Id": "TagSets-1/Tags-1", "Name": "Early"]]]
            )
            #expect(ring["Tags"]?[0]?["Id"] == "TagSets-2/Tags-3")
        }
    }

    @Test("A tag that does not exist is refused where it is named")
    func unknown() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/api/Spaces-1/tenants",
                ["Name": "Gull", "TenantTags": ["Region/Moon"]]
            )
            #expect(answer.status == 400)
            #expect(answer.errors.contains("Region/Moon"))
        }
    }

    @Test("Tenants are found by the name and by the id of a tag", arguments: ["Region/EU", "TagSets-1/Tags-1"])
    func filter(tag: String) async throws {
        try await TestServer.run { server in
            _ = try await region(server)
            _ = try await server.create("tenants", ["Name": "Gull", "TenantTags": ["Region/EU"]])
            _ = try await server.create("tenants", ["Name": "Tern", "TenantTags": ["Region/US"]])
            let found = try await server.get("/api/Spaces-1/tenants?tags=\(PercentCoding.encode(tag))").json
            #expect(found["TotalResults"] == 1)
            #expect(found["Items"]?[0]?["Name"] == "Gull")
        }
    }

    @Test(
        "Tags match when each set has one of those asked for",
        arguments: [
            (["A/1", "A/2"], ["a/2"], []), (["A/1", "B/1"], ["A/1"], ["B/1"]), ([], [], []),
        ] as [([String], [String], [String])]
    )
    func match(asked: [String], own: [String], missing: [String]) {
        #expect(TagMatch.missing(asked, from: own) == missing)
    }
}

extension JSON {
    /// Changes a member of an object.
    fileprivate mutating func update(_ key: String, _ change: (inout JSON) -> Void) {
        var member = self[key] ?? .null
        change(&member)
        self[key] = member
    }

    fileprivate func renamingFirst(to name: String) -> JSON {
        guard case .array(var elements) = self, !elements.isEmpty else { return self }
        elements[0]["Name"] = .string(name)
        return .array(elements)
    }
}
