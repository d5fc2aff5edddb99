extension Shape {
    /// A question that a project, a library set or a step template asks, and its answer when nobody gives one.
    ///
    /// Source: sections 2.12 and 4.3 of the REST contract.
    static let templateParameter = Shape([
        Field("Name", .name).required(),
        Field("Label", .line).defaulting(to: ""),
        Field("HelpText", .text).defaulting(to: ""),
        Field("DefaultValue", .parameterDefault),
        Field("DisplaySettings", .displaySettings),
        Field("AllowClear", .bool),
    ])
}

extension FieldType {
    static var templateParameters: FieldType { .entries(.templateParameter, key: "Name", id: .uuid) }

    /// How a value is asked for: `Octopus.ControlType`, `Octopus.SelectOptions`.
    static var displaySettings: FieldType { .map(key: nil, value: .text) }
}
