import Catalog
import Testing

@Suite("Walks over documents")
struct WalkTests {
    struct Found: Sendable, CustomTestStringConvertible {
        var kind: KindName
        var path: String
        var target: KindName
        var body: JSON
        var testDescription: String { "\(kind) \(path)" }
    }

    static func step(_ action: JSON) -> JSON {
        ["Steps": [["Id": "s", "Name": "S", "Actions": [action]]]]
    }
    static func action(_ field: String, _ value: JSON, type: String = "Octopus.Script") -> JSON {
        var action: JSON = ["Id": "a", "Name": "A", "ActionType": .string(type)]
        action[field] = value
        return step(action)
    }
    static func property(_ key: String, _ value: String, type: String = "Octopus.Script") -> JSON {
        action("Properties", .object([key: .string(value)]), type: type)
    }
    static func endpoint(_ style: String, _ members: JSONObject) -> JSON {
        ["Endpoint": .object(JSONObject([("CommunicationStyle", .string(style))] + members.map { ($0.key, $0.value) }))]
    }
    static func kubernetes(_ type: String, _ member: String, _ id: String) -> JSON {
        endpoint("Kubernetes", ["Authentication": ["AuthenticationType": .string(type), member: .string(id)]])
    }
    static func trigger(_ part: String, _ discriminator: String, _ value: String, _ members: JSON) -> JSON {
        var object = members
        object[discriminator] = .string(value)
        return .object([part: object])
    }
    static func parameter(_ control: String, _ value: String) -> JSON {
        [
            [
                "Id": "p", "Name": "n", "DefaultValue": .string(value),
                "DisplaySettings": ["Octopus.ControlType": .string(control)],
            ]
        ]
    }
    static func variable(_ type: String, _ value: String) -> JSON {
        ["Variables": [["Id": "v", "Name": "n", "Type": .string(type), "Value": .string(value)]]]
    }
    static func scope(_ key: String, _ value: String) -> JSON {
        ["Variables": [["Id": "v", "Name": "n", "Type": "String", "Scope": .object([key: [.string(value)]])]]]
    }

