import Catalog
import Testing

@testable import Sync

@Suite("How long planning takes")
struct PlanningSpeedTests {
    private func replicas(projects: Int) throws -> Duo {
        var duo = Duo()
        duo.source.environments("Dev", "Test", "Production")
        for number in 0..<projects {
            duo.source.project(
                "Project \(number)",
                steps: .array((0..<5).map { step("Step \($0)", ["Environments": environmentRefs("Test")]) })
            )
            duo.source.variables(
                EntityKey(.variableSets, "projects", "Project \(number)"),
                (0..<10).map { ("Variable \($0)", "value", []) }
            )
        }
        try duo.sync()
        return duo
    }

    @Test("grows with the number of projects, not with its square")
    func linear() throws {
        let (small, large) = (try replicas(projects: 25), try replicas(projects: 200))
        let clock = ContinuousClock()
        _ = try small.plan()
        let short = try clock.measure { _ = try small.plan() }
        var residue: [String]?
        let long = try clock.measure { residue = try large.residue() }
        #expect(residue == [])
        #expect(long < short * 32, "8 times the projects took \(long) instead of \(short)")
        print("planning 25 projects: \(short), 200 projects: \(long)")
    }
}
