extension KindName {
    public static let machinePolicies: KindName = "machinepolicies"
}

extension Kind {
    static let machinePolicies = Kind(
        .machinePolicies,
        type: "MachinePolicy",
        title: .init("machine policy", "machine policies"),
        policyKey: "machinePolicies",
        identity: .counted(prefix: "MachinePolicies"),
        shape: Shape(
            [
                Field("Name", .name).required()
            ]
                + [
                    Field("Description", .text).defaulting(to: ""),
                    Field("IsDefault", .bool),
                    Field("ConnectionConnectTimeout", .timeSpan).defaulting(to: "00:01:00"),
                    Field("ConnectionRetryCountLimit", .int(2...1_000)).defaulting(to: 5),
                    Field("ConnectionRetrySleepInterval", .timeSpan).defaulting(to: "00:00:01"),
                    Field("ConnectionRetryTimeLimit", .timeSpan).defaulting(to: "00:05:00"),
                    Field("PollingRequestQueueTimeout", .timeSpan).defaulting(to: "00:02:00"),
                    Field("PollingRequestMaximumMessageProcessingTimeout", .timeSpan).defaulting(to: "00:10:00"),
                    Field("MachineHealthCheckPolicy", .object(healthCheck)),
                    Field("MachineConnectivityPolicy", .object(connectivity)),
                    Field("MachineCleanupPolicy", .object(cleanup)),
                    // Names an account, and those come later.
                    Field("MachineUpdatePolicy", .object(update)).inPhase(.accountTenants),
                    Field("MachineRpcCallRetryPolicy", .object(retry)).kept(),
                    Field("MachinePackageCacheRetentionPolicy", .object(packageCache)).kept(),
                ].map { $0.ofDestination() }
        ),
        filters: [.name, .partialName],
        links: [
            Link("Machines", "/api/{S}/machinepolicies/{Id}/machines{?skip,take,partialName}"),
            Link("Workers", "/api/{S}/machinepolicies/{Id}/workers{?skip,take,partialName}"),
        ],
        permissions: Permissions("MachinePolicy"),
        sync: SyncTreatment(.nameOnly, phase: .scaffolding)
    )

    /// An interval and a cron expression exclude each other; neither means never.
    private static let healthCheck = Shape([
        Field("HealthCheckType", .choice(["RunScript", "OnlyConnectivity"])),
        Field("HealthCheckInterval", .timeSpan),
        Field("HealthCheckCron", .line),
        Field("HealthCheckCronTimezone", .timeZone).defaulting(to: "UTC"),
        Field("PowerShellHealthCheckPolicy", .object(script)),
        Field("BashHealthCheckPolicy", .object(script)),
    ]).concluding { policy in
        let hasCron = !(policy["HealthCheckCron"]?.stringValue ?? "").isEmpty
        if hasCron { policy["HealthCheckInterval"] = .null }
        if policy["HealthCheckInterval"] == nil { policy["HealthCheckInterval"] = "1.00:00:00" }
    }

    private static let script = Shape([
        Field("RunType", .choice(["InheritFromDefault", "Inline", "OnlyConnectivity"])),
        Field("ScriptBody", .text),
    ])

    private static let connectivity = Shape([
        Field("MachineConnectivityBehavior", .choice(["ExpectedToBeOnline", "MayBeOfflineAndCanBeSkipped"]))
    ])

    private static let cleanup = Shape([
        Field("DeleteMachinesBehavior", .choice(["DoNotDelete", "DeleteUnavailableMachines"])),
        Field("DeleteMachinesElapsedTimeSpan", .timeSpan).defaulting(to: "01:00:00"),
    ])

    private static let update = Shape([
        Field("CalamariUpdateBehavior", .choice(["UpdateOnDeployment", "UpdateOnNewMachine", "UpdateAlways"])),
        Field("TentacleUpdateBehavior", .choice(["NeverUpdate", "Update"])),
        Field("KubernetesAgentUpdateBehavior", .choice(["Update", "NeverUpdate", "Block"])),
        Field("TentacleUpdateAccountId", .reference(to: .accounts)),
    ])

    private static let retry = Shape([
        Field("Enabled", .bool).defaulting(to: true),
        Field("RetryDuration", .timeSpan).defaulting(to: "00:02:30"),
        Field("HealthCheckRetryDuration", .timeSpan).defaulting(to: "00:02:30"),
    ])

    private static let packageCache = Shape([
        Field("Strategy", .choice(["Default", "Quantities"])),
        Field("QuantityOfPackagesToKeep", .count).defaulting(to: nil),
        Field("PackageUnit", .choice(["Items"])),
        Field("QuantityOfVersionsToKeep", .count).defaulting(to: nil),
        Field("VersionUnit", .choice(["Items"])),
    ])
}
