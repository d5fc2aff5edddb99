import Catalog
import Testing

@testable import Sync

@Suite("Renamed parameters of step templates")
struct ParameterRenameTests {
    private static let template = EntityKey(.stepTemplates, "Notify")
    private static let process = EntityKey(.deploymentProcesses, "Web")

    private static func steps(_ name: String, version: Int) -> JSON {
        [
            step(
                "Tell",
                properties: [
                    "Octopus.Action.Template.Id": ref(.stepTemplates, "Notify"),
                    "Octopus.Action.Template.Version": .string(String(version)),
                    name: NormalSecret.json(hasValue: true),
                ]
            )
        ]
    }

    private static func parameter(_ name: String) -> JSON {
        ["Name": .string(name), "DisplaySettings": ["Octopus.ControlType": "Sensitive"]]
    }

    /// In step, and the destination's secret was entered there.
    private static func settled() throws -> Duo {
        var duo = Duo()
        duo.source.add(template, ["ActionType": "Octopus.Script", "Parameters": [parameter("Token")]], version: 1)
        duo.source.project("Web", steps: steps("Token", version: 1))
        try duo.sync()
        let version = duo.destination.version(template)
        duo.destination.edit(process) { $0["Steps"] = steps("Token", version: version) }
        try duo.sync()
        #expect(try duo.residue() == [])
        return duo
    }

    private static func property(_ duo: Duo, _ name: String) -> JSON? {
        duo.destination.replica[process]?.body["Steps"]?[0]?["Actions"]?[0]?["Properties"]?[name]
    }

    @Test("E-72: a secret of a step follows its renamed template parameter, in the plan that renames it")
    func atOnce() throws {
        var duo = try Self.settled()
        duo.source.renamePart(Self.template, ["Parameters", "Token"], to: "Key")
        duo.source.setVersion(2, of: Self.template)
        duo.source.edit(Self.process) { $0["Steps"] = Self.steps("Key", version: 2) }
        let plan = try duo.sync()
        #expect(plan.conflicts == [])
        let operation = try #require(plan.operations.first { $0.key == Self.process })
        #expect(
            operation.partRenames == [
                PartRename(path: ["Steps", "Tell", "Actions", "Tell", "Properties", "Key"], formerName: "Token")
            ]
        )
        #expect(Self.property(duo, "Key").flatMap(NormalSecret.hasValue) == true)
        #expect(Self.property(duo, "Token") == nil)
        #expect(try duo.residue() == [])
    }

    @Test("E-72: and when the step is brought to the new version much later")
    func later() throws {
        var duo = try Self.settled()
        duo.source.renamePart(Self.template, ["Parameters", "Token"], to: "Key")
        duo.source.setVersion(2, of: Self.template)
        try duo.sync()
        #expect(Self.property(duo, "Token").flatMap(NormalSecret.hasValue) == true, "the step has the old version")
        duo.source.edit(Self.process) { $0["Steps"] = Self.steps("Key", version: 2) }
        try duo.sync()
        #expect(Self.property(duo, "Key").flatMap(NormalSecret.hasValue) == true)
        #expect(Self.property(duo, "Token") == nil)
        #expect(try duo.residue() == [])
    }

    @Test("The secret goes out as kept, under its new name")
    func rendering() throws {
        let kind = try #require(Catalog.standard[.deploymentProcesses])
        let existing: JSON = [
            "Id": "deploymentprocess-Projects-1", "Version": 3,
            "Steps": [
                [
                    "Id": "s-1", "Name": "Tell",
                    "Actions": [
                        [
                            "Id": "a-1", "Name": "Tell", "ActionType": "X",
                            "Properties": ["Token": FieldType.storedSecret],
                        ]
                    ],
                ]
            ],
        ]
        let body: JSON = [
            "Steps": [
                [
                    "Name": "Tell",
                    "Actions": [
                        [
                            "Name": "Tell", "ActionType": "X",
                            "Properties": ["Key": NormalSecret.json(hasValue: true)],
                        ]
                    ],
                ]
            ]
        ]
        let rename = PartRename(path: ["Steps", "Tell", "Actions", "Tell", "Properties", "Key"], formerName: "Token")
        let document = try Renderer(renames: [rename]) { _ in nil }.document(body, kind: kind, onto: existing)
        #expect(document["Steps"]?[0]?["Actions"]?[0]?["Properties"] == ["Key": FieldType.storedSecret])
    }
}

extension Sketch {
    fileprivate func version(_ key: EntityKey) -> Int { replica[key]?.version ?? 0 }

    fileprivate mutating func setVersion(_ version: Int, of key: EntityKey) {
        guard var entity = replica[key] else { return }
        entity.version = version
        replica.insert(entity)
    }
}
