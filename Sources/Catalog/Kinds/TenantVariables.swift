extension KindName {
    public static let tenantVariables: KindName = "tenantvariables"
}

extension Kind {
    /// The values that one tenant gives to the templates of its projects and of their library sets, by the id of the
    /// template's parameter.
    static let tenantVariables = Kind(
        .tenantVariables,
        type: "TenantVariables",
        title: .init("variables of a tenant", "variables of tenants"),
        policyKey: "tenantVariables",
        identity: .ofOwner(prefix: "tenantvariables-"),
        owner: Owner("TenantId", .tenants),
        naturalKey: [],
        shape: Shape([
            Field("TenantId", .reference(to: .tenants, required: true)).readOnly(),
            Field("TenantName", .name).readOnly(),
            Field("ProjectVariables", .map(key: Reference(to: .projects), value: .object(projectValues))),
            Field("LibraryVariables", .map(key: Reference(to: .librarySets), value: .object(libraryValues))),
            // Rows that the trees above cannot say, by their ids. Never served: each form of the API has its own view.
            Field("ScopedValues", .map(key: nil, value: .object(scopedRow))).kept().derived(),
            Field("ConcurrencyToken", .line).readOnly(),
        ]),
        order: .field("TenantId"),
        operations: [.get, .update],
        links: [Link("Self", "/api/{S}/tenants/{TenantId}/variables")],
        permissions: Permissions(editing: "Variable"),
        sync: SyncTreatment(.merge, phase: .tenantVariables)
    )

    private static let projectValues = Shape([
        Field("ProjectId", .reference(to: .projects)),
        Field("ProjectName", .name).readOnly(),
        Field("Templates", .opaque).defaulting(to: []).readOnly(),
        Field("Variables", .map(key: Reference(to: .environments), value: values)),
        Field("Links", .opaque).defaulting(to: [:]).readOnly(),
    ])

    private static let libraryValues = Shape([
        Field("LibraryVariableSetId", .reference(to: .librarySets)),
        Field("LibraryVariableSetName", .name).readOnly(),
        Field("Templates", .opaque).defaulting(to: []).readOnly(),
        Field("Variables", values),
        // Beyond the contract: values of single environments.
        Field("ScopedVariables", .map(key: Reference(to: .environments), value: values)).readOnly(),
        Field("Links", .opaque).defaulting(to: [:]).readOnly(),
    ])

    private static let scopedRow = Shape([
        Field("ProjectId", .reference(to: .projects)),
        Field("LibraryVariableSetId", .reference(to: .librarySets)),
        Field("EnvironmentIds", .references(to: .environments)),
        Field("Values", values),
    ])

    private static let values = FieldType.map(
        key: Reference(to: .templateParameters, form: .partID),
        value: .parameterDefault
    )
}
