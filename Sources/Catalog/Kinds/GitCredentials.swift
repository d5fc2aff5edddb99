extension KindName {
    public static let gitCredentials: KindName = "git-credentials"
}

extension Kind {
    static let gitCredentials = Kind(
        .gitCredentials,
        type: "GitCredential",
        title: .init("git credential"),
        policyKey: "gitCredentials",
        identity: .counted(prefix: "GitCredentials"),
        shape: Shape([
            Field("Name", .name).required(),
            Field("Description", .text).defaulting(to: "").ofDestination(),
            Field("Details", .object(.gitCredentialDetails)).required().ofDestination(),
            // Addresses of repositories, no references.
            Field(
                "RepositoryRestrictions",
                .object(Shape([Field("Enabled", .bool), Field("AllowedRepositories", .strings)]))
            ).ofDestination(),
        ]),
        filters: [.name, .partialName],
        links: [Link("Usage", "/api/{S}/git-credentials/{Id}/usage")],
        permissions: Permissions(editing: "GitCredential"),
        sync: SyncTreatment(.nameOnly, phase: .scaffolding)
    )
}
