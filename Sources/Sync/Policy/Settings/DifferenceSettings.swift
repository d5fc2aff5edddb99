import Catalog
internal import Yams

/// `conflicts`, `initial`, `widening`, `deletes`, `ownership`.
enum DifferenceSettings {
    static func all(_ kinds: PolicyKinds) -> [PolicySetting] {
        [
            .choice(
                "conflicts.default",
                .differences,
                "both sides changed one field since they last agreed",
                \.onConflict,
                [
                    .stop: "nothing is written until a person decides",
                    .source: "the source's value goes over", .destination: "the destination's value stays",
                    .newest: "the side whose document was changed last wins, by the events of both",
                    .manual: "as stop, and never answered together with others",
                    .merge: "both changes, where they touch different lines or elements; else it stops",
                ]
            ),
            conflictRule(kinds),
            .choice(
                "unusedRules",
                .differences,
                "a rule of the policy matches nothing on either side",
                \.unusedRules,
                [.error: "the plan stops and names its line", .ignore: "nothing is said"]
            ),
            PolicySetting(
                "initial",
                .differences,
                "both sides had it before the first sync, and differ",
                .words(initialWords),
                answers: ["S-28"],
                value: { .string($0.onAdoptDifference?.rawValue ?? "automatic") },
                read: { value, policy in
                    guard let word = value.word(of: initialWords) else { return }
                    policy.onAdoptDifference = Policy.OnDifference(rawValue: word)
                }
            ),
            .choice(
                "widening",
                .differences,
                "a step, a value, an account would apply to more than at the source, because what limits it is missing",
                \.widening,
                [
                    .refuse: "it is left out and listed", .allow: "it goes over, marked as a risk",
                    .allowPlaceholderOnly: "only variables, as placeholders",
                ],
                answers: "S-130"
            ),
        ] + deletes(kinds) + [ownership(kinds), normalisation(kinds)] + SecretSettings.all
    }

    private static let initialWords = [
        ("automatic", "stop for exact types, destination elsewhere"), ("source", "the source's value goes over"),
        ("destination", "the destination's value stays"), ("stop", "a conflict"),
        ("ask", "a conflict that is answered by itself, never together with others"),
    ].map { PolicySetting.Word(text: $0.0, meaning: $0.1, isSupported: true) }

    /// `conflicts: {"projects.Description": source}`: any other key of the block names a field.
    private static func conflictRule(_ kinds: PolicyKinds) -> PolicySetting {
        let words = Policy.ConflictStrategy.allCases.map {
            PolicySetting.Word(text: $0.rawValue, meaning: "", isSupported: true)
        }
        return PolicySetting(
            "conflicts.*",
            .differences,
            "the same for one field, as `type.field` or `variable.value`; `*` stands for any; the last line that fits decides",
            .other(
                schema: ["enum": .array(words.map { .string($0.text) })],
                written: "`\"projects.Description\": source`, `\"variable.value\": manual`"
            ),
            value: { policy in
                .object(
                    JSONObject(policy.conflictRules.map { ("\($0.kind).\($0.field)", .string($0.strategy.rawValue)) })
                )
            },
            read: { value, policy in
                guard let (kind, field) = fieldOfConflict(value, kinds), let word = value.word(of: words),
                    let strategy = Policy.ConflictStrategy(rawValue: word)
                else { return }
                var rule = Policy.ConflictRule(kind: kind, field: field, strategy: strategy)
                rule.line = value.line
                policy.conflictRules.append(rule)
            }
        )
    }

    private static func fieldOfConflict(_ value: PolicyValue, _ kinds: PolicyKinds) -> (kind: String, field: String)? {
        let key = value.path.dropFirst("conflicts.".count)
        guard let dot = key.firstIndex(of: ".") else {
            value.problem("write default, or type.field, for example \"projects.Description\"")
            return nil
        }
        let (type, field) = (String(key[..<dot]), String(key[key.index(after: dot)...]))
        if type == "*" { return (type, field) }
        let isVariable = type == "variable" || type == "variables"
        guard let kind = isVariable ? "variable" : kinds.key(written: type) else {
            value.problem("'\(type)' is no type\(Suggestion.text(for: type, in: ["variable"] + kinds.keys))")
            return nil
        }
        let known = isVariable ? VariableField.allCases.map(\.rawValue) : kinds.fields(of: kind)
        guard field == "*" || known.contains(field) else {
            value.problem("\(kind) have no field '\(field)'\(Suggestion.text(for: field, in: known))")
            return nil
        }
        return (kind, field)
    }

    private static func deletes(_ kinds: PolicyKinds) -> [PolicySetting] {
        [
            .choice(
                "deletes.mode",
                .differences,
                "something that was synced is gone at the source",
                \.deletes.mode,
                [
                    .report: "it stays and is listed", .ignore: "it stays",
                    .disable: "projects, tenants and steps are disabled, the rest is listed",
                    .deleteIfUnchanged: "it is deleted unless the destination changed it",
                    .delete: "it is deleted",
                ],
                answers: "S-26"
            ),
            .number(
                "deletes.maxCount",
                .differences,
                "more deletes of one type than this stop the plan",
                \.deletes.maxCount,
                in: 0...1_000_000
            ),
            .number(
                "deletes.maxPercent",
                .differences,
                "more deletes than this part of a type stop the plan; 100 lets an empty list pass",
                \.deletes.maxPercent,
                in: 0...100
            ),
            PolicySetting(
                "deletes.protect",
                .differences,
                "patterns `type/name` of what is never deleted",
                .names,
                answers: ["S-26"],
                value: { JSON($0.deletes.protect) },
                read: { value, policy in
                    guard let patterns = value.names() else { return }
                    policy.deletes.protect = patterns.map { protected($0, value, kinds) }
                }
            ),
        ]
    }

