import Sync
import Testing

@testable import APIClient
@testable import SyncRun

@Suite("The version gate")
struct VersionGateTests {
    @Test(
        "S-40, S-41: lets neighbours pass, and warns unless it is the same release",
        arguments: [
            ("2025.4.1000", "2025.4.7", false), ("2025.4.1", "2025.3.1", true), ("2025.3.1", "2025.4.1", true),
            ("0.0.0-local", "0.0.0-local", false), ("dev", "dev", false), ("dev", "2025.4.1", true),
        ]
    )
    func passes(source: String, destination: String, warns: Bool) throws {
        let warning = try VersionGate.check(server("a", source), server("b", destination), policy: policy)
        #expect((warning != nil) == warns)
    }

    @Test(
        "S-38, S-40, LS-2: refuses what is too far apart with exit code 7, and names both versions",
        arguments: [("2025.4.1", "2025.2.1"), ("2026.1.1", "2025.4.1"), ("2021.1.1", "2025.1.1")]
    )
    func refuses(source: String, destination: String) {
        let error = #expect(throws: SyncRunError.self) {
            try VersionGate.check(server("a", source), server("b", destination), policy: policy)
        }
        #expect(error?.exitCode.rawValue == 7)
        #expect(error?.description.contains(source) == true && error?.description.contains(destination) == true)
    }

    @Test("LS-2, S-40, S-42: the policy may let more pass, each kind of distance by its own setting, with a warning")
    func allowed() throws {
        var lenient = policy
        lenient.onVersionMismatch = .warn
        let minor = (server("a", "2025.1.1"), server("b", "2025.4.1"))
        let major = (server("a", "2025.4.1"), server("b", "2026.1.1"))
        #expect(try VersionGate.check(minor.0, minor.1, policy: lenient)?.contains("3 minor versions apart") == true)
        #expect(throws: SyncRunError.self) { try VersionGate.check(major.0, major.1, policy: lenient) }
        var daring = policy
        daring.allowsMajor = true
        #expect(try VersionGate.check(major.0, major.1, policy: daring)?.contains("major") == true)
        #expect(throws: SyncRunError.self) { try VersionGate.check(minor.0, minor.1, policy: daring) }
    }

    private var policy: Policy {
        Policy(
            source: .init(name: "", url: "", credential: .environment("A")),
            destination: .init(name: "", url: "", credential: .environment("B"))
        )
    }

    private func server(_ url: String, _ version: String) -> ServerIdentity {
        ServerIdentity(
            url: url,
            version: version,
            apiVersion: "3.0.0",
            installationID: url,
            spaceID: "Spaces-1",
            spaceName: "Default"
        )
    }
}
