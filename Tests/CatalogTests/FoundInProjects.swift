import Catalog

extension Found {
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
}
