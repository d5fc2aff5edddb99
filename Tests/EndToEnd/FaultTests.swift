import APIClient
import Catalog
import Foundation
import Synchronization
import TestSupport
import Testing

/// Everything that can happen to a run of several hundred operations, with real processes. In the end both sides are as
/// after a run to which nothing happened.
@Suite("A large apply under faults", .serialized)
struct FaultTests {
    static let policy = "environments: {\"*\": same}"
    /// Six or more operations each.
    static let projects = 80

    @Test(
        "E-101, 2.14: killed with kill -9 at many places of its journal, it reaches the state of an uninterrupted run"
    )
    func kills() async throws {
        try await withFilledPair { pair, _ in
            let operations = try pair.planFile()["operations"]?.arrayValue?.count ?? 0
            #expect(operations >= 500, "\(operations) operations")
            var cuts = 0
            let isNightly = ProcessInfo.processInfo.environment["SKERRY_NIGHTLY"] == "1"
            if isNightly {
                // One operation at a time, so that every boundary of the journal comes to be the last one.
                cuts = try await killing(pair, parallel: "1", most: operations * 4) { 2 + $0 % 3 }
            } else {
                let places = [1, 2, 3, 40, 111, 250, 402, 333]
                cuts = try await killing(pair, parallel: "16", most: places.count) { places[$0] }
                #expect(cuts >= 6)
            }
            let last = try await pair.apply()
            #expect(last.exitCode == 0, "\(last.standardOutput)\(last.standardError)")
            try await expectLikeUninterrupted(pair)
        }
    }

