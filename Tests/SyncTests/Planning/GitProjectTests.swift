import Catalog
import Testing

@testable import Sync

@Suite("Projects in Git")
struct GitProjectTests {
    private static let web = EntityKey(.projects, "Web")

    private static func place(_ url: String, _ folder: String = ".octopus") -> GitPlace {
        GitPlace(url: url, folder: folder)
    }

    private static func duo(_ source: GitPlace?, _ destination: GitPlace?) -> Duo {
        var duo = Duo()
        duo.source.project("Web", steps: [step("Deploy")])
        duo.destination.project("Web", steps: [step("Other")])
        duo.source.replica.gitProjects[web] = source
        duo.destination.replica.gitProjects[web] = destination
        return duo
    }

    @Test(
        "E-84: both projects on one folder of one repository are refused, however its address is written",
        arguments: [
            ("https://git.example/team/web.git", "https://GIT.example/team/web/"),
            ("https://git.example/team/web", "git@git.example:team/web.git"),
            ("https://ann:x@git.example/team/web", "ssh://git@git.example/team/web.git"),
        ]
    )
    func samePlace(source: String, destination: String) throws {
        let plan = try Self.duo(Self.place(source), Self.place(destination, "./.octopus/")).plan().plan
        #expect(plan.conflicts.map(\.code) == ["same-repository"])
        #expect(plan.operations.filter { $0.key.path.first == "Web" } == [])
    }

    @Test("E-84: in folders or repositories of their own the database's part goes over, and what Git holds is reported")
    func ownPlaces() throws {
        var duo = Self.duo(
            Self.place("https://git.example/team/web", ".octopus/test"),
            Self.place("https://git.example/team/web", ".octopus/production")
        )
        try duo.sync()
        duo.source.edit(Self.web) {
            $0["Description"] = "New"
            $0["ReleaseNotesTemplate"] = "From the source"
        }
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == ["110 update projects/Web: Description"])
        #expect(plan.conflicts == [])
        let notice = try #require(plan.notices.first { $0.code == "kept-in-git" })
        #expect(notice.message.contains("the process"))
        #expect(!plan.operations.contains { $0.key.kind == .deploymentProcesses })
        #expect(!plan.operations.flatMap(\.fields).contains { $0.path == "ReleaseNotesTemplate" })
        #expect(try duo.residue() == [])
    }

    @Test("E-84: a project in Git at one side and in the database at the other is a conflict")
    func oneSide() throws {
        let place = Self.place("https://git.example/team/web")
        for (source, destination) in [(place, GitPlace?.none), (GitPlace?.none, place)] {
            let plan = try Self.duo(source, destination).plan().plan
            #expect(plan.conflicts.map(\.code) == ["kind"])
            #expect(plan.conflicts.first?.message.contains("Git") == true)
        }
    }

    @Test("E-84: sync makes no project in Git; it is left out, and the plan says so")
    func missing() throws {
        var duo = Duo()
        duo.source.project("Web", steps: [step("Deploy")])
        duo.source.replica.gitProjects[Self.web] = Self.place("https://git.example/team/web")
        let plan = try duo.sync()
        #expect(plan.skipped.contains { $0.code == "git-project" && $0.key == Self.web })
        #expect(!plan.operations.contains { $0.key.path.first == "Web" })
    }

    @Test(
        "S-61, E-84: runbooks that one side keeps in Git, unread, are left alone; what is remembered of them stays",
        arguments: [(true, false), (false, true)]
    )
    func runbooks(inGitAtSource: Bool, atDestination: Bool) throws {
        let (clean, other) = (EntityKey(.runbooks, "Web", "Clean"), EntityKey(.runbooks, "Web", "Other"))
        var duo = Self.duo(Self.place("https://git.example/a"), Self.place("https://git.example/b"))
        duo.policy = policy {
            $0.deletes.mode = .delete
            $0.deletes.maxPercent = 100
        }
        duo.source.add(clean)
        duo.source.add(other)
        try duo.sync()
        #expect(duo.destination.replica[clean] != nil && duo.destination.replica[other] != nil)

        // From here on one side has moved its runbooks; its server may list them no longer, or still.
        duo.source.replica.gitProjects[Self.web]?.holdsRunbooks = inGitAtSource
        duo.destination.replica.gitProjects[Self.web]?.holdsRunbooks = atDestination
        duo.source.edit(clean) { $0["Description"] = "New" }
        let gone = try #require(duo.source.replica[other])
        duo.source.replica.remove(other)
        let plan = try duo.sync()
        #expect(plan.operations.map(\.summary) == [] && plan.conflicts == [])
        #expect(plan.notices.first { $0.code == "kept-in-git" }?.message.contains("the runbooks") == true)
        #expect(duo.state.records.values.contains { $0.sourceKey == other })

        // Once they are read, what was remembered goes on.
        for side in [\Duo.source, \Duo.destination] {
            duo[keyPath: side].replica.gitProjects[Self.web]?.reading = .branch("main")
        }
        duo.source.replica.insert(gone)
        let read = try duo.sync().operations.filter { $0.key.kind == .runbooks }
        #expect(read.map { "\($0.action.rawValue) \($0.key)" } == ["update runbooks/Web/Clean"])
    }

    @Test("what a server says of a project's persistence is read from its document")
    func reading() throws {
        let replica = SampleSpace.replica([
            .projects: [
                [
                    "Id": "Projects-1", "Name": "Web", "IsVersionControlled": true,
                    "PersistenceSettings": [
                        "Type": "VersionControlled", "Url": "https://git.example/web", "BasePath": ".octopus",
                        "ConversionState": ["VariablesAreInGit": true, "RunbooksAreInGit": false],
                    ],
                ],
                ["Id": "Projects-2", "Name": "Api", "PersistenceSettings": ["Type": "Database"]],
            ]
        ])
        let place = try #require(replica.gitProjects[Self.web])
        #expect(replica.gitProjects.count == 1)
        #expect(place.holdsVariables && !place.holdsRunbooks)
        #expect(place.holds(.variableSets) && place.holds(.deploymentProcesses) && !place.holds(.runbooks))
    }
}
