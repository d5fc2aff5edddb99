import Catalog
import Testing

@testable import Sync

@Suite("Release settings that depend on what stays behind")
struct ReleaseSettingsTests {
    private static let key = EntityKey(.projects, "Web")

    private static func duo() -> Duo {
        var duo = Duo()
        duo.source.environments("Development", "Production")
        duo.destination.environments("Production")
        duo.policy.environments = [.init("Development", .drop), .init("*", .same)]
        return duo
    }

    private static let steps: JSON = [
        step("Only there", ["Environments": environmentRefs("Development")]), step("Everywhere"),
    ]

    private static func donor(_ step: String) -> JSON {
        [
            "VersioningStrategy": [
                "Template": nil, "DonorPackage": ["DeploymentAction": .string(step), "PackageReference": ""],
                "DonorPackageStepId": nil,
            ]
        ]
    }

    @Test("E-76: releases numbered after a step that stays behind leave the destination's numbering alone")
    func donorExcluded() throws {
        var duo = Self.duo()
        duo.source.project("Web", Self.donor("Only there"), steps: Self.steps)
        let plan = try duo.sync()
        #expect(plan.notices.contains { $0.code == "donor-step-excluded" })
        let numbering = duo.destination.replica[Self.key]?.body["VersioningStrategy"]
        #expect(numbering?["DonorPackage"]?["DeploymentAction"] == nil)
        #expect(try duo.residue() == [])
    }

    @Test("a donor step that goes over is written after the process, in the phase of versioning (S-73)")
    func donorKept() throws {
        var duo = Self.duo()
        duo.source.project("Web", Self.donor("Everywhere"), steps: Self.steps)
        let plan = try duo.sync()
        let phases = plan.operations.filter { $0.key.path.first == "Web" }.map(\.phase)
        #expect(phases.last == .versioning)
        #expect(phases == phases.sorted())
        let numbering = duo.destination.replica[Self.key]?.body["VersioningStrategy"]
        #expect(numbering?["DonorPackage"]?["DeploymentAction"] == "Everywhere")
        #expect(try duo.residue() == [])
    }

    @Test("E-77: releases made by themselves in a channel that stays behind are left off, with a notice")
    func channelExcluded() throws {
        var duo = Self.duo()
        duo.policy.excludedChannels = ["Dev only"]
        duo.source.add(EntityKey(.channels, "Web", "Dev only"))
        duo.source.project(
            "Web",
            ["AutoCreateRelease": true, "ReleaseCreationStrategy": ["ChannelId": ref(.channels, "Web", "Dev only")]],
            steps: Self.steps
        )
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(plan.notices.contains { $0.code == "release-creation-off" })
        #expect(duo.destination.replica[Self.key]?.body["AutoCreateRelease"] == false)
        #expect(try duo.residue() == [])
    }

    @Test("E-78: a runbook arrives unpublished, and the plan says so once; what the destination publishes stays")
    func unpublished() throws {
        var duo = Self.duo()
        duo.source.project("Web")
        duo.source.add(EntityKey(.runbooks, "Web", "Backup"))
        duo.source.add(EntityKey(.runbookProcesses, "Web", "Backup"))
        #expect(try duo.sync().notices.contains { $0.code == "runbook-unpublished" })
        #expect(try duo.residue() == [])
        #expect(try !duo.plan().plan.notices.contains { $0.code == "runbook-unpublished" })
        let field = Catalog.standard[.runbooks]?.field("PublishedRunbookSnapshotId")
        #expect(field?.syncOwner == .derived)
    }

    @Test("E-16: of two certificates of one name the archived one is not seen")
    func archived() {
        let replica = SampleSpace.replica([
            .certificates: [
                ["Id": "Certificates-1", "Name": "Web", "Archived": "2024-01-01T00:00:00.000+00:00"],
                ["Id": "Certificates-2", "Name": "Web", "Archived": nil],
            ]
        ])
        #expect(replica.entities(of: .certificates).map(\.id) == ["Certificates-2"])
        #expect(replica.ambiguous.isEmpty)
    }
}
