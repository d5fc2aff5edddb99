import Catalog

/// Values, names and paths of a plan as people write them.
enum ReviewText {
    /// A value on one line: references by name, lists separated by commas.
    static func inline(_ value: JSON) -> String {
        switch NormalReference(json: value) {
        case .resolved(let key): return key.path.joined(separator: " / ")
        case .unresolved(_, let token): return "\(token) (unknown)"
        case nil: break
        }
        if let secret = secret(value) { return secret }
        switch value {
        case .null: return "nothing"
        case .bool(let isTrue): return isTrue ? "yes" : "no"
        case .string(let text): return text.isEmpty ? "empty" : text
        case .array(let elements): return elements.isEmpty ? "none" : elements.map(inline).joined(separator: ", ")
        case .object(let object):
            if let tree = embedded(object) { return tree.text }
            if object.isEmpty { return "none" }
            return object.map { "\(fieldName($0)): \(inline($1))" }.joined(separator: ", ")
        case .int, .decimal: return value.text
        }
    }

    /// Whether the inline form is said by the page and is not the value's own text.
    static func isSpoken(_ value: JSON) -> Bool {
        switch value {
        case .null, .bool: true
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty || secret(value) != nil
        case .int, .decimal: false
        }
    }

    static func secret(_ value: JSON) -> String? {
        if let hasValue = NormalSecret.hasValue(value) { return hasValue ? "a secret is set" : "no secret is set" }
        if let provided = ProvidedSecret.text(value) { return provided }
        return nil
    }

    /// A value as a text of lines: what a difference of lines is made from.
    static func outline(_ value: JSON) -> String {
        var lines: [String] = []
        outline(value, indent: "", label: nil, into: &lines)
        return lines.joined(separator: "\n")
    }

    private static func outline(_ value: JSON, indent: String, label: String?, into lines: inout [String]) {
        let head = indent + (label.map { "\($0): " } ?? "")
        func open() -> String {
            guard let label else { return indent }
            lines.append("\(indent)\(label):")
            return indent + "  "
        }
        switch value {
        case .string(let text) where text.utf8.contains(UInt8(ascii: "\n")):
            let inner = open()
            lines += TextDiff.lines(of: text).map { inner + $0 }
        case .array(let elements) where elements.contains(where: isTree):
            let inner = open()
            for (position, element) in elements.enumerated() {
                if let name = element["Name"]?.stringValue {
                    lines.append("\(inner)- \(name)")
                    var rest = element
                    rest["Name"] = nil
                    outline(rest, indent: inner + "  ", label: nil, into: &lines)
                } else {
                    lines.append("\(inner)- \(position + 1)")
                    outline(element, indent: inner + "  ", label: nil, into: &lines)
                }
            }
        case .object(let object):
            if let tree = embedded(object) {
                let inner = open()
                lines += TextDiff.lines(of: tree.prettyText()).map { inner + $0 }
            } else if isTree(value) {
                let inner = open()
                for (name, member) in object where !isNothing(member) {
                    outline(member, indent: inner, label: fieldName(name), into: &lines)
                }
            } else {
                lines.append(head + inline(value))
            }
        default: lines.append(head + inline(value))
        }
    }

    /// Members without a value say nothing in an outline.
    private static func isNothing(_ value: JSON) -> Bool {
        switch value {
        case .null: true
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        case .bool, .int, .decimal: false
        }
    }

    static func isTree(_ value: JSON) -> Bool {
        guard case .object(let object) = value, !object.isEmpty else { return false }
        return NormalReference(json: value) == nil && secret(value) == nil
    }

    /// JSON that the servers keep inside a string.
    private static func embedded(_ object: JSONObject) -> JSON? {
        guard object.count == 1, let tree = object["embedded"] else { return nil }
        return tree.mappingReferencesToNames
    }

    /// Whether a value is better read as lines than in the cell of a table.
    static func isLong(_ value: JSON?) -> Bool {
        guard let value else { return false }
        switch value {
        case .string(let text): return text.utf8.count > 160 || text.utf8.contains(UInt8(ascii: "\n"))
        case .object: return isTree(value)
        case .array(let elements):
            return elements.contains(where: isTree) || inline(value).utf8.count > 240
        case .null, .bool, .int, .decimal: return false
        }
    }

    // MARK: - Names

