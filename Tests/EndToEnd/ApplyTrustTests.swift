import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

/// What stands between a plan and a write.
@Suite("An apply that can be trusted")
struct ApplyTrustTests {
    static let policy = "environments: {\"*\": same}"

    @Test("2.11: apply refuses without the approvals that the policy asks for, and takes them once they are there")
    func approvals() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            let key = "\(pair.folder)/alice.key"
            let made = try await pair.sync("keygen", "--out", key, "--json")
            let publicKey = try #require(try Self.data(made)["key"]?.stringValue)
            let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            try pair.writePolicy(
                Self.policy + "\napprovals: {required: 1, keys: [{name: Alice, key: \"\(publicKey)\"}]}"
            )
            _ = try await pair.source.client.create(.projectGroups, ["Name": "Trading"])
            _ = try await pair.source.client.create(.projectGroups, ["Name": "Billing"])
            _ = try await pair.plan()
            let events = try await pair.destination.events()
            let refused = try await pair.apply()
            #expect(refused.exitCode == 9)
            #expect(refused.standardOutput.contains("skerry sync approve"))
            _ = try await pair.sync("approve", pair.planPath, "--key", key, "--scope", "projectgroups/Tra*")
            #expect(try await pair.apply().exitCode == 9)
            #expect(try await pair.destination.events() == events, "nothing was written")

