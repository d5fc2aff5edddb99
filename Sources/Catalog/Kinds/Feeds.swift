extension KindName {
    public static let feeds: KindName = "feeds"
}

extension Kind {
    static let feeds = Kind(
        .feeds,
        type: "Feed",
        title: .init("feed"),
        policyKey: "feeds",
        identity: .counted(prefix: "Feeds"),
        shape: Shape(
            [
                Field("FeedType", .choice(feedVariants.keys.sorted())).required().createOnly(),
                Field("Name", .name).required(),
                Field("Slug", .name).kept().derived(),
                Field("Username", .line).ofDestination(),
                Field("Password", .secret).ofDestination(),
                Field("PackageAcquisitionLocationOptions", .strings)
                    .defaulting(to: ["Server", "ExecutionTarget", "NotAcquired"]).readOnly(),
            ],
            on: "FeedType",
            variants: feedVariants
        ),
        filters: [.name, .partialName, .init("feedType", "FeedType", .anyOf)],
        links: [
            Link("SearchPackagesTemplate", "/api/{S}/feeds/{Id}/packages/search{?term,skip,take}"),
            Link(
                "SearchPackageVersionsTemplate",
                "/api/{S}/feeds/{Id}/packages/versions{?packageId,take,skip,includePreRelease,versionRange,preReleaseTag,filter,includeReleaseNotes}"
            ),
            Link(
                "VersionsTemplate",
                "/api/{S}/feeds/{Id}/packages/versions{?packageId,take,skip,includePreRelease,versionRange,preReleaseTag,filter,includeReleaseNotes}"
            ),
            Link("NotesTemplate", "/api/{S}/feeds/{Id}/packages/notes{?packageId,version}"),
            Link(
                "PackagesTemplate",
                "/api/{S}/feeds/{Id}/packages{?packageId,partialMatch,includeMultipleVersions,includeNotes,includePreRelease,versionRange,preReleaseTag,take}"
            ),
        ],
        permissions: Permissions(editing: "Feed"),
        sync: SyncTreatment(.nameOnly, phase: .scaffolding)
    )

    private static let feedVariants: [String: [Field]] = [
        "BuiltIn": [
            Field("DeleteUnreleasedPackagesAfterDays", .count).defaulting(to: nil),
            Field("DeletePackagesAssociatedWithReleases", .bool),
            Field("IsBuiltInRepoSyncEnabled", .bool).defaulting(to: true),
        ],
        // The releases of other projects.
        "OctopusProject": [],
        "NuGet": [uri.required(), Field("EnhancedMode", .bool)] + retries,
        "Docker": registry,
        "AzureContainerRegistry": registry + [
            oidc([Field("ClientId", .line), Field("TenantId", .line)])
        ],
        "GoogleContainerRegistry": registry + [oidc([])],
        "Maven": [uri] + retries,
        "GitHub": [uri] + retries,
        "Npm": [uri] + retries,
        "PyPi": [uri] + retries,
        "Helm": [uri] + retries,
        "OciRegistry": [uri] + retries,
        "AwsElasticContainerRegistry": aws + [
            oidc([Field("RoleArn", .line).defaulting(to: ""), Field("SessionDuration", .line)])
        ],
        "S3": aws,
        "GcsStorage": [
            Field("UseServiceAccountKey", .bool),
            Field("ServiceAccountJsonKey", .secret),
            Field("Project", .line),
            oidc([]),
        ] + retries,
        "ArtifactoryGeneric": [uri, Field("Repository", .line), Field("LayoutRegex", .line)],
    ].mapValues { fields in fields.map { $0.ofDestination() } }

    private static var uri: Field { Field("FeedUri", .line) }

    private static let registry = [uri.required(), Field("ApiVersion", .line), Field("RegistryPath", .line)] + retries

    private static let aws = [
        Field("Region", .line).required(),
        Field("AccessKey", .line),
        Field("SecretKey", .secret),
        Field("UseMachineCredentials", .bool),
    ]

    /// Some clients leave these out for some types of feeds, and do not mean to reset them.
    private static let retries = [
        Field("DownloadAttempts", .int(1...100)).defaulting(to: 5).kept(),
        Field("DownloadRetryBackoffSeconds", .count).defaulting(to: 10).kept(),
    ]

    /// Clients tell the provider by the keys that exist, so each variant has exactly its own. Ids in it are those of
    /// the provider's directory.
    private static func oidc(_ own: [Field]) -> Field {
        Field(
            "OidcAuthentication",
            .optionalObject(Shape(own + [Field("Audience", .line), Field("SubjectKeys", .strings)]))
        )
    }
}
