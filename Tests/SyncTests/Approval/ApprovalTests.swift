import Catalog
import Testing

@testable import Sync

@Suite("Approvals of a plan")
struct ApprovalTests {
    let alice = ApprovalKey()
    let bob = ApprovalKey()

    @Test("2.11: as many different approvers as the policy asks, each with a key that it names")
    func required() throws {
        var file = Self.file([Self.update("A"), Self.update("B")])
        let rule = rule(required: 2)
        #expect(unapproved(file, rule) == ["A", "B"])
        file.approvals = [try approval(file, alice), try approval(file, alice)]
        #expect(unapproved(file, rule) == ["A", "B"], "one person twice is one person")
        file.approvals.append(try approval(file, ApprovalKey()))
        #expect(unapproved(file, rule) == ["A", "B"], "a stranger's key does not count")
        file.approvals.append(try approval(file, bob))
        #expect(unapproved(file, rule).isEmpty)
    }

    @Test("2.11: an approval of a part is one of that part only")
    func scope() throws {
        var file = Self.file([Self.update("Web shop"), Self.update("Billing")])
        file.approvals = [try approval(file, alice, scope: ["projects/Web*"])]
        #expect(unapproved(file, rule(required: 1)) == ["Billing"])
    }

    @Test("2.11: approvals stand outside the hashed body and survive the file; a changed one is worth nothing")
    func forged() throws {
        var file = Self.file([Self.update("A")])
        let id = file.planID
        file.approvals = [try approval(file, alice)]
        let read = try PlanFile.parse(file.text)
        #expect(read.planID == id)
        #expect(unapproved(read, rule(required: 1)).isEmpty)
        var forged = read
        forged.approvals[0].expiresAt = "2999-01-01T00:00:00.000Z"
        #expect(unapproved(forged, rule(required: 1)) == ["A"])
        forged = read
        forged.approvals[0].operations.append("0")
        #expect(unapproved(forged, rule(required: 1)) == ["A"])
    }

    @Test("2.11: an approval ends, and it is about one pair of spaces")
    func limits() throws {
        var file = Self.file([Self.update("A")])
        file.approvals = [try approval(file, alice, until: "2026-01-02T00:00:00.000Z")]
        #expect(unapproved(file, rule(required: 1), at: "2026-01-01T00:00:00.000Z").isEmpty)
        #expect(unapproved(file, rule(required: 1), at: "2026-01-03T00:00:00.000Z") == ["A"])
        var elsewhere = Self.file([Self.update("A")], destination: "another server")
        elsewhere.approvals = file.approvals
        #expect(unapproved(elsewhere, rule(required: 1), at: "2026-01-01T00:00:00.000Z") == ["A"])
    }

    @Test("2.11: in a newer plan approvals stay good for operations of the same content, wherever these stand")
    func rebase() throws {
        let old = Self.file([Self.update("A"), Self.update("B")])
        let approval = try approval(old, alice)
        var moved = Self.update("B")
        moved.dependsOn = [1]
        var other = Self.update("A")
        other.after = ["Name": "A", "Description": "other"]
        var new = Self.file([Self.update("C"), other, moved])
        new.approvals = [approval]
        #expect(unapproved(new, rule(required: 1)) == ["C", "A"])
        let difference = PlanDifference(from: old.plan, to: new.plan)
        #expect(difference.added.map(\.key.name) == ["C"])
        #expect(difference.changed.map(\.key.name) == ["A"])
        #expect(difference.dropped.isEmpty && difference.unchanged == 1)
    }

    @Test("2.13: environments, tenants and projects are deleted only when somebody names them")
    func deletions() throws {
        var file = Self.file([Self.delete(.environments, "Old"), Self.delete(.feeds, "Old")])
        #expect(unnamed(file, rule(required: 0)) == ["environments/Old"])
        #expect(unnamed(file, rule(required: 0), confirmed: ["environments/old"]).isEmpty)
        file.approvals = [try approval(file, alice)]
        #expect(unnamed(file, rule(required: 1), confirmed: ["environments/Old"]) == ["environments/Old"])
        file.approvals = [try approval(file, alice, deletions: ["environments/Old"])]
        #expect(unnamed(file, rule(required: 1)).isEmpty)
    }

    // MARK: - Parts

    private func rule(required: Int) -> Policy.Approvals {
        var rule = Policy.Approvals()
        rule.required = required
        rule.keys = [.init(name: "Alice", key: alice.publicText), .init(name: "Bob", key: bob.publicText)]
        return rule
    }

    private func approval(
        _ file: PlanFile,
        _ key: ApprovalKey,
        scope: [String] = [],
        deletions: [String] = [],
        until: String = "2026-12-31T00:00:00.000Z"
    ) throws -> Approval {
        try Approval(
            of: file,
            scope: scope,
            deletions: deletions,
            at: "2026-01-01T00:00:00.000Z",
            until: until,
            key: key
        )
    }

    private func unapproved(
        _ file: PlanFile,
        _ rule: Policy.Approvals,
        at time: String = "2026-06-01T00:00:00.000Z"
    ) -> [String] {
        ApprovalCheck(file, rule: rule, at: time, confirmed: []).unapproved.map(\.key.name)
    }

    private func unnamed(_ file: PlanFile, _ rule: Policy.Approvals, confirmed: [String] = []) -> [String] {
        ApprovalCheck(file, rule: rule, at: "2026-06-01T00:00:00.000Z", confirmed: confirmed).unnamedDeletions
            .map(\.key.description)
    }

    static func file(_ operations: [Sync.Operation], destination: String = "prod") -> PlanFile {
        func replica(_ name: String) -> ReplicaIdentity {
            ReplicaIdentity(
                url: "http://\(name)",
                spaceID: "Spaces-1",
                spaceName: "Default",
                serverVersion: "2025.4.1",
                installationID: name
            )
        }
        var plan = Plan(source: replica("dev"), destination: replica(destination), policyDigest: "p")
        plan.operations = operations.enumerated().map { position, operation in
            var operation = operation
            operation.sequence = position + 1
            return operation
        }
        return PlanFile(plan: plan, createdAt: "", expiresAt: "", engine: "", policyPath: "")
    }

    static func update(_ name: String) -> Sync.Operation {
        Sync.Operation(
            phase: .projects,
            action: .update,
            key: EntityKey(.projects, name),
            lineage: name,
            after: ["Name": .string(name)]
        )
    }

    static func delete(_ kind: KindName, _ name: String) -> Sync.Operation {
        Sync.Operation(phase: .deletes, action: .delete, key: EntityKey(kind, name), lineage: name, after: .null)
    }
}
