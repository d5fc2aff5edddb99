/// The references inside the properties of actions, and inside values whose type is a word beside them.
///
/// Source: the reference map of the REST contract, sections 27.5 and 27.6.
public enum PropertyReference {
    /// What a property of this name refers to.
    ///
    /// - Parameter actionType: some keys mean something else for one type of action.
    public static func reference(of key: String, actionType: String?) -> Reference? {
        if actionType == "Octopus.DeployRelease", let reference = deployRelease[key] { return reference }
        return byKey[key]
    }

    /// What a value of this variable type, or of this control type of a template parameter, refers to.
    public static func reference(ofType type: String) -> Reference? { byType[type] }

    /// Properties that hold a script or other long text, in which an id means nothing.
    public static func isFreeText(_ key: String) -> Bool {
        key.hasPrefix("Octopus.Action.CustomScripts.") || freeText.contains(key)
    }

    private static let byKey: [String: Reference] = [
        "Octopus.Action.Template.Id": Reference(to: .stepTemplates, isRequired: true),
        "Octopus.Action.Package.FeedId": Reference(to: .feeds, isRequired: true),
        "Octopus.Action.Package.NuGetFeedId": Reference(to: .feeds, isRequired: true),
        "Octopus.Action.DeployRelease.ProjectId": Reference(to: .projects, isRequired: true),
        "Octopus.Action.Manual.ResponsibleTeamIds": Reference(to: .teams, format: .commaList),
        "Octopus.Action.Email.ToTeamIds": Reference(to: .teams, format: .commaList),
        "Octopus.Action.Email.CCTeamIds": Reference(to: .teams, format: .commaList),
        "Octopus.Action.Email.BccTeamIds": Reference(to: .teams, format: .commaList),
        "Octopus.Action.Azure.AccountId": Reference(to: .accounts),
        "Octopus.Action.Docker.RemoveSteps": Reference(to: .actions, form: .partID, format: .commaList),
        "Octopus.Action.ArgoCD.Sync.Environments": Reference(
            to: .environments,
            format: .commaList,
            emptyMeansAll: true
        ),
        "Octopus.Action.ArgoCD.PullRequest.Environments": Reference(
            to: .environments,
            format: .commaList,
            emptyMeansAll: true
        ),
        "Octopus.Action.Helm.TemplateValuesSources": Reference(
            to: .feeds,
            .gitCredentials,
            format: .embeddedJSON(members: ["FeedId", "GitCredentialId"])
        ),
        "Octopus.Action.KubernetesContainers.Containers": Reference(
            to: .feeds,
            format: .embeddedJSON(members: ["FeedId"])
        ),
    ]

    private static let deployRelease: [String: Reference] = [
        "Octopus.Action.Package.PackageId": Reference(to: .projects, isRequired: true)
    ]

    private static let account = Reference(to: .accounts)
    private static let byType: [String: Reference] = [
        "AmazonWebServicesAccount": account,
        "AzureAccount": account,
        "GoogleCloudAccount": account,
        "UsernamePasswordAccount": account,
        "GenericOidcAccount": account,
        "Certificate": Reference(to: .certificates),
        "WorkerPool": Reference(to: .workerPools),
        "Project": Reference(to: .projects),
        "Channel": Reference(to: .channels),
        "Environment": Reference(to: .environments),
        "Tenant": Reference(to: .tenants),
        "Package": Reference(to: .feeds, format: .embeddedJSON(members: ["FeedId"])),
    ]

    private static let freeText: Set<String> = [
        "Octopus.Action.Script.ScriptBody",
        "Octopus.Action.Manual.Instructions",
        "Octopus.Action.Email.Body",
        "Octopus.Action.Email.Subject",
        "Octopus.Action.KubernetesContainers.CustomResourceYaml",
        "Octopus.Action.Terraform.Template",
        "Octopus.Action.Azure.ResourceGroupTemplate",
        "Octopus.Action.Aws.CloudFormationTemplate",
    ]
}
