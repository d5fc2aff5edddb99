extension Field {
    /// The environments and tenants for which an account, a certificate or a target may be used; empty lists mean all.
    ///
    /// Source: section 1.14 of the REST contract.
    ///
    /// - Parameter tenantPhase: when sync writes the tenants, if that is later than the rest.
    static func scoping(tenantPhase: SyncPhase? = nil) -> [Field] {
        [
            Field("EnvironmentIds", .references(to: .environments, emptyMeansAll: true)).ofDestination()
        ]
            + [
                Field("TenantIds", .references(to: .tenants, emptyMeansAll: true)).ofDestination(),
                Field("TenantTags", .tags(emptyMeansAll: true)).ofDestination(),
                tenantedParticipation,
            ].map { tenantPhase.map($0.inPhase) ?? $0 }
    }

    static var tenantedParticipation: Field {
        Field("TenantedDeploymentParticipation", .tenantedMode).ofDestination()
    }
}

extension FieldType {
    /// How projects, runbooks and machines take part in deployments to tenants.
    static var tenantedMode: FieldType { .choice(["Untenanted", "TenantedOrUntenanted", "Tenanted"]) }

    static var guidedFailureMode: FieldType { .choice(["EnvironmentDefault", "Off", "On"]) }

    static var timeZone: FieldType { .string(maxLength: 100) }
}

extension Shape {
    /// A document that names tenants or tags without saying how they count takes part in tenanted deployments only.
    func concludingParticipation() -> Shape {
        concluding { object in
            guard object["TenantedDeploymentParticipation"]?.stringValue == nil else { return }
            let isTenanted = ["TenantIds", "TenantTags"].contains { object[$0]?.arrayValue?.isEmpty == false }
            object["TenantedDeploymentParticipation"] = isTenanted ? "Tenanted" : "Untenanted"
        }
    }

    /// A picture made from a named symbol and a colour.
    static let icon = Shape([
        Field("Id", .line),
        Field("Color", .line),
    ])
}
