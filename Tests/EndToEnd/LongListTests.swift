import APIClient
import Catalog
import TestSupport
import Testing

/// More of every type than a page holds. A page of the API has 30 documents where nobody asks for more; here the program
/// asks for 10 at a time, so that every list takes several requests.
@Suite("Lists longer than a page")
struct LongListTests {
    private static let count = 34
    private static let pages = ["SKERRY_TEST_PAGE_SIZE": "10"]
    private static let policy = """
        types:
          lifecycles: {select: all}
          triggers: merge
          targets: {mode: nameOnly, optIn: true}
          workers: {mode: nameOnly, optIn: true}
        """

    /// Types of which a new server has some: those are not counted.
    private static let counted: [KindName] = [
        .environments, .projectGroups, .lifecycles, .tagSets, .feeds, .machinePolicies, .workerPools, .accounts,
        .gitCredentials, .stepTemplates, .librarySets, .tenants, .teams, .projects, .channels, .runbooks, .triggers,
        .machines, .workers,
    ]

    @Test("S-44 to S-64, S-70: more than a page of every type goes over whole, and then there is nothing to do")
    func everyType() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            try await fill(pair.source)
            let planned = try await pair.sync(
                "plan",
                "--policy",
                pair.policyPath,
                "--out",
                pair.planPath,
                "--json",
                environment: Self.pages
            )
            try #require(planned.exitCode == 2, "\(planned.standardError)\(planned.standardOutput.prefix(2000))")
            let applied = try await pair.sync("apply", pair.planPath, "--json", environment: Self.pages)
            try #require(applied.exitCode == 0, "\(applied.standardError)\(applied.standardOutput.suffix(3000))")
            for kind in Self.counted {
                let source = Set(try await pair.source.documents(kind).map(Self.name))
                // Sync's own mark, which keeps two runners apart, is the destination's alone.
                let destination = Set(try await pair.destination.documents(kind).map(Self.name))
                    .subtracting(["Skerry sync lease"])
                #expect(source.count > 30, "\(kind) has \(source.count)")
                #expect(source == destination, "\(kind): \(source.symmetricDifference(destination).sorted())")
            }
            let roles = try await pair.destination.client.list(.scopedUserRoles)
            #expect(roles.count { $0["SpaceId"] == .string(pair.destination.client.identity.spaceID) } >= Self.count)
            let again = try await pair.sync(
                "plan",
                "--policy",
                pair.policyPath,
                "--out",
                pair.planPath,
                "--json",
                environment: Self.pages
            )
            #expect(again.exitCode == 0, "\(again.standardOutput.prefix(2000))")
        }
    }

    private static func name(_ document: JSON) -> String { document["Name"]?.stringValue ?? "" }

    private func fill(_ server: TestServer, isolation: isolated (any Actor)? = #isolation) async throws {
        for kind in [KindName.environments, .projectGroups, .lifecycles, .machinePolicies] {
            _ = try await make(kind, server) { _ in [:] }
        }
        _ = try await make(.tagSets, server) { _ in ["Tags": [["Name": "One", "Color": "#000000"]]] }
        _ = try await make(.feeds, server) { _ in ["FeedType": "NuGet", "FeedUri": "https://feed.example/v3"] }
        let pools = try await make(.workerPools, server) { _ in ["WorkerPoolType": "StaticWorkerPool"] }
        _ = try await make(.accounts, server) { _ in ["AccountType": "UsernamePassword", "Username": "robot"] }
        _ = try await make(.gitCredentials, server) { _ in
            ["Details": ["Type": "UsernamePassword", "Username": "robot"]]
        }
        _ = try await make(.stepTemplates, server) { _ in ["ActionType": "Octopus.Script", "Properties": [:]] }
        _ = try await make(.librarySets, server) { _ in ["ContentType": "Variables"] }
        let teams = try await make(.teams, server) { _ in ["SpaceId": .string(server.client.identity.spaceID)] }
        let role = try #require(try await server.document(.userRoles, "Project deployer"))
        for team in teams {
            _ = try await server.client.create(
                .scopedUserRoles,
                [
                    "TeamId": .string(team), "UserRoleId": role["Id"] ?? .null,
                    "SpaceId": .string(server.client.identity.spaceID),
                ]
            )
        }
        try await fillProjects(server)
        try await fillMachines(server, pools: pools)
    }

    private func fillProjects(_ server: TestServer, isolation: isolated (any Actor)? = #isolation) async throws {
        let group = try #require(try await server.documents(.projectGroups).first?["Id"])
        let lifecycle = try #require(try await server.documents(.lifecycles).first?["Id"])
        let projects = try await make(.projects, server) { _ in ["ProjectGroupId": group, "LifecycleId": lifecycle] }
        let project = JSON(projects.first)
        _ = try await make(.channels, server) { _ in ["ProjectId": project] }
        _ = try await make(.runbooks, server) { _ in ["ProjectId": project] }
        let environment = try #require(try await server.documents(.environments).first?["Id"])
        _ = try await make(.triggers, server) { _ in
            [
                "ProjectId": project,
                "Filter": [
                    "FilterType": "CronExpressionSchedule", "CronExpression": "0 0 6 * * *", "Timezone": "UTC",
                ],
                "Action": ["ActionType": "DeployLatestReleaseToEnvironment", "EnvironmentId": environment],
            ]
        }
        _ = try await make(.tenants, server) { _ in ["ProjectEnvironments": [:]] }
    }

    private func fillMachines(
        _ server: TestServer,
        pools: [String],
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let environment = try #require(try await server.documents(.environments).first?["Id"])
        let endpoint: @Sendable (Int) -> JSON = { number in
            [
                "CommunicationStyle": "TentaclePassive", "Uri": .string("https://web\(number).example:10933/"),
                "Thumbprint": "AAAA1111BBBB2222CCCC3333DDDD4444EEEE5555",
            ]
        }
        _ = try await make(.machines, server) {
            ["EnvironmentIds": [environment], "Roles": ["web"], "Endpoint": endpoint($0)]
        }
        _ = try await make(.workers, server) { ["WorkerPoolIds": [JSON(pools.first)], "Endpoint": endpoint($0)] }
    }

    /// - Returns: the ids.
    private func make(
        _ kind: KindName,
        _ server: TestServer,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Int) -> JSON
    ) async throws -> [String] {
        var ids: [String] = []
        for number in 1...Self.count {
            var document = body(number)
            document["Name"] = .string("\(kind) \(number)")
            let made = try await server.client.create(kind, document)
            ids.append(made["Id"]?.stringValue ?? "")
        }
        return ids
    }
}
