import Catalog
internal import Yams

/// `source`, `destination`, `versions`, `environments`, `select`.
enum ServerSettings {
    static var all: [PolicySetting] {
        [preset] + side("source", \.source) + side("destination", \.destination)
            + [
                .choice(
                    "destination.flow",
                    .servers,
                    "which way changes go, and what becomes of edits at the destination",
                    \.flow,
                    [
                        .oneWaySafe: "from source to destination; what the destination edits is kept",
                        .oneWayReplica: "edits at the destination are undone: all that `preset: mirror` decides",
                    ],
                    later: [
                        "twoWaySafe": "both ways, stopping at conflicts", "twoWayResolved": "both ways, one side wins",
                    ],
                    answers: "LS-1"
                )
            ] + versions + [environments("environments"), environments("destination.environments")] + selection
    }

    private static var preset: PolicySetting {
        let words =
            [PolicySetting.Word(text: "none", meaning: "the defaults", isSupported: true)]
            + PolicyPreset.all.map { PolicySetting.Word(text: $0.name, meaning: $0.meaning, isSupported: true) }
        return PolicySetting(
            "preset",
            .servers,
            "the kind of split, with the decisions that belong to it; what the file says itself comes after",
            .words(words),
            answers: ["S-8", "S-9", "S-10", "S-11", "S-12"],
            value: { .string($0.preset) },
            read: { value, policy in if let word = value.word(of: words) { policy.preset = word } }
        )
    }

    private static func side(
        _ name: String,
        _ place: any WritableKeyPath<Policy, Policy.Endpoint> & Sendable
    ) -> [PolicySetting] {
        let title = name == "source" ? "the server to sync from" : "the server to sync to"
        return [
            PolicySetting(
                "\(name).url",
                .servers,
                "the address of \(title)",
                .text,
                answers: ["S-3"],
                isRequired: true,
                value: { .string($0[keyPath: place].url) },
                read: { value, policy in
                    guard let url = value.text() else { return }
                    if !url.hasPrefix("http://"), !url.hasPrefix("https://") {
                        value.problem("an address begins with http:// or https://")
                    }
                    policy[keyPath: place].url = url
                }
            ),
            PolicySetting(
                "\(name).auth",
                .servers,
                "where its API key is, never the key itself; a file is relative to the policy",
                .other(
                    schema: ["type": "string", "pattern": "^(env|file):.+$"],
                    written: "`env:NAME` · `file:PATH`"
                ),
                answers: ["S-103"],
                isRequired: true,
                value: { .string($0[keyPath: place].credential.description) },
                read: { value, policy in credential(value, place, &policy) }
            ),
            PolicySetting(
                "\(name).space",
                .servers,
                "the space on it",
                .text,
                answers: ["LS-20"],
                value: { .string($0[keyPath: place].space) },
                read: { value, policy in if let text = value.text() { policy[keyPath: place].space = text } }
            ),
            PolicySetting(
                "\(name).name",
                .servers,
                "what people call it",
                .text,
                value: { .string($0[keyPath: place].name) },
                read: { value, policy in if let text = value.text() { policy[keyPath: place].name = text } }
            ),
        ]
    }

    private static func credential(
        _ value: PolicyValue,
        _ place: WritableKeyPath<Policy, Policy.Endpoint>,
        _ policy: inout Policy
    ) {
        let text = value.node.scalar?.string ?? ""
        if text.hasPrefix("env:"), text.count > 4 {
            policy[keyPath: place].credential = .environment(String(text.dropFirst(4)))
        } else if text.hasPrefix("file:"), text.count > 5 {
            policy[keyPath: place].credential = .file(String(text.dropFirst(5)))
        } else {
            // The value may be a key: it must not come back in a message.
            value.problem("write 'env:NAME' or 'file:PATH'; an API key itself does not belong in a policy")
        }
    }

    // MARK: - Versions

