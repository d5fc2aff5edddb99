import Catalog
import Foundation
import TestSupport
import Testing

/// What the sync of every week costs, and what happens when what was remembered is not right (`sync.md` 2.16).
@Suite("Reading again")
struct RecurringSyncTests {
    @Test("E-116, E-94: with nothing to do, a run asks each server once and writes nothing")
    func nothingToDo() async throws {
        try await withProxies { wired in
            try await wired.pair.load()
            try await wired.pair.syncNow()
            let before = try await wired.pair.destination.events()
            for command in ["plan", "verify"] {
                wired.forget()
                let result = try await wired.pair.sync(command, "--policy", wired.pair.policyPath, "--json")
                #expect(result.exitCode == 0, "\(result.standardOutput)")
                #expect(wired.source.requests.map(\.status) == [304], "\(wired.source.requests.map(\.path))")
                #expect(wired.destination.requests.map(\.status) == [304], "\(wired.destination.requests.map(\.path))")
            }
            #expect(try await wired.pair.destination.events() == before)
        }
    }

    @Test("one changed variable is planned, written and verified with at most six requests in each command")
    func oneVariable() async throws {
        try await withProxies { wired in
            let pair = wired.pair
            try await pair.load()
            try await pair.syncNow()
            try await pair.setVariable("Rate service", "Rates.Url", "https://new.example")
            wired.forget()
            #expect(try await pair.plan().exitCode == 2)
            #expect(wired.count == 2, "\(wired.paths)")
            let operations = try pair.planFile()["operations"]?.arrayValue ?? []
            #expect(operations.count == 1)
            wired.forget()
            let applied = try await pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardError)")
            #expect(wired.count <= 6, "\(wired.paths)")
            #expect(wired.destination.writes.count == 1)
            // A whole look at both sides finds nothing more.
            let verified = try await pair.sync("verify", "--policy", pair.policyPath, "--json", "--full")
            #expect(verified.exitCode == 0, "\(verified.standardOutput)")
            let project = try #require(try await pair.destination.document(.projects, "Rate service"))
            let values = try await pair.destination.variables(of: project).filter { $0["Name"] == "Rates.Url" }
            #expect(values.map { $0["Value"] } == ["https://new.example"])
        }
    }

    @Test("what changed is planned as if everything had been read", arguments: RecurringSyncTests.edits)
    func sameAsWhole(edit: Edit) async throws {
        try await withProxies { wired in
            let pair = wired.pair
            try await pair.load()
            try await pair.syncNow()
            try await edit.change(pair)
            #expect([0, 2, 3].contains(try await pair.plan().exitCode))
            let least = try pair.planFile()
            let again = try await pair.sync(
                "plan",
                "--policy",
                pair.policyPath,
                "--out",
                pair.planPath,
                "--json",
                "--full"
            )
            #expect([0, 2, 3].contains(again.exitCode))
            let whole = try pair.planFile()
            for part in ["operations", "conflicts", "notices", "skipped", "secretsLedger"] {
                #expect(least[part] == whole[part], "\(part)")
            }
        }
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (SyncPair) async throws -> Void
    }

    static let edits: [Edit] = [
        Edit(testDescription: "a variable") {
            try await $0.setVariable("Rate service", "Rates.Url", "https://new.example")
        },
        Edit(testDescription: "a project's description, on both sides") { pair in
            for server in [pair.source, pair.destination] {
                let project = try #require(try await server.document(.projects, "Rate service"))
                try await server.edit(.projects, project["Id"]?.stringValue ?? "") {
                    $0["Description"] = .string("of \(server.instance)")
                }
            }
        },
        Edit(testDescription: "the script of a step") { pair in
            let project = try #require(try await pair.source.document(.projects, "Database"))
            try await pair.source.edit(.deploymentProcesses, project["DeploymentProcessId"]?.stringValue ?? "") {
                $0["Steps"]?[0]?["Name"] = "Renamed step"
            }
        },
        Edit(testDescription: "a renamed environment") { pair in
            let environment = try #require(try await pair.source.document(.environments, "Staging"))
            try await pair.source.edit(.environments, environment["Id"]?.stringValue ?? "") { $0["Name"] = "Rehearsal" }
        },
        Edit(testDescription: "the sample's second week") { try await $0.changeSample() },
    ]

    @Test("E-116: a server that has only audit events is asked once, too; what changed is read and nothing else")
    func eventsOnly() async throws {
        try await withProxies { wired in
            let pair = wired.pair
            for proxy in [wired.source, wired.destination] {
                proxy.setRule {
                    $0.path.contains("/changes")
                        ? .answer(status: 404, body: #"{"ErrorMessage": "There is no such address."}"#) : nil
                }
            }
            try await pair.load()
            try await pair.syncNow()
            // The feed of the destination has what the apply wrote.
            #expect(try await pair.verify().exitCode == 0)
            wired.forget()
            #expect(try await pair.plan().exitCode == 0)
            #expect(wired.source.requests.count == 1, "\(wired.paths)")
            #expect(wired.destination.requests.count == 1, "\(wired.paths)")
            #expect(wired.paths.allSatisfy { $0.contains("/events?") })
            try await pair.setVariable("Rate service", "Rates.Url", "https://new.example")
            wired.forget()
            #expect(try await pair.plan().exitCode == 2)
            // Events, who it is and which space, the variable set and its project.
            #expect(wired.source.requests.count <= 5, "\(wired.paths)")
            #expect(wired.destination.requests.count == 1)
            #expect(try await pair.apply().exitCode == 0)
            let verified = try await pair.sync("verify", "--policy", pair.policyPath, "--json", "--full")
            #expect(verified.exitCode == 0, "\(verified.standardOutput)")
            #expect(!verified.standardOutput.contains("feed-defect"))
        }
    }

    @Test("E-113: a change that the feed misses is found by the full verification, told, and looked for ever after")
    func feedDefect() async throws {
        try await withProxies { wired in
            let pair = wired.pair
            try await pair.load()
            try await pair.syncNow()
            wired.source.setRule { $0.path.contains("/changes") ? .answer(status: 304, body: "") : nil }
            let group = try #require(try await pair.source.document(.projects, "Rate service"))
            try await pair.source.edit(.projects, group["Id"]?.stringValue ?? "") { $0["Description"] = "Missed" }
            #expect(try await pair.plan().exitCode == 0)
            let found = try await pair.sync("plan", "--policy", pair.policyPath, "--json", "--full")
            #expect(found.exitCode == 2)
            #expect(found.standardOutput.contains("feed-defect"), "\(found.standardOutput.suffix(2000))")
            #expect(found.standardOutput.contains("Rate service"))
            // The next change of a project is seen although the feed says nothing.
            try await pair.source.edit(.projects, group["Id"]?.stringValue ?? "") { $0["Description"] = "Missed again" }
            #expect(try await pair.plan().exitCode == 2)
            #expect(try pair.planFile().text.contains("Missed again"))
        }
    }

    @Test("a damaged cache is thrown away, and everything is read again", arguments: [0, 5000])
    func damagedCache(from: Int) async throws {
        try await withProxies { wired in
            let pair = wired.pair
            try await pair.load()
            try await pair.syncNow()
            let path = "\(pair.folder)/policy.state/state.sqlite.replicas"
            #expect(FileManager.default.fileExists(atPath: path))
            for file in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + file) }
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seek(toOffset: UInt64(from))
            try handle.write(contentsOf: Data(repeating: 0x5A, count: 400_000))
            try handle.close()
            let result = try await pair.plan()
            #expect(result.exitCode == 0, "\(result.standardError)\(result.standardOutput)")
            let told = result.standardError + result.standardOutput
            #expect(told.contains("damaged"), "\(told.suffix(1000))")
            #expect(try await pair.plan().exitCode == 0)
        }
    }

    @Test("S-32: a lost state is made anew by adopting what is there; nothing is overwritten")
    func lostState() async throws {
        try await withProxies { wired in
            let pair = wired.pair
            try await pair.load()
            try await pair.syncNow()
            let project = try #require(try await pair.destination.document(.projects, "Rate service"))
            try await pair.destination.edit(.projects, project["Id"]?.stringValue ?? "") { $0["Description"] = "Ours" }
            try FileManager.default.removeItem(atPath: "\(pair.folder)/policy.state")
            let before = try await pair.destination.events()
            let planned = try await pair.plan()
            #expect(planned.exitCode == 0, "\(planned.standardOutput.suffix(3000))")
            #expect(try await pair.apply().exitCode == 0)
            #expect(try await pair.destination.events() == before)
            // What was adopted is remembered: the source's next change of another field goes over, ours stays.
            let source = try #require(try await pair.source.document(.projects, "Rate service"))
            try await pair.source.edit(.projects, source["Id"]?.stringValue ?? "") {
                $0["ReleaseNotesTemplate"] = "Theirs"
            }
            try await pair.syncNow()
            let now = try #require(try await pair.destination.document(.projects, "Rate service"))
            #expect(now["Description"] == "Ours")
            #expect(now["ReleaseNotesTemplate"] == "Theirs")
        }
    }

    @Test("E-96: the state of another pair is refused, also when the cache knows the new pair's address")
    func otherPair() async throws {
        try await withProxies { wired in
            let pair = wired.pair
            try await pair.load()
            try await pair.syncNow()
            try await withTemporaryDirectory { folder in
                try await withServer("Third", firstID: 900_001, in: folder) { third in
                    let text = """
                        apiVersion: skerry.sync/v1
                        source: {url: "\(pair.source.address)", auth: env:SKERRY_SOURCE_KEY}
                        destination: {url: "\(third.address)", auth: env:SKERRY_THIRD_KEY}
                        """
                    try text.write(toFile: pair.policyPath, atomically: true, encoding: .utf8)
                    let result = try await pair.sync(
                        "plan",
                        "--policy",
                        pair.policyPath,
                        environment: ["SKERRY_THIRD_KEY": third.key]
                    )
                    #expect(result.exitCode == 9, "\(result.standardError)")
                }
            }
        }
    }

    @Test("E-88: a source whose lists are suddenly empty stops the sync")
    func emptyLists() async throws {
        try await withProxies { wired in
            let pair = wired.pair
            try await pair.load()
            try await pair.syncNow()
            wired.source.setRule { request in
                request.path.contains("/projects?")
                    ? .answer(status: 200, body: #"{"Items": [], "TotalResults": 0, "Links": {}}"#) : nil
            }
            let result = try await pair.sync("plan", "--policy", pair.policyPath, "--full")
            #expect(result.exitCode == 9, "\(result.standardError)")
        }
    }

    // MARK: - Fixture

    struct Wired {
        var pair: SyncPair
        var source: RecordingProxy
        var destination: RecordingProxy

        var count: Int { source.requests.count + destination.requests.count }
        var paths: [String] { (source.requests + destination.requests).map { "\($0.method) \($0.path)" } }

        func forget() {
            source.forget()
            destination.forget()
        }
    }

    private func withProxies(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Wired) async throws -> Void
    ) async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: pair.source.port) { source in
                try await RecordingProxy.with(upstreamPort: pair.destination.port) { destination in
                    let text = """
                        apiVersion: skerry.sync/v1
                        source: {url: "\(source.address)", auth: env:SKERRY_SOURCE_KEY}
                        destination: {url: "\(destination.address)", auth: env:SKERRY_DESTINATION_KEY}
                        \(WeeklyChangeTests.policy)
                        """
                    try text.write(toFile: pair.policyPath, atomically: true, encoding: .utf8)
                    try await body(Wired(pair: pair, source: source, destination: destination))
                }
            }
        }
    }
}

extension TestServer {
    var port: Int { URL(string: address)?.port ?? 0 }
}

extension SyncPair {
    /// Sets an unscoped variable of a project of the source; makes it when there is none.
    func setVariable(
        _ project: String,
        _ name: String,
        _ value: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let owner = try #require(try await source.document(.projects, project))
        try await source.edit(.variableSets, owner["VariableSetId"]?.stringValue ?? "") { set in
            var rows = set["Variables"]?.arrayValue ?? []
            let place = rows.firstIndex { $0["Name"] == .string(name) }
            if let place {
                rows[place]["Value"] = .string(value)
            } else {
                rows.append(["Name": .string(name), "Value": .string(value), "Type": "String", "Scope": [:]])
            }
            set["Variables"] = .array(rows)
        }
    }
}
