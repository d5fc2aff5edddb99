extension Shape {
    /// The steps of a deployment or a runbook: in the order in which they run, each with one action or, for rolling
    /// steps, several.
    ///
    /// Source: sections 9.2 to 9.7 and 27.4 of the REST contract.
    static func process(_ owner: [Field]) -> Shape {
        Shape(
            owner + [
                Field("Steps", .entries(step, key: "Name", id: .uuid)),
                Field("LastSnapshotId", .reference(to: .snapshots)).readOnly(),
                Field("ChangeDescription", .text).writeOnly(),
            ]
        )
    }

    private static let step = Shape([
        Field("Name", .name).required(),
        Field("Slug", .name).kept().derived(),
        Field("Type", .choice(["Step", "ProcessTemplateUsage"])),
        Field(
            "PackageRequirement",
            .choice(["LetOctopusDecide", "BeforePackageAcquisition", "AfterPackageAcquisition"])
        ),
        Field("StartTrigger", .choice(["StartAfterPrevious", "StartWithPrevious", "Variable"])),
        Field("Condition", .choice(["Success", "Failure", "Always", "Variable"])),
        Field("Properties", .properties),
        Field("Actions", .entries(action, key: "Name", id: .uuid)),
    ]).concluding { step in
        // The only action of a step bears the step's name when it has none of its own.
        guard case .array(let actions)? = step["Actions"], actions.count == 1,
            case .object(var action) = actions[0], (action[caseless: "Name"]?.stringValue ?? "").isEmpty
        else { return }
        action = JSONObject(action.filter { $0.key.lowercased() != "name" }.map { ($0.key, $0.value) })
        action["Name"] = step["Name"]
        step["Actions"] = .array([.object(action)])
    }

    private static let action = Shape(
        [
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("ActionType", .line).required(),
            Field("Notes", .text),
            Field("IsDisabled", .bool),
            Field("IsRequired", .bool),
            Field("CanBeUsedForProjectVersioning", .bool).derived(),
            Field("Condition", .choice(["Success", "Variable"])),
            Field("WorkerPoolId", .reference(to: .workerPools)),
            // Names of variables are the same everywhere: no reference has to be translated.
            Field("WorkerPoolVariable", .line),
            Field("Container", .object(.container)),
        ] + actionScopes + [
            Field("Packages", .packages),
            Field("GitDependencies", .gitDependencies),
            Field("Properties", .properties),
            Field("StepPackageVersion", .line),
            Field("LastSavedStepPackageVersion", .line).derived(),
            Field("AvailableStepPackageVersions", .strings).derived(),
            Field("Inputs", .opaque),
            Field("CommunityActionTemplateSnapshot", .optionalObject(communitySnapshot)),
            Field("Links", .opaque).defaulting(to: [:]).readOnly(),
        ],
        on: "ActionType",
        variants: ["Octopus.DeployRelease": [Field("Packages", .releasePackages)]]
    )

    /// Where an action runs at all; an empty list means everywhere.
    private static let actionScopes = [
        Field("Environments", .references(to: .environments, emptyMeansAll: true)),
        Field("ExcludedEnvironments", .references(to: .environments, excludes: true)),
        Field("Channels", .references(to: .channels, emptyMeansAll: true)),
        Field("TenantTags", .tags(emptyMeansAll: true)),
        Field("EnvironmentsVariable", .line),
        Field("ExcludedEnvironmentsVariable", .line),
        Field("ChannelsVariable", .line),
        Field("TenantTagsVariable", .line),
    ]

    private static let communitySnapshot = Shape([
        Field("Id", .reference(to: .communityStepTemplates)),
        Field("Version", .opaque),
        Field("Parameters", .opaque),
    ])

    /// The container in which something runs, from an image or from a build file in a git repository.
    static let container = Shape([
        Field("Image", .line),
        Field("FeedId", .reference(to: .feeds)),
        Field("GitUrl", .line),
        Field("Dockerfile", .text),
    ])
}
