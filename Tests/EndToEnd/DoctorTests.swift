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
