import Catalog
import NIOHTTP1
import Testing

@testable import Server

@Suite("Records of sync runs at a server")
struct SyncRunRecordTests {
    private static let path = "/api/Spaces-1/syncruns"
    private static let report: JSON = [
        "Side": "Destination", "State": "Running", "PlanId": "9f1c", "Purpose": "sync", "Runner": "anna@build-7",
        "OperationCount": 1,
        "Operations": [["Sequence": 1, "Action": "update", "Document": "projects/Web", "State": "intent"]],
    ]

    @Test("2.20: a run is reported under its id, again as it goes on, and says by whom")
    func reported() async throws {
        try await TestServer.run { server in
            let made = try await server.put("\(Self.path)/7f3a", Self.report)
            #expect(made.status == 200, "\(made.text)")
            #expect(made.json["Name"] == "7f3a" && made.json["State"] == "Running")
            #expect(made.json["ReportedBy"] == "Users-1")
            var report = Self.report
            report["State"] = "Finished"
            report["ReportedBy"] = "Users-77"
            let again = try await server.put("\(Self.path)/7F3A", report)
            #expect(again.json["Id"] == made.json["Id"] && again.json["State"] == "Finished")
            #expect(again.json["ReportedBy"] == "Users-1", "the server says who, not the client")
            let read = try await server.get("\(Self.path)/7f3a")
            #expect(read.json["Operations"]?[0]?["Document"] == "projects/Web")
            let list = try await server.get("\(Self.path)?planId=9f1c&state=Finished").json["Items"]
            #expect(list?.arrayValue?.map { $0["Name"] } == ["7f3a"])
            // Nobody but a runner writes them, and nobody takes them back.
            #expect(try await server.post(Self.path, Self.report).status == 405)
            #expect(try await server.delete("\(Self.path)/7f3a").status == 405)
        }
    }

    @Test("2.20: whoever may read a space may report; a record is its reporter's and the administrators' alone")
    func readers() async throws {
        try await TestServer.run { server in
            let (anna, ben) = (try await Self.reader("anna", server), try await Self.reader("ben", server))
            #expect(try await server.send(.PUT, "\(Self.path)/7f3a", Self.report, key: anna).status == 200)
            let refused = try await server.send(.PUT, "\(Self.path)/7f3a", Self.report, key: ben)
            #expect(refused.status == 403 && refused.text.contains("somebody else"))
            #expect(try await server.send(.PUT, "\(Self.path)/7f3a", Self.report, key: anna).status == 200)
            #expect(try await server.put("\(Self.path)/7f3a", Self.report).status == 200)
            #expect(try await server.send(.PUT, "\(Self.path)/7f3a", Self.report, key: nil).status == 401)
        }
    }

    @Test(
        "a report that cannot be one is refused with its reason",
        arguments: [
            ("7f3a/x", "PlanId", "x", 404), ("-7f3a", "PlanId", "x", 400), ("7f%203a", "PlanId", "x", 400),
            ("7f3a", "PlanId", "", 400), ("7f3a", "State", "Done", 400), ("7f3a", "Side", "Middle", 400),
            ("7f3a", "Purpose", String(repeating: "x", count: 2_001), 400),
            (String(repeating: "a", count: 65), "PlanId", "x", 400),
        ]
    )
    func refused(run: String, field: String, value: String, status: Int) async throws {
        try await TestServer.run { server in
            var report = Self.report
            report[field] = .string(value)
            let answer = try await server.put("\(Self.path)/\(run)", report)
            #expect(answer.status == status, "\(answer.text)")
            #expect(try await server.get(Self.path).json["TotalResults"] == 0)
        }
    }

    @Test("another plan under the same id is refused")
    func otherPlan() async throws {
        try await TestServer.run { server in
            let first = try await server.put("\(Self.path)/7f3a", Self.report)
            #expect(first.status == 200)
            var report = Self.report
            report["PlanId"] = "0000"
            let other = try await server.put("\(Self.path)/7f3a", report)
            #expect(other.status == 400)
        }
    }

    @Test("2.16, 2.20: a report can ask what changed, and is itself no change that a reader is told of")
    func tellingAndAsking() async throws {
        try await TestServer.run { server in
            let start = try await server.get("/api/Spaces-1/changes").json["Cursor"]?.intValue ?? 0
            let group = try await server.create("projectgroups", ["Name": "New"])
            let told = try await server.put("\(Self.path)/7f3a?after=\(start)", Self.report)
            #expect(told.json["Items"]?.arrayValue?.map { $0["Id"] } == [group["Id"]])
            let cursor = try #require(told.json["Cursor"]?.intValue)
            let tag = try #require(told.headers.first(name: "ETag"))
            let next = try await server.get(
                "/api/Spaces-1/changes?after=\(cursor)",
                headers: [("If-None-Match", tag)]
            )
            #expect(next.status == 304)
            let again = try await server.put("\(Self.path)/7f3a?after=\(cursor)", Self.report)
            #expect(again.json["Items"] == [])
        }
    }

    @Test("the oldest records make room, each space for itself")
    func bounded() async throws {
        try await TestServer.run { server in
            for number in 1...(SyncRunRules.kept + 3) {
                let answer = try await server.put("\(Self.path)/run-\(number)", Self.report)
                try #require(answer.status == 200)
            }
            #expect(try await server.get("\(Self.path)?take=1").json["TotalResults"] == .int(SyncRunRules.kept))
            #expect(try await server.get("\(Self.path)/run-3").status == 404)
            #expect(try await server.get("\(Self.path)/run-4").status == 200)
        }
    }

    private static func reader(_ name: String, _ server: TestServer) async throws -> String {
        let user = try await server.post(
            "/api/users",
            ["Username": .string(name), "DisplayName": .string(name), "Password": "long enough 1"]
        )
        let id = try #require(user.json["Id"]?.stringValue)
        let key = try await server.post("/api/users/\(id)/apikeys", ["Purpose": "test"])
        return try #require(key.json["ApiKey"]?.stringValue)
    }
}