    @Test("E-102, E-105, E-101: network cuts, lost answers, 429 storm and 5xx burst: the same final state")
    func network() async throws {
        try await withFilledPair { pair, proxy in
            let count = Mutex(0)
            proxy.setRule { request in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                let isWrite = request.method != "GET"
                switch number % 23 {
                case 3: return .answer(status: 429, body: "", headers: ["Retry-After": "0"])
                case 7:
                    let date = ApplyTrustTests.httpDate(Date().addingTimeInterval(1))
                    return .answer(status: 429, body: "", headers: ["Retry-After": date])
                case 11 where isWrite: return .cutAnswer
                case 13: return .answer(status: 502, body: "bad gateway")
                case 17 where isWrite: return .cut
                default: return nil
                }
            }
            let applied = try await pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardOutput.prefix(3000))\(applied.standardError)")
            let retried = proxy.requests.filter { $0.status == 429 || $0.status == 502 || $0.status == nil }.count
            #expect(retried > 50, "the faults did happen")
            proxy.setRule(nil)
            try await expectLikeUninterrupted(pair)
        }
    }

    @Test(
        "E-102, E-104: a network that goes away, then a server that is killed and started anew in the middle of a run"
    )
    func restart() async throws {
        try await withFilledPair { pair, proxy in
            let writes = Mutex(0)
            proxy.setRule { request in
                guard request.method != "GET" else { return writes.withLock { $0 > 150 } ? .cut : nil }
                return writes.withLock { writes in
                    writes += 1
                    return writes > 150 ? .cut : nil
                }
            }
            let broken = try await pair.apply()
            #expect(broken.exitCode == 5, "\(broken.standardOutput.prefix(2000))")
            #expect(broken.standardOutput.contains("run the same command again to go on"))
            proxy.setRule(nil)

            let going = Task { try await pair.apply() }
            _ = try await wait(for: "the second half", limit: .seconds(120)) {
                proxy.writes.count > 260 ? true : nil
            }
            pair.destination.process.send(signal: SIGKILL)
            try await pair.destination.process.waitForEnd()
            try await pair.destination.program.serve(instance: pair.destination.instance) { _, address in
                proxy.setUpstream(port: URL(string: address)?.port ?? 0)
                var result = try await going.value
                if result.exitCode == 5 { result = try await pair.apply() }
                #expect(result.exitCode == 0, "\(result.standardOutput.prefix(2000))")
                try await expectLikeUninterrupted(pair)
            }
        }
    }

    @Test("2.14, E-54: a second editor at work all the while: none of its edits is lost, and all changes arrive")
    func secondEditor() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            try await Self.fill(pair.source, projects: 12)
            try await pair.syncNow()
            for project in try await pair.source.documents(.projects) {
                try await Self.setVariable("Source", "new", of: project, on: pair.source)
            }
            let projects = try await pair.destination.documents(.projects)
            let client = pair.destination.client
            let isOver = Atomic(false)
            async let edits = Self.editing(projects, client, isOver)
            var last = 5 as Int32
            var rounds = 0
            while last != 0, rounds < 12 {
                rounds += 1
                // Towards the end the editor is out for lunch.
                if rounds == 9 { isOver.store(true, ordering: .relaxed) }
                _ = try await pair.plan()
                last = try await pair.apply().exitCode
                #expect([0, 4, 5].contains(last))
            }
            isOver.store(true, ordering: .relaxed)
            let written = try await edits
            #expect(written.count > 10)
            _ = try await pair.plan()
            #expect(try await pair.apply().exitCode == 0)
            for project in projects {
                let rows = try await pair.destination.variables(of: project)
                let id = project["Id"]?.stringValue ?? ""
                #expect(rows.filter { $0["Name"] == "Source" }.map { $0["Value"] } == ["new"])
                #expect(
                    rows.filter { $0["Name"] == "Editor" }.map { $0["Value"]?.stringValue }
                        == (written[id].map { [$0] } ?? []),
                    "the editor's last word"
                )
            }
        }
    }

    // MARK: - Parts

    private func killing(
        _ pair: SyncPair,
        parallel: String,
        most: Int,
        isolation: isolated (any Actor)? = #isolation,
        _ place: (Int) -> Int
    ) async throws -> Int {
        for round in 0..<most {
            let result = try await pair.sync(
                "apply",
                pair.planPath,
                "--json",
                "--parallel",
                parallel,
                environment: ["SKERRY_TEST_CRASH_AT": String(place(round))]
            )
            if result.exitCode == 0 { return round }
            guard result.ending == .signalled(9) else { throw CommandFailed(arguments: ["apply"], result: result) }
        }
        return most
    }

    /// A source of several hundred documents, an empty destination behind a proxy, and the plan between them.
    private func withFilledPair(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SyncPair, RecordingProxy) async throws -> Void
    ) async throws {
        try await SyncPair.withPair { pair in
            try await Self.fill(pair.source, projects: Self.projects)
            try await RecordingProxy.with(upstreamPort: ApplyTrustTests.port(pair.destination)) { proxy in
                try pair.writePolicy(Self.policy, destinationAddress: proxy.address)
                let planned = try await pair.plan()
                guard planned.exitCode == 2 else { throw CommandFailed(arguments: ["plan"], result: planned) }
                try await body(pair, proxy)
            }
        }
    }

    static func fill(
        _ server: TestServer,
        projects: Int,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        for name in ["Development", "Production"] {
            _ = try await server.client.create(.environments, ["Name": .string(name)])
        }
        for number in 1...projects {
            let id = try await RollbackTests.project("Project \(number)", on: server)
            try await server.edit(.deploymentProcesses, "deploymentprocess-\(id)") { process in
                process["Steps"] = [script("Deploy")]
            }
            let runbook = try await server.client.create(
                .runbooks,
                ["Name": "Restart", "ProjectId": .string(id)]
            )
            try await server.edit(.runbookProcesses, runbook["RunbookProcessId"]?.stringValue ?? "") { process in
                process["Steps"] = [script("Restart")]
            }
            let document = try await server.client.get(.projects, id: id)
            try await setVariable("Number", String(number), of: document, on: server)
            _ = try await server.client.create(
                .channels,
                ["Name": "Hotfix", "ProjectId": .string(id), "LifecycleId": document["LifecycleId"] ?? .null]
            )
        }
    }

    private static func script(_ name: String) -> JSON {
        [
            "Name": .string(name), "Condition": "Success", "StartTrigger": "StartAfterPrevious", "Properties": [:],
            "Actions": [
                [
                    "Name": .string(name), "ActionType": "Octopus.Script",
                    "Properties": [
                        "Octopus.Action.Script.ScriptSource": "Inline", "Octopus.Action.Script.Syntax": "Bash",
                        "Octopus.Action.Script.ScriptBody": "echo", "Octopus.Action.RunOnServer": "true",
                    ],
                ]
            ],
        ]
    }

    static func setVariable(
        _ name: String,
        _ value: String,
        of owner: JSON,
        on server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        try await server.edit(.variableSets, owner["VariableSetId"]?.stringValue ?? "") { set in
            var rows = set["Variables"]?.arrayValue ?? []
            rows.append(["Name": .string(name), "Value": .string(value), "Type": "String", "Scope": [:]])
            set["Variables"] = .array(rows)
        }
    }

    /// Writes a variable of its own into the sets that sync writes, as a person with a script would: a refused version
    /// is read again. Answers what it wrote last, by project.
    private static func editing(
        _ projects: [JSON],
        _ client: DestinationClient,
        _ isOver: borrowing Atomic<Bool>
    ) async throws -> [String: String] {
        var written: [String: String] = [:]
        var number = 0
        while !isOver.load(ordering: .relaxed) {
            guard let project = projects.randomElement() else { break }
            number += 1
            var set = try await client.get(.variableSets, id: project["VariableSetId"]?.stringValue ?? "")
            var rows = set["Variables"]?.arrayValue ?? []
            let own = rows.firstIndex { $0["Name"] == "Editor" }
            if let own {
                rows[own]["Value"] = .string(String(number))
            } else {
                rows.append(["Name": "Editor", "Value": .string(String(number)), "Type": "String", "Scope": [:]])
            }
            set["Variables"] = .array(rows)
            do {
                _ = try await client.update(.variableSets, id: set["Id"]?.stringValue ?? "", set)
                written[project["Id"]?.stringValue ?? ""] = String(number)
            } catch APIError.refused {
                // Somebody was faster.
            }
            try await Task.sleep(for: .milliseconds(60))
        }
        return written
    }

    /// Nothing twice, nothing missing, and every field as planning from the source says: what an apply without faults is
    /// verified by, too.
    private func expectLikeUninterrupted(
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let verified = try await pair.verify()
        #expect(verified.exitCode == 0, "\(verified.standardOutput.suffix(3000))")
        for kind in [KindName.environments, .projects, .channels, .runbooks, .projectGroups] {
            let wanted = try await pair.source.documents(kind).count
            let names = try await pair.liveDestination().list(kind).map {
                "\($0["ProjectId"]?.stringValue ?? "") \($0["Name"]?.stringValue ?? "")"
            }
            #expect(Set(names).count == names.count, "\(kind) holds a name twice")
            #expect(names.count == wanted, "\(kind): \(names.count) of \(wanted)")
        }
    }
}

extension SyncPair {
    /// The destination at the address that the policy names, wherever the server is now.
    func liveDestination(isolation: isolated (any Actor)? = #isolation) async throws -> DestinationClient {
        let policy = try String(contentsOfFile: policyPath, encoding: .utf8)
        let line = policy.split(separator: "\n").first { $0.hasPrefix("destination:") } ?? ""
        let address = line.split(separator: "\"").dropFirst().first.map(String.init) ?? destination.address
        return try await DestinationClient.connect(
            to: address,
            key: APIKey(destination.key, from: "the test"),
            space: "Default"
        )
    }
}
