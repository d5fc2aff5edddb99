public import Catalog

/// The JSON schema of policy files, for editors and for programs that write policies.
public struct PolicySchema {
    private let settings: PolicySettings

    public init(_ settings: PolicySettings = .standard) { self.settings = settings }

    public static let address = "https://skerry.dev/schemas/sync-policy-v1.json"

    /// Draft 2020-12.
    public var json: JSON {
        var schema = block(settings.root)
        var properties = schema["properties"]?.objectValue ?? [:]
        var members = JSONObject([("apiVersion", ["const": .string(PolicyFile.apiVersion)] as JSON)])
        for (name, value) in properties { members[name] = value }
        if let destination = properties["destination"] {
            members["destinations"] = [
                "description": "the same as `destination`, as a list of one", "type": "array", "minItems": 1,
                "maxItems": 1, "items": destination,
            ]
        }
        properties = members
        schema["properties"] = .object(properties)
        schema["required"] = ["apiVersion", "source"]
        schema["oneOf"] = [["required": ["destination"]], ["required": ["destinations"]]]
        let head: JSON = [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": .string(Self.address),
            "title": "Sync policy of Skerry",
        ]
        return .object(JSONObject((head.objectValue ?? [:]).map { $0 } + (schema.objectValue ?? [:]).map { $0 }))
    }

    private func block(_ block: PolicyBlock) -> JSON {
        var properties = JSONObject()
        var required: [String] = []
        for key in block.keys where key != "*" {
            switch block[key] {
            case .setting(let setting):
                properties[key] = Self.schema(of: setting)
                if setting.isRequired { required.append(key) }
            case .block(let inner): properties[key] = self.block(inner)
            case nil: break
            }
        }
        var schema: JSON = [
            "type": "object", "properties": .object(properties),
            "additionalProperties": block.wildcard.map(Self.schema) ?? false,
        ]
        if !required.isEmpty { schema["required"] = JSON(required) }
        guard let mode = block.shorthand else { return schema }
        guard block["optIn"] != nil else { return ["anyOf": [Self.schema(of: mode), schema]] }
        // What writes such a type needs its second key, which the short form has no place for.
        let off: JSON = ["enum": ["skip", "forbid"]]
        schema["anyOf"] = [
            ["properties": ["mode": off]], ["properties": ["optIn": ["const": true]], "required": ["optIn"]],
        ]
        return ["anyOf": [off, schema]]
    }

    private static func schema(of setting: PolicySetting) -> JSON {
        var text = setting.meaning
        if !setting.answers.isEmpty { text += " (\(setting.answers.joined(separator: ", ")))" }
        var result: JSON = ["description": .string(text)]
        for (name, value) in form(setting.form).objectValue ?? [:] { result[name] = value }
        return result
    }

    private static func form(_ form: PolicySetting.Form) -> JSON {
        switch form {
        case .words(let words):
            let supported = words.filter(\.isSupported)
            return ["oneOf": .array(supported.map { ["const": scalar($0.text), "description": .string($0.meaning)] })]
        case .number(let range):
            return ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
        case .flag: return ["type": "boolean"]
        case .text: return ["type": "string", "minLength": 1]
        case .names: return names
        case .other(let schema, _): return schema
        }
    }

    /// YAML reads these two words as booleans.
    private static func scalar(_ word: String) -> JSON {
        word == "true" ? true : word == "false" ? false : .string(word)
    }

    // MARK: - Forms of their own

    static let names: JSON = [
        "anyOf": [["type": "string"], ["type": "array", "items": ["type": "string", "minLength": 1]]]
    ]

    private static let someNames: JSON = [
        "anyOf": [
            ["type": "string", "minLength": 1],
            ["type": "array", "minItems": 1, "items": ["type": "string", "minLength": 1]],
        ]
    ]

    static let environments: JSON = ["type": "object", "additionalProperties": someNames]

    static func ownership(_ kinds: PolicyKinds) -> JSON {
        let owner: JSON = ["enum": ["source", "destination", "shared"]]
        let singular = kinds.keys.compactMap { $0.hasSuffix("s") ? String($0.dropLast()) : nil }
        let words = Set(kinds.keys + singular).subtracting(["variable", "variables"]).sorted()
        return [
            "type": "array",
            "items": [
                "oneOf": [
                    object(["type": ["enum": ["variable", "variables"]], "name": text, "owner": owner], all: true),
                    object(["type": ["enum": JSON(words)], "field": text, "owner": owner], all: true),
                ]
            ],
        ]
    }

    static let approvalKeys: JSON = ["type": "array", "items": object(["name": text, "key": text], all: true)]

    static let stepRules: JSON = [
        "type": "array",
        "items": [
            "oneOf": [
                object(["match": match, "step": ["const": "drop"]], required: ["step"]),
                object(["match": match, "scope": object(["environments": answer], all: true)], required: ["scope"]),
            ]
        ],
    ]

    private static let match = object([
        "project": text, "process": ["enum": ["deployment", "runbook", "*"]], "step": text,
    ])

    private static let answer: JSON = [
        "oneOf": [
            ["enum": ["any", "drop", "map"]], object(["set": someNames], all: true),
            object(["map": environments], all: true),
        ]
    ]

    static let entityRules: JSON = [
        "type": "array",
        "items": object(
            [
                "match": object(["name": text, "project": text]),
                "mode": ["enum": ["exact", "merge", "nameOnly", "initialOnly", "skip"]], "environments": environments,
            ],
            required: ["match"]
        ),
    ]

    static let variableRules: JSON = [
        "type": "array",
        "items": object(
            [
                "match": object(["name": text, "owner": text]), "environments": environments,
                "newValue": ["enum": JSON(VariableRules.NewValue.allCases.map(\.rawValue))],
                "overwrite": ["enum": JSON(VariableRules.Overwrite.allCases.map(\.rawValue))],
                "scopeMismatch": [
                    "type": "object", "propertyNames": ["enum": JSON(ScopeDimension.known.map(\.policyKey))],
                    "additionalProperties": ["enum": JSON(ScopeStrategy.allCases.map(\.rawValue))],
                ],
            ],
            required: ["match"]
        ),
    ]

    static let text: JSON = ["type": "string", "minLength": 1]

    /// An object with these members only.
    static func object(_ properties: JSON, required: [String] = [], all: Bool = false) -> JSON {
        let names = all ? (properties.objectValue ?? [:]).map(\.key) : required
        var schema: JSON = ["type": "object", "properties": properties, "additionalProperties": false]
        if !names.isEmpty { schema["required"] = JSON(names) }
        return schema
    }
}
