import Catalog

extension Found {
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
}
