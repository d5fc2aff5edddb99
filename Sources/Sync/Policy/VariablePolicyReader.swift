internal import Yams

/// The `variables` section of a policy file.
struct VariablePolicyReader {
    let problems: PolicyProblems

    func read(_ section: PolicySection?, into policy: inout Policy) {
        var rules = VariableRules()
        rules.destinationOwned = []
        // What the whole policy says, unless the section says otherwise.
        rules.widening = VariableRules.Widening(rawValue: policy.widening.rawValue) ?? rules.widening
        if let section { settings(section, &rules) }
        policy.variables = rules
    }

    private func settings(_ section: PolicySection, _ rules: inout VariableRules) {
        scopeMismatch(section.section("scopeMismatch"), &rules)
        rules.newValue = section.choice("newValue", VariableRules.NewValue.self) ?? rules.newValue
        rules.placeholder = section.string("placeholder") ?? rules.placeholder
        rules.overwrite = section.choice("overwrite", VariableRules.Overwrite.self) ?? rules.overwrite
        rules.newBesideFrozen =
            section.choice("newBesideFrozen", VariableRules.BesideFrozen.self) ?? rules.newBesideFrozen
        rules.delete = section.choice("delete", VariableRules.Delete.self) ?? rules.delete
        rules.unresolvedReference =
            section.choice("unresolvedReference", VariableRules.UnresolvedReference.self) ?? rules.unresolvedReference
        rules.deletedAtDestination =
            section.choice("deletedAtDestination", VariableRules.DeletedAtDestination.self)
            ?? rules.deletedAtDestination
        rules.onExcludedChannel =
            section.choice("onExcludedChannel", VariableRules.ExcludedChannel.self) ?? rules.onExcludedChannel
        rules.widening = section.choice("widening", VariableRules.Widening.self) ?? rules.widening
        rules.adoption = section.choice("initial", VariableRules.Adoption.self) ?? rules.adoption
        if let collision = collision(section) { rules.collision = collision }
        missingReferences(section.section("missingReferenceValue"), &rules)
        section.finish()
    }

    private func scopeMismatch(_ section: PolicySection?, _ rules: inout VariableRules) {
        guard let section else { return }
        let words = ScopeDimension.known.map(\.policyKey)
        for (key, node) in section.names {
            let path = section.path(of: key)
            guard let dimension = ScopeDimension(policyKey: key) else {
                problems.add(node, path, "there is no such dimension\(Suggestion.text(for: key, in: words))")
                continue
            }
            if let strategy = section.choice(node, path, ScopeStrategy.self) {
                rules.scopeMismatch[dimension] = strategy
            }
        }
    }

    /// `error`, `first`, `placeholder`, `prefer(Staging)`
    private func collision(_ section: PolicySection) -> VariableRules.Collision? {
        guard let word = section.string("collision") else { return nil }
        switch word {
        case "error": return .error
        case "first": return .first
        case "placeholder": return .placeholder
        default:
            if word.hasPrefix("prefer("), word.hasSuffix(")"), word.count > 8 {
                return .prefer(String(word.dropFirst(7).dropLast()))
            }
            section.problem("collision", "write error, first, placeholder or prefer(<environment>)")
            return nil
        }
    }

    private static let referenceTypes: [String: [String]] = [
        "certificate": [VariableType.certificate],
        "workerPool": [VariableType.workerPool],
        "account": [
            "AmazonWebServicesAccount", "AzureAccount", "GoogleCloudAccount", "UsernamePasswordAccount",
            "GenericOidcAccount",
        ],
    ]

    private func missingReferences(_ section: PolicySection?, _ rules: inout VariableRules) {
        guard let section else { return }
        for (key, node) in section.names {
            let path = section.path(of: key)
            guard let types = Self.referenceTypes[key] else {
                let words = Self.referenceTypes.keys.sorted()
                problems.add(node, path, "there is no such type of value\(Suggestion.text(for: key, in: words))")
                continue
            }
            let later = ["map", "createStub"]
            guard let choice = section.choice(node, path, VariableRules.MissingReference.self, later: later) else {
                continue
            }
            for type in types { rules.missingReferenceValue[type] = choice }
        }
    }
}
