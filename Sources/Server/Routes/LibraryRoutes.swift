import Catalog
import Store

/// Who uses a document of the library: accounts, lifecycles, project groups, library sets, git credentials.
enum LibraryRoutes {
    static func register(in routes: inout RouteTable) {
        routes.get("accounts/azureenvironments", scope: .mixed) { _ in .json(azureEnvironments) }
        routes.get("accounts/:id/usages", scope: .space) { try await accountUsages($0) }
        routes.get("accounts/:id/pk", scope: .space) { _ in throw APIProblem.notSupportedYet("Downloading a key") }
        for lookup in ["resourceGroups", "websites", "storageAccounts"] {
            routes.get("accounts/:id/\(lookup)", scope: .space) { _ in
                throw APIProblem.notSupportedYet("Looking up resources of Azure")
            }
        }
        routes.get("projectgroups/:id/projects", scope: .space) { request in
            try await request.pageBelow(.projectGroups, "projects", of: .projects) { $0.text("ProjectGroupId") == $1 }
        }
        routes.get("lifecycles/:id/projects", scope: .space) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                let lifecycle = try context.get(.lifecycles, idOrSlug: id).id
                return .json(
                    .array(
                        try context.all(.projects, inSpace: request.space?.id).map(\.body)
                            .filter { $0.text("LifecycleId") == lifecycle }
                    )
                )
            }
        }
        routes.get("lifecycles/:id/preview", scope: .space) { try await lifecyclePreview($0) }
        routes.get("libraryvariablesets/:id/usages", scope: .space) { try await librarySetUsages($0) }
        routes.get("git-credentials/:id/usage", scope: .space) { request in
            let id = try request.parameter("id")
            return try await request.read { context in
                let credential = try context.get(.gitCredentials, idOrSlug: id)
                let projects = try context.users(of: credential.id, .projects).map { project -> JSON in
                    ["ProjectId": .string(project.id), "Slug": .string(project.slug), "Name": .string(project.name)]
                }
                return .json(["Projects": .array(projects), "OtherProjects": 0])
            }
        }
    }

    private static func accountUsages(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let account = try context.get(.accounts, idOrSlug: id).id
            func users(_ kind: KindName) throws -> JSON {
                .array(try context.users(of: account, kind).map(\.idAndName))
            }
            let sets = try context.users(of: account, .variableSets)
            func owners(_ kind: KindName) throws -> JSON {
                .array(try sets.compactMap { set in try context.find(kind, set.document.owner ?? "")?.idAndName })
            }
            return .json([
                "Targets": try users(.machines), "DeploymentProcesses": try users(.deploymentProcesses), "Releases": [],
                "ProjectVariableSets": try owners(.projects), "LibraryVariableSets": try owners(.librarySets),
                "RunbookProcesses": try users(.runbookProcesses), "RunbookSnapshots": [],
                "ProjectTenantVariables": try users(.tenantVariables), "CommonTenantVariables": [],
                "Links": ["Self": .string(request.spacePath("accounts/\(account)/usages"))],
            ])
        }
    }

    /// The lifecycle with the phases that a release passes: without any, each environment is one.
    private static func lifecyclePreview(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let lifecycle = try context.get(.lifecycles, idOrSlug: id)
            guard (lifecycle.body["Phases"]?.arrayValue ?? []).isEmpty else { return .json(lifecycle.body) }
            var body = lifecycle.body
            body["Phases"] = .array(
                try context.all(.environments, inSpace: request.space?.id).map { environment in
                    [
                        "Id": .string(environment.id), "Name": .string(environment.name),
                        "AutomaticDeploymentTargets": [], "OptionalDeploymentTargets": [.string(environment.id)],
                        "MinimumEnvironmentsBeforePromotion": 0, "IsOptionalPhase": false, "IsPriorityPhase": false,
                        "ReleaseRetentionPolicy": nil, "TentacleRetentionPolicy": nil,
                    ]
                }
            )
            return .json(body)
        }
    }

    private static func librarySetUsages(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("id")
        return try await request.read { context in
            let set = try context.get(.librarySets, idOrSlug: id).id
            let projects = try context.users(of: set, .projects).map { project -> JSON in
                [
                    "ProjectId": .string(project.id), "ProjectName": .string(project.name),
                    "ProjectSlug": .string(project.slug), "Releases": [], "RunbookSnapshots": [],
                    "IsCurrentlyBeingUsedInProject": true,
                ]
            }
            return .json([
                "Projects": .array(projects), "CountOfProjectsUserCannotSee": 0, "CountOfReleasesUserCannotSee": 0,
                "CountOfRunbookSnapshotsUserCannotSee": 0,
            ])
        }
    }

    private static let azureEnvironments: JSON = [
        [
            "Name": "AzureCloud", "DisplayName": "Azure Global Cloud (Default)",
            "AuthenticationEndpoint": "https://login.microsoftonline.com/",
            "GraphEndpoint": "https://graph.windows.net/",
            "ManagementEndpoint": "https://management.core.windows.net/",
            "ResourceManagerEndpoint": "https://management.azure.com/", "StorageEndpointSuffix": "core.windows.net",
        ],
        [
            "Name": "AzureChinaCloud", "DisplayName": "Azure China",
            "AuthenticationEndpoint": "https://login.chinacloudapi.cn/",
            "GraphEndpoint": "https://graph.chinacloudapi.cn/",
            "ManagementEndpoint": "https://management.core.chinacloudapi.cn/",
            "ResourceManagerEndpoint": "https://management.chinacloudapi.cn/",
            "StorageEndpointSuffix": "core.chinacloudapi.cn",
        ],
        [
            "Name": "AzureUSGovernment", "DisplayName": "Azure US Government",
            "AuthenticationEndpoint": "https://login.microsoftonline.us/",
            "GraphEndpoint": "https://graph.windows.net/",
            "ManagementEndpoint": "https://management.core.usgovcloudapi.net/",
            "ResourceManagerEndpoint": "https://management.usgovcloudapi.net/",
            "StorageEndpointSuffix": "core.usgovcloudapi.net",
        ],
    ]
}
