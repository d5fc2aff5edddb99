extension KindName {
    public static let librarySets: KindName = "libraryvariablesets"
}

extension Kind {
    /// Library variable sets and script modules: `ContentType` tells them apart.
    static let librarySets = Kind(
        .librarySets,
        type: "LibraryVariableSet",
        title: .init("library variable set"),
        policyKey: "librarySets",
        identity: .counted(prefix: "LibraryVariableSets"),
        naturalKey: ["Name", "ContentType"],
        shape: Shape([
            Field("Name", .name).required(),
            Field("Description", .text).defaulting(to: ""),
            Field("ContentType", .choice(["Variables", "ScriptModule"])).createOnly(),
            Field("VariableSetId", .reference(to: .variableSets)).readOnly(),
            Field("Templates", .templateParameters),
            Field("Version", .count).readOnly(),
        ]),
        filters: [.name, .partialName, .init("contentType", "ContentType", .equals)],
        links: [
            Link("Variables", "/api/{S}/variables/variableset-{Id}"),
            Link("Usages", "/api/{S}/libraryvariablesets/{Id}/usages"),
        ],
        permissions: Permissions("LibraryVariableSet"),
        sync: SyncTreatment(.merge, phase: .librarySets)
    )
}
