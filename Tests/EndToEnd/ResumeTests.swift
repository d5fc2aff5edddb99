import Catalog
import TestSupport
import Testing

/// A power cut between any two operations of an apply.
@Suite("An apply that is cut off")
struct ResumeTests {
    @Test(
        "E-101, E-102: killed again and again between its journal entries, and run again each time, it ends as if nothing had happened"
    )
    func everywhere() async throws {
        let policy = "environments: {Development: drop, Test: drop, \"*\": same}"
        try await SyncPair.withPair(policy: policy) { pair in
            try await pair.load()
            #expect(try await pair.plan().exitCode == 2)
            let operations = try pair.planFile()["operations"]?.arrayValue ?? []
            #expect(operations.count > 30)

            // Sixteen operations are begun at once, so a run needs a little more than that many entries to get on.
            let cuts = try await pair.applyKilled(most: operations.count * 4) { 17 + $0 % 2 }
            #expect(cuts > 5)
            try await expectSameAsUninterrupted(pair)
        }
    }

    /// Nothing twice, nothing missing, and nothing left to do.
    private func expectSameAsUninterrupted(
        _ pair: SyncPair,
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        for kind in [KindName.environments, .projects, .channels, .runbooks, .tenants, .accounts, .stepTemplates] {
            let names = try await pair.destination.documents(kind).map { document in
                "\(document["ProjectId"]?.stringValue ?? "") \(document["Name"]?.stringValue ?? "")"
            }
            #expect(Set(names).count == names.count, "\(kind) holds a name twice: \(names)")
        }
        let verified = try await pair.verify()
        #expect(verified.exitCode == 0, "\(verified.standardOutput.suffix(3000))")
    }
}
