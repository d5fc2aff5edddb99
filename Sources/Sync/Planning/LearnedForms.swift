import Catalog

/// What servers make of what they are sent is no difference (E-106).
extension Planner {
    /// The source's fields as the destination's server keeps them.
    func asStored(_ fields: [TranslatedField], _ pair: Pair, _ treatment: Treatment, _ stored: JSON)
        -> [TranslatedField]
    {
        if policy.normalisations.isEmpty { return fields }
        let rules = policy.normalisations.filter { $0.kind == treatment.policyKey }
        if rules.isEmpty { return fields }
        return fields.map { field in
            var field = field
            for rule in rules where rule.path.first == field.name {
                let present = (stored[field.name] ?? field.field?.emptyValue ?? .null).withoutSecretStates
                field.value = rule.applied(to: field.value, stored: present)
                guard let base = pair.record?.base[field.name] else { continue }
                // What is still as it was agreed on did not change, whoever changed the destination since.
                field.value = rule.applied(to: field.value, stored: rule.applied(to: base, stored: present))
            }
            return field
        }
    }

    /// What was agreed on before the rule was learned.
    func asStored(agreed base: JSON?, _ field: String, _ treatment: Treatment, _ stored: JSON) -> JSON? {
        guard var base else { return JSON?.none }
        for rule in policy.normalisations where rule.kind == treatment.policyKey && rule.path.first == field {
            base = rule.applied(to: base, stored: stored)
        }
        return base
    }
}
