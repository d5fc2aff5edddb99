import Catalog
import Foundation
import Store

/// What clients ask the server about itself. Each answer says what is so: a feature that Skerry does not have is off,
/// and a list of what does not exist is empty.
enum ServerDocumentRoutes {
    static func register(in routes: inout RouteTable) {
        for (path, document) in fixed {
            routes.get(path, scope: .system) { _ in .json(document) }
        }
        routes.get("authentication", scope: .system, access: .anonymous) { _ in .json(authentication) }
        routes.get("configuration/feature-toggles", scope: .system) { request in
            // The list of what is switched on. Clients ask for one by its name and look at the first element.
            let asked = request.query["name"]?.lowercased()
            let found = featureToggles.filter { name in asked.map { $0 == name.lowercased() } ?? true }
            return .json([
                "FeatureToggles": .array(found.map { ["Name": .string($0), "IsEnabled": true] }),
                "Links": ["Self": .string(request.path)],
            ])
        }
        routes.get("configuration", scope: .system) { try configuration($0) }
        routes.get("configuration/certificates", scope: .system) {
            // Agents do not connect to this server yet, so it has no certificate for them.
            try $0.page(of: [], type: "CertificateConfiguration", path: "/api/configuration/certificates")
        }
        routes.get("octopusservernodes", scope: .system) {
            try $0.page(of: [node($0)], type: "OctopusServerNode", path: "/api/octopusservernodes")
        }
        routes.get("octopusservernodes/all", scope: .system) { .json([node($0)]) }
        routes.get("octopusservernodes/:id", scope: .system) { request in
            let id = try request.parameter("id")
            guard id.lowercased() == nodeID(request).lowercased() else { throw APIProblem.notFound("server node", id) }
            return .json(node(request))
        }
        routes.get("octopusservernodes/ping", scope: .system, access: .anonymous) { .json(node($0)) }
        routes.get("octopusservernodes/summary", scope: .system) { .json(["Nodes": [nodeSummary($0)], "Links": [:]]) }
        routes.get("serverstatus/system-info", scope: .system) { _ in .json(systemInfo()) }
        routes.get("serverstatus/counts", scope: .system) { request in
            try await request.read { .json(try counts($0)) }
        }
        routes.get("serverstatus/timezones", scope: .system) { _ in
            .json(
                .array(
                    TimeZone.knownTimeZoneIdentifiers.sorted().map { name in
                        [
                            "Id": .string(name), "Name": .string(name),
                            "IsLocal": .bool(name == TimeZone.current.identifier),
                        ]
                    }
                )
            )
        }
        routes.get("useronboarding", scope: .space) { _ in .json(["IsDismissed": true, "Links": [:]]) }
        routes.get("dashboardconfiguration", scope: .space) { .json(dashboardConfiguration($0)) }
        routes.get("licenses/licenses-current-status", scope: .system) { _ in .json(licenseStatus) }
    }

    /// Tenant variables in the form of rows with scopes.
    private static let featureToggles = ["CommonVariableScopingFeatureToggle"]

    private static func link(_ path: String) -> JSON { ["Self": .string("/api/\(path)")] }

    private static let authentication: JSON = [
        "AuthenticationProviders": [
            [
                "Name": "Username / Password", "IdentityType": "UsernamePassword", "FormsLoginEnabled": true,
                "CSSLinks": [], "JavascriptLinks": [], "Links": [:],
            ]
        ],
        "AnyAuthenticationProvidersSupportPasswordManagement": true, "AutoLoginEnabled": false,
        "Links": ["Self": "/api/authentication"],
    ]

    private static let fixed: [(String, JSON)] = [
        (
            "serverstatus",
            [
                "IsDatabaseEncrypted": false, "IsUpgradeAvailable": false, "MaximumAvailableVersion": nil,
                "MaximumAvailableVersionCoveredByLicense": nil, "MaintenanceExpires": nil,
                "IsInMaintenanceMode": false, "IsMajorMinorUpgrade": false, "IsPotentialClone": false,
                "Links": ["Self": "/api/serverstatus", "SystemInfo": "/api/serverstatus/system-info"],
            ]
        ),
        ("serverstatus/extensions", []),
        ("externalsecuritygroupproviders", []),
        ("issuetrackers", []),
        ("dynamic-extensions/features/metadata", [:]),
        ("dynamic-extensions/features/values", []),
        ("dynamic-extensions/scripts", []),
        ("workertoolslatestimages", [:]),
        (
            "maintenanceconfiguration",
            ["Id": "maintenance", "IsInMaintenanceMode": false, "Links": link("maintenanceconfiguration")]
        ),
        ("featuresconfiguration", features),
        ("letsencryptconfiguration", ["Enabled": false, "Links": link("letsencryptconfiguration")]),
        (
            "performanceconfiguration",
            ["DefaultDashboardRenderMode": "VirtualizeColumns", "Links": link("performanceconfiguration")]
        ),
        ("serverconfiguration", ["Id": "serverconfiguration", "ServerUri": nil, "Links": link("serverconfiguration")]),
        ("serverconfiguration/settings", []),
        (
            "smtpconfiguration",
            [
                "Id": "smtp", "SmtpHost": nil, "SmtpPort": 25, "SendEmailFrom": nil, "EnableSsl": false,
                "Timeout": 12000, "SmtpLogin": nil, "SmtpPassword": FieldType.noSecret,
                "Links": link("smtpconfiguration"),
            ]
        ),
        ("smtpconfiguration/isconfigured", ["IsConfigured": false, "Links": link("smtpconfiguration/isconfigured")]),
        (
            "upgradeconfiguration",
            [
                "Id": "upgradeconfiguration", "NotificationMode": "NeverShow", "AllowChecking": false,
                "IncludeStatistics": false, "Links": link("upgradeconfiguration"),
            ]
        ),
        ("telemetryconfiguration", ["Enabled": false, "ShowAsNewUntil": nil, "IsTelemetryEnforced": false]),
        ("scheduler", ["Id": "scheduler", "IsRunning": false, "TaskStatus": [], "Links": link("scheduler")]),
        (
            "licenses/licenses-current",
            [
                "Id": "licenses-current", "LicenseText": nil, "SerialNumber": nil,
                "Links": link("licenses/licenses-current"),
            ]
        ),
    ]