    static let infrastructure: [Found] = [
        Found(kind: .environments, path: "EnvironmentTags", target: .tags, body: ["EnvironmentTags": ["T/a"]]),
        Found(
            kind: .lifecycles,
            path: "Phases/p/AutomaticDeploymentTargets",
            target: .environments,
            body: ["Phases": [["Id": "p", "AutomaticDeploymentTargets": ["Environments-1"]]]]
        ),
        Found(
            kind: .lifecycles,
            path: "Phases/p/OptionalDeploymentTargets",
            target: .environments,
            body: ["Phases": [["Id": "p", "OptionalDeploymentTargets": ["Environments-1"]]]]
        ),
        Found(kind: .projectGroups, path: "EnvironmentIds", target: .environments, body: ["EnvironmentIds": ["E-1"]]),
        Found(kind: .machines, path: "EnvironmentIds", target: .environments, body: ["EnvironmentIds": ["E-1"]]),
        Found(kind: .machines, path: "TenantIds", target: .tenants, body: ["TenantIds": ["T-1"]]),
        Found(kind: .machines, path: "TenantTags", target: .tags, body: ["TenantTags": ["T/a"]]),
        Found(kind: .machines, path: "MachinePolicyId", target: .machinePolicies, body: ["MachinePolicyId": "M-1"]),
        Found(kind: .workers, path: "WorkerPoolIds", target: .workerPools, body: ["WorkerPoolIds": ["W-1"]]),
        Found(kind: .workers, path: "MachinePolicyId", target: .machinePolicies, body: ["MachinePolicyId": "M-1"]),
        Found(
            kind: .machinePolicies,
            path: "MachineUpdatePolicy/TentacleUpdateAccountId",
            target: .accounts,
            body: ["MachineUpdatePolicy": ["TentacleUpdateAccountId": "Accounts-1"]]
        ),
        Found(kind: .accounts, path: "EnvironmentIds", target: .environments, body: ["EnvironmentIds": ["E-1"]]),
        Found(kind: .accounts, path: "TenantIds", target: .tenants, body: ["TenantIds": ["T-1"]]),
        Found(kind: .accounts, path: "TenantTags", target: .tags, body: ["TenantTags": ["T/a"]]),
        Found(kind: .certificates, path: "EnvironmentIds", target: .environments, body: ["EnvironmentIds": ["E-1"]]),
        Found(kind: .certificates, path: "ReplacedBy", target: .certificates, body: ["ReplacedBy": "Certificates-1"]),
        Found(kind: .librarySets, path: "VariableSetId", target: .variableSets, body: ["VariableSetId": "v-1"]),
        Found(
            kind: .librarySets,
            path: "Templates/p/DefaultValue",
            target: .accounts,
            body: ["Templates": parameter("AzureAccount", "Accounts-1")]
        ),
        Found(
            kind: .stepTemplates,
            path: "Packages/k/FeedId",
            target: .feeds,
            body: ["Packages": [["Id": "k", "FeedId": "Feeds-1"]]]
        ),
        Found(
            kind: .stepTemplates,
            path: "Properties/Octopus.Action.Package.FeedId",
            target: .feeds,
            body: ["Properties": ["Octopus.Action.Package.FeedId": "Feeds-1"]]
        ),
        Found(
            kind: .stepTemplates,
            path: "CommunityActionTemplateId",
            target: .communityStepTemplates,
            body: ["CommunityActionTemplateId": "C-1"]
        ),
        Found(
            kind: .stepTemplates,
            path: "GitDependencies/g/GitCredentialId",
            target: .gitCredentials,
            body: ["GitDependencies": [["Name": "g", "GitCredentialId": "G-1"]]]
        ),
        Found(
            kind: .stepTemplates,
            path: "GitDependencies/g/GitHubConnectionId",
            target: .external,
            body: ["GitDependencies": [["Name": "g", "GitHubConnectionId": "G-1"]]]
        ),
        Found(
            kind: .stepTemplates,
            path: "Parameters/p/DefaultValue",
            target: .feeds,
            body: ["Parameters": parameter("Package", #"{"FeedId":"Feeds-1"}"#)]
        ),
        Found(
            kind: .tenants,
            path: "ProjectEnvironments",
            target: .projects,
            body: ["ProjectEnvironments": ["P-1": []]]
        ),
        Found(
            kind: .tenants,
            path: "ProjectEnvironments/P-1",
            target: .environments,
            body: ["ProjectEnvironments": ["P-1": ["E-1"]]]
        ),
        Found(kind: .tenants, path: "TenantTags", target: .tags, body: ["TenantTags": ["T/a"]]),
        Found(kind: .tenants, path: "ClonedFromTenantId", target: .tenants, body: ["ClonedFromTenantId": "T-1"]),
        Found(
            kind: .tenantVariables,
            path: "ProjectVariables",
            target: .projects,
            body: ["ProjectVariables": ["P-1": [:]]]
        ),
        Found(
            kind: .tenantVariables,
            path: "ProjectVariables/P-1/ProjectId",
            target: .projects,
            body: ["ProjectVariables": ["P-1": ["ProjectId": "P-1"]]]
        ),
        Found(
            kind: .tenantVariables,
            path: "ProjectVariables/P-1/Variables",
            target: .environments,
            body: ["ProjectVariables": ["P-1": ["Variables": ["E-1": [:]]]]]
        ),
        Found(
            kind: .tenantVariables,
            path: "ProjectVariables/P-1/Variables/E-1",
            target: .templateParameters,
            body: ["ProjectVariables": ["P-1": ["Variables": ["E-1": ["t": "x"]]]]]
        ),
        Found(
            kind: .tenantVariables,
            path: "LibraryVariables",
            target: .librarySets,
            body: ["LibraryVariables": ["L-1": [:]]]
        ),
        Found(
            kind: .tenantVariables,
            path: "LibraryVariables/L-1/LibraryVariableSetId",
            target: .librarySets,
            body: ["LibraryVariables": ["L-1": ["LibraryVariableSetId": "L-1"]]]
        ),
        Found(
            kind: .tenantVariables,
            path: "LibraryVariables/L-1/Variables",
            target: .templateParameters,
            body: ["LibraryVariables": ["L-1": ["Variables": ["t": "x"]]]]
        ),
        Found(
            kind: .tenantVariables,
            path: "LibraryVariables/L-1/Variables/t",
            target: .certificates,
            body: [
                "LibraryVariables": [
                    "L-1": [
                        "Templates": [["Id": "t", "DisplaySettings": ["Octopus.ControlType": "Certificate"]]],
                        "Variables": ["t": "Certificates-1"],
                    ]
                ]
            ]
        ),
        Found(kind: .teams, path: "MemberUserIds", target: .users, body: ["MemberUserIds": ["Users-1"]]),
        Found(kind: .scopedUserRoles, path: "TeamId", target: .teams, body: ["TeamId": "Teams-1"]),
        Found(kind: .scopedUserRoles, path: "UserRoleId", target: .userRoles, body: ["UserRoleId": "UserRoles-1"]),
        Found(
            kind: .scopedUserRoles,
            path: "ProjectGroupIds",
            target: .projectGroups,
            body: ["ProjectGroupIds": ["P-1"]]
        ),
        Found(kind: .spaces, path: "SpaceManagersTeams", target: .teams, body: ["SpaceManagersTeams": ["Teams-1"]]),
        Found(
            kind: .spaces,
            path: "SpaceManagersTeamMembers",
            target: .users,
            body: ["SpaceManagersTeamMembers": ["U-1"]]
        ),
    ]

    static let endpoints: [Found] =
        [
            Found(
                kind: .machines,
                path: "Endpoint/ProxyId",
                target: .proxies,
                body: endpoint("TentaclePassive", ["ProxyId": "Proxies-1"])
            ),
            Found(
                kind: .machines,
                path: "Endpoint/TentacleEndpointConfiguration/ProxyId",
                target: .proxies,
                body: endpoint(
                    "KubernetesTentacle",
                    ["TentacleEndpointConfiguration": ["CommunicationMode": "Listening", "ProxyId": "Proxies-1"]]
                )
            ),
            Found(
                kind: .workers,
                path: "Endpoint/AccountId",
                target: .accounts,
                body: endpoint("Ssh", ["AccountId": "A-1"])
            ),
            Found(
                kind: .workers,
                path: "Endpoint/ProxyId",
                target: .proxies,
                body: endpoint("Ssh", ["ProxyId": "P-1"])
            ),
        ]
        + ["AzureWebApp", "AzureCloudService", "AwsEcsCluster"].map {
            Found(
                kind: .machines,
                path: "Endpoint/AccountId",
                target: .accounts,
                body: endpoint($0, ["AccountId": "A-1"])
            )
        }
        + [
            "AzureWebApp", "AzureCloudService", "AzureServiceFabricCluster", "AwsEcsCluster", "Kubernetes", "None",
            "StepPackage",
        ].map {
            Found(
                kind: .machines,
                path: "Endpoint/DefaultWorkerPoolId",
                target: .workerPools,
                body: endpoint($0, ["DefaultWorkerPoolId": "W-1"])
            )
        }
        + ["KubernetesStandard", "KubernetesAzure", "KubernetesAws", "KubernetesGoogleCloud"].map {
            Found(
                kind: .machines,
                path: "Endpoint/Authentication/AccountId",
                target: .accounts,
                body: kubernetes($0, "AccountId", "A-1")
            )
        } + [
            Found(
                kind: .machines,
                path: "Endpoint/Authentication/ClientCertificate",
                target: .certificates,
                body: kubernetes("KubernetesCertificate", "ClientCertificate", "C-1")
            ),
            Found(
                kind: .machines,
                path: "Endpoint/ClusterCertificate",
                target: .certificates,
                body: endpoint("Kubernetes", ["ClusterCertificate": "Certificates-1"])
            ),
            Found(
                kind: .machines,
                path: "Endpoint/Container/FeedId",
                target: .feeds,
                body: endpoint("Kubernetes", ["Container": ["FeedId": "Feeds-1"]])
            ),
        ]

    static let projectOwned: [Found] = [
        Found(kind: .projects, path: "ProjectGroupId", target: .projectGroups, body: ["ProjectGroupId": "PG-1"]),
        Found(kind: .projects, path: "LifecycleId", target: .lifecycles, body: ["LifecycleId": "L-1"]),
        Found(
            kind: .projects,
            path: "IncludedLibraryVariableSetIds",
            target: .librarySets,
            body: ["IncludedLibraryVariableSetIds": ["L-2", "L-1"]]
        ),
        Found(
            kind: .projects,
            path: "DeploymentProcessId",
            target: .deploymentProcesses,
            body: ["DeploymentProcessId": "d"]
        ),
        Found(
            kind: .projects,
            path: "VersioningStrategy/DonorPackageStepId",
            target: .actions,
            body: ["VersioningStrategy": ["DonorPackageStepId": "a"]]
        ),
        Found(
            kind: .projects,
            path: "VersioningStrategy/DonorPackage/DeploymentAction",
            target: .actions,
            body: ["VersioningStrategy": ["DonorPackage": ["DeploymentAction": "Deploy"]]]
        ),
        Found(
            kind: .projects,
            path: "ReleaseCreationStrategy/ReleaseCreationPackageStepId",
            target: .actions,
            body: ["ReleaseCreationStrategy": ["ReleaseCreationPackageStepId": "a"]]
        ),
        Found(
            kind: .projects,
            path: "ReleaseCreationStrategy/ReleaseCreationPackage/DeploymentAction",
            target: .actions,
            body: ["ReleaseCreationStrategy": ["ReleaseCreationPackage": ["DeploymentAction": "a"]]]
        ),
        Found(
            kind: .projects,
            path: "ReleaseCreationStrategy/ChannelId",
            target: .channels,
            body: ["ReleaseCreationStrategy": ["ChannelId": "Channels-1"]]
        ),
        Found(
            kind: .projects,
            path: "AutoDeployReleaseOverrides/0/EnvironmentId",
            target: .environments,
            body: ["AutoDeployReleaseOverrides": [["EnvironmentId": "E-1"]]]
        ),
        Found(
            kind: .projects,
            path: "ProvisioningRunbookId",
            target: .runbooks,
            body: ["ProvisioningRunbookId": "R-1"]
        ),
        Found(kind: .projects, path: "ProjectTags", target: .tags, body: ["ProjectTags": ["T/a"]]),
        Found(
            kind: .projects,
            path: "PersistenceSettings/Credentials/Id",
            target: .gitCredentials,
            body: [
                "PersistenceSettings": [
                    "Type": "VersionControlled", "Credentials": ["Type": "Reference", "Id": "G-1"],
                ]
            ]
        ),
        Found(
            kind: .projects,
            path: "Templates/p/DefaultValue",
            target: .workerPools,
            body: ["Templates": parameter("WorkerPool", "WorkerPools-1")]
        ),
        Found(
            kind: .deploymentSettings,
            path: "VersioningStrategy/DonorPackageStepId",
            target: .actions,
            body: ["VersioningStrategy": ["DonorPackageStepId": "a"]]
        ),
        Found(kind: .channels, path: "ProjectId", target: .projects, body: ["ProjectId": "P-1"]),
        Found(kind: .channels, path: "LifecycleId", target: .lifecycles, body: ["LifecycleId": "L-1"]),
        Found(
            kind: .channels,
            path: "ParentEnvironmentId",
            target: .environments,
            body: ["ParentEnvironmentId": "E-1"]
        ),
        Found(kind: .channels, path: "TenantTags", target: .tags, body: ["TenantTags": ["T/a"]]),
        Found(
            kind: .channels,
            path: "Rules/r/ActionPackages/0/DeploymentAction",
            target: .actions,
            body: ["Rules": [["Id": "r", "ActionPackages": [["DeploymentAction": "A"]]]]]
        ),
        Found(
            kind: .channels,
            path: "Rules/r/Actions",
            target: .actions,
            body: ["Rules": [["Id": "r", "Actions": ["A"]]]]
        ),
        Found(
            kind: .channels,
            path: "GitResourceRules/r/GitDependencyActions/0/DeploymentActionSlug",
            target: .actions,
            body: ["GitResourceRules": [["Id": "r", "GitDependencyActions": [["DeploymentActionSlug": "a"]]]]]
        ),
        Found(kind: .runbooks, path: "ProjectId", target: .projects, body: ["ProjectId": "P-1"]),
        Found(kind: .runbooks, path: "Environments", target: .environments, body: ["Environments": ["E-1"]]),
        Found(kind: .runbooks, path: "RunbookTags", target: .tags, body: ["RunbookTags": ["T/a"]]),
        Found(
            kind: .runbooks,
            path: "PublishedRunbookSnapshotId",
            target: .snapshots,
            body: ["PublishedRunbookSnapshotId": "RunbookSnapshots-1"]
        ),
        Found(kind: .runbookProcesses, path: "RunbookId", target: .runbooks, body: ["RunbookId": "R-1"]),
        Found(kind: .variableSets, path: "OwnerId", target: .projects, body: ["OwnerId": "P-1"]),
    ]

    static let triggers: [Found] = [
        Found(
            kind: .triggers,
            path: "Filter/EnvironmentIds",
            target: .environments,
            body: trigger("Filter", "FilterType", "MachineFilter", ["EnvironmentIds": ["E-1"]])
        ),
        Found(
            kind: .triggers,
            path: "Filter/Packages/0/DeploymentActionSlug",
            target: .actions,
            body: trigger("Filter", "FilterType", "FeedFilter", ["Packages": [["DeploymentActionSlug": "a"]]])
        ),
        Found(
            kind: .triggers,
            path: "Filter/Packages/0/DeploymentAction",
            target: .actions,
            body: trigger("Filter", "FilterType", "ArcFeedFilter", ["Packages": [["DeploymentAction": "a"]]])
        ),
        Found(
            kind: .triggers,
            path: "Filter/Sources/0/DeploymentActionSlug",
            target: .actions,
            body: trigger("Filter", "FilterType", "GitFilter", ["Sources": [["DeploymentActionSlug": "a"]]])
        ),
        Found(
            kind: .triggers,
            path: "Action/ChannelId",
            target: .channels,
            body: trigger("Action", "ActionType", "CreateRelease", ["ChannelId": "C-1"])
        ),
        Found(
            kind: .triggers,
            path: "Action/TenantIds",
            target: .tenants,
            body: trigger("Action", "ActionType", "DeployNewRelease", ["TenantIds": ["T-1"]])
        ),
        Found(
            kind: .triggers,
            path: "Action/TenantTags",
            target: .tags,
            body: trigger("Action", "ActionType", "RunRunbook", ["TenantTags": ["T/a"]])
        ),
        Found(
            kind: .triggers,
            path: "Action/SourceEnvironmentIds",
            target: .environments,
            body: trigger("Action", "ActionType", "DeployLatestRelease", ["SourceEnvironmentIds": ["E-1"]])
        ),
        Found(
            kind: .triggers,
            path: "Action/DestinationEnvironmentId",
            target: .environments,
            body: trigger("Action", "ActionType", "DeployLatestRelease", ["DestinationEnvironmentId": "E-1"])
        ),
        Found(
            kind: .triggers,
            path: "Action/EnvironmentId",
            target: .environments,
            body: trigger("Action", "ActionType", "DeployLatestReleaseToEnvironment", ["EnvironmentId": "E-1"])
        ),
        Found(
            kind: .triggers,
            path: "Action/RunbookId",
            target: .runbooks,
            body: trigger("Action", "ActionType", "RunRunbook", ["RunbookId": "R-1"])
        ),
        Found(
            kind: .triggers,
            path: "Action/EnvironmentIds",
            target: .environments,
            body: trigger("Action", "ActionType", "RunRunbook", ["EnvironmentIds": ["E-1"]])
        ),
        Found(
            kind: .triggers,
            path: "Action/RunbookTags",
            target: .tags,
            body: trigger("Action", "ActionType", "RunRunbook", ["RunbookTags": ["T/a"]])
        ),
    ]

    static let inAction = "Steps/s/Actions/a/"
    static let actionFields: [Found] =
        [
            ("Environments", .environments, ["E-1"]), ("ExcludedEnvironments", .environments, ["E-1"]),
            ("Channels", .channels, ["C-1"]), ("TenantTags", .tags, ["T/a"]), ("WorkerPoolId", .workerPools, "W-1"),
        ].map { (field: String, target: KindName, value: JSON) in
            Found(kind: .deploymentProcesses, path: inAction + field, target: target, body: action(field, value))
        } + [
            Found(
                kind: .runbookProcesses,
                path: inAction + "Container/FeedId",
                target: .feeds,
                body: action("Container", ["FeedId": "Feeds-1"])
            ),
            Found(
                kind: .deploymentProcesses,
                path: inAction + "Packages/k/FeedId",
                target: .feeds,
                body: action("Packages", [["Id": "k", "FeedId": "Feeds-1"]])
            ),
            Found(
                kind: .deploymentProcesses,
                path: inAction + "Packages/k/PackageId",
                target: .projects,
                body: action("Packages", [["Id": "k", "PackageId": "Projects-1"]], type: "Octopus.DeployRelease")
            ),
            Found(
                kind: .deploymentProcesses,
                path: inAction + "GitDependencies/g/GitCredentialId",
                target: .gitCredentials,
                body: action("GitDependencies", [["Name": "g", "GitCredentialId": "G-1"]])
            ),
            Found(
                kind: .deploymentProcesses,
                path: inAction + "CommunityActionTemplateSnapshot/Id",
                target: .communityStepTemplates,
                body: action("CommunityActionTemplateSnapshot", ["Id": "C-1"])
            ),
        ]

    static let actionProperties: [Found] = [
        ("Template.Id", .stepTemplates, "ActionTemplates-1", "Octopus.Script"),
        ("Package.FeedId", .feeds, "Feeds-1", "Octopus.Script"),
        ("Package.NuGetFeedId", .feeds, "Feeds-1", "Octopus.Script"),
        ("DeployRelease.ProjectId", .projects, "Projects-1", "Octopus.DeployRelease"),
        ("Package.PackageId", .projects, "Projects-1", "Octopus.DeployRelease"),
        ("Manual.ResponsibleTeamIds", .teams, "Teams-1,Teams-2", "Octopus.Manual"),
        ("Email.ToTeamIds", .teams, "Teams-1", "Octopus.Email"),
        ("Email.CCTeamIds", .teams, "Teams-1", "Octopus.Email"),
        ("Email.BccTeamIds", .teams, "Teams-1", "Octopus.Email"),
        ("Azure.AccountId", .accounts, "Accounts-1", "Octopus.AzurePowerShell"),
        ("Docker.RemoveSteps", .actions, "a", "Octopus.DockerStop"),
        ("ArgoCD.Sync.Environments", .environments, "E-1", "Octopus.Script"),
        ("ArgoCD.PullRequest.Environments", .environments, "E-1", "Octopus.Script"),
        ("Helm.TemplateValuesSources", .feeds, #"[{"FeedId":"Feeds-1"}]"#, "Octopus.HelmChartUpgrade"),
        ("KubernetesContainers.Containers", .feeds, #"[{"FeedId":"Feeds-1"}]"#, "Octopus.KubernetesDeployContainers"),
    ].map { (key: String, target: KindName, value: String, type: String) in
        Found(
            kind: .deploymentProcesses,
            path: inAction + "Properties/Octopus.Action." + key,
            target: target,
            body: property("Octopus.Action." + key, value, type: type)
        )
    }

    static let variables: [Found] =
        [
            ("AmazonWebServicesAccount", .accounts), ("AzureAccount", .accounts), ("GoogleCloudAccount", .accounts),
            ("UsernamePasswordAccount", .accounts), ("GenericOidcAccount", .accounts), ("Certificate", .certificates),
            ("WorkerPool", .workerPools),
        ].map { (type: String, target: KindName) in
            Found(kind: .variableSets, path: "Variables/v/Value", target: target, body: variable(type, "X-1"))
        }
        + [
            ("Environment", .environments), ("Machine", .machines), ("Action", .actions), ("Channel", .channels),
            ("TenantTag", .tags), ("ProcessOwner", .projects), ("Tenant", .tenants), ("Project", .projects),
            ("User", .users), ("Trigger", .triggers),
        ].map { (key: String, target: KindName) in
            Found(kind: .variableSets, path: "Variables/v/Scope/\(key)", target: target, body: scope(key, "X-1"))
        }

    @Test(
        "Every reference of the reference map is found",
        arguments: infrastructure + endpoints + projectOwned + triggers + actionFields + actionProperties + variables
    )
    func finds(example: Found) throws {
        let kind = try #require(Catalog.standard[example.kind])
        var targets: [KindName] = []
        var allPaths: [String] = []
        kind.shape.visit(example.body, in: .reading(example.body)) { site in
            guard case .reference(let reference) = site.content else { return }
            allPaths.append(site.pathText)
            guard site.pathText == example.path else { return }
            #expect(reference.targets.contains(example.target))
            targets += reference.targets
            if site.value.stringValue?.isEmpty != true { #expect(!reference.tokens(in: site.value).isEmpty) }
        }
        #expect(!targets.isEmpty, "found only \(allPaths)")
    }

    @Test(
        "What only looks like a reference is none",
        arguments: [
            Found(
                kind: .accounts,
                path: "TenantId",
                target: .external,
                body: ["AccountType": "AzureOidc", "TenantId": "7f0e", "ClientId": "7f0f", "SubscriptionNumber": "1"]
            ),
            Found(
                kind: .feeds,
                path: "OidcAuthentication",
                target: .external,
                body: [
                    "FeedType": "AzureContainerRegistry", "OidcAuthentication": ["TenantId": "7f", "ClientId": "7e"],
                ]
            ),
            Found(
                kind: .machines,
                path: "Endpoint",
                target: .external,
                body: endpoint("AzureServiceFabricCluster", ["ClientCertVariable": "Certificates-1"])
            ),
            Found(
                kind: .machines,
                path: "Endpoint",
                target: .external,
                body: endpoint("TentacleActive", ["Thumbprint": "A"])
            ),
            Found(kind: .tenants, path: "Icon", target: .external, body: ["Icon": ["Id": "octopus"]]),
            Found(
                kind: .environments,
                path: "",
                target: .external,
                body: ["ExtensionSettings": [["ExtensionId": "jira"]]]
            ),
            Found(kind: .teams, path: "", target: .external, body: ["ExternalSecurityGroups": [["Id": "S-1-5"]]]),
            Found(
                kind: .deploymentProcesses,
                path: "",
                target: .external,
                body: property("Octopus.Action.Script.ScriptBody", "echo Projects-1")
            ),
            Found(
                kind: .deploymentProcesses,
                path: "",
                target: .external,
                body: property("Octopus.Action.AwsAccount.Variable", "Accounts-1")
            ),
            Found(kind: .variableSets, path: "", target: .external, body: variable("String", "Accounts-1")),
        ]
    )
    func lookAlikes(example: Found) throws {
        let kind = try #require(Catalog.standard[example.kind])
        kind.shape.visit(example.body) { site in
            if case .reference = site.content { Issue.record("\(site.pathText) is taken for a reference") }
        }
    }

    @Test("Rewriting replaces ids at any depth and in keys, and keeps all else as it is")
    func rewrites() throws {
        let kind = try #require(Catalog.standard[.tenants])
        let body: JSON = ["Name": "P-1", "Odd": "P-1", "ProjectEnvironments": ["P-1": ["E-1"], "P-2": ["E-2"]]]
        let changed = kind.shape.rewriting(body) { site in
            guard case .reference(let reference) = site.content else { return site.value }
            return reference.replacingTokens(in: site.value) { $0 == "P-2" ? nil : $0.replacing("-1", with: "-9") }
        }
        #expect(changed == ["Name": "P-1", "Odd": "P-1", "ProjectEnvironments": ["P-9": ["E-9"]]])
    }

    @Test("Parameters of a step template say what the properties named like them are")
    func controlTypes() throws {
        let kind = try #require(Catalog.standard[.deploymentProcesses])
        let body = Self.action(
            "Properties",
            ["Octopus.Action.Template.Id": "ActionTemplates-1", "Cloud": "Accounts-1", "Password": ["HasValue": true]]
        )
        let context = SiteContext(controlTypes: { $0 == "ActionTemplates-1" ? ["Cloud": "AzureAccount"] : [:] })
        var found: [String: String] = [:]
        kind.shape.visit(body, in: context) { site in
            switch site.content {
            case .reference(let reference): found[site.path.last ?? ""] = reference.targets[0].rawValue
            case .secret: found[site.path.last ?? ""] = "secret"
            default: break
            }
        }
        #expect(found["Cloud"] == "accounts")
        #expect(found["Password"] == "secret")
        #expect(found["Octopus.Action.Template.Id"] == "actiontemplates")
    }

    @Test("A sensitive variable's value is a secret, that of any other a text")
    func variableValues() throws {
        let kind = try #require(Catalog.standard[.variableSets])
        var contents: [String] = []
        for type in ["Sensitive", "String"] {
            kind.shape.visit(Self.variable(type, "x")) { site in
                guard site.pathText == "Variables/v/Value" else { return }
                if case .secretText = site.content { contents.append("secret") }
                if case .text = site.content { contents.append("text") }
            }
        }
        #expect(contents == ["secret", "text"])
    }
}
