import Catalog
internal import Yams

/// The `variables` section.
enum VariableSettings {
    static var all: [PolicySetting] {
        ScopeDimension.known.map(scopeMismatch) + values + references + [rules]
    }

    private static let strategies: KeyValuePairs<ScopeStrategy, String> = [
        .errorUnlessExactMatch: "the plan stops unless all of the scope has counterparts",
        .skipUnlessExactMatch: "left out unless all of the scope has counterparts",
        .errorUnlessPartialMatch: "the plan stops unless some of the scope has a counterpart",
        .skipUnlessPartialMatch: "left out unless some of the scope has a counterpart",
        .ignoreMismatch: "goes over with what is left of the scope",
        .ignoreMismatchOnNewLeaveExistingAlone:
            "goes over when the destination has no variable of the name, else left alone",
    ]

    private static func scopeMismatch(_ dimension: ScopeDimension) -> PolicySetting {
        .choice(
            "variables.scopeMismatch.\(dimension.policyKey)",
            .variables,
            "some of a value's \(words[dimension] ?? dimension.policyKey) have no counterpart",
            \.variables[strategy: dimension],
            strategies,
            answers: "S-146",
            "S-151",
            "S-152",
            "S-153",
            "S-154",
            "S-155"
        )
    }

    private static let words: [ScopeDimension: String] = [
        .processOwners: "processes", .targets: "deployment targets", .tenantTags: "tenant tags",
    ]

    private static var values: [PolicySetting] {
        [
            .choice(
                "variables.newValue",
                .variables,
                "what a value that is new at the destination is given",
                \.variables.newValue,
                [
                    .copyExactElsePlaceholder: "the source's value where its scope survived, else the placeholder",
                    .copy: "the source's value", .placeholder: "always the placeholder", .empty: "nothing",
                ],
                answers: "S-142",
                "S-143"
            ),
            .text(
                "variables.placeholder",
                .variables,
                "the text that stands for a value which a person fills in",
                \.variables.placeholder,
                answers: "S-143"
            ),
            .choice(
                "variables.overwrite",
                .variables,
                "whether a value that the source changed replaces the destination's",
                \.variables.overwrite,
                [
                    .ifUnchanged: "unless the destination changed it too", .never: "the destination's stays",
                    .always: "yes, its own edits too",
                ],
                answers: "S-150"
            ),
            .choice(
                "variables.newBesideFrozen",
                .variables,
                "a new value of a name that the destination has taken over",
                \.variables.newBesideFrozen,
                [
                    .leave: "stays behind", .add: "goes over beside the others",
                    .placeholder: "goes over as a placeholder",
                ],
                answers: "S-149"
            ),
            .choice(
                "variables.delete",
                .variables,
                "a value that was synced is gone at the source",
                \.variables.delete,
                [
                    .report: "it stays and is listed", .ignore: "it stays",
                    .deleteIfUnchanged: "it is deleted unless the destination changed it", .delete: "it is deleted",
                ],
                answers: "LS-16"
            ),
            .choice(
                "variables.deletedAtDestination",
                .variables,
                "a value that was synced is gone at the destination",
                \.variables.deletedAtDestination,
                [.respect: "it stays gone", .restore: "it is made again"]
            ),
            collision,
            .choice(
                "variables.onExcludedChannel",
                .variables,
                "a value is scoped only to channels that are left out",
                \.variables.onExcludedChannel,
                [
                    .exclude: "left out", .include: "treated like any other lost scope",
                    .placeholder: "goes over as a placeholder",
                ],
                answers: "S-127",
                "LS-10"
            ),
            .choice(
                "variables.unresolvedReference",
                .variables,
                "what goes over uses a variable that stays behind",
                \.variables.unresolvedReference,
                [
                    .placeholder: "it goes over as a placeholder", .error: "the plan stops",
                    .warn: "it is listed",
                ],
                answers: "S-141"
            ),
            .choice(
                "variables.widening",
                .variables,
                "as `widening`, for values of variables; without it what `widening` says",
                \.variables.widening,
                [
                    .refuse: "left out and listed", .allow: "goes over, marked as a risk",
                    .allowPlaceholderOnly: "as a placeholder only",
                ]
            ),
            .choice(
                "variables.initial",
                .variables,
                "both sides had the value before the first sync, and differ",
                \.variables.adoption,
                [
                    .destination: "the destination's stays", .source: "the source's goes over",
                    .ask: "a conflict",
                ],
                answers: "S-28"
            ),
        ]
    }

