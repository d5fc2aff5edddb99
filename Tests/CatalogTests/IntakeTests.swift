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
        #expect(outcome.body["Name"] == " Quay ", "clients look for the name that they wrote")
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
