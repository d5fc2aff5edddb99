import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// Months later: both sides change, people decide, one looks who did what (`sync.md` 2.7, 2.15).
@Suite("Recurring life")
struct RecurringLifeTests {
    private func withSyncedSample(
        policy: String = WeeklyChangeTests.policy,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SyncPair) async throws -> Void
    ) async throws {
        try await SyncPair.withPair(policy: policy) { pair in
            try await pair.load()
            try await pair.syncNow()
            try await body(pair)
        }
    }

    private func describe(
        _ project: String,
        _ text: String,
        at server: TestServer,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let document = try #require(try await server.document(.projects, project))
        try await server.edit(.projects, document["Id"]?.stringValue ?? "") { $0["Description"] = .string(text) }
    }

    private func description(
        _ project: String,
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> JSON? {
        try await pair.destination.document(.projects, project)?["Description"]
    }

    private func disputed(
        _ projects: String...,
        in pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        for project in projects {
            for server in [pair.source, pair.destination] {
                try await describe(project, "by \(server.instance)", at: server)
            }
        }
    }

    @Test(
        "X11: a conflict is decided by command, and the next plan and apply go by it; once the source moves it is open again"
    )
    func decided() async throws {
        try await withSyncedSample { pair in
            try await disputed("Database", in: pair)
            #expect(try await pair.plan().exitCode == 3)
            let refused = try await pair.apply()
            #expect(refused.exitCode == 3)
            #expect(refused.standardOutput.contains("project Database"))
            let id = try #require(try pair.planFile()["conflicts"]?[0]?["id"]?.stringValue)

            let unknown = try await pair.sync(
                "resolve",
                "--policy",
                pair.policyPath,
                "--take",
                "source",
                "--conflict",
                "000000000000"
            )
            #expect(unknown.exitCode == 3)
            let noTerminal = try await pair.sync("resolve", "--policy", pair.policyPath)
            #expect(noTerminal.exitCode == 2)
            let decided = try await pair.sync(
                "resolve",
                "--policy",
                pair.policyPath,
                "--value",
                "by both",
                "--conflict",
                id,
                "--json"
            )
            #expect(decided.exitCode == 0, "\(decided.standardOutput)\(decided.standardError)")

            // The source moves: nobody has seen what is there now.
            try await describe("Database", "by DevTest, again", at: pair.source)
            let moved = try await pair.plan()
            #expect(moved.exitCode == 3)
            #expect(moved.standardOutput.contains("the source changed since"))
            let again = try await pair.sync(
                "resolve",
                "--policy",
                pair.policyPath,
                "--take",
                "source",
                "--all",
                "--json"
            )
            #expect(again.exitCode == 0)
            #expect(try await pair.plan().exitCode == 2)
            // The plan holds the decision: the file may be gone by then.
            try FileManager.default.removeItem(atPath: "\(pair.folder)/policy.skresolve")
            let applied = try await pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardOutput)")
            #expect(try await description("Database", pair) == "by DevTest, again")
            #expect(try await pair.verify().exitCode == 0)
        }
    }

    @Test("newest takes the side that the events of both servers show as changed last")
    func newest() async throws {
        let policy = WeeklyChangeTests.policy + "\nconflicts: {\"projects.Description\": newest}"
        try await withSyncedSample(policy: policy) { pair in
            for (project, servers) in [
                ("Database", [pair.source, pair.destination]), ("Rate service", [pair.destination, pair.source]),
            ] {
                for server in servers {
                    try await describe(project, "by \(server.instance)", at: server)
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            try await pair.syncNow()
            #expect(try await description("Database", pair) == "by Production")
            #expect(try await description("Rate service", pair) == "by DevTest")
        }
    }

    @Test("status has a project in each of its states, with names as people write them")
    func status() async throws {
        try await withSyncedSample { pair in
            let inStep = try await pair.sync("status", "--policy", pair.policyPath, "--json")
            #expect(inStep.exitCode == 0, "\(inStep.standardOutput)")
            try await describe("Rate service", "new", at: pair.source)
            try await describe("Trading website", "new", at: pair.destination)
            try await disputed("Database", in: pair)
            let status = try await pair.sync("status", "--policy", pair.policyPath, "--json")
            #expect(status.exitCode == 3)
            let projects = try JSON.parse(status.standardOutput)["data"]?["projects"]?.arrayValue ?? []
            let states = Dictionary(
                projects.map { ($0["name"]?.stringValue ?? "", $0["state"]?.stringValue ?? "") }
            ) { first, _ in first }
            #expect(states["Rate service"] == "sourceAhead")
            #expect(states["Trading website"] == "destinationDrifted")
            #expect(states["Database"] == "conflict")
            let text = try await pair.sync("status", "--policy", pair.policyPath)
            #expect(text.standardOutput.contains("destination drifted"))
            #expect(!text.standardOutput.contains("projects/"), "\(text.standardOutput)")
        }
    }

    @Test("drift asks the destination only, names who and when, and is none after a sync")
    func drift() async throws {
        try await withSyncedSample { pair in
            let none = try await pair.sync("drift", "--policy", pair.policyPath, "--json")
            #expect(none.exitCode == 0, "\(none.standardOutput)")
            try await describe("Database", "ours", at: pair.destination)
            // The source is gone: drift does not need it.
            try pair.writePolicy(WeeklyChangeTests.policy, sourceAddress: "http://127.0.0.1:1")
            let drift = try await pair.sync("drift", "--policy", pair.policyPath, "--json")
            #expect(drift.exitCode == 2, "\(drift.standardError)")
            let items = try JSON.parse(drift.standardOutput)["data"]?["items"]?.arrayValue ?? []
            let item = try #require(items.first { $0["key"]?["path"] == ["Database"] && $0["sort"] == "changed" })
            #expect(item["fields"]?[0]?["path"] == "Description")
            #expect(item["fields"]?[0]?["to"] == "ours")
            #expect(item["lastChange"]?["user"] == "admin")
        }
    }

    @Test("blame tells the run, the plan and the rule of what a sync wrote, and the person of what a person wrote")
    func blame() async throws {
        try await withSyncedSample { pair in
            try await describe("Database", "from the source", at: pair.source)
            try await pair.syncNow()
            try await describe("Database", "ours", at: pair.destination)
            let blame = try await pair.sync(
                "blame",
                "project Database.Description",
                "--policy",
                pair.policyPath,
                "--json"
            )
            #expect(blame.exitCode == 0, "\(blame.standardError)")
            let data = try JSON.parse(blame.standardOutput)["data"] ?? .null
            #expect(data["owner"] == "source")
            let lines = data["lines"]?.arrayValue ?? []
            let newest = try #require(lines.first)
            #expect(newest["side"] == "destination")
            #expect(newest["user"] == "admin")
            #expect(newest["run"] == .null)
            let written = try #require(lines.first { $0["run"] != .null && $0["side"] == "destination" })
            #expect(written["operation"]?["fields"]?[0]?["rule"] == "changed at the source")
            #expect(lines.contains { $0["side"] == "source" && $0["paths"] == ["Description"] })
            let text = try await pair.sync("blame", "project Database.Description", "--policy", pair.policyPath)
            #expect(text.standardOutput.contains("by a sync: run "))
        }
    }

    @Test("--heal reverts drift of exact types and of nothing else; without it nothing is reverted")
    func heal() async throws {
        try await withSyncedSample { pair in
            let tags = try #require(try await pair.destination.documents(.tagSets).first)
            try await pair.destination.edit(.tagSets, tags["Id"]?.stringValue ?? "") { $0["Description"] = "ours" }
            try await describe("Database", "ours", at: pair.destination)
            #expect(try await pair.plan().exitCode == 0)
            let planned = try await pair.sync(
                "plan",
                "--policy",
                pair.policyPath,
                "--out",
                pair.planPath,
                "--heal",
                "--json"
            )
            #expect(planned.exitCode == 2)
            #expect(try pair.planFile()["operations"]?.arrayValue?.map { $0["key"]?["kind"] } == ["tagsets"])
            #expect(try await pair.apply().exitCode == 0)
            let after = try await pair.destination.client.get(.tagSets, id: tags["Id"]?.stringValue ?? "")
            #expect(after["Description"] != "ours")
            #expect(try await description("Database", pair) == "ours")
        }
    }

    @Test("--auto brings over what is safe, and writes nothing when there is a conflict")
    func auto() async throws {
        try await withSyncedSample { pair in
            try await describe("Rate service", "new", at: pair.source)
            let applied = try await pair.sync("apply", "--auto", "--policy", pair.policyPath, "--json")
            #expect(applied.exitCode == 0, "\(applied.standardOutput)")
            #expect(try await description("Rate service", pair) == "new")
            let idle = try await pair.sync("apply", "--auto", "--policy", pair.policyPath)
            #expect(idle.exitCode == 0)
            #expect(idle.standardOutput.contains("Nothing to do"))

            try await describe("Rate service", "newer", at: pair.source)
            try await disputed("Database", in: pair)
            let before = try await pair.destination.events()
            let refused = try await pair.sync("apply", "--auto", "--policy", pair.policyPath)
            #expect(refused.exitCode == 3)
            #expect(try await pair.destination.events() == before)
        }
    }

    @Test("--auto deletes nothing without --prune, whatever the policy says")
    func autoPrune() async throws {
        let policy = WeeklyChangeTests.policy + "\ndeletes: {mode: delete}"
        try await withSyncedSample(policy: policy) { pair in
            let extra = try await pair.source.client.create(.projectGroups, ["Name": "Short lived"])
            try await pair.syncNow()
            try await pair.source.client.delete(.projectGroups, id: extra["Id"]?.stringValue ?? "")
            let kept = try await pair.sync("apply", "--auto", "--policy", pair.policyPath)
            #expect(kept.exitCode == 0, "\(kept.standardError)")
            #expect(try await pair.destination.document(.projectGroups, "Short lived") != nil)
            let pruned = try await pair.sync("apply", "--auto", "--prune", "--policy", pair.policyPath)
            #expect(pruned.exitCode == 0, "\(pruned.standardError)")
            #expect(try await pair.destination.document(.projectGroups, "Short lived") == nil)
        }
    }

    @Test(
        "LS-3, LS-5: the log holds each run with its decisions, its rules and what is left to fill in, and shows tampering"
    )
    func log() async throws {
        try await withSyncedSample { pair in
            try await disputed("Database", in: pair)
            _ = try await pair.sync("resolve", "--policy", pair.policyPath, "--take", "source", "--all")
            try await pair.syncNow()
            let shown = try await pair.sync("log", "--policy", pair.policyPath, "--json")
            #expect(shown.exitCode == 0)
            let entries = try JSON.parse(shown.standardOutput)["data"]?["entries"]?.arrayValue ?? []
            #expect(entries.map { $0["event"] } == ["begun", "applied", "begun", "applied"])
            let first = try #require(entries.first?["details"])
            #expect(first["operations"]?.arrayValue?.isEmpty == false)
            #expect(entries[1]["details"]?["cleanUp"]?.arrayValue?.isEmpty == false)
            let decision = entries[2]["details"]?["resolutions"]?[0]
            #expect(decision?["choice"] == "source")
            #expect(decision?["about"] == "project Database · Description")
            // No value is in it, decided or not.
            let path = try #require(try JSON.parse(shown.standardOutput)["data"]?["path"]?.stringValue)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(!text.contains("by DevTest"))
            try text.replacing("\"applied\"", with: "\"refused\"").write(
                toFile: path,
                atomically: true,
                encoding: .utf8
            )
            #expect(try await pair.sync("log", "--policy", pair.policyPath).exitCode == 9)
        }
    }

    @Test("S-32: a state that was lost is found again by name; no edit of either side is overwritten")
    func lostState() async throws {
        try await withSyncedSample { pair in
            try await describe("Database", "ours", at: pair.destination)
            try await describe("Rate service", "theirs", at: pair.source)
            let kept = try await description("Rate service", pair)
            try FileManager.default.removeItem(atPath: "\(pair.folder)/policy.state")
            let before = try await pair.destination.events()
            let adopted = try await pair.sync("adopt", "--policy", pair.policyPath, "--json")
            #expect(adopted.exitCode == 0, "\(adopted.standardError)")
            let data = try JSON.parse(adopted.standardOutput)["data"] ?? .null
            #expect(data["totals"]?["operations"] == 0, "\(adopted.standardOutput.suffix(2000))")
            #expect((data["same"]?.intValue ?? 0) > 20)
            #expect(data["differing"]?.arrayValue?.count == 2)
            #expect(try await pair.destination.events() == before, "adopting must not write")
            #expect(try await description("Database", pair) == "ours")
            #expect(try await description("Rate service", pair) == kept)
            #expect(try await pair.verify().exitCode == 0)
            // From here on it is an ordinary week again.
            try await describe("Trading website", "next week", at: pair.source)
            try await pair.syncNow()
            #expect(try await description("Trading website", pair) == "next week")
        }
    }
}

/// Both servers were filled from the same data before anybody thought of sync.
@Suite("Adopting a server that was filled by other means", .enabled(if: Shared.exists, "needs ../shared"))
struct AdoptionTests {
    @Test("S-28, LS-4: the same names with other ids are recognised, edits are listed and kept, and a sync follows")
    func filledTwice() async throws {
        let policy = "environments: {\"*\": same}"
        try await SyncPair.withPair(policy: policy) { pair in
            for server in [pair.source, pair.destination] {
                let filled = try await Shared.fill(server, projects: 20, tenants: 8, templates: 10)
                try #require(filled.exitCode == 0, "\(filled.standardError)")
            }
            let projects = try await pair.destination.documents(.projects)
            let names = projects.prefix(2).compactMap { $0["Name"]?.stringValue }
            for project in projects.prefix(2) {
                try await pair.destination.edit(.projects, project["Id"]?.stringValue ?? "") {
                    $0["Description"] = "edited before anybody thought of sync"
                }
            }
            let before = try await pair.destination.events()
            let plan = try await pair.sync("plan", "--policy", pair.policyPath)
            #expect(plan.standardOutput.contains("First meeting: both sides have these already"))
            #expect(plan.standardOutput.contains("project \(names[0])"), "\(plan.standardOutput.prefix(3000))")

            let adopted = try await pair.sync("adopt", "--policy", pair.policyPath, "--json")
            #expect(adopted.exitCode == 0, "\(adopted.standardError)")
            let data = try JSON.parse(adopted.standardOutput)["data"] ?? .null
            #expect(data["totals"]?["operations"] == 0, "\(adopted.standardOutput.suffix(3000))")
            #expect(try await pair.destination.events() == before, "adopting must not write")
            let differing = (data["differing"]?.arrayValue ?? []).filter { $0["kind"] == "projects" }
            #expect(differing.map { $0["path"]?[0]?.stringValue ?? "" } == names.sorted())

            #expect(try await pair.verify().exitCode == 0)
            let again = try await pair.sync("adopt", "--policy", pair.policyPath)
            #expect(again.standardOutput.contains("Nothing new to adopt"))
            // What the source changes from now on arrives; the edits stay.
            let other = try #require(try await pair.source.documents(.projects).last)
            try await pair.source.edit(.projects, other["Id"]?.stringValue ?? "") { $0["Description"] = "new" }
            try await pair.syncNow()
            let after = try await pair.destination.document(.projects, other["Name"]?.stringValue ?? "")
            #expect(after?["Description"] == "new")
            let kept = try await pair.destination.document(.projects, names[0])
            #expect(kept?["Description"] == "edited before anybody thought of sync")
        }
    }
}
