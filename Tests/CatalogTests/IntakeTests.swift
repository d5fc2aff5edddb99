import Catalog
import Testing

/// An intake with ids that count up.
func intake(
    _ input: JSON,
    _ kind: KindName,
    replacing existing: JSON? = nil,
    in context: SiteContext = .none
) throws -> Intake.Outcome {
    let kind = try #require(Catalog.standard[kind])
    var count = 0
    return Intake.complete(
        input,
        for: kind,
        replacing: existing,
        newUUID: {
            count += 1
            return "uuid-\(count)"
        },
        in: context
    )
}

extension Intake.Outcome {
    var messages: [String] { problems.map(\.message) }
    var changes: [String: Intake.SecretChange] {
        Dictionary(secrets.map { ($0.path.joined(separator: "/"), $0.change) }) { first, _ in first }
    }
}

@Suite("Intake of members")
struct IntakeTests {
    @Test("A new document has every described member, in order, then the unknown ones")
    func order() throws {
        let outcome = try intake(
            ["xtra": [1, nil], "description": "D", "NAME": " Quay ", "Links": ["Self": "/x"]],
            .environments
        )
        #expect(outcome.problems == [])
        #expect(
            outcome.body.objectValue?.keys == [
                "Id", "SpaceId", "Name", "Slug", "Description", "SortOrder", "UseGuidedFailure",
                "AllowDynamicInfrastructure", "EnvironmentTags", "ExtensionSettings", "xtra", "LastModifiedOn",
                "LastModifiedBy",
            ]
        )
        #expect(outcome.body["Name"] == "Quay")
        #expect(outcome.body["Description"] == "D")
        #expect(outcome.body["xtra"] == [1, nil])
        #expect(outcome.body["Links"] == nil)
    }

    struct Value: Sendable, CustomTestStringConvertible {
        var kind: KindName
        var input: JSON
        var field: String
        var expected: JSON
        var testDescription: String { "\(kind) \(input.text)" }
    }

    @Test(
        "Absent members get their default, nulls the empty value of their type",
        arguments: [
            Value(kind: .environments, input: [:], field: "EnvironmentTags", expected: []),
            Value(kind: .environments, input: ["EnvironmentTags": nil], field: "EnvironmentTags", expected: []),
            Value(kind: .environments, input: ["UseGuidedFailure": nil], field: "UseGuidedFailure", expected: false),
            Value(kind: .environments, input: ["Description": nil], field: "Description", expected: ""),
            Value(kind: .proxies, input: ["Port": nil], field: "Port", expected: 80),
            Value(kind: .tagSets, input: [:], field: "Scopes", expected: ["Tenant"]),
            Value(kind: .tagSets, input: ["Type": nil], field: "Type", expected: "MultiSelect"),
            Value(kind: .tenants, input: ["ProjectEnvironments": nil], field: "ProjectEnvironments", expected: [:]),
            Value(
                kind: .tenants,
                input: ["ProjectEnvironments": ["P-1": nil]],
                field: "ProjectEnvironments",
                expected: ["P-1": []]
            ),
            Value(kind: .tenants, input: [:], field: "Icon", expected: nil),
            Value(
                kind: .stepTemplates,
                input: ["Properties": ["a": nil, "b": "x", "c": true, "d": 5]],
                field: "Properties",
                expected: ["b": "x", "c": "True", "d": "5"]
            ),
            Value(
                kind: .projects,
                input: [:],
                field: "ReleaseCreationStrategy",
                expected: ["ChannelId": nil, "ReleaseCreationPackage": nil, "ReleaseCreationPackageStepId": nil]
            ),
            Value(
                kind: .projects,
                input: [:],
                field: "VersioningStrategy",
                expected: [
                    "Template":
                        "#{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}",
                    "DonorPackage": nil, "DonorPackageStepId": nil,
                ]
            ),
            Value(kind: .projects, input: [:], field: "PersistenceSettings", expected: ["Type": "Database"]),
            Value(
                kind: .runbooks,
                input: [:],
                field: "ConnectivityPolicy",
                expected: [
                    "SkipMachineBehavior": "None", "TargetRoles": [], "AllowDeploymentsToNoTargets": true,
                    "ExcludeUnhealthyTargets": false,
                ]
            ),
            Value(
                kind: .runbooks,
                input: [:],
                field: "RunRetentionPolicy",
                expected: ["Strategy": "Default", "Unit": "Items", "QuantityToKeep": 100, "ShouldKeepForever": false]
            ),
            Value(
                kind: .feeds,
                input: ["FeedType": "BuiltIn"],
                field: "DeleteUnreleasedPackagesAfterDays",
                expected: nil
            ),
            Value(kind: .accounts, input: [:], field: "TenantedDeploymentParticipation", expected: "Untenanted"),
            Value(
                kind: .accounts,
                input: ["TenantTags": ["a/b"]],
                field: "TenantedDeploymentParticipation",
                expected: "Tenanted"
            ),
        ]
    )
    func defaults(example: Value) throws {
        #expect(try intake(example.input, example.kind).body[example.field] == example.expected)
    }

    @Test(
        "Retention that older clients send says its strategy",
        arguments: [
            ([:], ["Strategy": "Default", "Unit": "Items", "QuantityToKeep": 0, "ShouldKeepForever": true]),
            (
                ["QuantityToKeep": 0],
                ["Strategy": "Forever", "Unit": "Items", "QuantityToKeep": 0, "ShouldKeepForever": true]
            ),
            (
                ["QuantityToKeep": 7, "Unit": "Days"],
                ["Strategy": "Count", "Unit": "Days", "QuantityToKeep": 7, "ShouldKeepForever": false]
            ),
        ] as [(JSON, JSON)]
    )
    func retention(sent: JSON, stored: JSON) throws {
        let outcome = try intake(
            ["Name": "L", "ReleaseRetentionPolicy": sent, "Phases": [["Name": "P", "ReleaseRetentionPolicy": nil]]],
            .lifecycles
        )
        #expect(outcome.body["ReleaseRetentionPolicy"] == stored)
        #expect(outcome.body["Phases"]?[0]?["ReleaseRetentionPolicy"] == .null)
    }

    @Test("A health check runs by a cron expression or by an interval")
    func healthCheck() throws {
        func interval(_ policy: JSON) throws -> JSON? {
            try intake(["Name": "M", "MachineHealthCheckPolicy": policy], .machinePolicies)
                .body["MachineHealthCheckPolicy"]?["HealthCheckInterval"]
        }
        #expect(try interval([:]) == "1.00:00:00")
        #expect(try interval(["HealthCheckInterval": nil]) == .null)
        #expect(try interval(["HealthCheckInterval": "0.02:00"]) == "02:00:00")
        #expect(try interval(["HealthCheckCron": "0 0 * * *", "HealthCheckInterval": "01:00:00"]) == .null)
    }

    @Test("Words of a fixed list come out as they are written in it, discriminators too")
    func choices() throws {
        let outcome = try intake(
            ["name": "F", "feedtype": "nuget", "feeduri": "https://x", "downloadattempts": 3],
            .feeds
        )
        #expect(outcome.problems == [])
        #expect(outcome.body["FeedType"] == "NuGet")
        #expect(outcome.body["FeedUri"] == "https://x")
        #expect(outcome.body["DownloadAttempts"] == 3)
        #expect(outcome.body["Region"] == nil)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var kind: KindName
        var input: JSON
        var path: String
        var message: String
        var testDescription: String { input.text }
    }

    @Test(
        "What cannot be is refused with its place and what was expected",
        arguments: [
            Refusal(kind: .environments, input: [:], path: "Name", message: "The Name field is required."),
            Refusal(kind: .environments, input: ["Name": "  "], path: "Name", message: "The Name field is required."),
            Refusal(kind: .environments, input: [], path: "", message: "The body must be an object, not an array."),
            Refusal(
                kind: .environments,
                input: ["Name": 5],
                path: "Name",
                message: "The Name field must be a string, not a number."
            ),
            Refusal(
                kind: .environments,
                input: ["Name": .string(String(repeating: "é", count: 201))],
                path: "Name",
                message: "The Name field must be at most 200 characters long."
            ),
            Refusal(
                kind: .environments,
                input: ["Name": "a", "SortOrder": "1"],
                path: "SortOrder",
                message: "The SortOrder field must be a whole number, not a string."
            ),
            Refusal(
                kind: .environments,
                input: ["Name": "a", "UseGuidedFailure": "yes"],
                path: "UseGuidedFailure",
                message: "The UseGuidedFailure field must be a boolean, not a string."
            ),
            Refusal(
                kind: .environments,
                input: ["Name": "a", "EnvironmentTags": ["x", 1]],
                path: "EnvironmentTags[1]",
                message: "The EnvironmentTags[1] field must be a string, not a number."
            ),
            Refusal(
                kind: .tagSets,
                input: ["Name": "a", "Type": "Odd"],
                path: "Type",
                message: "The Type field must be one of: MultiSelect, SingleSelect, FreeText."
            ),
            Refusal(
                kind: .proxies,
                input: ["Name": "a", "Host": "h", "Port": 70_000],
                path: "Port",
                message: "The Port field must be a whole number from 1 to 65535."
            ),
            Refusal(
                kind: .machinePolicies,
                input: ["Name": "a", "ConnectionConnectTimeout": "soon"],
                path: "ConnectionConnectTimeout",
                message: "The ConnectionConnectTimeout field must be a time span like 01:30:00 or 2.00:00:00."
            ),
            Refusal(
                kind: .deploymentProcesses,
                input: ["Steps": [["Name": "S", "Actions": [["Name": "A"]]]]],
                path: "Steps[0].Actions[0].ActionType",
                message: "The Steps[0].Actions[0].ActionType field is required."
            ),
            Refusal(
                kind: .deploymentProcesses,
                input: ["Steps": [["Name": "S"], ["Name": "s"]]],
                path: "Steps[1].Name",
                message: "Steps has two entries with the Name 's'."
            ),
            Refusal(
                kind: .machines,
                input: ["Name": "m", "EnvironmentIds": [], "Roles": ["r"], "Endpoint": ["CommunicationStyle": "None"]],
                path: "EnvironmentIds",
                message: "The EnvironmentIds field is required."
            ),
            Refusal(
                kind: .machines,
                input: [
                    "Name": "m", "EnvironmentIds": ["E-1"], "Roles": ["r"],
                    "Endpoint": ["CommunicationStyle": "Carrier"],
                ],
                path: "Endpoint.CommunicationStyle",
                message:
                    "The Endpoint.CommunicationStyle field must be one of: AwsEcsCluster, AzureCloudService, AzureServiceFabricCluster, AzureWebApp, Kubernetes, KubernetesTentacle, None, OfflineDrop, Ssh, StepPackage, TentacleActive, TentaclePassive."
            ),
            Refusal(
                kind: .certificates,
                input: ["Name": "c"],
                path: "CertificateData",
                message: "The CertificateData field is required."
            ),
        ]
    )
    func refusals(example: Refusal) throws {
        let outcome = try intake(example.input, example.kind)
        #expect(outcome.problems == [Intake.Problem(path: example.path, message: example.message)])
    }

    @Test(
        "Time spans are read in all their forms and written in one",
        arguments: [
            ("00:01:00", "00:01:00"), ("1.02:03:04", "1.02:03:04"), ("5:00", "05:00:00"), ("2", "2.00:00:00"),
            ("1:02:03:04", "1.02:03:04"), ("00:00:00.5", "00:00:00.5000000"), ("0.00:00:01.0000000", "00:00:01"),
        ]
    )
    func timeSpans(sent: String, stored: String) throws {
        let outcome = try intake(["Name": "m", "ConnectionConnectTimeout": .string(sent)], .machinePolicies)
        #expect(outcome.problems == [])
        #expect(outcome.body["ConnectionConnectTimeout"] == .string(stored))
    }

    @Test(
        "What is no time span is not taken for one",
        arguments: ["", "x", "24:00:00", "00:60:00", "00:00:60", "1.2.3", "::", "-00:01:00", "00:00:00.", "1:2:3:4:5"]
    )
    func badTimeSpans(sent: String) throws {
        let outcome = try intake(["Name": "m", "ConnectionConnectTimeout": .string(sent)], .machinePolicies)
        #expect(outcome.problems.map(\.path) == ["ConnectionConnectTimeout"])
    }
}

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
        #expect(outcome.body["Endpoint"]?.objectValue?.keys.contains("SensitiveVariablesEncryptionPassword") == true)
    }
}

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

@Suite("Filled documents")
struct FilledTests {
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
        let body = try intake(["Name": "x"], name).body
        #expect(kind.filled(body) == body)
    }

    @Test("Intake of what intake made changes nothing", arguments: Catalog.standard.kinds.map(\.name))
    func intakeTwice(name: KindName) throws {
        let body = try intake(["Name": "x"], name).body
        #expect(try intake(body, name, replacing: body).body == body)
    }

    @Test("Null stays where it means something")
    func nulls() throws {
        let kind = try #require(Catalog.standard[.projects])
        #expect(kind.filled(["VersioningStrategy": nil])["VersioningStrategy"] == .null)
        #expect(kind.filled(["Icon": nil])["Icon"] == .null)
        #expect(kind.filled(["ProjectTags": nil])["ProjectTags"] == [])
    }
}
