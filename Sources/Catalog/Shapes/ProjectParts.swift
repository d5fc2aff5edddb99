extension Shape {
    /// What a deployment does about targets that cannot be reached.
    ///
    /// Source: section 4.3 of the REST contract, for the others of this file too.
    static func connectivity(allowsNoTargets: Bool = false) -> Shape {
        Shape([
            Field("SkipMachineBehavior", .choice(["None", "SkipUnavailableMachines"])),
            Field("TargetRoles", .names),
            Field("AllowDeploymentsToNoTargets", .bool).defaulting(to: .bool(allowsNoTargets)),
            Field("ExcludeUnhealthyTargets", .bool),
        ])
    }

    /// How the next release is numbered: from a template, or as the package of an action is.
    static let versioning = Shape([
        Field("Template", .line),
        Field("DonorPackage", .optionalObject(.actionPackage)),
        Field("DonorPackageStepId", .action(.partID)),
    ]).concluding { versioning in
        // An empty string would make clients look for the donor that is not there.
        if versioning["DonorPackageStepId"] == "" { versioning["DonorPackageStepId"] = nil }
        let hasDonor = ["DonorPackage", "DonorPackageStepId"].contains { versioning[$0].map(\.isNull) == false }
        if !hasDonor, (versioning["Template"]?.stringValue ?? "").isEmpty {
            versioning["Template"] =
                "#{Octopus.Version.LastMajor}.#{Octopus.Version.LastMinor}.#{Octopus.Version.NextPatch}"
        }
    }

    /// Which new package makes a release by itself, and in which channel.
    static let releaseCreation = Shape([
        Field("ChannelId", .reference(to: .channels)),
        Field("ReleaseCreationPackage", .optionalObject(.actionPackage)),
        Field("ReleaseCreationPackageStepId", .action(.partID)),
    ])

    /// A package of an action, named by the action's name and the package's.
    static let actionPackage = Shape([
        Field("DeploymentAction", .action(.name)),
        Field("PackageReference", .line).defaulting(to: ""),
    ])
}

extension FieldType {
    /// An action of the same project's processes.
    static func action(_ form: Reference.Form) -> FieldType { .reference(Reference(to: .actions, form: form)) }
}