    /// `ReleaseNotesTemplate` → `Release notes template`; what is no such word stays as it is.
    static func fieldName(_ name: String) -> String {
        var name = name
        for prefix in ["Octopus.Action.Script.", "Octopus.Action.", "Octopus."] where name.hasPrefix(prefix) {
            name = String(name.dropFirst(prefix.count))
            break
        }
        guard let first = name.first, first.isUppercase || first.isLowercase, name.allSatisfy(\.isASCIILetter) else {
            return name
        }
        for suffix in ["Ids", "Id"] where name.hasSuffix(suffix) && name.count > suffix.count + 1 {
            name = String(name.dropLast(suffix.count)) + (suffix == "Ids" ? "s" : "")
            break
        }
        var words: [String] = []
        for letter in name {
            if letter.isUppercase, words.last?.last?.isLowercase ?? true {
                words.append(String(letter))
            } else if words.isEmpty {
                words.append(String(letter))
            } else {
                words[words.count - 1].append(letter)
            }
        }
        let rest = words.dropFirst().map { $0.allSatisfy(\.isUppercase) && $0.count > 1 ? $0 : $0.lowercased() }
        guard let head = words.first else { return name }
        return ([head.prefix(1).uppercased() + head.dropFirst()] + rest).joined(separator: " ")
    }

    private static let silent: Set<String> = ["Steps", "Actions", "Properties", "Variables", "Phases", "Templates"]

    /// `Steps/Deploy/Actions/Deploy/Properties/Octopus.Action.Script.ScriptBody` → `Deploy › Script body`
    static func place(_ path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var words: [String] = []
        for (index, part) in parts.enumerated() {
            if silent.contains(part), index + 1 < parts.count { continue }
            let isName =
                index > 0 && ["Steps", "Actions", "Variables", "Phases", "Templates"].contains(parts[index - 1])
            let word = isName ? part : fieldName(part)
            // A step and its only action have one name nearly always.
            if words.last != word { words.append(word) }
        }
        return words.joined(separator: " › ")
    }

    /// What decided, in words where the planner writes a code: `update: source-changed`.
    static func rule(_ rule: String) -> String {
        let parts = rule.split(separator: ": ", maxSplits: 1)
        guard parts.count == 2, let reason = VariableReason(rawValue: String(parts[1])), let words = words[reason]
        else { return rule }
        return "\(words) (\(reason.rawValue))"
    }

    private static let words: [VariableReason: String] = [
        .newExact: "new at the source",
        .newPartial: "new at the source; only part of its scope exists here",
        .newStripped: "new at the source; what it was scoped to does not exist here",
        .newPlaceholder: "stands for a value that a person enters",
        .neededPlaceholder: "stands for a value that others refer to",
        .restored: "brought back, as variables.deletedAtDestination says",
        .sourceChanged: "changed at the source",
        .sourceWins: "the source wins, as variables.overwrite says",
        .sourceDeleted: "gone at the source, as variables.delete says",
    ]

    /// A secret that somebody must fill, under the heading of its project: `Variable Database.Password`
    static func need(_ need: SecretNeed, _ catalog: Catalog) -> String {
        let place = place(need.path)
        guard need.key.kind == .variableSets else { return "\(catalog.title(of: need.key)) · \(place)" }
        if need.key.project != nil { return "variable \(place)" }
        return "variable \(place) of library set \(need.key.name)"
    }
}

extension Character {
    fileprivate var isASCIILetter: Bool { isASCII && isLetter }
}

extension JSON {
    /// References as their names: for reading, never for sending.
    fileprivate var mappingReferencesToNames: JSON {
        switch self {
        case .array(let elements): return .array(elements.map(\.mappingReferencesToNames))
        case .object(let object):
            if NormalReference(json: self) != nil { return .string(ReviewText.inline(self)) }
            return .object(JSONObject(object.map { ($0.key, $0.value.mappingReferencesToNames) }))
        default: return self
        }
    }
}

extension Catalog {
    /// `channel OctoFX / Hotfix`
    func title(of key: EntityKey) -> String {
        let path = key.path.joined(separator: " / ")
        switch key.kind {
        case .tenantVariables: return "variables of tenant \(path)"
        case .variableSets:
            let owner = key.path.dropFirst().joined(separator: " / ")
            switch key.path.first {
            case KindName.projects.rawValue: return "variables of project \(owner)"
            case KindName.scriptModules.rawValue: return "text of script module \(owner)"
            default: return "variables of library set \(owner)"
            }
        case .packages: return "package \(key.path.joined(separator: " "))"
        case .logos: return "picture of \(key.path.dropFirst().joined(separator: " / "))"
        case .deploymentProcesses: return "deployment process of \(path)"
        case .runbookProcesses: return "process of runbook \(path)"
        case .deploymentSettings: return "deployment settings of \(path)"
        default: return "\(kindTitle(key.kind)) \(path)"
        }
    }

    /// `script module`, `channel`
    func kindTitle(_ kind: KindName) -> String {
        kind == .scriptModules ? "script module" : self[kind]?.title.one ?? kind.rawValue
    }
}

extension EntityKey {
    /// The project that the entity belongs to; nil for what projects share.
    var project: String? {
        switch kind {
        case .projects, .channels, .runbooks, .triggers, .deploymentProcesses, .runbookProcesses, .deploymentSettings:
            path.first
        case .variableSets: path.first == KindName.projects.rawValue ? path.dropFirst().first : nil
        default: nil
        }
    }
}
