extension KindName {
    public static let variableSets: KindName = "variables"
}

extension Kind {
    /// The variables of a project or of a library set.
    static let variableSets = Kind(
        .variableSets,
        type: "VariableSet",
        title: .init("variable set"),
        policyKey: "variables",
        identity: .ofOwner(prefix: "variableset-"),
        owner: Owner("OwnerId", .projects, .librarySets),
        naturalKey: [],
        shape: Shape([
            Field("OwnerId", .reference(Reference(to: .projects, .librarySets, isRequired: true))).readOnly(),
            // Names repeat: only the id tells variables apart.
            Field("Variables", .entries(.variable, key: "Id", id: .uuid)),
            // The names of what scopes may hold; made anew for each answer.
            Field("ScopeValues", .opaque).readOnly(),
            Field("ChangeDescription", .text).writeOnly(),
        ]),
        order: .field("Id"),
        operations: [.all, .get, .update],
        isVersioned: true,
        permissions: Permissions(editing: "Variable"),
        sync: SyncTreatment(.merge, phase: .projectVariables)
    )
}
