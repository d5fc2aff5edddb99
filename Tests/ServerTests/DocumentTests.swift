import Catalog
import NIOHTTP1
import Store
import Testing

@testable import Server

@Suite("Documents")
struct DocumentTests {
    @Test("A created document is answered with 201, its address and every field, and read back the same")
    func create() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/api/Spaces-1/environments", ["Id": nil, "name": "Production"])
            #expect(answer.status == 201)
            #expect(answer.headers.first(name: "Location") == "/api/Spaces-1/environments/Environments-1")
            #expect(answer.headers.first(name: "Content-Length") == String(answer.bytes.count))
            let made = answer.json
            #expect(made["Name"] == "Production")
            #expect(made["SpaceId"] == "Spaces-1")
            #expect(made["EnvironmentTags"] == [])
            #expect(made["LastModifiedBy"] == "admin")
            #expect(made["Links"]?["Self"] == "/api/Spaces-1/environments/Environments-1")
            let first = try await server.get("/api/Spaces-1/environments/Environments-1")
            let second = try await server.get("/api/Spaces-1/environments/Environments-1")
            #expect(first.bytes == answer.bytes)
            #expect(second.bytes == answer.bytes)
        }
    }

    @Test("Fields that nobody knows survive")
    func unknownFields() async throws {
        try await TestServer.run { server in
            let made = try await server.create(
                "environments",
                ["Name": "Test", "FutureField": ["A": [1, .decimal("2.5"), nil]], "Another": "kept"]
            )
            #expect(made["FutureField"] == ["A": [1, .decimal("2.5"), nil]])
            let changed = try await server.put("/api/Spaces-1/environments/Environments-1", made)
            #expect(changed.json["FutureField"] == ["A": [1, .decimal("2.5"), nil]])
            #expect(changed.json["Another"] == "kept")
        }
    }

    @Test("A name is taken once, whatever its case")
    func duplicateName() async throws {
        try await TestServer.run { server in
            _ = try await server.create("environments", ["Name": "Production"])
            let answer = try await server.post("/api/Spaces-1/environments", ["Name": "PRODUCTION"])
            #expect(answer.status == 400)
            #expect(answer.errors.contains("PRODUCTION"))
            #expect(answer.errors.contains("Environments-1"))
        }
    }

    @Test("A missing name is refused by name")
    func missingName() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/api/Spaces-1/environments", ["Description": "x"])
            #expect(answer.status == 400)
            #expect(answer.errors.contains("Name"))
        }
    }

    @Test("A reference to what is not there is refused, with the field and the id")
    func unknownReference() async throws {
        try await TestServer.run { server in
            let answer = try await server.post(
                "/api/Spaces-1/lifecycles",
                ["Name": "Broken", "Phases": [["Name": "One", "OptionalDeploymentTargets": ["Environments-77"]]]]
            )
            #expect(answer.status == 400)
            #expect(answer.errors.contains("OptionalDeploymentTargets"))
            #expect(answer.errors.contains("Environments-77"))
        }
    }

    @Test("What is in use cannot be deleted, and the users are named")
    func deleteInUse() async throws {
        try await TestServer.run { server in
            _ = try await server.create("environments", ["Name": "Production"])
            let lifecycle = try await server.create(
                "lifecycles",
                ["Name": "Straight", "Phases": [["Name": "One", "OptionalDeploymentTargets": ["Environments-1"]]]]
            )
            let refused = try await server.delete("/api/Spaces-1/environments/Environments-1")
            #expect(refused.status == 400)
            #expect(refused.errors.contains("Straight"))
            let id = try #require(lifecycle["Id"]?.stringValue)
            #expect(try await server.delete("/api/Spaces-1/lifecycles/\(id)").status == 200)
            #expect(try await server.delete("/api/Spaces-1/environments/Environments-1").status == 200)
        }
    }

    @Test("A body of another space is refused")
    func foreignSpace() async throws {
        try await TestServer.run { server in
            let answer = try await server.post("/api/Spaces-1/environments", ["Name": "A", "SpaceId": "Spaces-2"])
            #expect(answer.status == 400)
            #expect(answer.errors.contains("SpaceId"))
        }
    }

    @Test("A stale version of a versioned document is refused")
    func staleVersion() async throws {
        try await TestServer.run { server in
            let set = try await server.create("libraryvariablesets", ["Name": "Shared"])
            let path = "/api/Spaces-1/variables/\(try #require(set["VariableSetId"]?.stringValue))"
            var variables = try await server.get(path).json
            variables["Variables"] = [["Name": "A", "Value": "1", "Type": "String"]]
            let first = try await server.put(path, variables)
            #expect(first.status == 200, "\(first.text)")
            let stale = try await server.put(path, variables)
            #expect(stale.status == 400)
            #expect(stale.errors.contains("changed by someone else"))
            let again = try await server.put(path, first.json)
            #expect(again.status == 200)
        }
    }

    @Test("Each write is an event, the newest first, with the document among the related ones")
    func events() async throws {
        try await TestServer.run { server in
            let made = try await server.create("environments", ["Name": "Production"])
            _ = try await server.put("/api/Spaces-1/environments/Environments-1", made)
            _ = try await server.delete("/api/Spaces-1/environments/Environments-1")
            let page = try await server.get("/api/events?regarding=Environments-1").json
            let items = page["Items"]?.arrayValue ?? []
            #expect(items.map { $0["Category"]?.stringValue } == ["Deleted", "Modified", "Created"])
            #expect(items[0]["Username"] == "admin")
            #expect(items[0]["RelatedDocumentIds"]?.stringsValue.first == "Environments-1")
            let number = try #require(items[1]["Id"]?.stringValue?.dropFirst(7))
            let since = try await server.get("/api/Spaces-1/events?regarding=Environments-1&fromAutoId=\(number)").json
            #expect(since["TotalResults"] == 2)
        }
    }

    @Test("An event says what was changed, unless that is not wanted")
    func differences() async throws {
        try await TestServer.run { server in
            var made = try await server.create("environments", ["Name": "Production", "Zone": ["eu", "us"]])
            made["Name"] = "Live"
            made["Zone"] = ["eu"]
            #expect(try await server.put("/api/Spaces-1/environments/Environments-1", made).status == 200)
            let path = "/api/events?regarding=Environments-1"
            let details = try await server.get(path).json["Items"]?[0]?["ChangeDetails"]
            let expected: JSON = [
                ["op": "replace", "path": "/Name", "value": "Live"], ["op": "remove", "path": "/Zone/1"],
            ]
            #expect(details?["Differences"] == expected)
            let without = try await server.get(path + "&excludeDifference=True").json
            #expect(without["Items"]?[0]?["ChangeDetails"]?["Differences"] == [])
            made["Zone"] = .string(String(repeating: "x", count: Differences.mostBytes))
            #expect(try await server.put("/api/Spaces-1/environments/Environments-1", made).status == 200)
            #expect(try await server.get(path).json["Items"]?[0]?["ChangeDetails"]?["Differences"] == .null)
        }
    }

    @Test(
        "Differences are operations of JSON Patch",
        arguments: [
            (["A": 1, "B/~": 2], ["A": 1], #"[{"op":"remove","path":"/B~1~0"}]"#),
            (
                ["A": [["N": 1]]], ["A": [["N": 2], 3]],
                #"[{"op":"replace","path":"/A/0/N","value":2},{"op":"add","path":"/A/-","value":3}]"#
            ),
            ([:], ["A": nil], #"[{"op":"add","path":"/A","value":null}]"#),
            (["LastModifiedOn": "x", "Version": 1], ["LastModifiedOn": "y", "Version": 2], "[]"),
        ] as [(JSON, JSON, String)]
    )
    func patch(old: JSON, new: JSON, expected: String) {
        #expect(JSON.array(Differences.between(old, new)).text == expected)
    }

    @Test("A secret never comes back: not in an answer, not in the log, not in the database's text")
    func secrets() async throws {
        try await TestServer.run { server in
            let secret = "opensesame-9f1c"
            let made = try await server.create(
                "accounts",
                [
                    "Name": "svc", "AccountType": "UsernamePassword", "Username": "svc",
                    "Password": ["HasValue": true, "NewValue": .string(secret)],
                ]
            )
            #expect(made["Password"] == ["HasValue": true, "NewValue": nil, "Hint": nil])
            let id = try #require(made["Id"]?.stringValue)
            var kept = made
            kept["Password"] = ["HasValue": true, "NewValue": nil]
            let changed = try await server.put("/api/Spaces-1/accounts/\(id)", kept)
            #expect(changed.json["Password"]?["HasValue"] == true)
            for path in ["/api/Spaces-1/accounts/\(id)", "/api/Spaces-1/accounts", "/api/accounts/all", "/api/events"] {
                #expect(try await !server.get(path).text.contains(secret))
            }
            #expect(!server.log.text.contains(secret))
            #expect(!server.log.text.contains(TestServer.key))
            let stored = try await server.store.read { try $0.document(.accounts, id)?.body ?? [] }
            #expect(!String(decoding: stored, as: UTF8.self).contains(secret))
            let sealed = try await server.store.read { try $0.secret(.accounts, id, path: "Password") }
            #expect(sealed == Array(secret.utf8))
            kept["Password"] = ["HasValue": false, "NewValue": nil]
            #expect(try await server.put("/api/Spaces-1/accounts/\(id)", kept).json["Password"]?["HasValue"] == false)
        }
    }

    @Test("A secret in a field that nobody knows is a secret all the same")
    func unknownSecrets() async throws {
        try await TestServer.run { server in
            let secret = "opensesame-77aa"
            let given: JSON = ["HasValue": false, "NewValue": .string(secret)]
            let made = try await server.create(
                "accounts",
                [
                    "Name": "svc", "AccountType": "UsernamePassword", "Username": "svc", "PinCode": given,
                    "Vaults": [["Id": "v-1", "Key": given, "Path": "/a"], ["Key": given]],
                ]
            )
            let hidden: JSON = ["HasValue": true, "NewValue": nil, "Hint": nil]
            #expect(made["PinCode"] == hidden)
            #expect(made["Vaults"] == [["Id": "v-1", "Key": hidden, "Path": "/a"], ["Key": hidden]])
            let stored = try await server.store.read { try $0.document(.accounts, "Accounts-1")?.body ?? [] }
            #expect(!String(decoding: stored, as: UTF8.self).contains(secret))
            var changed = made
            // The one with an id keeps its secret wherever it moves; the other is not surely the same.
            changed["Vaults"] = [["Key": hidden], ["Id": "v-1", "Key": hidden, "Path": "/b"]]
            let answer = try await server.put("/api/Spaces-1/accounts/Accounts-1", changed).json
            #expect(answer["PinCode"] == hidden)
            #expect(answer["Vaults"]?[1]?["Key"] == hidden)
            #expect(answer["Vaults"]?[0]?["Key"]?["HasValue"] == false)
            for path in ["PinCode", "Vaults/v-1/Key"] {
                let sealed = try await server.store.read { try $0.secret(.accounts, "Accounts-1", path: path) }
                #expect(sealed == Array(secret.utf8), "\(path)")
            }
        }
    }
}
