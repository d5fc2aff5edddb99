/// The links of the root documents: where clients look up every address that they use.
///
/// They stand for the whole contract: some lead to what this server does not offer yet, and answer 404 there.
enum RootLinks {
    static let eventParameters =
        "{?skip,regarding,regardingAny,user,users,projects,projectGroups,environments,eventGroups,eventCategories,"
        + "eventAgents,tags,tenants,from,to,internal,fromAutoId,toAutoId,documentTypes,asCsv,take,ids,spaces,"
        + "includeSystem,excludeDifference}"

    /// Below a space.
    static let ofSpace: [(name: String, template: String)] = [
        ("Accounts", "accounts{/id}{?skip,take,ids,partialName,accountType}"),
        ("ActionTemplateLogo", "actiontemplates/{typeOrId}/logo{?cb}"),
        ("ActionTemplateVersionedLogo", "actiontemplates/{typeOrId}/versions/{version}/logo{?cb}"),
        ("ActionTemplates", "actiontemplates{/id}{?skip,take,ids,partialName}"),
        ("ActionTemplatesCategories", "actiontemplates/categories"),
        ("ActionTemplatesSearch", "actiontemplates/search"),
        ("Artifacts", "artifacts{/id}{?skip,take,regarding,ids,partialName,order}"),
        ("BuildInformation", "build-information{/id}{?filter,packageId,latest,skip,take,overwriteMode}"),
        ("BuildInformationBulk", "build-information/bulk{?ids}"),
        ("BuiltInFeedStats", "feeds/stats"),
        ("Certificates", "certificates{/id}{?skip,take,search,archived,tenant,firstResult,orderBy,ids,partialName}"),
        ("Changes", "changes{?after,take}"),
        ("Channels", "channels{/id}{?skip,take,ids,partialName}"),
        ("ContainerLogs", "observability/logs/sessions{/sessionId}"),
        (
            "Dashboard",
            "dashboard{?projectId,releaseId,selectedTenants,selectedTags,showAll,"
                + "highestLatestVersionPerProjectAndEnvironment}"
        ),
        ("DashboardConfiguration", "dashboardconfiguration"),
        ("DashboardDynamic", "dashboard/dynamic{?projects,environments,includePrevious}"),
        ("DeploymentProcesses", "deploymentprocesses{/id}{?skip,take,ids}"),
        (
            "Deployments",
            "deployments{/id}{?skip,take,ids,projects,environments,tenants,channels,taskState,"
                + "partialName}"
        ),
        ("DiscoverMachine", "machines/discover{?host,port,type,proxyId}"),
        ("DiscoverWorker", "workers/discover{?host,port,type,proxyId}"),
        ("EnvironmentSortOrder", "environments/sortorder"),
        ("Environments", "environments{/id}{?name,skip,ids,take,partialName}"),
        (
            "EnvironmentsSummary",
            "environments/summary{?ids,partialName,machinePartialName,roles,isDisabled,"
                + "healthStatuses,commStyles,tenantIds,tenantTags,hideEmptyEnvironments,shellNames,"
                + "deploymentTargetTypes}"
        ),
        ("ExportProjects", "projects/import-export/export"),
        ("Feeds", "feeds{/id}{?skip,take,ids,partialName,feedType,name}"),
        ("GitCredentials", "git-credentials{/id}{?skip,take,name}"),
        ("ImportProjects", "projects/import-export/import"),
        ("Interruptions", "interruptions{/id}{?skip,take,regarding,pendingOnly,ids}"),
        ("KubernetesMonitors", "observability/kubernetes-monitors{/id}"),
        ("LibraryVariables", "libraryvariablesets{/id}{?skip,contentType,take,ids,partialName}"),
        ("Lifecycles", "lifecycles{/id}{?skip,take,ids,partialName}"),
        ("MachineOperatingSystems", "machines/operatingsystem/names/all"),
        ("MachinePolicies", "machinepolicies{/id}{?skip,take,ids,partialName}"),
        ("MachinePolicyTemplate", "machinepolicies/template"),
        ("MachineRoles", "machineroles/all"),
        ("MachineShells", "machines/operatingsystem/shells/all"),
        (
            "Machines",
            "machines{/id}{?skip,take,name,ids,partialName,roles,isDisabled,healthStatuses,"
                + "commStyles,tenantIds,tenantTags,environmentIds,thumbprint,deploymentId,shellNames,"
                + "deploymentTargetTypes}"
        ),
        ("PackageDeltaSignature", "packages/{packageId}/{version}/delta-signature"),
        ("PackageDeltaUpload", "packages/{packageId}/{baseVersion}/delta{?replace,overwriteMode}"),
        ("PackageMetadata", "package-metadata{/id}{?filter,latest,skip,take,replace,overwriteMode}"),
        ("PackageNotesList", "packages/notes{?packageIds}"),
        ("PackageUpload", "packages/raw{?replace,overwriteMode}"),
        ("Packages", "packages{/id}{?nuGetPackageId,filter,latest,skip,take,includeNotes}"),
        ("PackagesBulk", "packages/bulk{?ids}"),
        ("ProjectGroups", "projectgroups{/id}{?skip,take,ids,partialName}"),
        ("ProjectImportFiles", "projects/import-export/import-files"),
        ("ProjectImportPreview", "projects/import-export/import/preview"),
        ("ProjectPulse", "projects/pulse{?projectIds}"),
        ("ProjectTriggers", "projecttriggers{/id}{?skip,take,ids,runbooks}"),
        ("Projects", "projects{/id}{?name,skip,ids,clone,take,partialName,clonedFromProjectId}"),
        ("ProjectsExperimentalSummaries", "projects/experimental/summaries{?ids}"),
        ("Proxies", "proxies{/id}{?skip,take,ids,partialName}"),
        ("Releases", "releases{/id}{?skip,ignoreChannelRules,take,ids}"),
        ("Reporting/DeploymentsCountedByWeek", "reporting/deployments-counted-by-week{?projectIds}"),
        ("ResourceEvents", "observability/events/sessions{/sessionId}"),
        ("RetentionPolicies", "retentionpolicies{/id}{?retentionType}"),
        ("RunbookProcesses", "runbookProcesses{/id}{?skip,take,ids}"),
        (
            "RunbookRuns",
            "runbookRuns{/id}{?skip,take,ids,projects,environments,tenants,runbooks,taskState,"
                + "partialName}"
        ),
        ("RunbookSnapshots", "runbookSnapshots{/id}{?skip,take,ids,publish}"),
        ("Runbooks", "runbooks{/id}{?skip,take,ids,partialName,clone,projectIds}"),
        ("ScheduledProjectTriggers", "scheduledprojecttriggers{/id}{?skip,take,ids}"),
        ("SshKnownHosts", "sshknownhosts{/id}{?partialHost,skip,take}"),
        ("Subscriptions", "subscriptions{/id}{?skip,take,ids,partialName,spaces}"),
        ("TagSetSortOrder", "tagsets/sortorder"),
        ("TagSets", "tagsets{/id}{?skip,take,ids,partialName,scopes}"),
        ("TenantTagTest", "tenants/tag-test{?tenantIds,tags}"),
        ("TenantVariables", "tenantvariables/all{?projectId}"),
        ("Tenants", "tenants{/id}{?skip,projectId,name,tags,take,ids,clone,partialName,isDisabled,clonedFromTenantId}"),
        ("TenantsMissingVariables", "tenants/variables-missing{?tenantId,projectId,environmentId,includeDetails}"),
        ("TenantsStatus", "tenants/status"),
        ("UserOnboarding", "useronboarding"),
        ("VariableNames", "variables/names{?project,runbook,projectEnvironmentsFilter,gitRef}"),
        (
            "VariablePreview",
            "variables/preview{?project,runbook,environment,channel,tenant,action,machine,role,"
                + "gitRef}"
        ),
        ("Variables", "variables{/id}{?ids}"),
        ("VersionRuleTest", "channels/rule-test{?version,versionRange,preReleaseTag,feetType}"),
        ("WorkerOperatingSystems", "workers/operatingsystem/names/all"),
        ("WorkerPoolSortOrder", "workerpools/sortorder"),
        ("WorkerPools", "workerpools{/id}{?name,skip,ids,take,partialName}"),
        ("WorkerPoolsDynamicWorkerTypes", "workerpools/dynamicworkertypes"),
        ("WorkerPoolsSortOrder", "workerpools/sortorder"),
        (
            "WorkerPoolsSummary",
            "workerpools/summary{?ids,partialName,machinePartialName,isDisabled,healthStatuses,"
                + "commStyles,hideEmptyWorkerPools,hideEmptyPools,shellNames}"
        ),
        ("WorkerPoolsSupportedTypes", "workerpools/supportedtypes"),
        ("WorkerShells", "workers/operatingsystem/shells/all"),
        (
            "Workers",
            "workers{/id}{?skip,take,name,ids,partialName,isDisabled,healthStatuses,commStyles,"
                + "workerPoolIds,thumbprint,shellNames}"
        ),
    ]

