import Catalog
import Testing

@Suite("Intake of updates")
struct IntakeUpdateTests {
    @Test("Read-only and create-only members keep what is stored")
    func access() throws {
        let stored: JSON = [
            "Id": "Channels-1", "SpaceId": "Spaces-1", "Name": "C", "Slug": "c", "ProjectId": "Projects-1",
            "TenantTags": ["a/b"], "LastModifiedBy": "ann",
        ]
        let outcome = try intake(
            [
                "Id": "Channels-9", "SpaceId": "Spaces-9", "Name": "D", "ProjectId": "Projects-2",
                "LastModifiedBy": "eve",
            ],
            .channels,
            replacing: stored
        )
        #expect(outcome.problems == [])
        #expect(outcome.body["Id"] == "Channels-1")
        #expect(outcome.body["SpaceId"] == "Spaces-1")
        #expect(outcome.body["ProjectId"] == "Projects-1")
        #expect(outcome.body["LastModifiedBy"] == "ann")
        #expect(outcome.body["Name"] == "D")
        // Kept when absent.
        #expect(outcome.body["Slug"] == "c")
        #expect(outcome.body["TenantTags"] == ["a/b"])
        #expect(try intake(["Name": "D", "TenantTags": []], .channels, replacing: stored).body["TenantTags"] == [])
    }

    @Test("What is absent goes back to its default, and unknown members go")
    func resets() throws {
        let outcome = try intake(
            ["Name": "E"],
            .environments,
            replacing: ["Name": "E", "Description": "old", "SortOrder": 7, "UseGuidedFailure": true, "Odd": 1]
        )
        #expect(outcome.body["Description"] == "")
        #expect(outcome.body["UseGuidedFailure"] == false)
        #expect(outcome.body["SortOrder"] == 7)
        #expect(outcome.body["Odd"] == nil)
    }

    @Test("A version is the server's to count")
    func version() throws {
        #expect(try intake(["Version": 7], .variableSets).body["Version"] == 0)
        #expect(try intake(["Version": 7], .variableSets, replacing: ["Version": 3]).body["Version"] == 3)
        #expect(try intake(["Version": 7, "Name": "x"], .environments).body["Version"] == 7)
    }

    @Test("Members that are only acted on are not stored")
    func writeOnly() throws {
        let outcome = try intake(["Username": "ann", "DisplayName": "Ann", "Password": "pw"], .users)
        #expect(outcome.problems == [])
        #expect(outcome.body["Password"] == nil)
        #expect(!outcome.body.text.contains("pw"))
    }

    @Test("Another endpoint keeps nothing of the one that it replaces")
    func otherVariant() throws {
        let stored: JSON = [
            "Name": "m", "EnvironmentIds": ["E-1"], "Roles": ["r"],
            "Endpoint": [
                "CommunicationStyle": "OfflineDrop", "SensitiveVariablesEncryptionPassword": FieldType.storedSecret,
            ],
        ]
        var input = stored
        input["Endpoint"] = ["CommunicationStyle": "None"]
        let outcome = try intake(input, .machines, replacing: stored)
        #expect(outcome.problems == [])
        #expect(outcome.secrets.isEmpty)
        #expect(outcome.body["Endpoint"]?["SensitiveVariablesEncryptionPassword"] == nil)
    }

    @Test("A request that does not say the variant speaks of the stored one", arguments: [nil, .null, ""] as [JSON?])
    func sameVariant(sent: JSON?) throws {
        let stored: JSON = [
            "Name": "f", "FeedType": "NuGet", "FeedUri": "https://a", "Password": FieldType.storedSecret,
        ]
        var input: JSON = ["Name": "f", "FeedUri": "https://b"]
        input["FeedType"] = sent
        let outcome = try intake(input, .feeds, replacing: stored)
        #expect(outcome.problems == [])
        #expect(outcome.body["FeedType"] == "NuGet")
        #expect(outcome.body["FeedUri"] == "https://b")
        #expect(outcome.body["DownloadAttempts"] == 5)
        #expect(outcome.changes == ["Password": .keep])
    }

    @Test("A variant of a wrong type is refused")
    func wrongVariant() throws {
        let outcome = try intake(["Name": "f", "FeedType": 5], .feeds)
        #expect(outcome.problems.map(\.path) == ["FeedType"])
    }
}