    private static var versions: [PolicySetting] {
        [
            .number(
                "versions.maxMinorDistance",
                .servers,
                "how many minor versions the servers may be apart",
                \.maxMinorDistance,
                in: 0...99,
                answers: "S-38",
                "S-40"
            ),
            .flag(
                "versions.allowMajor",
                .servers,
                "servers of different major versions are synced, with a warning: at your own risk",
                \.allowsMajor,
                answers: "LS-2"
            ),
            .choice(
                "versions.onMismatch",
                .servers,
                "what happens when the minor versions are too far apart",
                \.onVersionMismatch,
                [
                    .refuse: "nothing is planned; the message names both versions",
                    .warn: "a warning, and the plan is made",
                ],
                answers: "S-41",
                "S-42"
            ),
        ]
    }

    // MARK: - Environments

    private static func environments(_ path: String) -> PolicySetting {
        PolicySetting(
            path,
            .environments,
            "what each environment of the source becomes, by the first line that matches",
            .other(schema: PolicySchema.environments, written: "`{name or *: same, drop, any, a name, a list}`"),
            answers: ["S-115", "S-116", "S-117", "S-118", "S-119"],
            shownAs: "environments",
            value: { $0.environments.json },
            read: { value, policy in
                if path != "environments", policy.origins["environments"]?.line ?? 0 > 0 {
                    value.problem("write the environments once, at the top or in the destination")
                }
                // The file's rules come before those of its preset, since the first match decides.
                if let rules = EnvironmentsReader.rules(value) { policy.environments = rules + policy.environments }
            }
        )
    }

    // MARK: - Selection

    private static var selection: [PolicySetting] {
        [
            .names(
                "select.projects",
                .selection,
                "name patterns of projects with `*`; a leading `!` excludes; without it all",
                \.projects,
                answers: "S-1",
                "S-4",
                "S-59"
            ),
            .choice(
                "select.closure",
                .selection,
                "whether what the selected projects need is synced although no pattern selects it",
                \.closure,
                [
                    .required: "what they refer to, and what that refers to",
                    .none: "only what patterns select; references to the rest are missing ones (`missingRequired`)",
                ],
                answers: "S-43",
                "S-79"
            ),
        ]
    }
}

/// `{Development: drop, Test: [Staging], "*": same}`
enum EnvironmentsReader {
    /// Nil when it is no block of rules at all; the problems are told then.
    static func rules(_ value: PolicyValue) -> [Policy.EnvironmentRule]? {
        value.section().map { rules($0, isOfFile: value.origin.line > 0) }
    }

    /// - Parameter isOfFile: false for a preset, whose lines nobody sees.
    static func rules(_ section: PolicySection, isOfFile: Bool = true) -> [Policy.EnvironmentRule] {
        section.names.compactMap { name, node in
            guard let target = target(node) else {
                let message = "write the name of an environment, a list of names, same, existing, drop or any"
                section.problem(node, section.path(of: name), message)
                return nil
            }
            return Policy.EnvironmentRule(name, target, line: isOfFile ? node.mark?.line ?? 0 : 0)
        }
    }

    private static func target(_ node: Node) -> Policy.EnvironmentTarget? {
        if let sequence = node.sequence {
            let names = sequence.compactMap { $0.scalar?.string }.filter { !$0.isEmpty }
            return !names.isEmpty && names.count == sequence.count ? .names(names) : nil
        }
        guard let word = node.scalar?.string, !word.isEmpty else { return nil }
        switch word {
        case "same": return .same
        case "existing": return .existing
        case "drop": return .drop
        case "any": return .any
        default: return .names([word])
        }
    }
}

extension [Policy.EnvironmentRule] {
    /// As the policy file writes it.
    var json: JSON {
        .object(
            JSONObject(
                map { rule in
                    switch rule.target {
                    case .same: (rule.pattern, "same")
                    case .existing: (rule.pattern, "existing")
                    case .drop: (rule.pattern, "drop")
                    case .any: (rule.pattern, "any")
                    case .names(let names): (rule.pattern, JSON(names))
                    }
                }
            )
        )
    }
}

extension Policy.Credential: CustomStringConvertible {
    /// As the policy file writes it.
    public var description: String {
        switch self {
        case .environment(let name): "env:\(name)"
        case .file(let path): "file:\(path)"
        }
    }
}
