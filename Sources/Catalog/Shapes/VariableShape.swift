extension Shape {
    /// One variable of a set. Several may share a name, and differ by their scope.
    ///
    /// Source: sections 12.3 to 12.5 and 27.7 of the REST contract.
    static let variable = Shape([
        Field("Name", .name).required(),
        Field("Value", .variableValue),
        Field("Description", .text).defaulting(to: ""),
        Field(
            "Type",
            .choice([
                "String", "Sensitive", "Certificate", "WorkerPool", "AmazonWebServicesAccount", "AzureAccount",
                "GoogleCloudAccount", "UsernamePasswordAccount", "GenericOidcAccount",
            ])
        ),
        Field("Scope", .object(.variableScope)),
        Field("IsEditable", .bool).defaulting(to: true),
        Field("IsSensitive", .bool).derived(),
        // Of sensitive variables, whether there is a value; made anew for each answer. Other servers do not tell.
        Field("HasValue", .bool).readOnly(),
        Field("Prompt", .optionalObject(.prompt)),
    ]).concluding { variable in
        // Clients say that a variable is sensitive in one of two ways.
        let isSensitive =
            variable["IsSensitive"]?.boolValue == true || variable["Type"]?.stringValue?.lowercased() == "sensitive"
        if isSensitive { variable["Type"] = "Sensitive" }
        variable["IsSensitive"] = .bool(isSensitive)
    }

    private static let prompt = Shape([
        Field("Label", .line),
        Field("Description", .text),
        Field("Required", .bool),
        Field("DisplaySettings", .displaySettings),
    ])

    /// Where a variable has its value; a key that is absent does not restrict.
    private static let variableScope = Shape([
        Field("Environment", .references(to: .environments, emptyMeansAll: true)),
        Field("Machine", .references(to: .machines, emptyMeansAll: true)),
        Field("Role", .names),
        Field("TargetRole", .names),
        Field(
            "Action",
            .reference(Reference(to: .actions, form: .partID, format: .list, emptyMeansAll: true))
        ),
        Field("Channel", .references(to: .channels, emptyMeansAll: true)),
        Field("TenantTag", .tags(emptyMeansAll: true)),
        Field(
            "ProcessOwner",
            .reference(Reference(to: .projects, .runbooks, format: .list, emptyMeansAll: true))
        ),
        Field("Tenant", .references(to: .tenants, emptyMeansAll: true)),
        Field("Project", .references(to: .projects, emptyMeansAll: true)),
        Field("User", .references(to: .users, emptyMeansAll: true)),
        Field("Trigger", .references(to: .triggers, emptyMeansAll: true)),
        Field("ParentDeployment", .names),
        Field("ProjectTemplate", .names),
        Field("Private", .names),
    ]).sparse()
}