            // The source moves on: the plan is stale; made anew, it keeps the approval of what is the same.
            _ = try await pair.source.client.create(.projectGroups, ["Name": "Fresh"])
            _ = try await pair.sync("approve", pair.planPath, "--key", key)
            #expect(try await pair.apply().exitCode == 4)
            let rebased = try await pair.sync(
                "plan",
                "--policy",
                pair.policyPath,
                "--rebase",
                pair.planPath,
                "--out",
                pair.planPath,
                "--json"
            )
            #expect(try Self.data(rebased)["difference"]?["unchanged"] == 2)
            #expect(try Self.data(rebased)["difference"]?["added"]?.arrayValue?.count == 1)
            let open = try await pair.apply()
            #expect(open.exitCode == 9)
            #expect(open.standardOutput.contains("Fresh") && !open.standardOutput.contains("Billing"))
            _ = try await pair.sync("approve", pair.planPath, "--key", key, "--scope", "projectgroups/Fresh")
            let applied = try await pair.apply()
            #expect(applied.exitCode == 0, "\(applied.standardOutput)")
        }
    }

    @Test("2.11: an approval key that others can read is refused")
    func openKey() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            let key = "\(pair.folder)/alice.key"
            _ = try await pair.sync("keygen", "--out", key)
            #expect(try await pair.sync("keygen", "--out", key).exitCode == 6, "a key is never replaced")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
            _ = try await pair.source.client.create(.projectGroups, ["Name": "Trading"])
            _ = try await pair.plan()
            let result = try await pair.sync("approve", pair.planPath, "--key", key)
            #expect(result.exitCode == 6)
            #expect(result.standardError.contains("chmod 600"))
        }
    }

    @Test("E-100: a plan expires by the destination's clock, not by the runner's")
    func expiry() async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: Self.port(pair.destination)) { proxy in
                try pair.writePolicy(Self.policy, destinationAddress: proxy.address)
                _ = try await pair.source.client.create(.projectGroups, ["Name": "Trading"])
                _ = try await pair.sync("plan", "--policy", pair.policyPath, "--out", pair.planPath, "--expires", "1")
                proxy.setTranslation(Self.clock(hours: 2))
                let late = try await pair.apply()
                #expect(late.exitCode == 4)
                #expect(late.standardOutput.contains("expired"))
                // A plan made while the server's clock is an hour behind ours is no older than one of its own hours.
                proxy.setTranslation(Self.clock(hours: -1))
                _ = try await pair.sync("plan", "--policy", pair.policyPath, "--out", pair.planPath, "--expires", "1")
                let onTime = try await pair.apply()
                #expect(onTime.exitCode == 0, "\(onTime.standardOutput)")
            }
        }
    }

    @Test("E-97, E-98: a change inside the read set is stale; one outside of it does not matter")
    func staleness() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            let project = try await RollbackTests.project("Shop", on: pair.source)
            _ = try await pair.plan()
            _ = try await pair.destination.client.create(.projectGroups, ["Name": "Own"])
            #expect(try await pair.apply().exitCode == 0)
            try await pair.source.edit(.projects, project) { $0["Description"] = "a" }
            _ = try await pair.plan()
            try await pair.source.edit(.projects, project) { $0["Description"] = "b" }
            let stale = try await pair.apply()
            #expect(stale.exitCode == 4)
            #expect(stale.standardOutput.contains("Shop"))
        }
    }

    @Test("2.16: two runners on different machines: the lease at the destination lets one through")
    func lease() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            for name in ["A", "B", "C"] {
                _ = try await pair.source.client.create(.projectGroups, ["Name": .string(name)])
            }
            try await RecordingProxy.with(upstreamPort: Self.port(pair.destination)) { proxy in
                // The other machine: its own state, and a connection that a test can hold up.
                let other = try Self.secondRunner(pair, destination: proxy.address)
                _ = try await pair.plan()
                _ = try await other.plan()
                let gate = ProxyGate()
                proxy.setRule { $0.method == "POST" && $0.path.hasSuffix("/projectgroups") ? .hold(gate) : nil }
                async let slow = other.apply()
                _ = try await wait(for: "the other runner's lease", limit: .seconds(60)) {
                    proxy.writes.contains { $0.path.contains("/variables/") } ? true : nil
                }
                let refused = try await pair.apply()
                #expect(refused.exitCode == 9, "\(refused.standardOutput)")
                #expect(refused.standardOutput.contains("another runner"))
                gate.open()
                let finished = try await slow
                #expect(finished.exitCode == 0, "\(finished.standardOutput)")
                #expect(try await pair.destination.documents(.projectGroups).count { $0["Name"] == "A" } == 1)
                // The lease is given back, and it is no part of what is synced.
                _ = try await pair.plan()
                #expect(try await pair.apply().exitCode == 0)
                #expect(try await pair.verify().exitCode == 0)
            }
        }
    }

    @Test("2.16: a runner that was killed can be gone on with at once from its own state")
    func leaseOfTheDead() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            for name in ["A", "B", "C"] {
                _ = try await pair.source.client.create(.projectGroups, ["Name": .string(name)])
            }
            _ = try await pair.plan()
            let killed = try await pair.apply(environment: ["SKERRY_TEST_CRASH_AT": "2"])
            #expect(killed.ending == .signalled(9))
            // From another machine the lease still holds.
            let other = try Self.secondRunner(pair, destination: pair.destination.address)
            let planned = try await other.plan()
            #expect(planned.exitCode == 2)
            #expect(try await other.apply().exitCode == 9)
            let resumed = try await pair.apply()
            #expect(resumed.exitCode == 0, "\(resumed.standardOutput)\(resumed.standardError)")
        }
    }

    @Test("2.14: an operation that is refused leaves the independent ones to be done, on request; exit code 5")
    func partial() async throws {
        try await SyncPair.withPair { pair in
            for name in ["A", "B", "C"] {
                _ = try await pair.source.client.create(.projectGroups, ["Name": .string(name)])
            }
            _ = try await RollbackTests.project("Shop", on: pair.source)
            try await RecordingProxy.with(upstreamPort: Self.port(pair.destination)) { proxy in
                try pair.writePolicy(Self.policy, destinationAddress: proxy.address)
                _ = try await pair.plan()
                proxy.setRule { request in
                    request.method == "POST" && request.bodyText.contains("\"Shop\"")
                        ? .answer(status: 400, body: #"{"ErrorMessage": "not today", "Errors": []}"#) : nil
                }
                let failed = try await pair.sync(
                    "apply",
                    pair.planPath,
                    "--on-failure",
                    "continueIndependent",
                    "--json"
                )
                #expect(failed.exitCode == 5)
                let data = try Self.data(failed)
                #expect(data["failed"]?.arrayValue?.map { $0["operation"]?["key"]?["path"]?[0] } == ["Shop"])
                #expect(data["failed"]?[0]?["problem"]?.stringValue?.contains("not today") == true)
                #expect(data["done"]?.intValue ?? 0 >= 3)
                #expect((data["notStarted"]?.arrayValue ?? []).isEmpty == false, "what belongs to the project")
                proxy.setRule(nil)
                let mended = try await pair.apply()
                #expect(mended.exitCode == 0, "\(mended.standardOutput)")
                #expect(try await pair.verify().exitCode == 0)
            }
        }
    }

    @Test("E-104: maintenance in the middle of a run stops it; the same command goes on afterwards")
    func maintenance() async throws {
        try await SyncPair.withPair { pair in
            for number in 1...30 {
                _ = try await pair.source.client.create(.projectGroups, ["Name": .string("Group \(number)")])
            }
            try await RecordingProxy.with(upstreamPort: Self.port(pair.destination)) { proxy in
                try pair.writePolicy(Self.policy, destinationAddress: proxy.address)
                _ = try await pair.plan()
                proxy.setRule { request in
                    guard request.method == "POST", request.path.hasSuffix("/projectgroups"),
                        request.bodyText.contains("2")
                    else { return nil }
                    return .answer(status: 503, body: #"{"ErrorMessage": "The server is in maintenance mode."}"#)
                }
                let stopped = try await pair.apply()
                #expect(stopped.exitCode == 5)
                #expect(stopped.standardOutput.contains("maintenance mode after"))
                #expect(stopped.standardOutput.contains("run the same command again to go on"))
                proxy.setRule {
                    $0.path == "/api/maintenanceconfiguration"
                        ? .answer(status: 200, body: #"{"IsInMaintenanceMode": true}"#) : nil
                }
                let closed = try await pair.apply()
                #expect(closed.exitCode == 9)
                #expect(closed.standardOutput.contains("maintenance mode"))
                proxy.setRule(nil)
                #expect(try await pair.apply().exitCode == 0)
                #expect(try await pair.destination.documents(.projectGroups).count { $0["Name"] == "Group 2" } == 1)
            }
        }
    }

    @Test("2.20: every request of an apply names the run and the plan, every write its operation")
    func userAgent() async throws {
        try await SyncPair.withPair { pair in
            for name in ["A", "B"] { _ = try await pair.source.client.create(.projectGroups, ["Name": .string(name)]) }
            try await RecordingProxy.with(upstreamPort: Self.port(pair.destination)) { proxy in
                try pair.writePolicy(Self.policy, destinationAddress: proxy.address)
                _ = try await pair.plan()
                proxy.forget()
                let applied = try await pair.apply()
                let run = try #require(try Self.data(applied)["run"]?.stringValue)
                func agent(_ request: RecordedRequest) -> String {
                    request.headers.first { $0.name.lowercased() == "user-agent" }?.value ?? ""
                }
                // Connecting, by a look at what changed, comes before the run has a name.
                let unnamed = proxy.requests.filter { !agent($0).contains("run=\(run); plan=") }
                #expect(
                    unnamed.allSatisfy {
                        ["/api", "/api/spaces/all"].contains($0.path) || $0.path.contains("/changes?")
                    },
                    "\(unnamed.map(\.path))"
                )
                let writes = proxy.writes.filter { $0.path.hasSuffix("/projectgroups") }
                #expect(writes.count == 2)
                #expect(writes.allSatisfy { agent($0).contains("; op=") })
            }
        }
    }

    @Test("a missing space and a wrong command line have exit codes that no difference has")
    func exitCodes() async throws {
        try await SyncPair.withPair(policy: Self.policy) { pair in
            let usage = try await pair.sync("plan", "--polcy", pair.policyPath)
            #expect(usage.exitCode == 64)
            let text = try String(contentsOfFile: pair.policyPath, encoding: .utf8)
            try text.replacing(
                "auth: env:SKERRY_DESTINATION_KEY",
                with: "space: Nowhere, auth: env:SKERRY_DESTINATION_KEY"
            )
            .write(toFile: pair.policyPath, atomically: true, encoding: .utf8)
            let missing = try await pair.plan()
            #expect(missing.exitCode == 6)
            #expect(missing.standardOutput.contains("Nowhere"))
        }
    }

    // MARK: - Parts

    static func port(_ server: TestServer) -> Int { URL(string: server.address)?.port ?? 0 }

    static func data(_ result: FinishedProcess) throws -> JSON {
        try JSON.parse([UInt8](result.standardOutput.utf8))["data"] ?? .null
    }

    /// The same flow with a state of its own, as on another machine.
    static func secondRunner(_ pair: SyncPair, destination: String) throws -> SyncPair {
        var other = pair
        other.folder = "\(pair.folder)/other"
        other.policyPath = "\(other.folder)/policy.yaml"
        other.planPath = "\(other.folder)/sync.skplan"
        try FileManager.default.createDirectory(atPath: other.folder, withIntermediateDirectories: true)
        try other.writePolicy(policy, destinationAddress: destination)
        return other
    }

    /// A server whose clock is off.
    static func clock(hours: Double) -> RecordingProxy.Translation {
        var translation = RecordingProxy.Translation()
        translation.answer = { _, answer in
            var answer = answer
            answer.headers.removeAll { $0.name.lowercased() == "date" }
            answer.headers.append((name: "Date", value: httpDate(Date().addingTimeInterval(hours * 3600))))
            return answer
        }
        return translation
    }

    static func httpDate(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }
}
