extension KindName {
    public static let projects: KindName = "projects"
}

extension Kind {
    static let projects = Kind(
        .projects,
        type: "Project",
        title: .init("project"),
        policyKey: "projects",
        identity: .counted(prefix: "Projects"),
        shape: Shape(identityFields + releaseFields + settingFields + templateFields + createFields),
        filters: [
            // Obsolete, and a "contains" unlike that of other kinds.
            .init("name", "Name", .contains),
            .partialName,
            .init("clonedFromProjectId", "ClonedFromProjectId", .equals),
        ],
        links: projectLinks,
        hasLogo: true,
        permissions: Permissions("Project"),
        sync: SyncTreatment(.merge, phase: .projects)
    )

    private static let identityFields = [
        Field("Name", .name).required(),
        Field("Slug", .name).kept().derived(),
        Field("Description", .text),
        Field("ProjectGroupId", .reference(to: .projectGroups, required: true)).required(),
        Field("LifecycleId", .reference(to: .lifecycles, required: true)).required(),
        Field("VariableSetId", .reference(to: .variableSets)).readOnly(),
        Field("DeploymentProcessId", .reference(to: .deploymentProcesses)).readOnly(),
        Field("ClonedFromProjectId", .reference(to: .projects)).readOnly(),
        Field("IsDisabled", .bool).ofDestination(),
        Field("IsVersionControlled", .bool).readOnly(),
        Field("PersistenceSettings", .object(.persistence)).readOnly(),
    ]

    private static let releaseFields = [
        Field("AutoCreateRelease", .bool).inPhase(.releaseCreation),
        Field("ReleaseCreationStrategy", .object(.releaseCreation)).inPhase(.releaseCreation),
        // Null for a project in git, which has it among its deployment settings.
        Field("VersioningStrategy", .object(.versioning)).defaulting(to: Shape.versioning.filled([:]))
            .inPhase(.versioning),
        Field("AutoDeployReleaseOverrides", .list(releaseOverride)).ofDestination(),
        Field("ReleaseNotesTemplate", .text),
        Field("DeploymentChangesTemplate", .text),
        Field("AllowIgnoreChannelRules", .bool).defaulting(to: true),
    ]

    private static let settingFields = [
        Field("DefaultGuidedFailureMode", .guidedFailureMode),
        Field("DefaultToSkipIfAlreadyInstalled", .bool),
        Field("DiscreteChannelRelease", .bool),
        // Script modules too; the earlier one wins.
        Field("IncludedLibraryVariableSetIds", .reference(Reference(to: .librarySets, format: .orderedList))),
        Field("TenantedDeploymentMode", .tenantedMode),
        Field("ProjectConnectivityPolicy", .object(.connectivity())),
        Field("ForcePackageDownload", .bool),
        Field("ExtensionSettings", .list(.extensionSettings)),
        Field("ProjectTags", .tags()),
        Field("Icon", .optionalObject(.icon)),
        Field("IsBadgesEnabled", .bool),
        Field("CombineHealthAndSyncStatusInDashboardLiveStatus", .bool),
        Field("ExecuteDeploymentsOnEventBasedPipeline", .bool),
        Field("DefaultPowerShellEdition", .line),
        Field("ProvisioningRunbookId", .reference(to: .runbooks)).inPhase(.versioning),
        Field("DeprovisioningRunbookId", .reference(to: .runbooks)).inPhase(.versioning),
    ]

    private static let templateFields = [
        // Variable templates: what each tenant has to answer.
        Field("Templates", .templateParameters),
        Field("ProjectTemplateDetails", .opaque).readOnly(),
    ]

    private static let createFields = [
        Field("Clone", .reference(to: .projects)).writeOnly(),
        Field("RetainTenantConnections", .bool).writeOnly(),
        Field("ChangeDescription", .text).writeOnly(),
    ]

    private static let releaseOverride = Shape([
        Field("EnvironmentId", .reference(to: .environments)),
        Field("TenantId", .reference(to: .tenants)),
        Field("ReleaseId", .reference(to: .releases)),
    ])

    private static let projectLinks = [
        Link("Web", "/app#/{S}/projects/{Id}"),
        Link("Releases", "/api/{S}/projects/{Id}/releases{/version}{?skip,take,searchByVersion}"),
        Link("Channels", "/api/{S}/projects/{Id}/channels{/id}{?skip,take,partialName}"),
        Link("OrderChannels", "/api/{S}/projects/{Id}/channels/order"),
        Link("Triggers", "/api/{S}/projects/{Id}/triggers{/id}{?skip,take,partialName}"),
        Link("ScheduledTriggers", "/api/{S}/projects/{Id}/triggers/scheduled{?skip,take}"),
        Link("Variables", "/api/{S}/variables/variableset-{Id}"),
        Link("DeploymentProcess", "/api/{S}/projects/{Id}/deploymentprocesses"),
        Link("DeploymentSettings", "/api/{S}/projects/{Id}/deploymentsettings"),
        Link("Progression", "/api/{S}/projects/{Id}/progression"),
        Link("Runbooks", "/api/{S}/projects/{Id}/runbooks{?skip,take,partialName}"),
        Link("RunbookSnapshots", "/api/{S}/projects/{Id}/runbookSnapshots{/name}{?skip,take,searchByName}"),
        Link("RunbookTaskRunDashboardItemsTemplate", "/api/{S}/progression/runbooks/taskRuns{?projectIds,ids,taskIds}"),
        Link("Metadata", "/api/{S}/projects/{Id}/metadata"),
        Link("Summary", "/api/{S}/projects/{Id}/summary"),
    ]
}