    private static var rules: PolicySetting {
        PolicySetting(
            "variables.rules",
            .variables,
            "for single variables; the first rule that matches decides",
            .other(
                schema: PolicySchema.variableRules,
                written: "`- {match: {name: \"Legacy.*\", owner: \"Web*\"}, overwrite: never, newValue: …, "
                    + "scopeMismatch: {…}, environments: {…}}`"
            ),
            answers: ["S-35", "S-36"],
            value: { .array($0.variableRules.map(\.json)) },
            read: { value, policy in
                guard let list = value.node.sequence else { return value.problem("a list is expected here") }
                let rules = list.enumerated().compactMap { position, item in
                    PolicySection(item, path: "\(value.path)[\(position)]", problems: value.problems).map {
                        VariableRuleReader.rule($0, isOfFile: value.origin.line > 0)
                    }
                }
                policy.variableRules = rules + policy.variableRules
            }
        )
    }

    // MARK: - Settings with a form of their own

    private static var collision: PolicySetting {
        PolicySetting(
            "variables.collision",
            .variables,
            "two values would get one scope",
            .other(
                schema: ["type": "string", "pattern": "^(error|first|placeholder|prefer\\(.+\\))$"],
                written: "**error** · first · placeholder · prefer(Staging): the value scoped to this environment"
            ),
            value: { .string($0.variables.collision.text) },
            read: { value, policy in
                guard let word = value.text() else { return }
                guard let collision = VariableRules.Collision(text: word) else {
                    return value.problem("write error, first, placeholder or prefer(<environment>)")
                }
                policy.variables.collision = collision
            }
        )
    }

    /// The words of the policy, and the types of variables that each means.
    static let referenceTypes: KeyValuePairs<String, [String]> = [
        "account": [
            "AmazonWebServicesAccount", "AzureAccount", "GoogleCloudAccount", "UsernamePasswordAccount",
            "GenericOidcAccount",
        ],
        "certificate": [VariableType.certificate],
        "workerPool": [VariableType.workerPool],
    ]

    private static var references: [PolicySetting] {
        referenceTypes.map { word, types in
            .choice(
                "variables.missingReferenceValue.\(word)",
                .variables,
                "a value refers to \(word == "account" ? "an account" : "a \(word)") that the destination lacks",
                \.variables[missing: types],
                [
                    .emptyIfUsedElseSkip: "goes over empty when something uses it, else left out",
                    .skip: "left out", .empty: "goes over empty", .fail: "the plan stops",
                ],
                later: ["map": "another of the destination", "createStub": "one of the name is created"],
                answers: "S-157"
            )
        }
    }
}

extension VariableRules {
    subscript(strategy dimension: ScopeDimension) -> ScopeStrategy {
        get { strategy(for: dimension) }
        set { scopeMismatch[dimension] = newValue }
    }

    /// What several types of variables have in common.
    subscript(missing types: [String]) -> MissingReference {
        get { missingReference(for: types.first ?? "") }
        set { for type in types { missingReferenceValue[type] = newValue } }
    }
}

extension VariableRules.Collision {
    /// As the policy file writes it.
    var text: String {
        switch self {
        case .error: "error"
        case .first: "first"
        case .placeholder: "placeholder"
        case .prefer(let name): "prefer(\(name))"
        }
    }

    init?(text: String) {
        switch text {
        case "error": self = .error
        case "first": self = .first
        case "placeholder": self = .placeholder
        default:
            guard text.hasPrefix("prefer("), text.hasSuffix(")"), text.count > 8 else { return nil }
            self = .prefer(String(text.dropFirst(7).dropLast()))
        }
    }
}
