extension KindName {
    public static let stepTemplates: KindName = "actiontemplates"
}

extension Kind {
    static let stepTemplates = Kind(
        .stepTemplates,
        type: "ActionTemplate",
        title: .init("step template"),
        policyKey: "stepTemplates",
        identity: .counted(prefix: "ActionTemplates"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Description", .text).defaulting(to: ""),
            Field("ActionType", .line).required().createOnly(),
            Field("CommunityActionTemplateId", .reference(to: .communityStepTemplates)).kept(),
            Field("Properties", .properties),
            Field("Parameters", .templateParameters),
            Field("Packages", .packages),
            Field("GitDependencies", .gitDependencies),
            Field("StepPackageVersion", .line),
            Field("Inputs", .opaque),
        ]),
        filters: [.name, .partialName],
        links: [
            Link("Usage", "/api/{S}/actiontemplates/{Id}/usage"),
            Link("ActionsUpdate", "/api/{S}/actiontemplates/{Id}/actionsUpdate"),
            Link("Versions", "/api/{S}/actiontemplates/{Id}/versions/{version}"),
        ],
        isVersioned: true,
        hasLogo: true,
        permissions: Permissions("ActionTemplate"),
        sync: SyncTreatment(.exact, phase: .stepTemplates)
    )
}
