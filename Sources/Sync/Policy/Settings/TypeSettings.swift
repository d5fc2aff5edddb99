import Catalog
internal import Yams

/// The `types` section: what every type has, and what single types have of their own.
enum TypeSettings {
    static func all(_ kinds: PolicyKinds) -> [PolicySetting] {
        kinds.all.flatMap { entry in
            [mode(entry)] + (entry.needsOptIn ? [optIn(entry)] : []) + [select(entry), alias(entry), replace(entry)]
                + [environments(entry), rules(entry), initial(entry), heal(entry)] + own(entry.key)
        }
            + packages
    }

    private static var packages: [PolicySetting] {
        [
            .choice(
                "types.packages.mode",
                .types,
                "the packages of the built-in feed that synced processes use",
                \.packages.mode,
                [
                    .skip: "not synced: use an external feed, or let the build server push to every instance",
                    .checkOnly: "the plan lists what is missing",
                    .copyMissing: "the newest version of what is missing or older is copied",
                ],
                answers: "S-54",
                "S-100",
                "S-101",
                "S-102"
            ),
            .number(
                "types.packages.maxBytes",
                .types,
                "with mode copyMissing: a larger package is named, not copied",
                \.packages.maxBytes,
                in: 1...(1 << 40)
            ),
        ]
    }

    // MARK: - Every type

    static let modeMeanings: KeyValuePairs<SyncTreatment.Mode, String> = [
        .exact: "all fields equal; other edits at the destination are reported, and undone with --heal",
        .merge: "each field by three-way comparison",
        .nameOnly: "created when missing, then only its name is compared",
        .initialOnly: "created when missing, then the destination's own",
        .skip: "not synced",
        .forbid: "never synced",
    ]

    private static func mode(_ entry: PolicyKinds.Entry) -> PolicySetting {
        let isOff: (SyncTreatment.Mode) -> Bool = { $0 == .skip || $0 == .forbid }
        let words = modeMeanings.filter { entry.canBeWritten || isOff($0.key) }.map {
            PolicySetting.Word(text: $0.key.rawValue, meaning: $0.value, isSupported: true)
        }
        return PolicySetting(
            "types.\(entry.key).mode",
            .types,
            "how \(entry.title) are synced",
            .words(words),
            answers: entry.answers,
            shownAs: "types.<type>.mode",
            value: { .string(($0.types[entry.name]?.mode ?? entry.standard).rawValue) },
            read: { value, policy in
                guard let mode = readMode(value, entry) else { return }
                policy.types[entry.name, default: Policy.TypeRule(mode: entry.standard)].mode = mode
            }
        )
    }

    private static func readMode(_ value: PolicyValue, _ entry: PolicyKinds.Entry) -> SyncTreatment.Mode? {
        let text = value.node.scalar?.string ?? ""
        guard let mode = SyncTreatment.Mode(rawValue: text) else {
            let words = SyncTreatment.Mode.allCases.map(\.rawValue)
            value.problem(
                "'\(text)' is none of \(words.joined(separator: ", "))\(Suggestion.text(for: text, in: words))"
            )
            return nil
        }
        if !entry.canBeWritten, mode != .skip, mode != .forbid {
            value.problem(
                entry.standard == .skip
                    ? "this type is compared and never written" : "this type is each server's own, never synced"
            )
        } else if mode == .impossible {
            value.problem("write 'skip' to leave this type out")
        }
        return mode
    }

    private static func optIn(_ entry: PolicyKinds.Entry) -> PolicySetting {
        PolicySetting(
            "types.\(entry.key).optIn",
            .types,
            "syncing this type lets every instance reach the same machines, which a split is meant to prevent; `true` is "
                + "the second key that it needs",
            .flag,
            answers: ["S-97", "S-99"],
            shownAs: "types.<type>.optIn",
            value: { .bool($0.types[entry.name]?.isOptedIn ?? false) },
            read: { value, policy in
                guard let flag = value.bool() else { return }
                policy.types[entry.name, default: Policy.TypeRule(mode: entry.standard)].isOptedIn = flag
            }
        )
    }

