import Catalog
import Foundation
import Testing

@testable import Sync

@Suite("Plan file")
struct PlanFileTests {
    static let side = ReplicaIdentity(
        url: "http://one",
        spaceID: "Spaces-1",
        spaceName: "Default",
        serverVersion: "2026.1.0",
        installationID: "i"
    )

    static let plan = Plan(
        source: side,
        destination: side,
        sourceCursor: 12,
        policyDigest: "d",
        operations: [
            Operation(
                sequence: 1,
                phase: .projects,
                action: .update,
                key: EntityKey(.projects, "Web"),
                lineage: "l",
                dependsOn: [],
                fields: [FieldChange(path: "Description", from: "a", to: "b", rule: "source changed")],
                after: ["Name": "Web"],
                sourceHash: "s",
                hashBefore: "x",
                hashAfter: "y",
                risks: [.widening, .secret]
            )
        ],
        conflicts: [
            Conflict(
                id: "c-1",
                code: "both-changed",
                key: EntityKey(.projects, "Web"),
                path: "Name",
                base: "a",
                source: nil,
                destination: .null,
                message: "both sides changed it"
            )
        ],
        notices: [Notice(code: "orphan", key: EntityKey(.channels, "Web", "Old"), message: "gone at the source")],
        skipped: [
            Skipped(code: "excluded", key: EntityKey(.channels, "Web", "Dev only"), rule: "types.channels.exclude")
        ],
        secrets: [SecretNeed(key: EntityKey(.accounts, "Cloud"), path: "SecretKey", state: .unset)]
    )

    static let file = PlanFile(
        plan: plan,
        createdAt: "2026-01-01T00:00:00.000+00:00",
        expiresAt: "2026-01-02T00:00:00.000+00:00",
        engine: "0.1.0",
        policyPath: "/tmp/policy.yaml"
    )

    @Test("a plan survives its file")
    func roundTrip() throws { #expect(try PlanFile.parse(Self.file.text) == Self.file) }

    @Test("S-27: a file that was edited is recognised")
    func edited() {
        let text = Self.file.text.replacing("\"b\"", with: "\"c\"")
        #expect(throws: PlanFileError.self) { _ = try PlanFile.parse(text) }
    }

    @Test("what is no plan is refused", arguments: ["", "{}", "[1]", "{\"format\":\"skerry.plan/v1\"}", "<html>"])
    func noPlan(text: String) {
        #expect(throws: PlanFileError.self) { _ = try PlanFile.parse(text) }
    }

    @Test("the text begins with the sum, then risks, conflicts, operations, secrets")
    func text() throws {
        let text = PlanText.text(of: Self.plan, catalog: .standard)
        let places = try [
            "Plan: 1 to update; 1 conflict.", "Widens what a restriction lets through (1)", "Conflicts",
            "~ update project Web   (widens, touches a secret)", "Description: 'a' → 'b'",
            "To be filled in by a person",
            "account Cloud · SecretKey (not set)", "channel Web / Dev only — types.channels.exclude",
        ].map { try #require(text.range(of: $0), "\($0) in\n\(text)").lowerBound }
        #expect(places == places.sorted())
        #expect(!text.contains("\u{1B}"))
    }

    @Test("a plan without operations says that both sides are in step")
    func empty() {
        let plan = Plan(source: Self.side, destination: Self.side, policyDigest: "d")
        #expect(PlanText.text(of: plan, catalog: .standard).contains("In step: nothing to do."))
    }
}
