extension FieldType {
    /// The packages that an action or a step template uses; the primary one has no name.
    ///
    /// Source: section 9.5 of the REST contract.
    static var packages: FieldType {
        .entries(.package(id: .line), key: "Name", id: .uuid)
    }

    /// The "package" of an action that deploys a release of another project.
    static var releasePackages: FieldType {
        .entries(.package(id: .reference(to: .projects, required: true)), key: "Name", id: .uuid)
    }

    /// The git repositories that an action or a step template uses; the primary one has no name.
    static var gitDependencies: FieldType { .entries(.gitDependency, key: "Name", id: .none) }
}

extension Shape {
    fileprivate static func package(id: FieldType) -> Shape {
        Shape([
            Field("Name", .line).defaulting(to: ""),
            Field("PackageId", id),
            Field("FeedId", .reference(to: .feeds, required: true)),
            Field("AcquisitionLocation", .line).defaulting(to: "Server"),
            Field("Version", .line),
            Field("Properties", .map(key: nil, value: .propertyValue)),
            Field("StepPackageInputsReferenceId", .line),
        ])
    }

    fileprivate static let gitDependency = Shape([
        Field("Name", .line).defaulting(to: ""),
        Field("RepositoryUri", .line),
        Field("DefaultBranch", .line),
        Field("GitCredentialType", .line),
        Field("GitCredentialId", .reference(to: .gitCredentials)),
        Field("GitHubConnectionId", .reference(to: .external)),
        Field("FilePathFilters", .strings),
        Field("StepPackageInputsReferenceId", .line),
    ])
}
