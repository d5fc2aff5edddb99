import Catalog
import Testing

@Suite("Filled documents")
struct FilledTests {
    /// Enough to choose the variant of any kind.
    static let sample: JSON = [
        "Name": "x", "FeedType": "Docker", "AccountType": "AzureOidc", "Endpoint": ["CommunicationStyle": "Kubernetes"],
        "Filter": ["FilterType": "MachineFilter"], "Action": ["ActionType": "RunRunbook"],
    ]

    @Test("A sparse document equals the complete one when both are filled")
    func filled() throws {
        let kind = try #require(Catalog.standard[.lifecycles])
        let sparse: JSON = [
            "Name": "L", "Phases": [["Id": "p", "Name": "P", "OptionalDeploymentTargets": nil]], "Odd": 1,
        ]
        let complete = kind.filled(sparse)
        #expect(complete["Odd"] == 1)
        #expect(complete["Phases"]?[0]?["OptionalDeploymentTargets"] == [])
        #expect(complete["Phases"]?[0]?["ReleaseRetentionPolicy"] == .null)
        #expect(complete["ReleaseRetentionPolicy"]?["Strategy"] == "Default")
        #expect(kind.filled(complete) == complete)
    }

    @Test("Filling what intake made changes nothing", arguments: Catalog.standard.kinds.map(\.name))
    func idempotent(name: KindName) throws {
        let kind = try #require(Catalog.standard[name])
        let body = try intake(Self.sample, name).body
        #expect(kind.filled(body) == body)
    }

    @Test("Intake of what intake made changes nothing", arguments: Catalog.standard.kinds.map(\.name))
    func intakeTwice(name: KindName) throws {
        let body = try intake(Self.sample, name).body
        #expect(try intake(body, name, replacing: body).body == body)
    }

    @Test("Empty members of a sparse object go, and leave no null")
    func sparseMembers() throws {
        let kind = try #require(Catalog.standard[.variableSets])
        let variable: JSON = [
            "Id": "v-1", "Name": "X", "Value": "1",
            "Scope": ["Environment": [], "Role": nil, "Channel": ["Channels-1"]],
        ]
        let filled = kind.filled(["Variables": [variable]])
        #expect(filled["Variables"]?[0]?["Scope"] == ["Channel": ["Channels-1"]])
    }

    @Test("Null stays where it means something")
    func nulls() throws {
        let kind = try #require(Catalog.standard[.projects])
        #expect(kind.filled(["VersioningStrategy": nil])["VersioningStrategy"] == .null)
        #expect(kind.filled(["Icon": nil])["Icon"] == .null)
        #expect(kind.filled(["ProjectTags": nil])["ProjectTags"] == [])
    }
}
