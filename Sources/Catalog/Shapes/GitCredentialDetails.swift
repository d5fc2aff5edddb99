extension Shape {
    /// How a git repository is reached. Projects know more ways than the library of credentials does.
    ///
    /// Source: sections 2.20 and 6.1 of the REST contract.
    static let gitCredentialDetails = Shape(
        [Field("Type", .choice(["UsernamePassword", "Anonymous", "GitHub", "Reference", "SshKey"]))],
        on: "Type",
        variants: [
            "UsernamePassword": [Field("Username", .line), Field("Password", .secret)],
            "Reference": [Field("Id", .reference(to: .gitCredentials, required: true))],
            "GitHub": [Field("Id", .reference(to: .external))],
        ]
    )

    /// Where a project lives: in the database, or in a git repository.
    static let persistence = Shape(
        [Field("Type", .choice(["Database", "VersionControlled"]))],
        on: "Type",
        variants: [
            "VersionControlled": [
                Field("Url", .line).required(),
                Field("DefaultBranch", .line),
                Field("BasePath", .line),
                Field("Credentials", .object(.gitCredentialDetails)),
                Field("ProtectedDefaultBranch", .bool),
                Field("ProtectedBranchNamePatterns", .strings),
                Field("SerializationFormat", .choice(["Ocl", "Yaml"])),
                Field(
                    "ConversionState",
                    .object(Shape([Field("VariablesAreInGit", .bool), Field("RunbooksAreInGit", .bool)]))
                ),
            ]
        ]
    )
}
