/// What each parameter of SpaceCloner becomes. From its published documentation; nothing else is guessed.
struct SpaceClonerParameter: Sendable {
    struct Word: Sendable {
        var word: String
        var settings: [(path: String, word: String)]
        var warning: String?
    }

    enum Action: Sendable {
        /// Straight into a setting.
        case text(String)
        /// An API key of a side.
        case key(String)
        /// `all`, or a list of patterns of one type.
        case select(String)
        case environments
        case projects
        case words([Word])
        /// One of the six scope strategies.
        case strategy([String])
        /// Nothing in a policy corresponds; said when it is on.
        case remark(String)
    }

    var name: String
    var action: Action

    init(_ name: String, _ action: Action) {
        self.name = name
        self.action = action
    }

    static let known = Dictionary(all.map { ($0.name.lowercased(), $0) }) { first, _ in first }

    static let all: [SpaceClonerParameter] = servers + selection + switches + scopes + remarks

    private static let servers = [
        SpaceClonerParameter("SourceOctopusUrl", .text("source.url")),
        SpaceClonerParameter("SourceOctopusApiKey", .key("source")),
        SpaceClonerParameter("SourceSpaceName", .text("source.space")),
        SpaceClonerParameter("DestinationOctopusUrl", .text("destination.url")),
        SpaceClonerParameter("DestinationOctopusApiKey", .key("destination")),
        SpaceClonerParameter("DestinationSpaceName", .text("destination.space")),
    ]

    private static let selection = [
        SpaceClonerParameter("EnvironmentsToClone", .environments),
        SpaceClonerParameter("ProjectsToClone", .projects),
        SpaceClonerParameter("WorkerPoolsToClone", .select("workerPools")),
        SpaceClonerParameter("ProjectGroupsToClone", .select("projectGroups")),
        SpaceClonerParameter("TenantTagsToClone", .select("tagSets")),
        SpaceClonerParameter("ExternalFeedsToClone", .select("feeds")),
        SpaceClonerParameter("StepTemplatesToClone", .select("stepTemplates")),
        SpaceClonerParameter("InfrastructureAccountsToClone", .select("accounts")),
        SpaceClonerParameter("LibraryVariableSetsToClone", .select("librarySets")),
        SpaceClonerParameter("LifeCyclesToClone", .select("lifecycles")),
        SpaceClonerParameter("ScriptModulesToClone", .select("scriptModules")),
        SpaceClonerParameter("MachinePoliciesToClone", .select("machinePolicies")),
        SpaceClonerParameter("TenantsToClone", .select("tenants")),
        SpaceClonerParameter("SpaceTeamsToClone", .select("teams")),
        SpaceClonerParameter("CertificatesToClone", .select("certificates")),
    ]

    private static func yesOrNo(_ yes: Word, _ no: Word) -> Action {
        var (yes, no) = (yes, no)
        yes.word = "true"
        no.word = "false"
        return .words([yes, no])
    }

    private static func word(_ settings: [(path: String, word: String)], _ warning: String? = nil) -> Word {
        Word(word: "", settings: settings, warning: warning)
    }

    private static let overwrites = Word(
        word: "true",
        settings: [("variables.overwrite", "always"), ("variables.initial", "source")],
        warning: "edits at the destination are lost on every sync; `variables.overwrite: ifUnchanged` keeps them"
    )

    private static let switches = [
        SpaceClonerParameter(
            "OverwriteExistingVariables",
            .words([
                overwrites, Word(word: "false", settings: [("variables.overwrite", "never")]),
                Word(word: "AddNewValues", settings: [("variables.overwrite", "never")]),
                Word(word: "AddNew", settings: [("variables.overwrite", "never")]),
            ])
        ),
        SpaceClonerParameter(
            "OverwriteExistingCustomStepTemplates",
            yesOrNo(
                word([("types.stepTemplates.mode", "exact"), ("initial", "source")]),
                word([("types.stepTemplates.mode", "initialOnly")])
            )
        ),
        SpaceClonerParameter(
            "OverwriteExistingLifecyclesPhases",
            yesOrNo(
                word(
                    [("types.lifecycles.phases", "include")],
                    "a phase of which no environment existed took any environment; here such a phase is left out"
                ),
                word([("types.lifecycles.phases", "initialOnly")])
            )
        ),
        SpaceClonerParameter(
            "CloneProjectRunbooks",
            yesOrNo(
                word([]),
                word([("types.runbooks.mode", "skip"), ("types.runbookProcesses.mode", "skip")])
            )
        ),
        SpaceClonerParameter(
            "CloneProjectDeploymentProcess",
            yesOrNo(word([]), word([("types.processes.mode", "skip")]))
        ),
        SpaceClonerParameter(
            "CloneProjectChannelRules",
            yesOrNo(word([]), word([], "version rules of channels go over here; that cannot be switched off yet"))
        ),
        SpaceClonerParameter(
            "CloneProjectVersioningReleaseCreationSettings",
            yesOrNo(
                word([]),
                word([], "release versioning and creation go over here unless releaseCreation says otherwise")
            )
        ),
        SpaceClonerParameter(
            "CloneTenantVariables",
            yesOrNo(
                word(
                    [("types.tenants.variables", "copyNew")],
                    "with -OverwriteExistingVariables the values of the destination's tenants were lost"
                ),
                word([("types.tenants.variables", "skip")])
            )
        ),
        SpaceClonerParameter(
            "CloneTeamUserRoleScoping",
            yesOrNo(word([]), word([("types.scopedUserRoles.mode", "skip")]))
        ),
        SpaceClonerParameter(
            "ProcessCloningOption",
            .words([
                Word(word: "KeepAdditionalDestinationSteps", settings: [("steps.extra", "keep")]),
                Word(
                    word: "SourceOnly",
                    settings: [("steps.extra", "remove")],
                    warning: "steps that only the destination has are removed; `steps.extra: report` lists them instead"
                ),
            ])
        ),
        SpaceClonerParameter(
            "IgnoreVersionCheckResult",
            yesOrNo(
                word(
                    [],
                    "servers too far apart in version are refused here; set versions.maxMinorDistance if you must"
                ),
                word([])
            )
        ),
    ]

