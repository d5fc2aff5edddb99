import Catalog
import Store

/// Feeds: what each type needs so that every client can read the list, and the two built-in ones.
struct FeedRules: ResourceRules {
    let kind = KindName.feeds
    private static let builtIn: Set<String> = ["BuiltIn", "OctopusProject"]
    private static let needsAddress: Set<String> = [
        "NuGet", "Docker", "AzureContainerRegistry", "GoogleContainerRegistry", "Maven", "GitHub", "Npm", "PyPi",
        "Helm",
        "OciRegistry", "ArtifactoryGeneric",
    ]

    func prepare(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        let type = old?.text("FeedType") ?? body.text("FeedType") ?? ""
        if old == nil, Self.builtIn.contains(type), context.nesting <= 1 {
            throw APIProblem.invalid(
                "Every space has its built-in feeds already; feeds of type \(type) cannot be created."
            )
        }
        // Every space finds its built-in feeds by their names.
        if Self.builtIn.contains(type), let name = old?["Name"] { body["Name"] = name }
        if Self.needsAddress.contains(type), body.text("FeedUri") == nil {
            throw APIProblem.invalid("FeedUri is required for a feed of type \(type).")
        }
        body["OidcAuthentication"] = try FeedIdentity.normalised(body.member("OidcAuthentication"), feedType: type)
        try checkCredentials(of: type, body)
    }

    func derive(_ body: inout JSON, replacing old: JSON?, in context: WriteContext) throws {
        body["PackageAcquisitionLocationOptions"] = JSON(
            Self.acquisitionLocations(of: body.text("FeedType") ?? "")
        )
    }

    func deleting(_ document: Document, body: JSON, in context: WriteContext) throws {
        guard let type = body.text("FeedType"), Self.builtIn.contains(type) else { return }
        throw APIProblem.invalid("The feed '\(body.text("Name") ?? type)' is built in and cannot be deleted.")
    }

    /// Container images and releases are taken by the target itself, or not at all.
    static func acquisitionLocations(of type: String) -> [String] {
        switch type {
        case "Docker", "AzureContainerRegistry", "GoogleContainerRegistry", "AwsElasticContainerRegistry":
            ["ExecutionTarget", "NotAcquired"]
        case "OctopusProject": ["NotAcquired"]
        default: ["Server", "ExecutionTarget"]
        }
    }

    /// One feed that a client cannot read makes its whole list unreadable, so such a feed is refused.
    private func checkCredentials(of type: String, _ body: JSON) throws {
        let hasIdentity = !body.isAbsent("OidcAuthentication")
        let hasKeys = body.text("AccessKey") != nil && body.hasSecret("SecretKey")
        let ok =
            switch type {
            case "AwsElasticContainerRegistry":
                body.text("Region") != nil && (hasIdentity || hasKeys || body.flag("UseMachineCredentials"))
            case "S3": hasKeys || body.flag("UseMachineCredentials")
            case "GcsStorage": hasIdentity || body.hasSecret("ServiceAccountJsonKey")
            case "AzureContainerRegistry", "GoogleContainerRegistry":
                hasIdentity || (body.text("Username") != nil) == body.hasSecret("Password")
            default: true
            }
        guard ok else { throw APIProblem.invalid(Self.missing[type] ?? "The feed's credentials are incomplete.") }
    }

    private static let missing = [
        "AwsElasticContainerRegistry":
            "A feed of type AwsElasticContainerRegistry needs Region, and AccessKey with SecretKey, OidcAuthentication or UseMachineCredentials.",
        "S3": "A feed of type S3 needs AccessKey with SecretKey, or UseMachineCredentials.",
        "GcsStorage": "A feed of type GcsStorage needs ServiceAccountJsonKey or OidcAuthentication.",
        "AzureContainerRegistry":
            "Username and Password of a container registry belong together: give both, none, or OidcAuthentication.",
        "GoogleContainerRegistry":
            "Username and Password of a container registry belong together: give both, none, or OidcAuthentication.",
    ]
}

/// `OidcAuthentication` of a feed. Clients tell the kind by which keys exist, so exactly those of the kind are kept.
enum FeedIdentity {
    private static let keys: [String: [(name: String, fallback: JSON)]] = [
        "AzureContainerRegistry": [("ClientId", nil), ("TenantId", nil), ("Audience", nil), ("SubjectKeys", [])],
        "AwsElasticContainerRegistry": [
            ("RoleArn", ""), ("SessionDuration", nil), ("Audience", nil), ("SubjectKeys", []),
        ],
        "GoogleContainerRegistry": [("Audience", nil), ("SubjectKeys", [])],
        "GcsStorage": [("Audience", nil), ("SubjectKeys", [])],
    ]

    static func normalised(_ value: JSON, feedType: String) throws -> JSON {
        guard let given = value.objectValue, let keys = keys[feedType] else {
            if value.isNull || value.objectValue != nil { return .null }
            throw APIProblem.invalid("OidcAuthentication must be an object or null, but is \(value.typeName).")
        }
        return .object(
            JSONObject(
                keys.map { key in
                    let found = given[caseless: key.name] ?? .null
                    return (key.name, found.isNull ? key.fallback : found)
                }
            )
        )
    }
}
