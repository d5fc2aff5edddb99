import Catalog
import Foundation
import Testing

@testable import Sync

@Suite("What is done with every field")
struct FieldTableTests {
    private static let standard = FieldTable(.standard)
    private var table: FieldTable { Self.standard }

    private func fate(_ type: String, _ path: String) -> FieldFate? {
        table.sections.first { $0.policyKey == type }?.lines.first { $0.path == path }?.fate
    }

    @Test("S-4: docs/sync/fields.md is what the catalog says; `skerry sync fields --markdown` makes it anew")
    func current() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/sync/fields.md"), encoding: .utf8)
        // Not in the expectation itself: the difference of two long texts is no message.
        let isCurrent = page.drop { $0.isNewline } == table.markdown + "\n"
        #expect(isCurrent, "run: skerry sync fields --markdown > docs/sync/fields.md")
    }

    @Test("S-4, S-26: no field of a kind is without a treatment", arguments: Catalog.standard.kinds.map(\.name))
    func complete(name: KindName) throws {
        let kind = try #require(Catalog.standard[name])
        let section = try #require(table.sections.first { $0.policyKey == kind.policyKey })
        let paths = Set(section.lines.map(\.path))
        for field in kind.fieldsByName.values { #expect(paths.contains(field.name), "\(field.name)") }
        #expect(section.lines.count == paths.count)
    }

    @Test(
        "the treatments of 2.8",
        arguments: [
            ("environments", "Name", FieldFate.synced), ("environments", "UseGuidedFailure", .destination),
            ("accounts", "AccountType", .synced), ("accounts", "SecretKey", .secret),
            ("accounts", "EnvironmentIds", .destination), ("feeds", "FeedType", .synced),
            ("feeds", "Password", .secret), ("workerPools", "WorkerPoolType", .synced),
            ("workerPools", "WorkerType", .destination), ("teams", "MemberUserIds", .destination),
            ("teams", "ExternalSecurityGroups[].Id", .destination), ("teams", "Description", .synced),
            ("scopedUserRoles", "TenantIds", .synced), ("lifecycles", "Phases", .destination),
            ("scriptModules", "Description", .synced), ("stepTemplates", "Properties", .synced),
            ("runbooks", "PublishedRunbookSnapshotId", .derived), ("runbooks", "RunRetentionPolicy.Strategy", .synced),
            ("projects", "VersioningStrategy.Template", .synced), ("projects", "IsDisabled", .destination),
            ("channels", "Rules[].VersionRange", .synced), ("triggers", "IsDisabled", .destination),
            ("triggers", "Filter.Secret", .secret), ("targets", "HealthStatus", .derived),
            ("gitCredentials", "Details.Password", .secret), ("certificates", "CertificateData", .secret),
            ("certificates", "Thumbprint", .derived), ("tenants", "ClonedFromTenantId", .derived),
            ("users", "Username", .destination),
            ("proxies", "Password", .secret), ("logos", "ContentTag", .destination),
        ]
    )
    func known(type: String, path: String, expected: FieldFate) {
        #expect(fate(type, path) == expected)
    }
}
