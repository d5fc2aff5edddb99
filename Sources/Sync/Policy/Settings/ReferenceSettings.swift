import Catalog
internal import Yams

/// What becomes of references without a counterpart, and other answers that concern every type.
enum ReferenceSettings {
    static var all: [PolicySetting] {
        [
            .choice(
                "missingRequired",
                .differences,
                "a document refers to something that it cannot be without and that has no counterpart",
                \.options.missingRequired,
                [
                    .fail: "the plan stops", .map: "another one, by `types.<type>.replace`",
                    .useDefault: "the space's default lifecycle, pool, policy, group or feed",
                    .createStub: "it goes over, whatever `select` says",
                ],
                answers: "S-69"
            ),
            .choice(
                "missingOptional",
                .differences,
                "a document refers to something that it can be without and that has no counterpart",
                \.options.missingOptional,
                [
                    .drop: "the reference is left out and listed", .fail: "the plan stops",
                    .map: "another one, by `types.<type>.replace`; else the plan stops",
                ],
                answers: "S-69"
            ),
            .choice(
                "deletedAtDestination",
                .differences,
                "something that was synced was deleted at the destination",
                \.options.deletedAtDestination,
                [.respect: "it stays deleted and is listed", .restore: "it is created again"]
            ),
            .choice(
                "releaseCreation",
                .differences,
                "version numbers and automatic releases of projects",
                \.options.releaseCreation,
                [.sync: "as at the source", .skip: "the destination's own"],
                answers: "S-73"
            ),
            .choice(
                "cac",
                .differences,
                "projects that both sides keep in Git repositories (config as code)",
                \.options.configAsCode,
                [
                    .settingsOnly: "what the database holds goes over; the repositories carry the rest",
                    .branch:
                        "process, settings and variables go over too, by commits to the branch `skerry-sync/<plan>` of the "
                        + "destination's repository, for people to merge",
                    .skip: "not synced",
                ],
                answers: "S-13"
            ),
            .text(
                "cacBranch",
                .differences,
                "with `cac: branch`: the branch that is read on both sides; the default branch of each project otherwise",
                \.options.configAsCodeBranch
            ),
            unknownFields,
        ]
    }

    private static var unknownFields: PolicySetting {
        let words: [PolicySetting.Word] = [
            .init(text: "automatic", meaning: "copy between equal minor versions, else drop", isSupported: true),
            .init(text: "copy", meaning: "they go over as they are", isSupported: true),
            .init(text: "drop", meaning: "they stay behind and are listed", isSupported: true),
            .init(text: "error", meaning: "the plan stops", isSupported: true),
        ]
        return PolicySetting(
            "unknownFields",
            .servers,
            "what becomes of fields that this version of Skerry does not know",
            .words(words),
            answers: ["S-39"],
            value: { .string($0.options.unknownFields?.rawValue ?? "automatic") },
            read: { value, policy in
                guard let word = value.word(of: words) else { return }
                policy.options.unknownFields = Policy.Options.UnknownFields(rawValue: word)
            }
        )
    }

    /// `types.tenants.select` as a rule: `{tag: Set/Tag}`, `{environmentsSurvive: 1}`, `{list: [names]}`,
    /// `{anyOf: [rules]}`.
    static func tenants(_ node: Node, _ value: PolicyValue) -> Policy.TenantSelection? {
        guard let section = PolicySection(node, path: value.path, problems: value.problems) else { return nil }
        let keys = section.names.map(\.key)
        guard keys.count == 1 else {
            value.problem("write one rule: tag, environmentsSurvive, list or anyOf")
            return nil
        }
        defer { section.finish() }
        switch keys[0] {
        case "tag": return section.string("tag").map(Policy.TenantSelection.tag)
        case "environmentsSurvive":
            let count = section.node("environmentsSurvive").flatMap { node in
                let path = section.path(of: "environmentsSurvive")
                return PolicyValue(
                    node: node,
                    key: value.key,
                    path: path,
                    origin: value.origin,
                    problems: value.problems
                )
                .int(in: 0...1_000)
            }
            return count.map(Policy.TenantSelection.environmentsSurvive)
        case "list": return section.strings("list").map(Policy.TenantSelection.list)
        case "anyOf":
            guard let rules = section.node("anyOf")?.sequence, !rules.isEmpty else {
                value.problem("anyOf takes a list of rules")
                return nil
            }
            let selections = rules.compactMap { tenants($0, value) }
            return selections.count == rules.count ? .anyOf(selections) : nil
        default:
            let known = ["tag", "environmentsSurvive", "list", "anyOf"]
            value.problem("'\(keys[0])' is no rule\(Suggestion.text(for: keys[0], in: known))")
            return nil
        }
    }
}

extension Policy.TenantSelection {
    /// As the policy file writes it.
    var json: JSON {
        switch self {
        case .all: "all"
        case .none: "none"
        case .environmentsSurvive(let count): ["environmentsSurvive": .int(count)]
        case .tag(let tag): ["tag": .string(tag)]
        case .list(let names): ["list": JSON(names)]
        case .anyOf(let rules): ["anyOf": .array(rules.map(\.json))]
        }
    }
}
