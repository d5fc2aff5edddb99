import Catalog
import Testing

@testable import SyncRun

@Suite("The tripwire")
struct TripwireTests {
    private let tripwire = Tripwire(
        sourceIDs: ["Projects-1", "Environments-4", "Teams-2", "TagSets-1", "0d9e6f3e-7f0c-4a0e-9a57-1f6a2a6a7c11"],
        destinationIDs: ["Environments-4"]
    )

    @Test(
        "stops an id that only the source knows, wherever it hides",
        arguments: [
            ["ProjectGroupId": "Projects-1"], ["LibrarySets": ["x", "Projects-1"]], ["Unknown": ["Projects-1": true]],
            ["ExtensionSettings": "{\"Id\":\"Projects-1\"}"], ["Teams": "Teams-9,Teams-2"], ["Tag": "TagSets-1/Tags-3"],
            ["Unknown": "0d9e6f3e-7f0c-4a0e-9a57-1f6a2a6a7c11"],
        ] as [JSON]
    )
    func stops(body: JSON) throws {
        #expect(tripwire.leak(in: body, kind: try #require(Catalog.standard[.projects])) != nil)
    }

    @Test(
        "lets pass what the destination knows too, longer words, and free text",
        arguments: [
            ["LifecycleId": "Environments-4"], ["Name": "Projects-12"], ["Name": "MyProjects-1"],
            ["Description": "see Projects-1"],
        ] as [JSON]
    )
    func passes(body: JSON) throws {
        #expect(tripwire.leak(in: body, kind: try #require(Catalog.standard[.projects])) == nil)
    }

    @Test("an id that the destination makes during the apply is its own")
    func learns() throws {
        var tripwire = tripwire
        tripwire.allow(["Id": "Projects-1", "Templates": [["Id": "Teams-2"]], "LifecycleId": "TagSets-1"])
        let kind = try #require(Catalog.standard[.projects])
        #expect(tripwire.leak(in: ["A": "Projects-1", "B": "Teams-2"], kind: kind) == nil)
        #expect(tripwire.leak(in: ["A": "TagSets-1"], kind: kind) == "TagSets-1")
    }
}
