import Catalog
import Testing

@testable import Sync

@Suite("Which types a policy can switch on")
struct TypeModeTests {
    private func problems(_ line: String) -> [String] {
        do {
            _ = try PolicyFile.parse(PolicyFileTests.common + "\n" + line, catalog: .standard)
            return []
        } catch {
            return error.problems.map(\.message)
        }
    }

    private func mode(_ line: String, _ kind: KindName) throws -> SyncTreatment.Mode? {
        try PolicyFile.parse(PolicyFileTests.common + "\n" + line, catalog: .standard).types[kind]?.mode
    }

    @Test("S-64: triggers are left out until the policy asks for them")
    func triggers() throws {
        #expect(Catalog.standard[.triggers]?.sync.mode == .skip)
        #expect(try mode("types: {triggers: merge}", .triggers) == .merge)
        #expect(try mode("types: {triggers: {mode: initialOnly}}", .triggers) == .initialOnly)
    }

    @Test(
        "S-88, S-89, S-97, S-99: targets and workers need a second key",
        arguments: [("targets", KindName.machines), ("workers", .workers)]
    )
    func secondKey(type: String, kind: KindName) throws {
        #expect(Catalog.standard[kind]?.sync.mode == .forbid)
        for line in ["types: {\(type): nameOnly}", "types: {\(type): {mode: nameOnly, optIn: false}}"] {
            #expect(problems(line).first?.contains("optIn: true") == true, "\(line)")
        }
        #expect(try mode("types: {\(type): {mode: nameOnly, optIn: true}}", kind) == .nameOnly)
        #expect(try mode("types: {\(type): forbid}", kind) == .forbid)
    }

    @Test(
        "S-90, S-94: proxies and users have no second key, nor have user roles (S-56)",
        arguments: ["proxies", "users", "userRoles", "spaces"]
    )
    func never(type: String) {
        #expect(problems("types: {\(type): {mode: nameOnly, optIn: true}}").count >= 1)
        #expect(problems("types: {\(type): skip}").isEmpty)
    }

    @Test("a second key where none is needed is an error")
    func needless() {
        #expect(problems("types: {triggers: {mode: merge, optIn: true}}").first?.contains("no such setting") == true)
    }

    @Test(
        "S-91 to S-96, S-103, S-108 to S-114: what is never synced is refused with the reason",
        arguments: [
            ("releases", "record"), ("deployments", "record"), ("runbookRuns", "record"),
            ("runbookSnapshots", "record"), ("tasks", "record"), ("artifacts", "record"), ("taskLogs", "record"),
            ("events", "record"), ("subscriptions", "own"), ("systemSettings", "own"), ("issueTrackers", "own"),
            ("authenticationProviders", "own"), ("systemTeams", "own"),
        ]
    )
    func refusedWithReason(type: String, word: String) {
        #expect(problems("types: {\(type): merge}").first?.contains(word) == true)
    }
}
