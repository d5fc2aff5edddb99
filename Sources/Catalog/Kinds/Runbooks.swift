extension KindName {
    public static let runbooks: KindName = "runbooks"
}

extension Kind {
    static let runbooks = Kind(
        .runbooks,
        type: "Runbook",
        title: .init("runbook"),
        policyKey: "runbooks",
        identity: .counted(prefix: "Runbooks"),
        owner: Owner("ProjectId", .projects),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("Description", .text),
            Field("ProjectId", .reference(to: .projects, required: true)).required().createOnly(),
            Field("RunbookProcessId", .reference(to: .runbookProcesses)).readOnly(),
            // Publishing is an act on one server, and the snapshot lives there.
            Field("PublishedRunbookSnapshotId", .reference(to: .snapshots)).kept().derived(),
            Field("MultiTenancyMode", .tenantedMode),
            Field("ConnectivityPolicy", .object(.connectivity(allowsNoTargets: true))),
            Field("EnvironmentScope", .choice(["All", "Specified", "FromProjectLifecycles"])),
            Field("Environments", .references(to: .environments, emptyMeansAll: true)),
            Field("DefaultGuidedFailureMode", .guidedFailureMode),
            Field("RunRetentionPolicy", .object(.runRetention)),
            Field("ForcePackageDownload", .bool),
            Field("FailTargetDiscovery", .bool),
            Field("CancelQueuedTasks", .bool),
            Field("CancelRunningTasks", .bool),
            Field("RunbookTags", .tags()),
        ]),
        filters: [.name, .partialName, .init("projectIds", "ProjectId", .anyOf)],
        links: runbookLinks,
        permissions: Permissions(editing: "Runbook"),
        sync: SyncTreatment(.merge, phase: .runbooks)
    )

    private static let runbookLinks = [
        Link("Project", "/api/{S}/projects/{ProjectId}"),
        Link("Template", "/api/{S}/runbooks/{Id}/runbookSnapshotTemplate"),
        Link("RunbookSnapshotTemplate", "/api/{S}/runbooks/{Id}/runbookSnapshotTemplate"),
        Link("RunbookRunTemplate", "/api/{S}/runbooks/{Id}/runbookRunTemplate"),
        Link(
            "RunbookRunPreview",
            "/api/{S}/runbooks/{Id}/runbookRuns/preview/{environment}{?includeDisabledSteps}"
        ),
        Link(
            "RunbookRunTenantPreview",
            "/api/{S}/runbooks/{Id}/runbookRuns/preview/{environment}/{tenant}{?includeDisabledSteps}"
        ),
        Link("RunbookSnapshots", "/api/{S}/runbooks/{Id}/runbookSnapshots{?skip,take,searchByName}"),
        Link("CreateRunbookRun", "/api/{S}/runbooks/{Id}/run"),
        Link("RunbookProcesses", "/api/{S}/runbookProcesses/{RunbookProcessId}"),
        Link("Progression", "/api/{S}/progression/runbooks/{Id}"),
        Link("TaskRunDashboardItemsTemplate", "/api/{S}/progression/runbooks/{Id}/taskRuns{?skip,take}"),
    ]
}
