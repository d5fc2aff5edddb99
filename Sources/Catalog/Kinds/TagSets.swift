extension KindName {
    public static let tagSets: KindName = "tagsets"
}

extension Kind {
    static let tagSets = Kind(
        .tagSets,
        type: "TagSet",
        title: .init("tag set"),
        policyKey: "tagSets",
        identity: .counted(prefix: "TagSets"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Description", .text).defaulting(to: ""),
            Field("SortOrder", .count).kept(),
            Field("Scopes", .names).defaulting(to: ["Tenant"]).kept(),
            Field("Type", .choice(["MultiSelect", "SingleSelect", "FreeText"])).kept(),
            Field("IsSystem", .bool).readOnly(),
            Field("Tags", .entries(tag, key: "Name", id: .tag)),
        ]),
        order: .sortOrder,
        filters: [.name, .partialName, .init("scopes", "Scopes", .anyOf)],
        // There is no permission to view tag sets: who sees tenants has to see their tags.
        permissions: Permissions(
            view: "TenantView",
            create: "TagSetCreate",
            edit: "TagSetEdit",
            delete: "TagSetDelete"
        ),
        sync: SyncTreatment(.exact, phase: .scaffolding)
    )

    private static let tag = Shape([
        Field("Name", .name).required(),
        Field("Description", .text).defaulting(to: ""),
        Field("Color", .string(maxLength: 9)).defaulting(to: "#333333"),
        Field("SortOrder", .count),
        // `Tag set/Tag`; the server's rules fill it.
        Field("CanonicalTagName", .line).readOnly(),
    ])
}
