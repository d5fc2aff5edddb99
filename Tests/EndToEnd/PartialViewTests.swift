import APIClient
import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@Suite("A source key that sees only a part")
struct PartialViewTests {
    @Test("E-89: what such a key does not show is not deleted, the plan says why, and a key that sees all deletes it")
    func restricted() async throws {
        let policy = "environments: {\"*\": same}\ndeletes: {mode: delete}\ntypes: {teams: skip}"
        try await SyncPair.withPair(policy: policy) { pair in
            for name in ["Kept", "Gone"] {
                _ = try await pair.source.client.create(.projectGroups, ["Name": .string(name)])
            }
            try await pair.syncNow()
            let kept = try #require(try await pair.source.document(.projectGroups, "Kept"))
            let gone = try #require(try await pair.source.document(.projectGroups, "Gone"))
            try await pair.source.client.delete(.projectGroups, id: gone["Id"]?.stringValue ?? "")

            let key = try await restrictedKey(pair.source, to: kept["Id"]?.stringValue ?? "")
            var limited = pair
            limited.source.key = key
            // Twice: read whole with a new key, then from the cache.
            for _ in 0..<2 {
                let result = try await limited.plan()
                #expect(result.exitCode == 0, "\(result.standardOutput)\(result.standardError)")
                #expect(try limited.planFile()["operations"] == [])
                let notices = try limited.planFile()["notices"]?.arrayValue ?? []
                let partial = notices.filter { $0["code"] == "partial-view" }
                #expect(partial.map { $0["path"] } == ["types.projectGroups"])
                let text = partial.first?["message"]?.stringValue ?? ""
                #expect(text.contains("ProjectGroupView is granted for some project groups only"), "\(text)")
            }
            #expect(try await pair.plan().exitCode == 2, "another key, another view")
            let operations = try pair.planFile()["operations"]?.arrayValue ?? []
            #expect(operations.map { $0["op"] ?? $0["action"] } == ["delete"], "\(operations)")
        }
    }

    /// The key of a user who may see everything, but of the project groups only one.
    private func restrictedKey(_ server: TestServer, to group: String) async throws -> String {
        let user = try await server.client.create(
            .users,
            ["Username": "reader", "DisplayName": "Reader", "IsService": true]
        )
        let id = user["Id"]?.stringValue ?? ""
        let space = JSON.string(server.client.identity.spaceID)
        let team = try await server.client.create(
            .teams,
            ["Name": "Readers", "MemberUserIds": [.string(id)], "SpaceId": space]
        )
        let views = Catalog.standard.kinds.map(\.permissions.view) + ["VariableViewUnscoped"]
        let whole = Set(views).subtracting(["ProjectGroupView", "UserRoleView", "UserView"])
        for (name, permissions, groups) in [
            ("All views", whole.sorted(), [JSON]()), ("One group", ["ProjectGroupView"], [.string(group)]),
        ] {
            let role = try await server.client.create(
                .userRoles,
                ["Name": .string(name), "GrantedSpacePermissions": JSON(permissions)]
            )
            _ = try await server.client.create(
                .scopedUserRoles,
                [
                    "TeamId": team["Id"] ?? .null, "UserRoleId": role["Id"] ?? .null, "SpaceId": space,
                    "ProjectGroupIds": .array(groups),
                ]
            )
        }
        var request = HTTPClientRequest(url: "\(server.address)/api/users/\(id)/apikeys")
        request.method = .POST
        request.headers.add(name: "X-Octopus-ApiKey", value: server.key)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: #"{"Purpose": "sync"}"#))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 100_000)
        let made = try JSON.parse(Array(body.readableBytesView))
        return try #require(made["ApiKey"]?.stringValue, "\(made)")
    }
}
