extension KindName {
    public static let accounts: KindName = "accounts"
}

extension Kind {
    static let accounts = Kind(
        .accounts,
        type: "Account",
        title: .init("account"),
        policyKey: "accounts",
        identity: .counted(prefix: "Accounts"),
        shape: Shape(
            [
                Field("AccountType", .choice(accountVariants.keys.sorted())).required().createOnly(),
                Field("Name", .name).required(),
                Field("Slug", .name).kept().derived(),
                Field("Description", .text).defaulting(to: "").ofDestination(),
            ] + Field.scoping(tenantPhase: .accountTenants),
            on: "AccountType",
            variants: accountVariants
        ).concludingParticipation(),
        filters: [.name, .partialName, .init("accountType", "AccountType", .anyOf)],
        links: [Link("Usages", "/api/{S}/accounts/{Id}/usages")],
        permissions: Permissions("Account"),
        sync: SyncTreatment(.nameOnly, phase: .accounts)
    )

    /// Ids of Azure (`SubscriptionNumber`, `ClientId`, `TenantId`) are those of its directory and refer to nothing here.
    private static let accountVariants: [String: [Field]] = [
        "UsernamePassword": [Field("Username", .line).required(), Field("Password", .secret)],
        "SshKeyPair": [
            Field("Username", .line).required(),
            Field("PrivateKeyFile", .secret),
            Field("PrivateKeyPassphrase", .secret),
        ],
        "Token": [Field("Token", .secret)],
        "AmazonWebServicesAccount": [
            Field("AccessKey", .line).required(),
            Field("SecretKey", .secret),
            Field("Region", .line),
        ],
        "AmazonWebServicesOidcAccount": [
            Field("RoleArn", .line),
            Field("SessionDuration", .line),
            Field("Region", .line),
            Field("Audience", .line),
        ] + subjectKeys + [customClaims],
        "AzureSubscription": [
            Field("SubscriptionNumber", .line).required(),
            Field("CertificateBytes", .secret),
            Field("CertificateThumbprint", .line),
            azureEnvironment,
            Field("ServiceManagementEndpointBaseUri", .line),
            Field("ServiceManagementEndpointSuffix", .line),
        ],
        "AzureServicePrincipal": azureDirectory + [Field("Password", .secret)],
        "AzureOidc": azureDirectory + [Field("Audience", .line)] + subjectKeys + [customClaims],
        "GoogleCloudAccount": [Field("JsonKey", .secret)],
        "GoogleCloudOidcAccount": [Field("Audience", .line), Field("TokenLifetimeSeconds", .line)]
            + subjectKeys + [customClaims],
        "GenericOidcAccount": [
            Field("Audience", .line),
            Field("DeploymentSubjectKeys", .strings),
            customClaims,
        ],
    ].mapValues { fields in fields.map { $0.ofDestination() } }

    private static let azureDirectory = [
        Field("SubscriptionNumber", .line).required(),
        Field("ClientId", .line).required(),
        Field("TenantId", .line).required(),
        azureEnvironment,
        Field("ResourceManagementEndpointBaseUri", .line).defaulting(to: ""),
        Field("ActiveDirectoryEndpointBaseUri", .line).defaulting(to: ""),
    ]

    private static var azureEnvironment: Field {
        Field(
            "AzureEnvironment",
            .choice(["", "AzureCloud", "AzureChinaCloud", "AzureGermanCloud", "AzureUSGovernment"])
        )
    }

    private static let subjectKeys = [
        Field("DeploymentSubjectKeys", .strings),
        Field("HealthCheckSubjectKeys", .strings),
        Field("AccountTestSubjectKeys", .strings),
    ]

    private static var customClaims: Field { Field("CustomClaims", .map(key: nil, value: .line)) }
}
