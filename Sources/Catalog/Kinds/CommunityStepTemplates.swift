extension KindName {
    public static let communityStepTemplates: KindName = "communityactiontemplates"
}

extension Kind {
    /// A step template of the public library, as this server's catalogue has it. Installing one in a space makes a step
    /// template of that space.
    ///
    /// The template's own id is the same on every server; `Id` is this server's. What an installed template is made of
    /// is kept as it was given: its ids may be those of other servers.
    ///
    /// Source: section 2.13 of the REST contract.
    static let communityStepTemplates = Kind(
        .communityStepTemplates,
        type: "CommunityActionTemplate",
        title: .init("community step template"),
        policyKey: "communityStepTemplates",
        scope: .system,
        identity: .counted(prefix: "CommunityActionTemplates"),
        naturalKey: ["ExternalId"],
        shape: Shape([
            Field("Name", .name).required(),
            Field("Type", .line).required(),
            Field("ExternalId", .line).required().createOnly(),
            // Of the template in the library, counted up by its authors.
            Field("Version", .count).required(),
            Field("Author", .line),
            Field("Description", .text).defaulting(to: ""),
            Field("Website", .line),
            Field("HistoryUrl", .line),
            Field("Properties", .opaque).defaulting(to: [:]),
            Field("Parameters", .opaque).defaulting(to: []),
            Field("Packages", .opaque).defaulting(to: []),
        ]),
        order: .field("Name"),
        filters: [.init("partialName", "Name", .contains)],
        links: [
            Link("Installation", "/api/communityactiontemplates/{Id}/installation{/spaceId}"),
            Link("InstalledTemplate", "/api/communityactiontemplates/{Id}/actiontemplate{/spaceId}"),
        ],
        hasLogo: true,
        permissions: Permissions(
            view: "ActionTemplateView",
            create: "ConfigureServer",
            edit: "ConfigureServer",
            delete: "ConfigureServer"
        ),
        sync: SyncTreatment(.skip, phase: .never)
    )

    /// The step template that installing this community template makes, before a server gives it an id.
    ///
    /// - Parameter document: a document of ``communityStepTemplates``.
    public static func stepTemplate(installing document: JSON) -> JSON {
        [
            "Name": document["Name"] ?? .null,
            "Description": document["Description"] ?? "",
            "ActionType": document["Type"] ?? .null,
            "CommunityActionTemplateId": document["Id"] ?? .null,
            "Properties": document["Properties"] ?? [:],
            "Parameters": document["Parameters"] ?? [],
            "Packages": document["Packages"] ?? [],
        ]
    }
}
