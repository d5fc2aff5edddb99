import Catalog
import Testing

@testable import Sync

/// Step templates of the community library are installed, never made as one's own.
@Suite("Community step templates")
struct CommunityTemplateTests {
    private static let library = "2f1c9a40-5a54-4f0c-9d8e-6a1f2b3c4d5e"
    private static let template = EntityKey(.stepTemplates, "Notify")

    private static func content(_ script: String, of library: String = library) -> JSON {
        [
            "Name": "Notify", "ActionType": "Octopus.Script",
            "CommunityActionTemplateId": ref(.communityStepTemplates, library),
            "Properties": ["Octopus.Action.Script.ScriptBody": .string(script)],
        ]
    }

    /// A catalogue's entry is seen as what an install makes of it.
    private static func offer(_ sketch: inout Sketch, _ script: String, of library: String = library) {
        let key = EntityKey(.communityStepTemplates, library)
        let body = Sketch.body(template, content(script, of: library))
        sketch.replica.insert(Entity(key: key, id: sketch.nextID("community"), version: 1, body: body))
    }

    /// The source has a copy of the template, and its catalogue the template.
    private static func duo(catalogue script: String? = "echo 1") -> Duo {
        var duo = Duo()
        offer(&duo.source, "echo 1")
        duo.source.add(template, content("echo 1"), version: 3)
        if let script { offer(&duo.destination, script) }
        return duo
    }

    @Test("S-51, S-77: a community step template is installed from the destination's own catalogue")
    func install() throws {
        var duo = Self.duo()
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let operation = try #require(plan.operations.first)
        #expect((operation.action, operation.key) == (.create, Self.template))
        #expect(operation.after["CommunityActionTemplateId"] == ref(.communityStepTemplates, Self.library))
        #expect(try duo.residue() == [])
    }

    @Test("a community step template that the destination's catalogue lacks is a conflict that says what to do")
    func unknownThere() throws {
        let plan = try Self.duo(catalogue: nil).plan().plan
        #expect(plan.operations == [], "a copy of it would no longer be updated from the library")
        let conflict = try #require(plan.conflicts.first)
        #expect(conflict.code == "community-template-missing")
        #expect(conflict.message.contains("skerry community load"))
    }

    @Test("E-17: a step template from the community and one of one's own share a name only")
    func otherKind() throws {
        var duo = Self.duo()
        duo.destination.add(Self.template, ["ActionType": "Octopus.Script"], version: 1)
        #expect(try duo.plan().plan.conflicts.map(\.code) == ["kind"])
    }

    @Test("E-17: two templates of the community under one name are two")
    func otherTemplate() throws {
        var duo = Self.duo()
        let other = "00000000-5a54-4f0c-9d8e-6a1f2b3c4d5e"
        Self.offer(&duo.destination, "echo 9", of: other)
        duo.destination.add(Self.template, Self.content("echo 9", of: other), version: 1)
        #expect(try duo.plan().plan.conflicts.map(\.code) == ["kind"])
    }

    @Test("S-66: a community step template is known by its id in the library, under whatever name it was installed")
    func knownByLibrary() throws {
        var duo = Self.duo()
        var body = Self.content("echo 1")
        body["Name"] = "Notify (old name)"
        let copy = EntityKey(.stepTemplates, "Notify (old name)")
        duo.destination.add(copy, body, version: 1)
        let properties: JSON = [
            "Octopus.Action.Template.Id": ref(.stepTemplates, "Notify"), "Octopus.Action.Template.Version": "3",
        ]
        duo.source.project("Web", steps: [step("Tell", properties: properties)])
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        #expect(!plan.operations.contains { $0.key.kind == .stepTemplates })
        let process = try #require(duo.destination.replica[EntityKey(.deploymentProcesses, "Web")])
        let used = process.body["Steps"]?[0]?["Actions"]?[0]?["Properties"]?["Octopus.Action.Template.Id"]
        #expect(used == NormalReference.resolved(copy).json)
        #expect(try duo.residue() == [])
    }

    @Test("the copy is updated where the destination's catalogue has what the source uses")
    func update() throws {
        var duo = Self.duo(catalogue: "echo 1")
        duo.destination.add(Self.template, Self.content("echo 0"), version: 5)
        let plan = try duo.sync()
        #expect(plan.operations.map(\.action) == [.update])
        #expect(plan.operations.first?.fields.map(\.path) == ["Properties"])
        #expect(try duo.residue() == [])
    }

    @Test("a copy is never brought to a version that the source does not have; the plan tells")
    func otherVersion() throws {
        var duo = Self.duo(catalogue: "echo 2")
        #expect(try duo.sync().notices.map(\.code).contains("community-template-version"))
        duo = Self.duo(catalogue: "echo 2")
        duo.destination.add(Self.template, Self.content("echo 2"), version: 5)
        let plan = try duo.sync()
        #expect(plan.operations == [])
        #expect(plan.notices.map(\.code).contains("community-template-version"))
    }

    @Test("where the catalogues cannot be read, copies of one name are taken as one")
    func unreadable() throws {
        var duo = Duo()
        for (side, token) in [
            (\Duo.source, "CommunityActionTemplates-1"), (\Duo.destination, "CommunityActionTemplates-9"),
        ] {
            let reference = NormalReference.unresolved(kind: .communityStepTemplates, token: token).json
            duo[keyPath: side].add(Self.template, ["CommunityActionTemplateId": reference], version: 1)
        }
        let plan = try duo.sync()
        #expect(plan.operations.isEmpty)
        #expect(plan.conflicts == [])
    }
}
