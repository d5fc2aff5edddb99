import Catalog
import Testing

@Suite("Intake of entries")
struct IntakeEntryTests {
    @Test("Entries keep their ids, and new ones get one")
    func ids() throws {
        let outcome = try intake(
            [
                "Steps": [
                    ["Id": "s1", "Name": "One", "Actions": [["ActionType": "Octopus.Script"]]],
                    ["Id": "", "Name": "Two"], ["Id": nil, "Name": "Three"],
                ]
            ],
            .deploymentProcesses
        )
        #expect(outcome.problems == [])
        #expect(outcome.body["Steps"]?.arrayValue?.map { $0["Id"] } == ["s1", "uuid-2", "uuid-3"])
        #expect(outcome.body["Steps"]?[0]?["Actions"]?[0]?["Id"] == "uuid-1")
        // The only action of a step is named like the step.
        #expect(outcome.body["Steps"]?[0]?["Actions"]?[0]?["Name"] == "One")
        #expect(outcome.body["Steps"]?[0]?["StartTrigger"] == "StartAfterPrevious")
        #expect(outcome.body["Steps"]?[0]?["Actions"]?[0]?["Container"]?["Image"] == .null)
    }

    @Test("Variables may share a name, not an id")
    func variables() throws {
        let shared = try intake(["Variables": [["Name": "a"], ["Name": "a"]]], .variableSets)
        #expect(shared.problems == [])
        let clash = try intake(["Variables": [["Id": "v", "Name": "a"], ["Id": "v", "Name": "b"]]], .variableSets)
        #expect(clash.messages == ["Variables has two entries with the Id 'v'."])
    }

    @Test("Scopes hold only what restricts")
    func scopes() throws {
        let outcome = try intake(
            [
                "Variables": [
                    ["Name": "a", "Scope": ["environment": ["E-1"], "Machine": [], "Channel": nil, "New": ["x"]]],
                    ["Name": "b"],
                ]
            ],
            .variableSets
        )
        #expect(outcome.body["Variables"]?[0]?["Scope"] == ["Environment": ["E-1"], "New": ["x"]])
        #expect(outcome.body["Variables"]?[1]?["Scope"] == [:])
    }

    @Test("Tags keep the ids that they have here; others are left for the server to number")
    func tags() throws {
        let stored: JSON = ["Name": "T", "Tags": [["Id": "TagSets-1/Tags-1", "Name": "a", "CanonicalTagName": "T/a"]]]
        let outcome = try intake(
            [
                "Name": "T",
                "Tags": [["Name": "A"], ["Id": "TagSets-9/Tags-4", "Name": "b"], ["Name": "c"]],
            ],
            .tagSets,
            replacing: stored
        )
        #expect(outcome.body["Tags"]?.arrayValue?.map { $0["Id"] } == ["TagSets-1/Tags-1", .null, .null])
        #expect(outcome.body["Tags"]?[0]?["CanonicalTagName"] == "T/a")
    }

    @Test("A deploy-a-release action refers to a project where others name a package")
    func variantOfAction() throws {
        let outcome = try intake(
            [
                "Steps": [
                    [
                        "Name": "S",
                        "Actions": [
                            [
                                "ActionType": "Octopus.DeployRelease",
                                "Packages": [["PackageId": "Projects-1", "FeedId": "f"]],
                            ]
                        ],
                    ]
                ]
            ],
            .deploymentProcesses
        )
        #expect(outcome.problems == [])
        #expect(outcome.body["Steps"]?[0]?["Actions"]?[0]?["Packages"]?[0]?["PackageId"] == "Projects-1")
    }
}
