extension Shape {
    /// How a machine is reached, told apart by `CommunicationStyle`.
    ///
    /// Source: section 2.5 of the REST contract.
    static let endpoint = Shape(
        [
            Field("CommunicationStyle", .choice(endpointVariants.keys.sorted())).required(),
            Field("Id", .line).readOnly(),
            Field("LastModifiedOn", .timestamp).readOnly(),
            Field("LastModifiedBy", .line).readOnly(),
            Field("Links", .opaque).defaulting(to: [:]).readOnly(),
        ],
        on: "CommunicationStyle",
        variants: endpointVariants
    )

    private static let endpointVariants: [String: [Field]] = [
        "TentaclePassive": tentacle + [proxy],
        "TentacleActive": tentacle,
        "Ssh": ssh,
        "OfflineDrop": offlineDrop,
        "None": [defaultWorkerPool],
        "AzureWebApp": [
            account(),
            Field("ResourceGroupName", .line),
            Field("WebAppName", .line),
            Field("WebAppSlotName", .line),
            defaultWorkerPool,
        ],
        "AzureCloudService": [
            account(required: true),
            Field("CloudServiceName", .line).required(),
            Field("StorageAccountName", .line).required(),
            Field("Slot", .choice(["Staging", "Production"])),
            Field("SwapIfPossible", .bool),
            Field("UseCurrentInstanceCount", .bool),
            defaultWorkerPool,
        ],
        "AzureServiceFabricCluster": serviceFabric,
        "Kubernetes": kubernetes,
        "KubernetesTentacle": kubernetesAgent,
        "AwsEcsCluster": [Field("ClusterName", .line), Field("Region", .line), account()]
            + awsRole(useInstanceRole: true) + [defaultWorkerPool],
        "StepPackage": [
            Field("DeploymentTargetTypeId", .line),
            Field("StepPackageVersion", .line),
            Field("Inputs", .opaque),
            defaultWorkerPool,
        ],
    ]

    private static var proxy: Field { Field("ProxyId", .reference(to: .proxies)) }
    private static var defaultWorkerPool: Field { Field("DefaultWorkerPoolId", .reference(to: .workerPools)) }

    private static func account(required: Bool = false) -> Field {
        let field = Field("AccountId", .reference(to: .accounts, required: required))
        return required ? field.required() : field
    }

    private static let tentacle = [
        Field("Uri", .line).required(),
        Field("Thumbprint", .line).required(),
        Field("CertificateSignatureAlgorithm", .line).kept(),
        Field(
            "TentacleVersionDetails",
            .object(
                Shape([
                    Field("UpgradeLocked", .bool),
                    Field("Version", .line),
                    Field("UpgradeSuggested", .bool),
                    Field("UpgradeRequired", .bool),
                    Field("UpgradeAvailable", .bool),
                ])
            )
        ).kept().derived(),
    ]

    private static let ssh = [
        account(required: true),
        Field("Host", .line).required(),
        Field("Port", .int(1...65_535)).defaulting(to: 22),
        Field("Fingerprint", .line).required(),
        proxy,
        Field("DotNetCorePlatform", .line),
        // Follows from host and port; the server's rules fill it.
        Field("Uri", .line).readOnly(),
    ]

    private static let offlineDrop = [
        Field(
            "Destination",
            .object(
                Shape([
                    Field("DestinationType", .choice(["Artifact", "FileSystem"])),
                    Field("DropFolderPath", .line),
                ])
            )
        ),
        Field("SensitiveVariablesEncryptionPassword", .secret),
        Field("ApplicationsDirectory", .line),
        Field("OctopusWorkingDirectory", .line),
    ]

    private static let serviceFabric = [
        Field("ConnectionEndpoint", .line).required(),
        Field("SecurityMode", .choice(["Unsecure", "SecureClientCertificate", "SecureAzureAD"])),
        Field("ServerCertThumbprint", .line),
        // The name of a variable, not a certificate.
        Field("ClientCertVariable", .line),
        Field("CertificateStoreLocation", .line),
        Field("CertificateStoreName", .line),
        Field("AadCredentialType", .choice(["ClientCredential", "UserCredential"])),
        Field("AadClientCredentialSecret", .line),
        Field("AadUserCredentialUsername", .line),
        Field("AadUserCredentialPassword", .secret),
        defaultWorkerPool,
    ]

    private static let kubernetes = [
        Field("ClusterUrl", .line),
        Field("ClusterCertificate", .reference(to: .certificates)),
        Field("ClusterCertificatePath", .line),
        Field("Namespace", .line),
        // A string on the wire, unlike all other flags.
        Field("SkipTlsVerification", .choice(["False", "True"])),
        proxy,
        Field("RunningInContainer", .bool),
        Field("ContainerOptions", .line),
        Field("Container", .optionalObject(.container)),
        defaultWorkerPool,
        Field("Authentication", .optionalObject(kubernetesAuthentication)),
    ]

    private static let kubernetesAuthentication = Shape(
        [
            Field(
                "AuthenticationType",
                .choice([
                    "KubernetesStandard", "KubernetesAws", "KubernetesAzure", "KubernetesGoogleCloud",
                    "KubernetesCertificate", "KubernetesPodService",
                ])
            ).required()
        ],
        on: "AuthenticationType",
        variants: [
            "KubernetesStandard": [account()],
            "KubernetesAws": [account(), Field("ClusterName", .line)] + awsRole(useInstanceRole: false),
            "KubernetesAzure": [
                account(),
                Field("ClusterName", .line),
                Field("ClusterResourceGroup", .line),
                Field("AdminLogin", .opaque),
            ],
            "KubernetesGoogleCloud": [
                account(),
                Field("ClusterName", .line),
                Field("Project", .line),
                Field("Region", .line),
                Field("Zone", .line),
                Field("UseVmServiceAccount", .bool),
                Field("ImpersonateServiceAccount", .bool),
                Field("ServiceAccountEmails", .line),
            ],
            "KubernetesCertificate": [Field("ClientCertificate", .reference(to: .certificates))],
            "KubernetesPodService": [Field("TokenPath", .line)],
        ]
    )

    private static func awsRole(useInstanceRole: Bool) -> [Field] {
        [
            Field("UseInstanceRole", .bool).defaulting(to: .bool(useInstanceRole)),
            Field("AssumeRole", .bool),
            Field("AssumedRoleArn", .line),
            Field("AssumedRoleSession", .line),
            Field("AssumeRoleSessionDurationSeconds", .count).defaulting(to: nil),
            Field("AssumeRoleExternalId", .line),
        ]
    }

    private static let kubernetesAgent = [
        Field("TentacleEndpointConfiguration", .object(agentConfiguration)).required(),
        Field(
            "KubernetesAgentDetails",
            .optionalObject(
                Shape([
                    Field("AgentVersion", .line),
                    Field("TentacleVersion", .line),
                    Field(
                        "UpgradeStatus",
                        .choice(["NoUpgrades", "UpgradeAvailable", "UpgradeSuggested", "UpgradeRequired"])
                    ),
                    Field("HelmReleaseName", .line),
                    Field("KubernetesNamespace", .line),
                ])
            )
        ).kept().derived(),
        Field("UpgradeLocked", .bool),
        Field("DefaultNamespace", .line),
    ]

    private static let agentConfiguration = Shape(
        [
            Field("CommunicationMode", .choice(["Polling", "Listening"])).required(),
            Field("Uri", .line).required(),
            Field("Thumbprint", .line).required(),
            Field("CertificateSignatureAlgorithm", .line).kept(),
        ],
        on: "CommunicationMode",
        variants: ["Polling": [], "Listening": [proxy]]
    )
}