    private static func select(_ entry: PolicyKinds.Entry) -> PolicySetting {
        PolicySetting(
            "types.\(entry.key).select",
            .types,
            "which of them: name patterns, a leading `!` excludes; `all`, `none`; without it all, of lifecycles those "
                + "that selected projects use",
            entry.key == "tenants" ? tenantSelection : .names,
            answers: entry.key == "tenants" ? ["S-129"] : entry.key == "lifecycles" ? ["S-121"] : [],
            shownAs: "types.<type>.select",
            value: { policy in
                let patterns = policy.types[entry.name]?.select ?? []
                let isRule = entry.key == "tenants" && patterns.isEmpty
                return isRule && policy.options.tenants != Policy.Options().tenants
                    ? policy.options.tenants.json : JSON(patterns)
            },
            read: { value, policy in
                if entry.key == "tenants", let rule = tenantRule(value) {
                    policy.options.tenants = rule
                    policy.types[entry.name]?.select = []
                    return
                }
                guard let patterns = patterns(value, entry.key) else { return }
                // Names replace a rule that the preset gave.
                if entry.key == "tenants" { policy.options.tenants = Policy.Options().tenants }
                policy.types[entry.name, default: Policy.TypeRule(mode: entry.standard)].select = patterns
            }
        )
    }

    private static func patterns(_ value: PolicyValue, _ key: String) -> [String]? {
        switch value.node.scalar?.string {
        case "all": return ["*"]
        case "none": return ["!*"]
        case "referenced" where key == "lifecycles": return []
        default: break
        }
        if value.node.mapping != nil {
            if key != "tenants" { value.problem("write a list of name patterns") }
            return nil
        }
        return value.names()
    }

    private static let tenantSelection = PolicySetting.Form.other(
        schema: ["type": ["string", "array", "object"]],
        written: "a list of names, `all`, `none`, or a rule: `{environmentsSurvive: 1}` (the default), "
            + "`{tag: Set/Tag}`, `{list: [names]}`, `{anyOf: [rules]}`"
    )

    private static func tenantRule(_ value: PolicyValue) -> Policy.TenantSelection? {
        switch value.node.scalar?.string {
        case "all": .all
        case "none": Policy.TenantSelection.none
        default: value.node.mapping == nil ? nil : ReferenceSettings.tenants(value.node, value)
        }
    }

    private static func alias(_ entry: PolicyKinds.Entry) -> PolicySetting {
        names(entry, "alias", "other names at the destination", \.aliases)
    }

    private static func replace(_ entry: PolicyKinds.Entry) -> PolicySetting {
        names(entry, "replace", "what references use in place of those that do not go over", \.replacements)
    }

