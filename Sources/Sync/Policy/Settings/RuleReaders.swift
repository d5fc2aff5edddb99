import Catalog
internal import Yams

/// One entry of `types.<type>.overrides`.
enum EntityRuleReader {
    private enum Mode: String, CaseIterable { case exact, merge, nameOnly, initialOnly, skip }

    static func rule(_ section: PolicySection, _ entry: PolicyKinds.Entry, isOfFile: Bool) -> Policy.EntityRule {
        var rule = Policy.EntityRule()
        rule.line = isOfFile ? section.line : 0
        if let match = section.section("match") {
            rule.name = match.string("name") ?? "*"
            rule.project = match.string("project") ?? "*"
            match.finish()
        } else if section.node("match") == nil {
            section.problem("match", "say which ones are meant: match: {name: pattern}")
        }
        if let word = section.choice("mode", Mode.self) { rule.mode = SyncTreatment.Mode(rawValue: word.rawValue) }
        rule.environments = section.section("environments").map { EnvironmentsReader.rules($0) } ?? []
        if section.node("mode") == nil, section.node("environments") == nil {
            section.problem("", "say what is different for these: mode or environments")
        }
        let isOff = entry.standard == .forbid || entry.standard == .skip
        if isOff, let mode = rule.mode, mode != .skip {
            section.problem("mode", "\(entry.key) are not synced; set types.\(entry.key).mode first")
        }
        section.finish()
        return rule
    }
}

/// One entry of `variables.rules`.
enum VariableRuleReader {
    static func rule(_ section: PolicySection, isOfFile: Bool) -> Policy.VariableRule {
        var rule = Policy.VariableRule()
        rule.line = isOfFile ? section.line : 0
        if let match = section.section("match") {
            rule.name = match.string("name") ?? "*"
            rule.owner = match.string("owner") ?? "*"
            match.finish()
        } else if section.node("match") == nil {
            section.problem("match", "say which variables are meant: match: {name: pattern}")
        }
        rule.environments = section.section("environments").map { EnvironmentsReader.rules($0) } ?? []
        rule.newValue = section.choice("newValue", VariableRules.NewValue.self)
        rule.overwrite = section.choice("overwrite", VariableRules.Overwrite.self)
        if let mismatch = section.section("scopeMismatch") { rule.scopeMismatch = strategies(mismatch) }
        let settings = ["environments", "newValue", "overwrite", "scopeMismatch"]
        if settings.allSatisfy({ section.node($0) == nil }) {
            section.problem("", "say what is different for these: \(settings.joined(separator: ", "))")
        }
        section.finish()
        return rule
    }

    private static func strategies(_ section: PolicySection) -> [ScopeDimension: ScopeStrategy] {
        let words = ScopeDimension.known.map(\.policyKey)
        var result: [ScopeDimension: ScopeStrategy] = [:]
        for (key, node) in section.names {
            let path = section.path(of: key)
            guard let dimension = ScopeDimension(policyKey: key) else {
                section.problem(node, path, "there is no such dimension\(Suggestion.text(for: key, in: words))")
                continue
            }
            result[dimension] = section.choice(node, path, ScopeStrategy.self)
        }
        return result
    }
}

extension Policy.EntityRule {
    /// As the policy file writes it.
    var json: JSON {
        var result: JSON = ["match": ["name": .string(name), "project": .string(project)]]
        if let mode { result["mode"] = .string(mode.rawValue) }
        if !environments.isEmpty { result["environments"] = environments.json }
        return result
    }
}

extension Policy.VariableRule {
    /// As the policy file writes it.
    var json: JSON {
        var result: JSON = ["match": ["name": .string(name), "owner": .string(owner)]]
        if !environments.isEmpty { result["environments"] = environments.json }
        if let newValue { result["newValue"] = .string(newValue.rawValue) }
        if let overwrite { result["overwrite"] = .string(overwrite.rawValue) }
        if !scopeMismatch.isEmpty {
            let members = scopeMismatch.sorted { $0.key < $1.key }.map {
                ($0.key.policyKey, JSON.string($0.value.rawValue))
            }
            result["scopeMismatch"] = .object(JSONObject(members))
        }
        return result
    }
}