    /// In the server's root only.
    static let ofServer: [(name: String, template: String)] = [
        ("ArchivedEventFiles", "/api/events/archives{/id}{?skip,take}"),
        ("Authenticate_Octopus ID", "/users/authenticate/OctopusID{?returnUrl}"),
        ("Authentication", "/api/authentication"),
        ("AzureDevOpsConnectivityCheck", "/api/azuredevopsissuetracker/connectivitycheck"),
        ("AzureEnvironments", "/api/accounts/azureenvironments"),
        ("BackupConfiguration", "/api/backup/configuration"),
        ("CertificateConfiguration", "/api/configuration/certificates{/id}{?skip,take,ids,partialName}"),
        ("CloudTemplate", "/api/cloudtemplate/{id}/metadata{?packageId,feedId}"),
        ("CommunityActionTemplates", "/api/communityactiontemplates{/id}{?skip,take,ids}"),
        ("Configuration", "/api/configuration{/id}"),
        ("CurrentLicense", "/api/licenses/licenses-current"),
        ("CurrentLicenseStatus", "/api/licenses/licenses-current-status"),
        ("CurrentUser", "/api/users/me"),
        (
            "DeploymentFreezes",
            "/api/deploymentfreezes{/id}{?skip,take,ids,partialName,projectIds,tenantIds,"
                + "environmentIds,includeComplete,status}"
        ),
        ("DynamicExtensionsFeaturesMetadata", "/api/dynamic-extensions/features/metadata"),
        ("DynamicExtensionsFeaturesValues", "/api/dynamic-extensions/features/values"),
        ("DynamicExtensionsScripts", "/api/dynamic-extensions/scripts"),
        ("EventAgents", "/api/events/agents"),
        ("EventCategories", "/api/events/categories{?appliesTo}"),
        ("EventDocumentTypes", "/api/events/documenttypes"),
        ("EventGroups", "/api/events/groups{?appliesTo}"),
        ("ExtensionStats", "/api/serverstatus/extensions"),
        ("ExternalSecurityGroupProviders", "/api/externalsecuritygroupproviders"),
        ("ExternalUserSearch", "/api/users/external-search{?partialName}"),
        ("FeaturesConfiguration", "/api/featuresconfiguration"),
        ("Invitations", "/api/users/invitations"),
        ("IssueTrackers", "/api/issuetrackers{?skip,take,ids,partialName}"),
        ("JiraConnectAppCredentialsTest", "/api/jiraintegration/connectivitycheck/connectapp"),
        ("JiraCredentialsTest", "/api/jiraintegration/connectivitycheck/jira"),
        ("LetsEncryptConfiguration", "/api/letsencryptconfiguration"),
        ("LoginInitiated", "/api/authentication/checklogininitiated"),
        ("MaintenanceConfiguration", "/api/maintenanceconfiguration"),
        ("MigrationsImport", "/api/migrations/import"),
        ("MigrationsPartialExport", "/api/migrations/partialexport"),
        ("OctopusServerClusterSummary", "/api/octopusservernodes/summary"),
        ("OctopusServerNodes", "/api/octopusservernodes{/id}{?skip,take,ids,partialName}"),
        ("PerformanceConfiguration", "/api/performanceconfiguration"),
        ("PermissionDescriptions", "/api/permissions/all"),
        ("Register", "/api/users/register"),
        ("Scheduler", "/api/scheduler/{name}/logs{?verbose,tail}"),
        ("ScopedUserRoles", "/api/scopeduserroles{/id}{?skip,take,ids,partialName,spaces,includeSystem}"),
        ("ServerConfiguration", "/api/serverconfiguration"),
        ("ServerConfigurationSettings", "/api/serverconfiguration/settings"),
        ("ServerHealthStatus", "/api/serverstatus/health"),
        ("ServerStatus", "/api/serverstatus"),
        ("SignIn", "/api/users/login{?returnUrl}"),
        ("SignOut", "/api/users/logout"),
        ("SmtpConfiguration", "/api/smtpconfiguration"),
        ("SmtpIsConfigured", "/api/smtpconfiguration/isconfigured"),
        ("SpaceHome", "/api/{spaceId}"),
        ("SpaceSearch", "/api/spaces/{id}/search{?keyword}"),
        ("Spaces", "/api/spaces{/id}{?name,skip,ids,take,partialName}"),
        ("TaskTypes", "/api/tasks/taskTypes"),
        (
            "Tasks",
            "/api/tasks{/id}{?skip,active,environment,tenant,runbook,project,name,node,running,"
                + "states,hasPendingInterruptions,hasWarningsOrErrors,take,ids,partialName,spaces,"
                + "includeSystem}"
        ),
        ("TeamMembership", "/api/teammembership{?userId,spaces,includeSystem}"),
        ("TeamMembershipPreviewTeam", "/api/teammembership/previewteam"),
        ("Teams", "/api/teams{/id}{?skip,take,ids,partialName,spaces,includeSystem}"),
        ("TelemetryConfiguration", "/api/telemetryconfiguration"),
        ("Timezones", "/api/serverstatus/timezones"),
        ("UpgradeConfiguration", "/api/upgradeconfiguration"),
        ("UserAuthentication", "/api/users/authentication{/userId}"),
        ("UserIdentityMetadata", "/api/users/identity-metadata"),
        ("UserRoles", "/api/userroles{/id}{?skip,take,ids,partialName}"),
        ("Users", "/api/users{/id}{?skip,take,ids,filter}"),
        ("VersionControlClearCache", "/api/configuration/versioncontrol/clear-cache"),
        ("Web", "/app"),
        ("WorkerToolsLatestImages", "/api/workertoolslatestimages"),
        ("Events", "/api/events{/id}" + eventParameters),
    ]
}