    private static let features: JSON = [
        "Id": "features", "IsBuiltInWorkerEnabled": false, "IsCommunityActionTemplatesEnabled": true,
        "IsHelpSidebarEnabled": false, "IsAutomaticStepUpdatesEnabled": false,
        "IsKubernetesCloudTargetDiscoveryEnabled": false, "IsCompositeDockerHubRegistryFeedEnabled": false,
        "IsConfigureFeedsWithLocalOrSmbPathsEnabled": false, "IsNavigationVisualUpliftEnabled": false,
        "IsProjectsPageOptimizationEnabled": false, "IsProjectsPageOnboardingEnabled": false,
        "IsGitHubAppEnabled": false, "IsWebhookTriggerEnabled": false, "IsActionContainersEnabled": false,
        "IsConfigurationAsCodeEnabled": false, "IsKubernetesEnabled": false, "HelpSidebarSupportLink": nil,
        "HelpSidebarSupportLinkLabel": nil, "DefaultPowerShellEdition": nil, "Links": link("featuresconfiguration"),
    ]

    /// Skerry is free software: there is nothing to comply with, and no limit.
    private static let licenseStatus: JSON = [
        "Id": "licenses-current-status", "IsCompliant": true, "HostingEnvironment": "SelfHosted",
        "ComplianceSummary": "No license is needed.", "EffectiveExpiryDate": "9999-12-31",
        "DaysToEffectiveExpiryDate": 2_000_000, "Messages": [], "Limits": [], "DoesExpiryBlockKeyActivities": false,
        "EffectiveNodeTaskLimit": 0, "EffectiveClusterTaskLimit": 0, "IsClusterTaskLimitControlledByLicense": false,
        "IsNodeTaskLimitControlledByLicense": false, "PermissionsMode": "Unspecified",
        "Links": link("licenses/licenses-current-status"),
    ]

    private static func configuration(_ request: APIRequest) throws -> APIResponse {
        // No section can be configured through the API yet.
        try request.page(of: [], type: "ConfigurationSection", path: "/api/configuration")
    }

    private static func nodeID(_ request: APIRequest) -> String {
        "OctopusServerNodes-\(request.services.installationID)"
    }

    private static func node(_ request: APIRequest) -> JSON {
        let id = nodeID(request)
        return [
            "Id": .string(id), "Name": .string(ProcessInfo.processInfo.hostName), "MaxConcurrentTasks": 0,
            "IsInMaintenanceMode": false, "Links": link("octopusservernodes/\(id)"),
        ]
    }

    private static func nodeSummary(_ request: APIRequest) -> JSON {
        var summary = node(request)
        summary.merge([
            "LastSeen": .string(Timestamp.now()), "Rank": "Leader", "IsLeader": true, "IsOffline": false,
            "RunningTaskCount": 0,
        ])
        return summary
    }

    /// Figures that cannot be measured here are left out.
    private static func systemInfo() -> JSON {
        let figures = ProcessFigures.now()
        var info: JSON = [
            "Version": .string(SkerryVersion.current),
            "OSVersion": .string(ProcessInfo.processInfo.operatingSystemVersionString),
            "Uptime": .string(ProcessFigures.uptime()), "Links": link("serverstatus/system-info"),
        ]
        if let bytes = figures.residentBytes { info["WorkingSetBytes"] = .int(bytes) }
        if let threads = figures.threads { info["ThreadCount"] = .int(threads) }
        return info
    }

    private static func counts(_ context: ReadContext) throws -> JSON {
        func group(_ kinds: [(String, KindName)]) throws -> JSON {
            .object(JSONObject(try kinds.map { ($0.0, .int(try context.reader.count(DocumentQuery(kind: $0.1)))) }))
        }
        return [
            "Global": try group([("Spaces", .spaces), ("Teams", .teams), ("Users", .users)]),
            "Infrastructure": try group([
                ("Environments", .environments), ("Machines", .machines), ("Workers", .workers),
                ("WorkerPools", .workerPools), ("Accounts", .accounts), ("MachinePolicies", .machinePolicies),
                ("Proxies", .proxies),
            ]),
            "Library": try group([
                ("Feeds", .feeds), ("Lifecycles", .lifecycles), ("LibraryVariableSets", .librarySets),
                ("StepTemplates", .stepTemplates), ("Certificates", .certificates), ("TagSets", .tagSets),
            ]),
            "Project": try group([
                ("Projects", .projects), ("ProjectGroups", .projectGroups), ("Channels", .channels),
                ("Runbooks", .runbooks), ("Tenants", .tenants), ("ProjectTriggers", .triggers),
            ]),
            "Links": link("serverstatus/counts"),
        ]
    }

    private static func dashboardConfiguration(_ request: APIRequest) -> JSON {
        [
            "Id": .string("dashboardconfiguration-\(request.space?.id ?? "")"), "IncludedProjectGroupIds": [],
            "IncludedProjectIds": [], "IncludedEnvironmentIds": [], "IncludedTenantIds": [], "IncludedTenantTagIds": [],
            "ProjectLimit": 200, "Links": ["Self": .string(request.spacePath("dashboardconfiguration"))],
        ]
    }
}
