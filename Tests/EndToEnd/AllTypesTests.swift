import APIClient
import AsyncHTTPClient
import Catalog
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// The types beyond projects and their scaffolding, between two real servers.
@Suite("All types")
struct AllTypesTests {
    /// A picture of one pixel; each colour is another one.
    private static func logo(_ colour: String) -> SmallFile {
        let text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"><rect fill=\"\(colour)\"/></svg>"
        return SmallFile(bytes: Array(text.utf8), contentType: "image/svg+xml")
    }

    private func id(_ document: JSON?) throws -> String { try #require(document?["Id"]?.stringValue) }

    private func project(
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> String {
        let group = try #require(try await pair.source.documents(.projectGroups).first)
        let lifecycle = try #require(try await pair.source.documents(.lifecycles).first)
        let project = try await pair.source.client.create(
            .projects,
            ["Name": "Web", "ProjectGroupId": group.member("Id"), "LifecycleId": lifecycle.member("Id")]
        )
        return try id(project)
    }

    @Test("S-59, S-73: logos go over once, in their phase, and are the destination's from then on")
    func logosOnce() async throws {
        try await SyncPair.withPair { pair in
            let projectID = try await project(pair)
            try await pair.source.client.setLogo(.projects, id: projectID, Self.logo("red"))
            try await pair.syncNow()
            let operations = try pair.planFile()["operations"]?.arrayValue ?? []
            #expect(operations.last?["key"]?["kind"] == "logos")
            let copy = try id(try await pair.destination.document(.projects, "Web"))
            #expect(try await pair.destination.client.logo(.projects, id: copy).bytes == Self.logo("red").bytes)
            try await pair.source.client.setLogo(.projects, id: projectID, Self.logo("blue"))
            #expect(try await pair.plan().exitCode == 0)
        }
    }

    @Test("E-109: a rollback brings a replaced logo back, and names the one that it cannot take away")
    func logosRolledBack() async throws {
        try await SyncPair.withPair(policy: "types: {logos: merge}") { pair in
            let projectID = try await RollbackTests.project("Shop", on: pair.source)
            try await pair.syncNow()
            let name = "Shop"
            let copy = try #require(try await pair.destination.document(.projects, name))["Id"]?.stringValue ?? ""
            var runs: [String] = []
            for colour in ["red", "blue"] {
                try await pair.source.client.setLogo(.projects, id: projectID, Self.logo(colour))
                #expect(try await pair.plan().exitCode == 2)
                let applied = try await pair.apply()
                #expect(applied.exitCode == 0, "\(applied.standardOutput)")
                runs.append(try ApplyTrustTests.data(applied)["run"]?.stringValue ?? "")
            }
            let planned = try await pair.rollback(runs[1])
            #expect(planned.exitCode == 2, "\(planned.standardOutput)\(planned.standardError)")
            let applied = try await pair.sync("apply", pair.undoPath)
            #expect(applied.exitCode == 0, "\(applied.standardOutput)\(applied.standardError)")
            #expect(try await pair.destination.client.logo(.projects, id: copy).bytes == Self.logo("red").bytes)
            let first = try await pair.rollback(runs[0])
            #expect(first.exitCode == 0, "\(first.standardOutput)\(first.standardError)")
            #expect(first.standardOutput.contains("no server takes a picture away"))
            #expect(try await pair.destination.client.logo(.projects, id: copy).bytes == Self.logo("red").bytes)
        }
    }

    @Test("with mode merge a changed logo follows, and to compare them none is fetched")
    func logosFollow() async throws {
        try await SyncPair.withPair(policy: "types: {logos: merge}") { pair in
            let projectID = try await project(pair)
            for colour in ["red", "blue"] {
                try await pair.source.client.setLogo(.projects, id: projectID, Self.logo(colour))
                try await pair.syncNow()
                let copy = try id(try await pair.destination.document(.projects, "Web"))
                #expect(try await pair.destination.client.logo(.projects, id: copy).bytes == Self.logo(colour).bytes)
            }
            let port = try #require(URL(string: pair.destination.address)?.port)
            try await RecordingProxy.with(upstreamPort: port) { proxy in
                try pair.writePolicy("types: {logos: merge}", destinationAddress: proxy.address)
                #expect(try await pair.plan().exitCode == 0)
                #expect(!proxy.requests.contains { $0.path.contains("/logo") })
            }
        }
    }

    @Test("S-64, E-40: triggers go over disabled when the policy asks for them; those without their environment stay")
    func triggers() async throws {
        let policy = "types: {triggers: merge}\nenvironments: {Development: drop, \"*\": same}"
        try await SyncPair.withPair(policy: policy) { pair in
            let projectID = try await project(pair)
            for (environment, name) in [("Development", "Nightly there"), ("Production", "Nightly")] {
                let made = try await pair.source.client.create(.environments, ["Name": .string(environment)])
                _ = try await pair.source.client.create(
                    .triggers,
                    [
                        "Name": .string(name), "ProjectId": .string(projectID), "IsDisabled": false,
                        "Filter": [
                            "FilterType": "CronExpressionSchedule", "CronExpression": "0 0 6 * * *", "Timezone": "UTC",
                        ],
                        "Action": [
                            "ActionType": "DeployLatestReleaseToEnvironment", "EnvironmentId": made.member("Id"),
                        ],
                    ]
                )
            }
            try await pair.syncNow()
            let triggers = try await pair.destination.documents(.triggers)
            #expect(triggers.map { $0["Name"] } == ["Nightly"])
            #expect(triggers.first?["IsDisabled"] == true)
            let production = try id(try await pair.destination.document(.environments, "Production"))
            #expect(triggers.first?["Action"]?["EnvironmentId"] == .string(production))
            // A person switches it on, and it stays on.
            try await pair.destination.edit(.triggers, try id(triggers.first)) { $0["IsDisabled"] = false }
            #expect(try await pair.plan().exitCode == 0)
        }
    }

    @Test("S-55, S-75, S-86, S-96: teams go over with their roles, into the space, without members and system teams")
    func teams() async throws {
        try await SyncPair.withPair { pair in
            let client = pair.source.client
            let user = try await client.create(
                .users,
                ["Username": "ann", "DisplayName": "Ann", "Password": "a long enough passphrase"]
            )
            let environment = try await client.create(.environments, ["Name": "Production"])
            let team = try await client.create(
                .teams,
                [
                    "Name": "Deployers", "SpaceId": .string(client.identity.spaceID),
                    "MemberUserIds": [user.member("Id")],
                ]
            )
            _ = try await client.create(.teams, ["Name": "Operators", "SpaceId": nil])
            let role = try #require(try await pair.source.document(.userRoles, "Project deployer"))
            _ = try await client.create(
                .scopedUserRoles,
                [
                    "TeamId": team.member("Id"), "UserRoleId": role.member("Id"),
                    "SpaceId": .string(client.identity.spaceID), "EnvironmentIds": [environment.member("Id")],
                ]
            )
            try await pair.syncNow()
            let copy = try #require(try await pair.destination.document(.teams, "Deployers"))
            #expect(copy["SpaceId"] == .string(pair.destination.client.identity.spaceID))
            #expect(copy["MemberUserIds"] == [])
            #expect(try await pair.destination.document(.teams, "Operators") == nil)
            let roles = try await pair.destination.client.list(.scopedUserRoles).filter {
                $0["TeamId"] == copy["Id"]
            }
            #expect(roles.count == 1)
            let production = try id(try await pair.destination.document(.environments, "Production"))
            #expect(roles.first?["EnvironmentIds"] == [.string(production)])
            #expect(roles.first?["SpaceId"] == copy["SpaceId"])
            #expect(try await pair.plan().exitCode == 0)
        }
    }

    @Test("S-88, S-89, S-99: targets and workers go over only when the policy says it twice, in their slots")
    func machines() async throws {
        let policy = """
            types:
              targets: {mode: nameOnly, optIn: true}
              workers: {mode: nameOnly, optIn: true}
            """
        try await SyncPair.withPair { pair in
            let client = pair.source.client
            let environment = try await client.create(.environments, ["Name": "Production"])
            let pool = try await client.create(
                .workerPools,
                ["Name": "Linux", "WorkerPoolType": "StaticWorkerPool"]
            )
            let endpoint: JSON = [
                "CommunicationStyle": "TentaclePassive", "Uri": "https://web1.example:10933/",
                "Thumbprint": "AAAA1111BBBB2222CCCC3333DDDD4444EEEE5555",
            ]
            _ = try await client.create(
                .machines,
                [
                    "Name": "web1", "EnvironmentIds": [environment.member("Id")], "Roles": ["web"],
                    "Endpoint": endpoint,
                ]
            )
            _ = try await client.create(
                .workers,
                ["Name": "worker1", "WorkerPoolIds": [pool.member("Id")], "Endpoint": endpoint]
            )
            try await pair.syncNow()
            #expect(try await pair.destination.client.list(.machines).isEmpty)
            #expect(try await pair.destination.client.list(.workers).isEmpty)
            try pair.writePolicy(policy)
            try await pair.syncNow()
            let kinds = (try pair.planFile()["operations"]?.arrayValue ?? []).compactMap { $0["key"]?["kind"] }
            #expect(kinds == ["workers", "machines"])
            #expect(try await pair.destination.document(.machines, "web1")?["Roles"] == ["web"])
            #expect(try await pair.plan().exitCode == 0)
        }
    }

    @Test("S-54, S-100 to S-102: packages that processes use are reported, and copied when the policy says so")
    func packages() async throws {
        try await SyncPair.withPair(policy: "types: {packages: checkOnly}") { pair in
            let projectID = try await project(pair)
            let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await push("Acme.Web.1.0.0.zip", [1], to: pair.source)
            try await push("Acme.Web.1.2.0.zip", content, to: pair.source)
            try await push("Unused.1.0.0.zip", [2], to: pair.source)
            try await pair.source.edit(.deploymentProcesses, "deploymentprocess-\(projectID)") {
                $0["Steps"] = [
                    [
                        "Name": "Deploy",
                        "Actions": [
                            [
                                "Name": "Deploy", "ActionType": "Octopus.TentaclePackage",
                                "Packages": [["Name": "", "PackageId": "Acme.Web", "FeedId": "feeds-builtin"]],
                            ]
                        ],
                    ]
                ]
            }
            try await pair.syncNow()
            let missing = try pair.planFile()["packagesMissing"]?.arrayValue ?? []
            #expect(missing.map { $0["packageId"] } == ["Acme.Web"])
            #expect(missing.first?["version"] == "1.2.0")
            #expect(try await pair.destination.client.newestPackages().isEmpty)

            try pair.writePolicy("types: {packages: {mode: copyMissing, maxBytes: 1000}}")
            #expect(try await pair.plan().exitCode == 0)
            #expect(try pair.planFile()["notices"]?.arrayValue?.contains { $0["code"] == "package-too-large" } == true)

            try pair.writePolicy("types: {packages: copyMissing}")
            try await pair.syncNow()
            let copies = try await pair.destination.client.newestPackages()
            #expect(copies.map { $0["Id"] } == ["packages-Acme.Web.1.2.0"])
            let (address, key) = (pair.destination.address, pair.destination.key)
            let fetched = try await Self.fetch("packages-Acme.Web.1.2.0", from: address, key: key)
            #expect(fetched.bytes == content)
            #expect(try await pair.plan().exitCode == 0)
            #expect(try pair.planFile()["packagesMissing"] == [])

            // Releases may use it by now: no rollback takes it away, and the plan says so.
            let planned = try await pair.rollback()
            #expect(planned.exitCode == 0, "\(planned.standardError)\(planned.standardOutput.suffix(2000))")
            let undoing = try JSON.parse([UInt8](planned.standardOutput.utf8))["data"]?["plan"]
            #expect(undoing?["operations"] == [])
            let kept = undoing?["notices"]?.arrayValue?.filter { $0["code"] == "package-kept" } ?? []
            #expect(kept.map { $0["key"]?["path"] } == [["Acme.Web", "1.2.0"]], "\(kept)")
            #expect(kept.first?["message"]?.stringValue?.contains("remove it by hand") == true)
            #expect(try await pair.destination.client.newestPackages().map { $0["Id"] } == copies.map { $0["Id"] })
        }
    }

    @Test("S-54: a server that is killed in the middle of an upload keeps what it had, and nothing of the half")
    func killedUpload() async throws {
        try await withTemporaryDirectory { folder in
            var key = ""
            try await withServer("Main", in: folder) { server in
                key = server.key
                try await push("Whole.1.0.0.zip", [1, 2, 3], to: server)
                let (address, key) = (server.address, server.key)
                let half = Task { try await Self.pushHalf("Half.1.0.0.zip", to: address, key: key) }
                try await wait(
                    for: "the beginning of the upload",
                    until: { !Self.packageFiles(folder, "uploads").isEmpty }
                )
                server.process.send(signal: SIGKILL)
                try await server.process.waitForEnd()
                half.cancel()
            }
            #expect(Self.packageFiles(folder, "uploads").count == 1)
            try await SkerryProgram(root: folder).serve(instance: "Main") { _, address in
                #expect(Self.packageFiles(folder, "uploads").isEmpty)
                #expect(Self.packageFiles(folder, "content").count == 1)
                let whole = try await Self.fetch("packages-Whole.1.0.0", from: address, key: key)
                #expect(whole.status == .ok && whole.bytes == [1, 2, 3])
                let half = try await Self.fetch("packages-Half.1.0.0", from: address, key: key)
                #expect(half.status == .notFound)
            }
        }
    }

    /// Sends a megabyte and never comes to the end.
    private static func pushHalf(_ name: String, to address: String, key: String) async throws {
        var request = HTTPClientRequest(url: "\(address)/api/packages/raw")
        request.method = .POST
        request.headers.add(name: "X-Octopus-ApiKey", value: key)
        request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=B")
        let head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n"
        let chunk = ByteBuffer(bytes: Array(head.utf8) + Array(repeating: 7, count: 1 << 20))
        let body = AsyncStream<ByteBuffer> { $0.yield(chunk) }
        request.body = .stream(body, length: .unknown)
        _ = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
    }

    /// The files of an instance's packages below one of its folders.
    private static func packageFiles(_ root: String, _ folder: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return all.filter { path in
            var isFolder: ObjCBool = false
            guard path.contains("/packages/\(folder)/") else { return false }
            return FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    private func push(
        _ name: String,
        _ content: [UInt8],
        to server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        var request = HTTPClientRequest(url: "\(server.address)/api/packages/raw")
        request.method = .POST
        request.headers.add(name: "X-Octopus-ApiKey", value: server.key)
        request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=B")
        let head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n"
        request.body = .bytes(ByteBuffer(bytes: Array(head.utf8) + content + Array("\r\n--B--\r\n".utf8)))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        try #require(response.status == .created, "\(text)")
    }

    private static func fetch(
        _ id: String,
        from address: String,
        key: String
    ) async throws -> (status: HTTPResponseStatus, bytes: [UInt8]) {
        var request = HTTPClientRequest(url: "\(address)/api/packages/\(id)/raw")
        request.headers.add(name: "X-Octopus-ApiKey", value: key)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        return (response.status, Array(try await response.body.collect(upTo: 16 << 20).readableBytesView))
    }
}

extension JSON {
    fileprivate func member(_ name: String) -> JSON { self[name] ?? .null }
}
