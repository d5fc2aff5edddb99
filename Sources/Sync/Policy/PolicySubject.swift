import Catalog

/// What a person asks about: a document, one of its fields, a step, a variable.
public struct PolicySubject: Sendable, Hashable {
    public enum Part: Sendable, Hashable {
        case whole
        case field(String)
        case step(String)
        case variable(String)
    }

    public var key: EntityKey
    /// `projects`, `scriptModules`
    public var type: String
    public var part: Part

    /// - Parameter text: `projects/Web`, `projects/Web.Description`, `channels/Web/Hotfix`, `steps/Web/Deploy`,
    ///   `steps/Web/Backup runbook/Save`, `variables/Web/ConnectionString`, `variables/librarySets/Shared/Port`.
    /// - Throws: a sentence.
    public static func parse(_ text: String, _ settings: PolicySettings = .standard) throws(PolicySubjectError) -> Self
    {
        var parts = text.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard parts.count > 1 else {
            throw PolicySubjectError("write type/name, like projects/Web or variables/Web/Url")
        }
        let word = parts.removeFirst()
        switch word {
        case "step", "steps": return try step(parts)
        case "variable", "variables": return try variable(parts, settings.kinds)
        default: break
        }
        guard let type = settings.kinds.key(written: word), let entry = settings.kinds[type] else {
            let words = ["steps", "variables"] + settings.kinds.keys
            throw PolicySubjectError("'\(word)' is no type\(Suggestion.text(for: word, in: words))")
        }
        // Names may have dots of their own: what follows the last one must be a field.
        guard let dot = parts[parts.count - 1].lastIndex(of: ".") else {
            return Self(key: EntityKey(entry.name, parts), type: type, part: .whole)
        }
        let last = parts[parts.count - 1]
        let field = String(last[last.index(after: dot)...])
        guard entry.fields.contains(field) else {
            if !field.contains(" "), !Suggestion.text(for: field, in: entry.fields).isEmpty {
                let hint = Suggestion.text(for: field, in: entry.fields)
                throw PolicySubjectError("\(type) have no field '\(field)'\(hint)")
            }
            return Self(key: EntityKey(entry.name, parts), type: type, part: .whole)
        }
        parts[parts.count - 1] = String(last[..<dot])
        return Self(key: EntityKey(entry.name, parts), type: type, part: .field(field))
    }

    private static func step(_ parts: [String]) throws(PolicySubjectError) -> Self {
        switch parts.count {
        case 2:
            Self(key: EntityKey(.deploymentProcesses, [parts[0]]), type: "processes", part: .step(parts[1]))
        case 3:
            Self(
                key: EntityKey(.runbookProcesses, [parts[0], parts[1]]),
                type: "runbookProcesses",
                part: .step(parts[2])
            )
        default: throw PolicySubjectError("write steps/Project/Step, or steps/Project/Runbook/Step")
        }
    }

    private static func variable(_ parts: [String], _ kinds: PolicyKinds) throws(PolicySubjectError) -> Self {
        guard parts.count > 1 else { throw PolicySubjectError("write variables/Project/Name") }
        var rest = parts
        var owner = KindName.projects
        if parts.count > 2, let key = kinds.key(written: parts[0]), let entry = kinds[key],
            [.projects, .librarySets, .scriptModules].contains(entry.name)
        {
            owner = entry.name
            rest.removeFirst()
        }
        let name = rest.dropFirst().joined(separator: "/")
        return Self(key: EntityKey(.variableSets, [owner.rawValue, rest[0]]), type: "variables", part: .variable(name))
    }
}

public struct PolicySubjectError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
