import Catalog
import Testing

@testable import Sync

@Suite("Advice")
struct AdviceTests {
    private func side(
        _ installation: String,
        space: String = "Spaces-1",
        version: String = "2025.4.1",
        environments: [String] = ["Development"],
        projects: [String] = ["Web"],
        git: [String] = [],
        ids: String
    ) -> AdviceFacts.Side {
        AdviceFacts.Side(
            identity: ReplicaIdentity(
                url: "https://\(installation).example",
                spaceID: space,
                spaceName: "Default",
                serverVersion: version,
                installationID: installation
            ),
            environments: Dictionary(environments.map { ($0, "Environments-\(ids)\($0)") }) { first, _ in first },
            projects: Dictionary(projects.map { ($0, "Projects-\(ids)\($0)") }) { first, _ in first },
            projectsInGit: git
        )
    }

    @Test("S-102: packages that the source's processes use and the destination lacks are named, with their projects")
    func packages() {
        var (source, destination) = (side("a", ids: "1"), side("b", ids: "2"))
        source.usedPackages = ["Acme.Web": ["Web", "Shop"], "Acme.Tools": ["Web"]]
        #expect(!codes(source, destination).contains("packages"), "a feed that cannot be seen says nothing")
        destination.packages = ["acme.tools"]
        let finding = AdviceFacts(source: source, destination: destination).findings.first { $0.code == "packages" }
        #expect(finding?.text.contains("1 of 2") == true && finding?.text.contains("Acme.Web (Shop, Web)") == true)
        destination.packages = ["acme.tools", "acme.web"]
        #expect(!codes(source, destination).contains("packages"))
    }

    private func codes(_ source: AdviceFacts.Side, _ destination: AdviceFacts.Side) -> [String] {
        AdviceFacts(source: source, destination: destination).findings.map(\.code)
    }

    @Test(
        "S-13 to S-19: the reasons for which one server is enough are redirected",
        arguments: [
            ("approval", "S-13", "git"), ("test-instance", "S-14", "test instance"),
            ("move-server", "S-15", "Move the server"),
            ("move-database", "S-16", "Move the database"), ("to-cloud", "S-17", "export and import"),
            ("consolidate", "S-18", "export and import"), ("move-space", "S-19", "export and import"),
            ("same-steps", "LS-19", "process templates"), ("same-projects", "LS-19", "project templates"),
            ("rules", "LS-19", "policies"),
        ]
    )
    func instead(name: String, requirement: String, advice: String) throws {
        let reason = try #require(AdviceReason.named(name))
        #expect(reason.answer == .instead)
        #expect(reason.answers.contains(requirement))
        #expect(reason.advice.contains(advice))
    }

    @Test("S-8 to S-12: the cases for which the guide is written lead to a preset that exists")
    func presets() {
        for (name, preset) in [
            ("locked-production", "lower-upper"), ("regulation", "isolated-production"), ("tenants", "tenant-split"),
        ] {
            #expect(AdviceReason.named(name)?.answer == .sync(preset: preset))
            #expect(PolicyPreset.named(preset) != nil)
        }
    }

    @Test("S-20, S-22: a clone is known by its ids, one installation by its GUID")
    func identity() {
        let names = ["A", "B", "C"]
        let one = side("one", projects: names, ids: "1")
        #expect(codes(one, side("two", projects: names, ids: "1")).contains("clone"))
        #expect(!codes(one, side("two", projects: names, ids: "2")).contains("clone"))
        #expect(codes(one, side("one", projects: names, ids: "1")).first == "same-space")
        #expect(codes(one, side("one", space: "Spaces-2", projects: names, ids: "2")).first == "same-installation")
    }

    @Test("S-41, LS-2: another release is named, another major version first of all")
    func versions() {
        let one = side("one", version: "2025.4.1", ids: "1")
        #expect(codes(one, side("two", version: "2025.3.9", ids: "2")).first == "minor-version")
        #expect(codes(one, side("two", version: "2024.4.1", ids: "2")).first == "major-version")
        #expect(!codes(one, side("two", version: "2025.4.7", ids: "2")).contains { $0.hasSuffix("version") })
    }

    @Test("S-13, S-118: identical environments, git and an empty destination are seen")
    func environments() {
        let one = side("one", environments: ["D", "T"], git: ["Web"], ids: "1")
        #expect(codes(one, side("two", environments: ["D", "T"], ids: "2")) == ["same-environments", "git"])
        #expect(
            codes(one, side("two", environments: ["S"], projects: [], ids: "2")) == [
                "environments", "git", "first-sync",
            ]
        )
    }
}