    /// The type may be written in the singular. A pattern that can match nothing protects nothing.
    private static func protected(_ pattern: String, _ value: PolicyValue, _ kinds: PolicyKinds) -> String {
        let (type, rest) = (pattern.prefix { $0 != "/" }, pattern.drop { $0 != "/" })
        if type.contains("*") { return pattern }
        if let key = kinds.key(written: String(type)) { return "\(key)\(rest)" }
        let hint = Suggestion.text(for: String(type), in: kinds.keys)
        value.problem("'\(pattern)' protects nothing: write type/name, with a type of types\(hint)")
        return pattern
    }

    /// `normalisations: {"projects.Description": trimmed}`
    private static func normalisation(_ kinds: PolicyKinds) -> PolicySetting {
        let words = Normalisation.Form.allCases.map {
            PolicySetting.Word(text: $0.rawValue, meaning: "", isSupported: true)
        }
        return PolicySetting(
            "normalisations.*",
            .differences,
            "what servers make of a field, as `skerry sync learn` found it: blanks around a text dropped, ends of lines, "
                + "capital letters or the order of a list changed, what is empty filled in; no difference then",
            .other(
                schema: ["enum": .array(words.map { .string($0.text) })],
                written: "`\"projects.Description\": trimmed`, `\"channels.Rules/*/Tag\": filled`; "
                    + words.map(\.text).joined(separator: " · ")
            ),
            value: { policy in
                .object(JSONObject(policy.normalisations.map { ($0.key, .string($0.form.rawValue)) }))
            },
            read: { value, policy in
                guard let word = value.word(of: words), let form = Normalisation.Form(rawValue: word),
                    let (kind, path) = place(of: value, kinds)
                else { return }
                var rule = Normalisation(kind: kind, path: path, form: form)
                rule.line = value.line
                policy.normalisations.append(rule)
            }
        )
    }

    private static func place(of value: PolicyValue, _ kinds: PolicyKinds) -> (kind: String, path: [String])? {
        let parts = value.key.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            value.problem("write type.field, for example \"projects.Description\"")
            return nil
        }
        guard let kind = kinds.key(written: parts[0]), kind != "variables" else {
            value.problem("'\(parts[0])' is no type with fields\(Suggestion.text(for: parts[0], in: kinds.keys))")
            return nil
        }
        let path = parts[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let known = kinds.fields(of: kind)
        guard let field = path.first, known.contains(field), !path.contains("") else {
            let hint = Suggestion.text(for: path.first ?? "", in: known)
            value.problem("\(kind) have no field '\(path.first ?? "")'\(hint)")
            return nil
        }
        return (kind, path)
    }

    private static func ownership(_ kinds: PolicyKinds) -> PolicySetting {
        PolicySetting(
            "ownership",
            .differences,
            "who owns a field of a type, or the variables of a name; the last line that matches decides",
            .other(
                schema: PolicySchema.ownership(kinds),
                written: "`- {type: projects, field: Description, owner: destination}`, "
                    + "`- {type: variable, name: \"Dest.*\", owner: destination}`"
            ),
            answers: ["S-4", "S-26"],
            value: { .array($0.ownership.map(\.json)) },
            read: { value, policy in OwnershipReader(kinds: kinds).read(value, &policy) }
        )
    }
}

/// The `ownership` list.
struct OwnershipReader {
    let kinds: PolicyKinds

    private enum OwnerWord: String, CaseIterable {
        case source, destination, shared
        var owner: Field.SyncOwner { self == .destination ? .destination : .source }
    }

    func read(_ value: PolicyValue, _ policy: inout Policy) {
        guard let list = value.node.sequence else { return value.problem("a list is expected here") }
        for (position, item) in list.enumerated() {
            let path = "\(value.path)[\(position)]"
            guard let section = PolicySection(item, path: path, problems: value.problems) else { continue }
            guard var rule = rule(section) else { continue }
            rule.line = value.origin.line == 0 ? 0 : section.line
            policy.ownership.append(rule)
        }
    }

    private func rule(_ section: PolicySection) -> Policy.OwnershipRule? {
        let kind = section.string("type") ?? ""
        let isVariable = kind == "variable" || kind == "variables"
        let field = section.string(isVariable ? "name" : "field") ?? ""
        let owner = section.choice("owner", OwnerWord.self)
        section.finish()
        guard let owner else { return nil }
        guard isVariable || kinds.key(written: kind) != nil else {
            let hint = Suggestion.text(for: kind, in: ["variable"] + kinds.keys)
            section.problem("type", "'\(kind)' is no type\(hint)")
            return nil
        }
        let key = isVariable ? "variable" : kinds.key(written: kind) ?? kind
        guard !field.isEmpty else {
            section.problem(isVariable ? "name" : "field", "say which \(isVariable ? "name" : "field") is meant")
            return nil
        }
        let known = isVariable ? [] : kinds.fields(of: key)
        guard isVariable || known.contains(field) else {
            section.problem("field", "\(key) have no field '\(field)'\(Suggestion.text(for: field, in: known))")
            return nil
        }
        var rule = Policy.OwnershipRule(kind: key, field: field, owner: owner.owner)
        rule.isShared = owner == .shared
        return rule
    }
}

extension Policy.OwnershipRule {
    /// As the policy file writes it.
    var json: JSON {
        let word: JSON = isShared ? "shared" : owner == .destination ? "destination" : "source"
        return ["type": .string(kind), kind == "variable" ? "name" : "field": .string(field), "owner": word]
    }
}
