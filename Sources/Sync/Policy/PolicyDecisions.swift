public import Catalog

/// One decision of a policy: a setting, what it is, and who set it (S-7).
public struct PolicyDecision: Sendable, Hashable {
    public var path: String
    public var meaning: String
    public var value: JSON
    public var standard: JSON
    public var origin: PolicyOrigin
    /// Requirements and questions of the seed that it answers.
    public var answers: [String]

    public var json: JSON {
        var result: JSON = [
            "setting": .string(path), "meaning": .string(meaning), "value": value, "default": standard,
            "setBy": .string(origin.setter), "answers": JSON(answers),
        ]
        if origin.line > 0 { result["line"] = .int(origin.line) }
        if case .preset(let name) = origin { result["preset"] = .string(name) }
        return result
    }
}

extension PolicyOrigin {
    fileprivate var setter: String {
        switch self {
        case .standard: "default"
        case .preset: "preset"
        case .line: "policy"
        }
    }
}

extension Policy {
    /// Every decision that the policy makes, said or unsaid, in the order of the documentation.
    public func decisions(_ settings: PolicySettings = .standard) -> [PolicyDecision] {
        let standard = Policy(source: source, destination: destination)
        return settings.all.filter { $0.path != "destination.environments" }.map { setting in
            var origin = origin(of: setting.path)
            if setting.path == "environments", origin == .standard {
                origin = self.origin(of: "destination.environments")
            }
            return PolicyDecision(
                path: setting.path,
                meaning: setting.meaning,
                value: setting.value(self),
                standard: setting.isRequired ? .null : setting.value(standard),
                origin: origin,
                answers: setting.answers
            )
        }
    }
}
