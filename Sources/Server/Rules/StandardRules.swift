import Catalog

/// The rules of all kinds that have any.
enum StandardRules {
    static let all: [any ResourceRules] = [
        SpaceRules(),
        TagSetRules(),
        FeedRules(),
        DefaultFlagRules(kind: .machinePolicies),
        DefaultFlagRules(kind: .workerPools),
        MachineRules(kind: .machines),
        MachineRules(kind: .workers),
        AccountRules(),
        CertificateRules(),
        CommunityTemplateRules(),
        StepTemplateRules(),
        LibrarySetRules(),
        TenantRules(),
        TenantVariableRules(),
        UserRules(),
        TeamRules(),
        UserRoleRules(),
        ProjectRules(),
        ChannelRules(),
        RunbookRules(),
        ProcessRules(kind: .deploymentProcesses),
        ProcessRules(kind: .runbookProcesses),
        VariableSetRules(),
        SyncRunRules(),
    ]
}