    private static func names(
        _ entry: PolicyKinds.Entry,
        _ key: String,
        _ meaning: String,
        _ place: any WritableKeyPath<Policy.TypeRule, [String: String]> & Sendable
    ) -> PolicySetting {
        PolicySetting(
            "types.\(entry.key).\(key)",
            .types,
            meaning,
            .other(
                schema: ["type": "object", "additionalProperties": ["type": "string", "minLength": 1]],
                written: "`{name at the source: name at the destination}`"
            ),
            answers: ["S-66"],
            shownAs: "types.<type>.\(key)",
            value: { policy in
                let aliases = policy.types[entry.name]?[keyPath: place] ?? [:]
                return .object(JSONObject(aliases.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
            },
            read: { value, policy in
                guard let section = value.section() else { return }
                for (from, to) in section.names {
                    guard let name = to.scalar?.string, !name.isEmpty else {
                        section.problem(to, section.path(of: from), "the name at the destination is expected here")
                        continue
                    }
                    let rule = Policy.TypeRule(mode: entry.standard)
                    policy.types[entry.name, default: rule][keyPath: place][EntityKey.folded(from)] = name
                }
            }
        )
    }

    private static func environments(_ entry: PolicyKinds.Entry) -> PolicySetting {
        PolicySetting(
            "types.\(entry.key).environments",
            .types,
            "as `environments`, for what these refer to; comes before it (of projects: for all that belongs to them)",
            .other(schema: PolicySchema.environments, written: "`{Test: [QA]}`"),
            answers: ["S-119"],
            shownAs: "types.<type>.environments",
            value: { ($0.types[entry.name]?.environments ?? []).json },
            read: { value, policy in
                guard let rules = EnvironmentsReader.rules(value) else { return }
                policy.types[entry.name, default: Policy.TypeRule(mode: entry.standard)].environments = rules
            }
        )
    }

    private static func initial(_ entry: PolicyKinds.Entry) -> PolicySetting {
        let words = ["automatic"] + Policy.OnDifference.allCases.map(\.rawValue)
        let all = words.map { PolicySetting.Word(text: $0, meaning: "", isSupported: true) }
        return PolicySetting(
            "types.\(entry.key).initial",
            .types,
            "what becomes of differences on first meeting; automatic: as `initial` says",
            .other(schema: ["enum": JSON(words)], written: words.joined(separator: " · ")),
            shownAs: "types.<type>.initial",
            value: { .string($0.types[entry.name]?.initial?.rawValue ?? "automatic") },
            read: { value, policy in
                guard let word = value.word(of: all) else { return }
                policy.types[entry.name, default: Policy.TypeRule(mode: entry.standard)].initial =
                    Policy.OnDifference(rawValue: word)
            }
        )
    }

    private static func rules(_ entry: PolicyKinds.Entry) -> PolicySetting {
        PolicySetting(
            "types.\(entry.key).overrides",
            .types,
            "for single ones; the first rule that matches decides",
            .other(
                schema: PolicySchema.entityRules,
                written: "`- {match: {name: \"Web*\", project: \"*\"}, mode: initialOnly, environments: {Test: [QA]}}`"
            ),
            answers: ["S-35", "S-36"],
            shownAs: "types.<type>.overrides",
            value: { .array(($0.types[entry.name]?.rules ?? []).map(\.json)) },
            read: { value, policy in
                guard let list = value.node.sequence else { return value.problem("a list is expected here") }
                let rules = list.enumerated().compactMap { position, item in
                    PolicySection(item, path: "\(value.path)[\(position)]", problems: value.problems).map {
                        EntityRuleReader.rule($0, entry, isOfFile: value.origin.line > 0)
                    }
                }
                let standard = Policy.TypeRule(mode: entry.standard)
                policy.types[entry.name, default: standard].rules = rules + (policy.types[entry.name]?.rules ?? [])
            }
        )
    }

    private static func heal(_ entry: PolicyKinds.Entry) -> PolicySetting {
        PolicySetting(
            "types.\(entry.key).heal",
            .types,
            "`--heal` reverts the destination's changes here too; exact types are healed anyway",
            .flag,
            shownAs: "types.<type>.heal",
            value: { .bool($0.types[entry.name]?.heals ?? false) },
            read: { value, policy in
                guard let flag = value.bool() else { return }
                policy.types[entry.name, default: Policy.TypeRule(mode: entry.standard)].heals = flag
            }
        )
    }

    // MARK: - Single types

    private static func own(_ key: String) -> [PolicySetting] {
        switch key {
        case "lifecycles": lifecycles
        case "channels": channels
        case "tenants": tenants
        case "teams": teams
        default: small[key] ?? []
        }
    }

    private static var lifecycles: [PolicySetting] {
        [
            .choice(
                "types.lifecycles.phases",
                .types,
                "the phases of a lifecycle that is synced",
                \.lifecyclePhases,
                [
                    .exclude: "none: an empty lifecycle that a person fills",
                    .include: "with their mapped environments, on every sync",
                    .initialOnly: "with their mapped environments, when it is created",
                    .exact: "with their mapped environments; other changes of the destination are undone",
                ],
                answers: "S-122",
                "S-123"
            ),
            .choice(
                "types.lifecycles.onMissingProjectLifecycle",
                .types,
                "a project's lifecycle is not synced",
                \.onMissingProjectLifecycle,
                [
                    .fail: "the plan stops", .spaceDefault: "the project gets the space's default lifecycle",
                    .map: "another one, by `types.lifecycles.replace`; else the plan stops",
                ],
                answers: "S-124"
            ),
            .choice(
                "types.lifecycles.onMissingChannelLifecycle",
                .types,
                "a channel's lifecycle is not synced",
                \.onMissingChannelLifecycle,
                [
                    .excludeChannel: "the channel is left out", .inheritProject: "the channel uses its project's",
                    .spaceDefault: "the channel gets the space's default lifecycle",
                    .map: "another one, by `types.lifecycles.replace`; else the plan stops", .fail: "the plan stops",
                ],
                answers: "S-125",
                "LS-10"
            ),
            .fixed(
                "types.lifecycles.onMissing",
                .types,
                "a lifecycle that the destination lacks",
                ("emptyShell", "is created, with the phases that `phases` says"),
                later: [:],
                answers: "S-123"
            ),
            .choice(
                "types.lifecycles.emptyPhase",
                .types,
                "no environment of a phase goes over",
                \.options.emptyPhase,
                [
                    .dropPhase: "the phase is left out", .refuse: "the plan stops",
                    .keepAsAny: "the phase takes any environment, marked as a risk",
                ],
                answers: "S-122"
            ),
        ]
    }

    private static var channels: [PolicySetting] {
        [
            .names(
                "types.channels.exclude",
                .types,
                "name patterns of channels that are left out; of one project as `Project/Channel`",
                \.excludedChannels,
                answers: "S-120",
                "S-135"
            ),
            .choice(
                "types.channels.rules",
                .types,
                "the version rules of channels",
                \.options.channelRules,
                [.sync: "as at the source", .skip: "the destination's own; a new channel has none"]
            ),
            .choice(
                "types.channels.default",
                .types,
                "which channel is a project's default",
                \.options.defaultChannel,
                [.destination: "the destination decides", .source: "the source decides"]
            ),
        ]
    }

    private static var tenants: [PolicySetting] {
        [
            .choice(
                "types.tenants.variables",
                .types,
                "the values that tenants give to templates",
                \.tenantVariables,
                [
                    .existingAlone: "new ones go over, existing ones stay as they are",
                    .copyNew: "new and changed ones go over", .placeholderNew: "new ones as placeholders",
                    .skip: "none",
                ],
                answers: "S-74",
                "LS-11"
            ),
            .choice(
                "types.tenants.links",
                .types,
                "the environments of projects that a tenant is connected to",
                \.options.tenantLinks,
                [
                    .intersect: "those that have a counterpart, besides the destination's own",
                    .destination: "the destination's own; never written",
                    .exact: "those that have a counterpart; others are undone",
                ],
                answers: "S-128",
                "LS-14"
            ),
        ]
    }

    private static var teams: [PolicySetting] {
        [
            .fixed(
                "types.teams.members",
                .types,
                "who is in a team",
                ("destination", "the destination's own"),
                later: [:],
                answers: "S-86"
            ),
            .fixed(
                "types.teams.roles",
                .types,
                "the roles of a team",
                ("exact", "as at the source"),
                later: [:],
                answers: "S-86"
            ),
            .fixed(
                "types.teams.externalGroups",
                .types,
                "the groups of a directory that belong to a team",
                ("destination", "the destination's own"),
                later: [:],
                answers: "S-86"
            ),
        ]
    }

    /// Types with a setting or two.
    private static let small: [String: [PolicySetting]] = [
        "tagSets": [
            .choice(
                "types.tagSets.extraTags",
                .types,
                "tags that only the destination has",
                \.options.extraTags,
                [.keep: "they stay", .remove: "they are removed, once nothing uses them"],
                answers: "S-78"
            )
        ],
        "accounts": [
            .fixed(
                "types.accounts.onMissing",
                .types,
                "an account that the destination lacks",
                ("createStub", "is created without its credentials"),
                later: [:],
                answers: "S-137"
            ), strategy("accounts", \.options.accounts),
        ],
        "certificates": [
            .fixed(
                "types.certificates.onMissing",
                .types,
                "a certificate that the destination lacks",
                ("report", "is listed; a person uploads it"),
                later: [:],
                answers: "S-137"
            ), strategy("certificates", \.options.certificates),
        ],
        "workerPools": [
            .fixed(
                "types.workerPools.onMissing",
                .types,
                "a worker pool that the destination lacks",
                ("createEmpty", "is created without workers"),
                later: [:],
                answers: "S-80",
                "S-82"
            )
        ],
        "stepTemplates": [
            .choice(
                "types.stepTemplates.pin",
                .types,
                "a step uses an older version of its template",
                \.options.templatePin,
                [
                    .lineagePair: "it gets the destination's version that stands for it",
                    .latest: "it gets the newest", .fail: "the plan stops",
                ]
            )
        ],
        "projects": [
            .choice(
                "types.projects.group",
                .types,
                "the group that a project is in",
                \.options.projectGroup,
                [
                    .source: "as at the source",
                    .destination: "the destination's own; a new project begins in the source's",
                ],
                answers: "S-58"
            )
        ],
        "runbooks": [
            .fixed(
                "types.runbooks.publish",
                .types,
                "the published snapshot of a runbook",
                ("never", "the destination publishes its own; sync cannot make a snapshot"),
                later: [:],
                answers: "S-109"
            )
        ],
    ]

    private static func strategy(
        _ key: String,
        _ place: any WritableKeyPath<Policy, Policy.Options.CredentialStrategy> & Sendable
    ) -> PolicySetting {
        .choice(
            "types.\(key).strategy",
            .types,
            "how the \(key) of the two sides relate",
            place,
            [
                .sameNameStub: "the same names with other details; missing ones are created without secrets",
                .sameVariable: "each side has its own, which variables name; other references are listed",
                .map: "each side has its own; `alias` and `replace` say which stands for which",
            ],
            answers: "S-137",
            "S-138"
        )
    }
}
