import APIClient
import Catalog
import Foundation
import TestSupport
import Testing

@Suite("The doctor of a sync")
struct DoctorTests {
    @Test(
        "2.20: an administrator's key lacks nothing and has too much; clocks, versions, spaces and state are looked at"
    )
    func administrator() async throws {
        try await SyncPair.withPair(policy: "environments: {\"*\": same}") { pair in
            let result = try await pair.sync("doctor", "--policy", pair.policyPath, "--json")
            #expect(result.exitCode == 0, "\(result.standardOutput)\(result.standardError)")
            let findings = try ApplyTrustTests.data(result)["findings"]?.arrayValue ?? []
            func level(_ side: String, _ check: String) -> String? {
                findings.first { $0["side"] == .string(side) && $0["check"] == .string(check) }?["level"]?.stringValue
            }
            for side in ["source", "destination"] {
                for check in ["reachable", "space", "clock", "permissions"] { #expect(level(side, check) == "ok") }
                #expect(level(side, "excess") == "warning")
            }
            #expect(level("both", "versions") == "ok")
            #expect(level("state", "file") == "ok")
        }
    }

    @Test("2.20, E-89: missing permissions are named exactly, and the role that doctor writes cures them")
    func missing() async throws {
        try await SyncPair.withPair { pair in
            try await RecordingProxy.with(upstreamPort: ApplyTrustTests.port(pair.destination)) { proxy in
                try pair.writePolicy("environments: {\"*\": same}", destinationAddress: proxy.address)
                // The key of a user who may look at a part and touch nothing.
                proxy.setRule { request in
                    request.path.hasSuffix("/permissions")
                        ? .answer(
                            status: 200,
                            body:
                                #"{"SpacePermissions": {"ProjectView": [{"RestrictedToProjectIds": ["Projects-1"]}]}}"#
                        ) : nil
                }
                let roles = "\(pair.folder)/roles.json"
                let result = try await pair.sync("doctor", "--policy", pair.policyPath, "--roles", roles)
                #expect(result.exitCode == 8)
                #expect(result.standardOutput.contains("lacks "))
                #expect(result.standardOutput.contains("ProjectEdit"))
                #expect(result.standardOutput.contains("for a part of the space only"))
                proxy.setRule(nil)

                let text = try Data(contentsOf: URL(fileURLWithPath: roles))
                let definitions = try JSON.parse([UInt8](text)).arrayValue ?? []
                let role = try await pair.destination.client.create(.userRoles, try #require(definitions.last))
                let space = pair.destination.client.identity.spaceID
                let granted = (role["GrantedSpacePermissions"]?.stringsValue ?? []).map { name in
                    (name, JSON.array([["SpaceId": .string(space)]]))
                }
                let answer: JSON = [
                    "SpacePermissions": .object(JSONObject(granted)),
                    "SystemPermissions": role["GrantedSystemPermissions"] ?? [],
                ]
                proxy.setRule { $0.path.hasSuffix("/permissions") ? .answer(status: 200, body: answer.text) : nil }
                let cured = try await pair.sync("doctor", "--policy", pair.policyPath)
                #expect(cured.exitCode == 0, "\(cured.standardOutput)")
                #expect(!cured.standardOutput.contains("destination excess"))
            }
        }
    }

    @Test("2.20, E-84: with cac branch doctor names what is missing at the branches of projects in Git, and what to do")
    func branches() async throws {
        try await GitPair.withPair(policy: GitPair.policy) { git in
            let pair = git.pair
            try await RecordingProxy.with(upstreamPort: ApplyTrustTests.port(pair.destination)) { proxy in
                func doctor(_ more: String = "") async throws -> FinishedProcess {
                    try pair.writePolicy(GitPair.policy + "\ncac: branch" + more, destinationAddress: proxy.address)
                    return try await pair.sync("doctor", "--policy", pair.policyPath)
                }
                let well = try await doctor()
                #expect(well.exitCode == 0, "\(well.standardOutput)")
                #expect(well.standardOutput.contains("1 project in Git can be read at their default branches"))
                #expect(well.standardOutput.contains("skerry-sync/… is no protected branch"))

                let missing = try await doctor("\ncacBranch: release")
                #expect(missing.exitCode == 3)
                #expect(missing.standardOutput.contains("'Web' has no branch 'release' in its repository; make it, or"))

                // Permissions for another project only, and a server that keeps the process to itself.
                let all = try JSON.parse(
                    [UInt8](
                        try await pair.sync(
                            "doctor",
                            "--policy",
                            pair.policyPath,
                            "--json"
                        ).standardOutput.utf8
                    )
                )["data"]?["roles"]?[1]
                let names = all?["GrantedSpacePermissions"]?.stringsValue ?? []
                #expect(names.contains("ProcessEdit"))
                var grants: JSON = .object(JSONObject(names.map { ($0, [[:]] as JSON) }))
                grants["ProcessEdit"] = [["RestrictedToProjectIds": ["Projects-1"]]]
                let answer: JSON = [
                    "SpacePermissions": grants, "SystemPermissions": all?["GrantedSystemPermissions"] ?? [],
                ]
                proxy.setRule { $0.path.hasSuffix("/permissions") ? .answer(status: 200, body: answer.text) : nil }
                let restricted = try await doctor()
                #expect(restricted.exitCode == 8)
                #expect(restricted.standardOutput.contains("has ProcessEdit for other projects, and not for 'Web'"))
                proxy.setRule { request in
                    request.path.hasSuffix("/deploymentprocesses") && request.path.contains("main")
                        ? .answer(status: 403, body: #"{"ErrorMessage": "You do not have permission"}"#) : nil
                }
                let forbidden = try await doctor()
                #expect(forbidden.exitCode == 8)
                #expect(forbidden.standardOutput.contains("lacks ProcessView for it"), "\(forbidden.standardOutput)")
                proxy.setRule(nil)

                try await pair.destination.edit(.projects, git.destinationProject) { project in
                    project["PersistenceSettings"]?["ProtectedBranchNamePatterns"] = ["main", "skerry-*"]
                }
                let protected = try await doctor()
                #expect(protected.exitCode == 8)
                #expect(protected.standardOutput.contains("'Web' protects the branches 'skerry-*'"))
            }
        }
    }

    @Test("a server that does not answer, and a key that is not set, are both named in one go")
    func unreachable() async throws {
        try await SyncPair.withPair { pair in
            try pair.writePolicy("environments: {\"*\": same}", destinationAddress: "http://127.0.0.1:1")
            let result = try await pair.sync(
                "doctor",
                "--policy",
                pair.policyPath,
                environment: ["SKERRY_SOURCE_KEY": ""]
            )
            #expect(result.exitCode == 6, "\(result.exitCode)")
            #expect(result.standardOutput.contains("127.0.0.1:1 cannot be reached"))
            #expect(result.standardOutput.contains("SKERRY_SOURCE_KEY"))
        }
    }
}
