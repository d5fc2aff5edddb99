import Catalog
import Testing

@Suite("What cannot be synced by construction")
struct NeverSyncedTests {
    @Test(
        "S-91, S-92, S-93, S-95, S-108 to S-111, S-114: the catalog has no kind of this name",
        arguments: [
            "releases", "deployments", "runbooksnapshots", "runbookruns", "tasks", "artifacts", "interruptions",
            "subscriptions", "smtpconfiguration", "authenticationproviders", "issuetrackers", "licenses",
        ]
    )
    func noKind(name: String) {
        #expect(Catalog.standard[KindName(name)] == nil)
        #expect(!Catalog.standard.kinds.contains { $0.policyKey.lowercased() == name })
    }

    @Test(
        "S-90, S-94, S-98, S-103, S-106: kinds that only one server owns have no phase in which sync could write them"
    )
    func noPhase() {
        let unwritable = Catalog.standard.kinds.filter { $0.sync.phase == .never }.map(\.name)
        #expect(
            Set(unwritable) == [
                .communityStepTemplates, .spaces, .proxies, .users, .userRoles, .events, .syncRuns,
                .deploymentSettings,
            ],
            "a kind that was added here needs a reason in docs/sync/fields.md"
        )
    }

    @Test("S-98: no permission of a synced kind is one of administration")
    func noAdministration() {
        for kind in Catalog.standard.kinds where kind.sync.phase != .never {
            let all = [kind.permissions.view, kind.permissions.create, kind.permissions.edit, kind.permissions.delete]
            #expect(!all.contains { $0.hasPrefix("Administer") || $0.hasPrefix("Space") }, "\(kind.name)")
        }
    }
}
