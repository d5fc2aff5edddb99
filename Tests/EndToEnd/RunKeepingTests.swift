import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

@Suite("What is kept of runs")
struct RunKeepingTests {
    @Test("LS-5: every request is logged with its path, status, time, attempt and run, and no key and no body")
    func requests() async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: ApplyTrustTests.port(pair.destination)) { proxy in
                try pair.writePolicy("environments: {\"*\": same}", destinationAddress: proxy.address)
                _ = try await pair.source.client.create(.projectGroups, ["Name": "Trading"])
                let log = "\(pair.folder)/requests.jsonl"
                let isFirst = OneShot()
                proxy.setRule { request in
                    request.path.hasSuffix("/lifecycles/all") || request.path.contains("/lifecycles?")
                        ? isFirst.take() ? .answer(status: 503, body: "{}") : nil : nil
                }
                let arguments = ["--policy", pair.policyPath, "--log-requests", log]
                let planned = try await pair.program.run(
                    ["sync", "plan", "--out", pair.planPath] + arguments,
                    limit: .seconds(120)
                )
                #expect(planned.exitCode == 2, "\(planned.standardError)")
                let applied = try await pair.sync("apply", pair.planPath, "--json", "--log-requests", log)
                #expect(applied.exitCode == 0, "\(applied.standardError)")
                let run = try ApplyTrustTests.data(applied)["run"]

                let text = try String(contentsOfFile: log, encoding: .utf8)
                let lines = try text.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
                let ours = lines.filter { $0["server"] == .string(proxy.address) }
                #expect(ours.count == proxy.requests.count)
                #expect(lines.allSatisfy { $0["path"]?.stringValue?.hasPrefix("/api") == true })
                #expect(lines.allSatisfy { ($0["microseconds"]?.intValue ?? 0) > 0 && $0["at"] != nil })
                let retried = ours.filter { $0["path"]?.stringValue?.contains("lifecycles") == true }
                #expect(retried.contains { $0["status"] == 503 && $0["attempt"] == 1 })
                #expect(retried.contains { $0["status"] == 200 && $0["attempt"] == 2 })
                let writes = ours.filter { $0["method"] == "POST" && $0["op"] != nil }
                #expect(writes.map { $0["run"] } == [run] && writes.first?["plan"] != nil)
                for secret in [pair.source.key, pair.destination.key, "Trading"] { #expect(!text.contains(secret)) }
                let mode = try FileManager.default.attributesOfItem(atPath: log)[.posixPermissions] as? NSNumber
                #expect(mode?.intValue == 0o600)
                let refused = try await pair.sync(
                    "plan",
                    "--policy",
                    pair.policyPath,
                    "--log-requests",
                    "/nowhere/requests.jsonl"
                )
                #expect(refused.standardError.contains("/nowhere/requests.jsonl"))
            }
        }
    }

    @Test("2.20: in quiet hours nothing is written; an apply that lasts into them stops and is gone on with afterwards")
    func quietHours() async throws {
        let policy = "environments: {\"*\": same}\nlease: local\nquietHours: {windows: [\"21:00-22:00\"]}"
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: ApplyTrustTests.port(pair.destination)) { proxy in
                try pair.writePolicy(policy, destinationAddress: proxy.address)
                for number in 0..<6 {
                    _ = try await pair.source.client.create(.projectGroups, ["Name": .string("Group \(number)")])
                }
                proxy.setTranslation(Self.clock { 12 })
                #expect(try await pair.plan().exitCode == 2)
                proxy.forget()
                proxy.setTranslation(Self.clock { 21 })
                let refused = try await pair.apply()
                #expect(refused.exitCode == 9, "\(refused.standardOutput)")
                #expect(refused.standardOutput.contains("21:00-22:00"))
                #expect(proxy.writes.isEmpty)

                proxy.setTranslation(Self.clock { [proxy] in proxy.writes.count >= 2 ? 21 : 20 })
                let cut = try await pair.sync("apply", pair.planPath, "--json", "--parallel", "1")
                #expect(cut.exitCode == 5, "\(cut.standardOutput)")
                #expect(cut.standardOutput.contains("quiet hours") && proxy.writes.count == 2)

                proxy.setTranslation(Self.clock { 22 })
                #expect(try await pair.apply().exitCode == 0)
                #expect(proxy.writes.count == 6, "nothing was written twice")
            }
        }
    }

    /// The upstream as it would answer at an hour of today, by UTC.
    private static func clock(_ hour: @escaping @Sendable () -> Int) -> RecordingProxy.Translation {
        var translation = RecordingProxy.Translation()
        translation.answer = { _, answer in
            var answer = answer
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = .gmt
            let time = calendar.date(bySettingHour: hour(), minute: 30, second: 0, of: Date()) ?? Date()
            answer.headers.removeAll { $0.name.lowercased() == "date" }
            answer.headers.append((name: "Date", value: ApplyTrustTests.httpDate(time)))
            return answer
        }
        return translation
    }

    @Test("2.16: over a slow line more and more requests are under way at once, and never more than sixteen")
    func concurrency() async throws {
        try await SyncPair.withPair { pair in
            for number in 0..<120 {
                _ = try await pair.source.client.create(.tenants, ["Name": .string("Tenant \(number)")])
            }
            try await RecordingProxy.with(upstreamPort: ApplyTrustTests.port(pair.source)) { proxy in
                try pair.writePolicy("environments: {\"*\": same}", sourceAddress: proxy.address)
                let count = InFlight()
                proxy.setRule { _ in
                    count.enter()
                    // Long beside what a busy machine adds, or the line looks as if it became slower.
                    return .delay(.milliseconds(400))
                }
                var translation = RecordingProxy.Translation()
                translation.answer = { _, answer in
                    count.leave()
                    return answer
                }
                proxy.setTranslation(translation)
                #expect(try await pair.plan().exitCode == 2)
                #expect((12...16).contains(count.most), "\(count.most)")
            }
        }
    }

    @Test("S-102: advise looks at both servers and names the packages that are missing")
    func advise() async throws {
        try await SyncPair.withPair { pair in
            let id = try await RollbackTests.project("Shop", on: pair.source)
            let project = try await pair.source.client.get(.projects, id: id)
            let process = project["DeploymentProcessId"]?.stringValue ?? ""
            try await pair.source.edit(.deploymentProcesses, process) { body in
                let feed: JSON = ["FeedId": "feeds-builtin", "PackageId": "Acme.Shop", "Name": "", "Properties": [:]]
                body["Steps"] = [
                    [
                        "Name": "Deploy",
                        "Actions": [["Name": "Deploy", "ActionType": "Octopus.Script", "Packages": [feed]]],
                    ]
                ]
            }
            let result = try await pair.sync(
                "advise",
                "--source",
                pair.source.address,
                "--destination",
                pair.destination.address,
                "--source-auth",
                "env:SKERRY_SOURCE_KEY",
                "--destination-auth",
                "env:SKERRY_DESTINATION_KEY"
            )
            #expect(
                result.standardOutput.contains("Acme.Shop (Shop)"),
                "\(result.standardOutput)\(result.standardError)"
            )
        }
    }

    @Test(
        "E-106: what a server trims shows after the apply, is learned when a person accepts it, and is no difference then"
    )
    func learned() async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: ApplyTrustTests.port(pair.destination)) { proxy in
                try pair.writePolicy("environments: {\"*\": same}", destinationAddress: proxy.address)
                // A server that drops blanks around descriptions.
                var translation = RecordingProxy.Translation()
                translation.request = { request in
                    guard var body = try? JSON.parse(request.body), let text = body["Description"]?.stringValue else {
                        return request.body
                    }
                    body["Description"] = .string(text.trimmingCharacters(in: .whitespaces))
                    return body.bytes
                }
                proxy.setTranslation(translation)
                let id = try await RollbackTests.project("Shop", on: pair.source)
                try await pair.source.edit(.projects, id) { $0["Description"] = "  sells things " }
                #expect(try await pair.plan().exitCode == 2)
                let applied = try await pair.apply()
                #expect(applied.exitCode == 0, "\(applied.standardOutput)")
                #expect(try ApplyTrustTests.data(applied)["keptOtherwise"] == 1)
                let learn = ["--policy", pair.policyPath]
                let found = try await pair.program.run(["sync", "learn"] + learn, limit: .seconds(60))
                #expect(found.exitCode == 2, "\(found.standardOutput)\(found.standardError)")
                #expect(found.standardOutput.contains("projects.Description: trimmed"))
                let unknown = try await pair.program.run(
                    ["sync", "learn", "--accept", "projects.Name"] + learn,
                    limit: .seconds(60)
                )
                #expect(unknown.standardError.contains("projects.Name"))
                let accepted = try await pair.program.run(
                    ["sync", "learn", "--accept", "projects.Description"] + learn,
                    limit: .seconds(60)
                )
                #expect(accepted.exitCode == 0, "\(accepted.standardOutput)\(accepted.standardError)")
                let policy = try String(contentsOfFile: pair.policyPath, encoding: .utf8)
                #expect(policy.contains("\"projects.Description\": trimmed"))
                #expect(try await pair.plan().exitCode == 0)
                let notices = try pair.planFile()["notices"]?.arrayValue ?? []
                #expect(!notices.contains { $0["code"] == "drift" })
                // Without the rule this would be changed on both sides.
                try await pair.source.edit(.projects, id) { $0["Description"] = " sells more " }
                #expect(try await pair.plan().exitCode == 2)
                #expect(try await pair.apply().exitCode == 0)
                #expect(try await pair.plan().exitCode == 0)
            }
        }
    }

    @Test("2.20: the state can be written as JSON: identities, agreed values, links, ledger, cursors, journal, runs")
    func export() async throws {
        try await SyncPair.withPair(policy: "environments: {\"*\": same}") { pair in
            let project = try await RollbackTests.project("Shop", on: pair.source)
            try await pair.syncNow()
            let out = "\(pair.folder)/state.json"
            let result = try await pair.sync("export-state", "--policy", pair.policyPath, "--out", out)
            #expect(result.exitCode == 0, "\(result.standardError)")
            let data = try Data(contentsOf: URL(fileURLWithPath: out))
            let state = try JSON.parse([UInt8](data))
            #expect(state["format"] == "skerry.sync.state/v1")
            let records: [JSON] = (state["records"]?.objectValue ?? [:]).map(\.value)
            #expect(records.contains { $0["sourceID"] == .string(project) })
            #expect(state["runs"]?[0]?["status"] == "finished")
            #expect((state["runs"]?[0]?["journal"]?.arrayValue ?? []).allSatisfy { $0["step"] == "verified" })
            #expect(state["replicas"]?["source"]?["mark"]?["cursor"]?.intValue ?? 0 > 0)
            #expect(state["secrets"] != nil && state["pair"]?["sourceSpace"] != nil)
            let mode = try FileManager.default.attributesOfItem(atPath: out)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            let none = try await pair.sync("export-state", "--policy", pair.policyPath, "--state", "/nowhere/s.sqlite")
            #expect(none.exitCode == 9 && none.standardError.contains("/nowhere/s.sqlite"))
        }
    }

    @Test("2.20: a flow goes on on another machine from its exported state: the same answers, an empty plan")
    func importing() async throws {
        try await SyncPair.withPair(policy: "environments: {\"*\": same}\ndeletes: {protect: []}") { pair in
            let project = try await RollbackTests.project("Shop", on: pair.source)
            _ = try await pair.source.client.create(
                .feeds,
                [
                    "Name": "NuGet", "FeedType": "NuGet", "FeedUri": "https://nuget.example",
                    "Password": ["NewValue": "s"],
                ]
            )
            try await pair.source.edit(.variableSets, "variableset-\(project)") {
                $0["Variables"] = [["Name": "Colour", "Value": "red", "Type": "String", "Scope": [:]]]
            }
            try await pair.syncNow()
            try await pair.source.edit(.projects, project) { $0["Description"] = "later" }
            try await pair.syncNow()
            let there = try #require(try await pair.destination.document(.projects, "Shop"))
            try await pair.destination.edit(.projects, there["Id"]?.stringValue ?? "") { $0["Name"] = "Own shop" }
            let out = "\(pair.folder)/state.json"
            #expect(try await pair.sync("export-state", "--policy", pair.policyPath, "--out", out).exitCode == 0)
            let before = try await Self.answers(pair)

            // Another machine: the policy and the exported file are all that it has.
            try FileManager.default.moveItem(
                atPath: "\(pair.folder)/policy.state",
                toPath: "\(pair.folder)/old machine"
            )
            let imported = try await pair.sync("import-state", out, "--policy", pair.policyPath)
            #expect(imported.exitCode == 0, "\(imported.standardOutput)\(imported.standardError)")
            #expect(try await Self.answers(pair) == before)
            #expect(try await pair.plan().exitCode == 0)
            let again = try await pair.sync("import-state", out, "--policy", pair.policyPath)
            #expect(again.exitCode == 0 && again.standardOutput.contains("already"))
            try await pair.source.edit(.projects, project) { $0["Description"] = "later still" }
            #expect(try await pair.plan().exitCode == 2)
            #expect(try await pair.apply().exitCode == 0)
            let late = try await pair.sync("import-state", out, "--policy", pair.policyPath)
            #expect(late.exitCode == 9 && late.standardError.contains("--replace"), "\(late.standardOutput)")

            // The state of another pair is refused, and a file that is none.
            try pair.writePolicy("", sourceAddress: pair.destination.address, destinationAddress: pair.source.address)
            let other = try await pair.sync(
                "import-state",
                out,
                "--policy",
                pair.policyPath,
                "--replace",
                environment: ["SKERRY_SOURCE_KEY": pair.destination.key, "SKERRY_DESTINATION_KEY": pair.source.key]
            )
            #expect(other.exitCode == 9 && other.standardError.contains("another pair"), "\(other.standardError)")
            let none = try await pair.sync("import-state", pair.policyPath, "--policy", pair.policyPath)
            #expect(none.exitCode == 1 && none.standardError.contains("the file should be JSON"))
        }
    }

    @Test("2.14, 2.20: a run that was cut off is gone on with on another machine, when its plan file is there")
    func importingUnfinished() async throws {
        // With a lease the new machine would have to wait until that of the old one has ended.
        try await SyncPair.withPair(policy: "environments: {\"*\": same}\nlease: local") { pair in
            for name in ["One", "Two", "Three"] { _ = try await RollbackTests.project(name, on: pair.source) }
            #expect(try await pair.plan().exitCode == 2)
            _ = try await pair.apply(environment: ["SKERRY_TEST_CRASH_AT": "9"])
            let out = "\(pair.folder)/state.json"
            #expect(try await pair.sync("export-state", "--policy", pair.policyPath, "--out", out).exitCode == 0)
            try FileManager.default.moveItem(
                atPath: "\(pair.folder)/policy.state",
                toPath: "\(pair.folder)/old machine"
            )
            let imported = try await pair.sync("import-state", out, "--policy", pair.policyPath)
            #expect(imported.exitCode == 0 && imported.standardOutput.contains("had not come to its end"))
            let applied = try await pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardOutput)\(applied.standardError)")
            #expect(try JSON.parse([UInt8](applied.standardOutput.utf8))["data"]?["resumed"] == true)
            #expect(try await pair.verify().exitCode == 0)
            for name in ["One", "Two", "Three"] {
                #expect(try await pair.destination.documents(.projects).count { $0["Name"] == .string(name) } == 1)
            }
        }
    }

    /// What the commands that look say, without what is about the moment.
    private static func answers(
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> [String] {
        var result: [String] = []
        for command in [
            ["status", "--long"], ["drift", "--long"], ["secrets"], ["blame", "project Shop"],
            ["blame", "variables of project Shop.Colour"],
        ] {
            let answer = try await pair.program.run(
                ["sync"] + command + ["--policy", pair.policyPath, "--json"],
                limit: .seconds(120)
            )
            let data = try JSON.parse([UInt8](answer.standardOutput.utf8))["data"] ?? nil
            result.append("\(command[0]): \(answer.exitCode) \(String(decoding: data.bytes, as: UTF8.self))")
        }
        return result
    }
}

/// True once.
private final class OneShot: @unchecked Sendable {
    private let lock = NSLock()
    private var isTaken = false

    func take() -> Bool {
        lock.withLock {
            defer { isTaken = true }
            return !isTaken
        }
    }
}

/// How many requests are under way at once.
private final class InFlight: @unchecked Sendable {
    private let lock = NSLock()
    private var now = 0
    private var peak = 0

    var most: Int { lock.withLock { peak } }

    func enter() {
        lock.withLock {
            now += 1
            peak = max(peak, now)
        }
    }

    func leave() { lock.withLock { now -= 1 } }
}
