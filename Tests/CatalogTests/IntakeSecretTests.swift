import Catalog
import Testing

@Suite("Intake of secrets")
struct IntakeSecretTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var sent: JSON?
        var stored: Bool?
        var change: Intake.SecretChange
        var hasValue: Bool
        var testDescription: String { "\(sent?.text ?? "absent") over \(String(describing: stored))" }
    }

    @Test(
        "What is sent for a secret sets, keeps or clears it",
        arguments: [
            Case(sent: ["HasValue": true, "NewValue": "s3"], stored: nil, change: .set("s3"), hasValue: true),
            Case(sent: ["HasValue": false, "NewValue": "s3"], stored: true, change: .set("s3"), hasValue: true),
            Case(sent: ["hasValue": true, "newValue": "s3"], stored: nil, change: .set("s3"), hasValue: true),
            Case(sent: ["HasValue": true, "NewValue": nil], stored: true, change: .keep, hasValue: true),
            Case(sent: ["HasValue": true], stored: true, change: .keep, hasValue: true),
            Case(sent: ["HasValue": true, "NewValue": nil], stored: nil, change: .clear, hasValue: false),
            Case(sent: ["HasValue": false, "NewValue": nil], stored: true, change: .clear, hasValue: false),
            Case(sent: nil, stored: true, change: .keep, hasValue: true),
            Case(sent: .null, stored: true, change: .keep, hasValue: true),
            Case(sent: nil, stored: nil, change: .clear, hasValue: false),
            Case(sent: "s3", stored: nil, change: .set("s3"), hasValue: true),
        ]
    )
    func changes(example: Case) throws {
        var input: JSON = ["Name": "p", "Host": "h"]
        input["Password"] = example.sent
        let stored: JSON? = example.stored.map {
            ["Name": "p", "Password": ["HasValue": .bool($0), "NewValue": nil, "Hint": nil]]
        }
        let outcome = try intake(input, .proxies, replacing: stored)
        #expect(outcome.problems == [])
        #expect(outcome.changes == ["Password": example.change])
        #expect(outcome.body["Password"] == ["HasValue": .bool(example.hasValue), "NewValue": nil, "Hint": nil])
        #expect(!outcome.body.text.contains("s3"))
    }

    @Test("A kept member keeps its secrets")
    func createOnly() throws {
        let outcome = try intake(
            ["Name": "c", "CertificateData": ["HasValue": true, "NewValue": "other"]],
            .certificates,
            replacing: ["Name": "c", "CertificateData": FieldType.storedSecret, "Password": FieldType.noSecret]
        )
        #expect(outcome.problems == [])
        #expect(outcome.changes["CertificateData"] == .keep)
    }

    @Test("A variable is sensitive by its type or by its flag; its value is in the secrets only")
    func variables() throws {
        let stored: JSON = [
            "Variables": [
                ["Id": "a", "Name": "A", "Type": "Sensitive", "IsSensitive": true, "Value": nil],
                ["Id": "d", "Name": "D", "Type": "String", "Value": "plain"],
            ]
        ]
        let outcome = try intake(
            [
                "Variables": [
                    ["Id": "a", "Name": "A", "Type": "Sensitive", "Value": nil],
                    ["Id": "b", "Name": "B", "Type": "sensitive", "Value": "s3"],
                    ["Id": "c", "Name": "C", "IsSensitive": true, "Value": "s4"],
                    ["Id": "d", "Name": "D", "Type": "Sensitive", "Value": nil],
                    ["Id": "e", "Name": "E", "Type": "String", "Value": "plain"],
                ]
            ],
            .variableSets,
            replacing: stored
        )
        #expect(outcome.problems == [])
        #expect(
            outcome.changes == [
                "Variables/a/Value": .keep, "Variables/b/Value": .set("s3"), "Variables/c/Value": .set("s4"),
                "Variables/d/Value": .clear,
            ]
        )
        let variables = outcome.body["Variables"]?.arrayValue ?? []
        #expect(variables.map { $0["IsSensitive"] } == [true, true, true, true, false])
        #expect(variables.map { $0["Type"] } == ["Sensitive", "Sensitive", "Sensitive", "Sensitive", "String"])
        #expect(variables.map { $0["Value"] } == [.null, .null, .null, .null, "plain"])
    }

    @Test("A plain text for a sensitive parameter is a secret")
    func parameters() throws {
        let context = SiteContext(
            controlTypes: { _ in ["Key": "Sensitive"] },
            controlTypeOfParameter: { $0 == "t" ? "Sensitive" : nil }
        )
        let template = try intake(
            [
                "Name": "T", "ActionType": "Octopus.Script",
                "Parameters": [
                    [
                        "Id": "p", "Name": "Key", "DefaultValue": "s3",
                        "DisplaySettings": ["Octopus.ControlType": "Sensitive"],
                    ],
                    ["Id": "q", "Name": "Text", "DisplaySettings": ["Octopus.ControlType": "SingleLineText"]],
                ],
            ],
            .stepTemplates
        )
        #expect(template.changes == ["Parameters/p/DefaultValue": .set("s3")])
        #expect(template.body["Parameters"]?[0]?["DefaultValue"] == FieldType.storedSecret)
        #expect(template.body["Parameters"]?[1]?["DefaultValue"] == "")
        let process = try intake(
            [
                "Steps": [
                    [
                        "Id": "s", "Name": "S",
                        "Actions": [
                            [
                                "Id": "a", "ActionType": "Octopus.Script",
                                "Properties": [
                                    "Octopus.Action.Template.Id": "ActionTemplates-1", "Key": "s3", "Other": "x",
                                ],
                            ]
                        ],
                    ]
                ]
            ],
            .deploymentProcesses,
            in: context
        )
        #expect(process.changes == ["Steps/s/Actions/a/Properties/Key": .set("s3")])
        let answers = try intake(
            [
                "LibraryVariables": [
                    "L-1": ["Variables": ["t": "s3", "u": "x", "v": ["HasValue": true, "NewValue": "s4"]]]
                ]
            ],
            .tenantVariables,
            in: context
        )
        #expect(
            answers.changes == [
                "LibraryVariables/L-1/Variables/t": .set("s3"), "LibraryVariables/L-1/Variables/v": .set("s4"),
            ]
        )
        #expect(answers.body["LibraryVariables"]?["L-1"]?["Variables"]?["u"] == "x")
    }

    @Test("The places of secrets are those that a walk over the body finds")
    func places() throws {
        let kind = try #require(Catalog.standard[.machines])
        let outcome = try intake(
            [
                "Name": "m", "EnvironmentIds": ["E-1"], "Roles": ["r"],
                "Endpoint": [
                    "CommunicationStyle": "offlinedrop", "SensitiveVariablesEncryptionPassword": "s3",
                    "Destination": ["DestinationType": "Artifact"],
                ],
            ],
            .machines
        )
        var walked: [[String]] = []
        kind.shape.visit(outcome.body) { site in
            if case .secret = site.content { walked.append(site.path) }
        }
        #expect(walked == outcome.secrets.map(\.path))
    }
}
