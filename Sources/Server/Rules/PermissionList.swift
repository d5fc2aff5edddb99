import Catalog

/// The permissions of the REST contract (appendix A), with what each can be restricted to.
///
/// Roles grant them by name. Skerry's own permission system decides later what each allows; the names are data that
/// clients read and roles hold.
struct PermissionList: Sendable {
    struct Permission: Sendable {
        var name: String
        /// Of `projects`, `environments`, `tenants`, `projectgroups`.
        var restrictions: [String]
        var appliesToSystem: Bool
        var appliesToSpaces: Bool
    }

    let permissions: [Permission]
    private let byName: [String: Permission]

    static let standard = PermissionList()

    private init() {
        permissions = Self.table.flatMap { restrictions, names in
            names.split(separator: " ").map { name in
                let name = String(name)
                let isSystemOnly = Self.systemOnly.contains(name)
                return Permission(
                    name: name,
                    restrictions: restrictions,
                    appliesToSystem: isSystemOnly || Self.alsoSystem.contains(name),
                    appliesToSpaces: !isSystemOnly
                )
            }
        }.sorted { $0.name < $1.name }
        byName = Dictionary(uniqueKeysWithValues: permissions.map { ($0.name, $0) })
    }

    subscript(name: String) -> Permission? { byName[name] }

    var spaceNames: [String] { permissions.filter(\.appliesToSpaces).map(\.name) }
    var systemNames: [String] { permissions.filter(\.appliesToSystem).map(\.name) }

    /// The document of `permissions/all`: a map from name to description.
    var document: JSON {
        .object(JSONObject(permissions.map { ($0.name, $0.document) }))
    }

    private static let table: [([String], String)] = [
        (["projects", "environments"], "VariableEdit VariableView"),
        (["tenants"], "TenantCreate TenantEdit TenantView TenantDelete"),
        (
            ["projectgroups"],
            "ProjectCreate ProjectGroupView ProjectGroupCreate ProjectGroupEdit ProjectGroupDelete"
        ),
        (["projects", "environments", "tenants"], "TaskView TaskViewLog TaskCreate TaskCancel TaskEdit"),
        (
            ["projects", "tenants"],
            "ProjectEdit ProjectView ProjectDelete ReleaseCreate ReleaseView ReleaseEdit ReleaseDelete"
        ),
        (
            ["environments"],
            """
            EnvironmentView EnvironmentCreate EnvironmentEdit EnvironmentDelete \
            AccountView AccountEdit AccountCreate AccountDelete
            """
        ),
        (
            ["environments", "tenants"],
            """
            MachineCreate MachineEdit MachineView MachineDelete CertificateView CertificateEdit CertificateDelete \
            CertificateExportPrivateKey
            """
        ),
        (
            ["projects", "environments", "tenants"],
            """
            DeploymentCreate DeploymentDelete DeploymentView ArtifactView ArtifactCreate ArtifactEdit ArtifactDelete \
            EventView InterruptionView InterruptionSubmit InterruptionViewSubmitResponsible RunbookRunView \
            RunbookRunDelete RunbookRunCreate AiAgentTranscriptView DeployedResourceAdminister
            """
        ),
        (
            ["projects"],
            """
            ProcessView ProcessEdit VariableEditUnscoped VariableViewUnscoped DefectReport DefectResolve \
            BuiltInFeedPush BuiltInFeedAdminister BuiltInFeedDownload TriggerCreate TriggerView TriggerEdit \
            TriggerDelete RunbookView RunbookEdit RunbookSnapshotCreate
            """
        ),
        (
            [],
            """
            AdministerSystem ConfigureServer SpaceEdit SpaceView SpaceDelete SpaceCreate TeamCreate TeamView TeamEdit \
            TeamDelete UserView UserInvite UserEdit UserRoleView UserRoleEdit FeedView FeedEdit \
            LibraryVariableSetView LibraryVariableSetCreate LibraryVariableSetEdit LibraryVariableSetDelete \
            ActionTemplateView ActionTemplateCreate ActionTemplateEdit ActionTemplateDelete LifecycleCreate \
            LifecycleView LifecycleEdit LifecycleDelete TagSetCreate TagSetEdit TagSetDelete MachinePolicyCreate \
            MachinePolicyView MachinePolicyEdit MachinePolicyDelete ProxyCreate ProxyView ProxyEdit ProxyDelete \
            SubscriptionCreate SubscriptionView SubscriptionEdit SubscriptionDelete CertificateCreate WorkerView \
            WorkerEdit BuildInformationPush BuildInformationAdminister GitCredentialView GitCredentialEdit \
            EventRetentionDelete EventRetentionView TelemetryView TaskPrioritize InsightsReportView \
            InsightsReportCreate InsightsReportEdit InsightsReportDelete DeploymentFreezeAdminister TargetTagView \
            TargetTagAdminister PlatformHubView PlatformHubEdit RetentionAdminister FeatureToggleEdit \
            ApprovalPolicyAdminister SshKnownHostsAdminister SshKnownHostsView
            """
        ),
    ]

    private static let systemOnly: Set<String> = [
        "AdministerSystem", "ConfigureServer", "SpaceEdit", "SpaceView", "SpaceDelete", "SpaceCreate", "UserView",
        "UserInvite", "UserEdit", "UserRoleView", "UserRoleEdit", "TelemetryView", "EventRetentionDelete",
        "EventRetentionView", "PlatformHubView", "PlatformHubEdit", "FeatureToggleEdit",
    ]

    private static let alsoSystem: Set<String> = [
        "TeamCreate", "TeamView", "TeamEdit", "TeamDelete", "TaskView", "TaskCreate", "TaskCancel", "TaskEdit",
        "EventView", "InterruptionView", "InterruptionSubmit", "InterruptionViewSubmitResponsible",
        "DeploymentFreezeAdminister",
    ]
}

extension PermissionList.Permission {
    var document: JSON {
        [
            "Description": .string(text), "SupportedRestrictions": JSON(restrictions),
            "CanApplyAtSystemLevel": .bool(appliesToSystem), "CanApplyAtSpaceLevel": .bool(appliesToSpaces),
        ]
    }

    /// `ProjectGroupView` reads `View project group`.
    var text: String {
        var words: [String] = []
        for character in name {
            if character.isUppercase || words.isEmpty { words.append("") }
            words[words.count - 1].append(contentsOf: character.lowercased())
        }
        if words.count > 1, Self.verbs.contains(words[words.count - 1]) { words.insert(words.removeLast(), at: 0) }
        let sentence = words.joined(separator: " ")
        return sentence.prefix(1).uppercased() + sentence.dropFirst()
    }

    private static let verbs: Set<String> = [
        "view", "create", "edit", "delete", "cancel", "submit", "administer", "push", "download", "report", "resolve",
        "invite", "prioritize",
    ]
}
