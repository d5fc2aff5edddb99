extension Field {
    /// What targets and workers have in common, around their own scoping.
    ///
    /// Source: section 2.5 of the REST contract.
    static func machine(_ scoping: [Field]) -> [Field] {
        [
            Field("Name", .name).required(),
            Field("Slug", .name).kept().derived(),
            Field("IsDisabled", .bool).ofDestination(),
            Field("MachinePolicyId", .reference(to: .machinePolicies)),
        ] + scoping + [
            Field("Endpoint", .object(.endpoint)).required(),
            Field("SkipInitialHealthCheck", .bool).writeOnly(),
            Field("Thumbprint", .line).readOnly(),
            Field("Uri", .line).readOnly(),
            Field(
                "Status",
                .choice(["Unknown", "Online", "Offline", "NeedsUpgrade", "CalamariNeedsUpgrade", "Disabled"])
            )
            .readOnly(),
            Field("HealthStatus", .choice(["Unknown", "Healthy", "Unavailable", "HasWarnings", "Unhealthy"]))
                .readOnly(),
            Field("HasLatestCalamari", .bool).readOnly(),
            Field("IsInProcess", .bool).readOnly(),
            Field("StatusSummary", .text).defaulting(to: "").readOnly(),
            Field("OperatingSystem", .line).defaulting(to: "Unknown").readOnly(),
            Field("OperatingSystemVersion", .line).readOnly(),
            Field("ShellName", .line).defaulting(to: "Unknown").readOnly(),
            Field("ShellVersion", .line).defaulting(to: "Unknown").readOnly(),
            Field("Architecture", .line).defaulting(to: "Unknown").readOnly(),
        ]
    }
}

extension [Kind.Filter] {
    static let machines: [Kind.Filter] = [
        .name, .partialName, .isDisabled,
        .init("healthStatuses", "HealthStatus", .anyOf),
        .init("commStyles", "Endpoint.CommunicationStyle", .anyOf),
        .init("thumbprint", "Thumbprint", .equals),
        .init("shellNames", "ShellName", .anyOf),
    ]
}
