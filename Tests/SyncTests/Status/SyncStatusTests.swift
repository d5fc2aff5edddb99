import Catalog
import Testing

@testable import Sync

@Suite("Status")
struct SyncStatusTests {
    private func status(_ duo: Duo) throws -> SyncStatus {
        let outcome = try duo.plan()
        return SyncStatus(plan: outcome.plan, state: outcome.proposedState)
    }

    @Test("each project has one of five states, by who changed what")
    func states() throws {
        var duo = Duo()
        for name in ["Same", "Ahead", "Drifted", "Both", "Conflict"] {
            duo.source.project(name, ["Description": "old", "ReleaseNotesTemplate": "old"])
        }
        try duo.sync()
        let edit = { (sketch: inout Sketch, name: String, field: String) in
            let author = sketch.prefix
            sketch.edit(EntityKey(.projects, name)) { $0[field] = .string("by \(author)") }
        }
        edit(&duo.source, "Ahead", "Description")
        edit(&duo.destination, "Drifted", "Description")
        edit(&duo.source, "Both", "Description")
        edit(&duo.destination, "Both", "ReleaseNotesTemplate")
        edit(&duo.source, "Conflict", "Description")
        edit(&duo.destination, "Conflict", "Description")
        let status = try status(duo)
        let states = Dictionary(uniqueKeysWithValues: status.projects.map { ($0.name, $0.state) })
        #expect(
            states == [
                "Same": .upToDate, "Ahead": .sourceAhead, "Drifted": .destinationDrifted, "Both": .diverged,
                "Conflict": .conflict,
            ]
        )
        #expect(status.state == .conflict)
        #expect(SyncStatus.State.allCases.map(status.count) == [1, 1, 1, 1, 1])
        #expect(status.shared.map(\.name) == ["lifecycles", "project groups"])
        #expect(status.shared.allSatisfy { $0.state == .upToDate })
    }

    @Test("what belongs to a project counts there, what is shared under its type")
    func places() throws {
        var duo = Duo()
        duo.source.project("Web", steps: [step("A")])
        duo.source.add(EntityKey(.tagSets, "Ring"), ["Tags": [["Name": "One"]]])
        try duo.sync()
        duo.source.edit(EntityKey(.deploymentProcesses, "Web")) { $0["Steps"] = [step("A"), step("B")] }
        duo.source.edit(EntityKey(.tagSets, "Ring")) { $0["Tags"] = [["Name": "One"], ["Name": "Two"]] }
        let status = try status(duo)
        #expect(status.projects.first?.changes == 1)
        #expect(status.projects.first?.lines.first?.subject == "deployment process of Web")
        #expect(status.shared.first { $0.kind == .tagSets }?.state == .sourceAhead)
    }

    @Test("things are called as people call them")
    func titles() {
        let titles = [
            EntityKey(.projects, "Database"), EntityKey(.channels, "OctoFX", "Hotfix"),
            EntityKey(.variableSets, "projects", "Web"), EntityKey(.variableSets, "libraryvariablesets", "Global"),
            EntityKey(.deploymentProcesses, "Web"), EntityKey(.runbookProcesses, "Web", "Restart"),
            EntityKey(.tenantVariables, "Bank"), EntityKey(.scriptModules, "Tools"), EntityKey(.feeds, "@builtin"),
        ].map { $0.title() }
        #expect(
            titles == [
                "project Database", "channel OctoFX / Hotfix", "variables of project Web",
                "variables of library set Global", "deployment process of Web",
                "process of runbook Web / Restart", "variables of tenant Bank", "script module Tools",
                "feed (builtin)",
            ]
        )
    }
}
