extension KindName {
    public static let triggers: KindName = "projecttriggers"
}

extension Kind {
    static let triggers = Kind(
        .triggers,
        type: "ProjectTrigger",
        title: .init("trigger"),
        policyKey: "triggers",
        identity: .counted(prefix: "ProjectTriggers"),
        owner: Owner("ProjectId", .projects),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Description", .text).defaulting(to: ""),
            Field("ProjectId", .reference(to: .projects, required: true)).required().createOnly(),
            // A trigger that starts work by itself is switched on by a person.
            Field("IsDisabled", .bool).ofDestination(startingAs: true),
            Field("Filter", .object(filter)).required(),
            Field("Action", .object(triggerAction)).required(),
        ]),
        filters: [
            .name, .partialName,
            .init("runbooks", "Action.RunbookId", .anyOf),
            .init("triggerActionType", "Action.ActionType", .anyOf),
        ],
        links: [Link("Project", "/api/{S}/projects/{ProjectId}")],
        permissions: Permissions("Trigger"),
        sync: SyncTreatment(.skip, phase: .triggers, leavesOutIncomplete: true)
    )

    private static let filter = Shape(
        [Field("FilterType", .choice(filterVariants.keys.sorted())).required()],
        on: "FilterType",
        variants: filterVariants
    )

    /// Times of schedules are kept as they were sent: they may have no zone.
    private static let filterVariants: [String: [Field]] = [
        "MachineFilter": [
            Field("EnvironmentIds", .references(to: .environments, emptyMeansAll: true)),
            Field("Roles", .names),
            Field("EventGroups", .names),
            Field("EventCategories", .names),
        ],
        "OnceDailySchedule": [timeZone, startTime, daysOfWeek],
        "ContinuousDailySchedule": [timeZone, Field("RunAfter", .line), Field("RunUntil", .line)]
            + interval + [daysOfWeek],
        "DailySchedule": [timeZone, startTime, Field("RunType", .line)] + interval,
        "DaysPerWeekSchedule": [timeZone, startTime, Field("RunType", .line)] + interval
            + ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"].map { Field($0, .bool) },
        "DaysPerMonthSchedule": [
            timeZone, startTime,
            Field("MonthlyScheduleType", .choice(["DateOfMonth", "DayOfMonth"])),
            Field("DateOfMonth", .line),
            Field("DayNumberOfMonth", .line),
            Field("DayOfWeek", .line),
        ],
        "CronExpressionSchedule": [timeZone, Field("CronExpression", .line).required()],
        "FeedFilter": [Field("Packages", .list(package(Field("DeploymentActionSlug", .action(.slug)))))],
        "ArcFeedFilter": [Field("Packages", .list(package(Field("DeploymentAction", .action(.name)))))],
        "GitFilter": [Field("Sources", .list(gitSource))],
        "WebhookFilter": [
            Field("WebhookId", .line).kept().derived(),
            Field("Secret", .secret),
            Field("RequireApiKey", .bool),
        ],
    ]

    private static var timeZone: Field { Field("Timezone", .timeZone) }
    private static var startTime: Field { Field("StartTime", .line) }
    private static var daysOfWeek: Field { Field("DaysOfWeek", .strings) }
    private static let interval = [
        Field("Interval", .choice(["OnceDaily", "OnceHourly", "OnceEveryMinute"])),
        Field("HourInterval", .count).defaulting(to: nil),
        Field("MinuteInterval", .count).defaulting(to: nil),
    ]

    private static func package(_ action: Field) -> Shape {
        Shape([action, Field("PackageReference", .line).defaulting(to: "")])
    }

    private static let gitSource = Shape([
        Field("DeploymentActionSlug", .action(.slug)),
        Field("GitDependencyName", .line).defaulting(to: ""),
        Field("IncludeFilePaths", .strings),
        Field("ExcludeFilePaths", .strings),
    ])

    private static let triggerAction = Shape(
        [Field("ActionType", .choice(actionVariants.keys.sorted())).required()],
        on: "ActionType",
        variants: actionVariants
    )

    private static let actionVariants: [String: [Field]] = [
        "AutoDeploy": [Field("ShouldRedeployWhenMachineHasBeenDeployedTo", .bool)],
        "DeployLatestRelease": [channel] + chosenTenants + [
            variables,
            Field("SourceEnvironmentIds", .references(to: .environments, required: true)).required(),
            environment("DestinationEnvironmentId"),
            redeploysCurrent,
        ],
        "DeployNewRelease": [channel] + chosenTenants + [
            variables,
            environment("EnvironmentId"),
            Field("VersionControlReference", .opaque),
        ],
        "DeployLatestReleaseToEnvironment": [environment("EnvironmentId"), channel] + chosenTenants + [
            variables, redeploysCurrent,
        ],
        "RunRunbook": [
            Field("RunbookId", .reference(Reference(to: .runbooks, emptyMeansAll: true))),
            Field("RunbookTags", .tags()),
            Field("EnvironmentIds", .references(to: .environments, required: true)).required(),
        ] + chosenTenants + [Field("FormValues", .opaque)],
        "CreateRelease": [channel],
    ]

    /// Without a channel the default one is meant, without a tenant none: both would be another trigger than the source's.
    private static var channel: Field { Field("ChannelId", .reference(Reference(to: .channels, emptyMeansAll: true))) }
    private static var redeploysCurrent: Field {
        Field("ShouldRedeployWhenReleaseIsCurrent", .bool).defaulting(to: true)
    }
    /// A JSON text with the values of prompted variables.
    private static var variables: Field { Field("Variables", .text) }
    private static let chosenTenants = [
        Field("TenantIds", .references(to: .tenants, emptyMeansAll: true)),
        Field("TenantTags", .tags(emptyMeansAll: true)),
    ]
    private static func environment(_ name: String) -> Field {
        Field(name, .reference(to: .environments, required: true)).required()
    }
}