    private static func scope(_ name: String, _ dimensions: String...) -> SpaceClonerParameter {
        SpaceClonerParameter(name, .strategy(dimensions.map { "variables.scopeMismatch.\($0)" }))
    }

    private static let scopes = [
        scope("VariableEnvironmentScopingMatch", "environments"), scope("VariableChannelScopingMatch", "channels"),
        scope("VariableProcessOwnerScopingMatch", "processOwners"), scope("VariableActionScopingMatch", "steps"),
        scope("VariableMachineScopingMatch", "targets"),
        SpaceClonerParameter("ProcessEnvironmentScopingMatch", .strategy(["steps.environmentMismatch"])),
        SpaceClonerParameter(
            "ProcessChannelScopingMatch",
            .words([
                Word(word: "ErrorUnlessExactMatch", settings: [], warning: channelError),
                Word(word: "ErrorUnlessPartialMatch", settings: [], warning: channelError),
                Word(word: "SkipUnlessExactMatch", settings: [("steps.onExcludedChannel", "excludeStep")]),
                Word(word: "SkipUnlessPartialMatch", settings: [("steps.onExcludedChannel", "excludeStep")]),
                Word(word: "IgnoreMismatch", settings: unscoped, warning: unscopedWarning),
                Word(word: "IgnoreMismatchOnNewLeaveExistingAlone", settings: unscoped, warning: unscopedWarning),
            ])
        ),
        SpaceClonerParameter("InfrastructureEnvironmentScopingMatch", .words(infrastructure)),
        SpaceClonerParameter("InfrastructureTenantScopingMatch", .words(infrastructure)),
    ]

    private static let unscoped = [(path: "steps.onExcludedChannel", word: "excludeStep")]
    private static let unscopedWarning =
        "SpaceCloner let a step of a channel that was not cloned run for every channel. Here it is left out; "
        + "`steps.onExcludedChannel: includeUnscoped` is the old way"
    private static let channelError = "a step whose channels stay behind is left out here; the plan lists it"

    /// Accounts and certificates are never made with less restriction than they have.
    private static let infrastructure = [
        "ErrorUnlessExactMatch", "SkipUnlessExactMatch", "ErrorUnlessPartialMatch", "SkipUnlessPartialMatch",
        "IgnoreMismatch", "IgnoreMismatchOnNewLeaveExistingAlone",
    ].map { name in
        Word(
            word: name,
            settings: [],
            warning: name.hasPrefix("Ignore")
                ? "SpaceCloner made an account or certificate without restriction when none of its environments or "
                    + "tenants existed. Here it is left out and listed; `widening: allow` is the old way"
                : "accounts and certificates keep what has a counterpart of their restrictions, and are left out when "
                    + "nothing has"
        )
    }

    private static let remarks = [
        SpaceClonerParameter(
            "TargetsToClone",
            .remark("targets are not synced unless types.targets is switched on: each would have to trust both servers")
        ),
        SpaceClonerParameter(
            "WorkersToClone",
            .remark("workers are not synced unless types.workers is switched on: each would have to trust both servers")
        ),
        SpaceClonerParameter(
            "PackagesToClone",
            .remark(
                "packages are not synced by default; use an external feed, or push to both servers (types.packages)"
            )
        ),
        SpaceClonerParameter("RolesToClone", .remark("user roles are compared, never written")),
        SpaceClonerParameter(
            "ParentProjectName",
            .remark("one project as the parent of others in its space is not supported")
        ),
        SpaceClonerParameter(
            "ChildProjectsToSync",
            .remark("one project as the parent of others in its space is not supported")
        ),
        SpaceClonerParameter("WhatIf", .remark("`skerry sync plan` never writes; it is what -WhatIf was")),
        SpaceClonerParameter(
            "SkipPausingWhenIgnoringVersionCheck",
            .remark("nothing pauses; the setting is not needed")
        ),
    ]
}
