import Catalog

extension Planner {
    /// The reason of a decision, with the line of the policy or the preset that says so.
    func located(_ rule: String, code: String = "", kind: KindName? = nil) -> String {
        let reason = Reason(rule: rule, code: code, kind: kind)
        if let known = locatedReasons[reason] { return known }
        let text = text(of: reason)
        locatedReasons[reason] = text
        return text
    }

    /// What a decision gives as its reason. Thousands of fields share a few of them.
    struct Reason: Hashable {
        var rule: String
        var code: String
        var kind: KindName?
    }

    private func text(of reason: Reason) -> String {
        let (rule, code) = (reason.rule, reason.code)
        if rule.hasSuffix(")") || rule.contains("line ") { return rule }
        guard let path = setting(rule, code, reason.kind) else { return rule }
        let origin = policy.origin(of: path)
        let shown = rule.hasPrefix("variables") && !code.isEmpty ? path : rule
        return origin == .standard ? shown : "\(shown) (\(origin))"
    }

    /// The path of the setting that a reason begins with.
    private func setting(_ rule: String, _ code: String, _ kind: KindName?) -> String? {
        let head = String(rule.prefix { $0 != ":" && $0 != " " })
        switch head {
        case "variables": return Self.variableSettings[code] ?? "variables"
        case "channels.exclude", "lifecycles.onMissingChannelLifecycle": return "types.\(head)"
        case "onConflict": return "conflicts.default"
        case "onAdoptDifference": return "initial"
        case "exact": return kind.flatMap { treatments[$0] }.map { "types.\($0.policyKey).mode" }
        case "environments" where policy.origins["environments"] == nil: return "destination.environments"
        default: return head
        }
    }

    private static let variableSettings: [String: String] = [
        VariableReason.scopeSkipped.rawValue: "variables.scopeMismatch",
        VariableReason.existingLeftAlone.rawValue: "variables.scopeMismatch",
        VariableReason.excludedChannel.rawValue: "variables.onExcludedChannel",
        VariableReason.wideningRefused.rawValue: "variables.widening",
        VariableReason.besideFrozen.rawValue: "variables.newBesideFrozen",
        VariableReason.missingReference.rawValue: "variables.missingReferenceValue",
        VariableReason.destinationOwned.rawValue: "ownership",
    ]
}
