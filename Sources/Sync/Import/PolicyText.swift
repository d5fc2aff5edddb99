import Catalog

/// A policy as a person would write it: blocks for sections, one line for what is short.
enum PolicyText {
    static func yaml(_ policy: JSON) -> String { lines(policy.objectValue ?? [:], "").joined(separator: "\n") + "\n" }

    private static func lines(_ object: JSONObject, _ indent: String) -> [String] {
        object.flatMap { key, value -> [String] in
            let head = "\(indent)\(scalar(key)):"
            switch value {
            case .object(let inner) where !isShort(inner): return [head] + lines(inner, indent + "  ")
            case .array(let items) where items.contains(where: { $0.objectValue != nil }):
                return [head] + items.map { "\(indent)  - \(flow($0))" }
            default: return ["\(head) \(flow(value))"]
            }
        }
    }

    /// One line is enough for a few plain members.
    private static func isShort(_ object: JSONObject) -> Bool {
        object.allSatisfy { $0.value.objectValue == nil } && flow(.object(object)).count <= 100
    }

    private static func flow(_ value: JSON) -> String {
        switch value {
        case .object(let object):
            "{" + object.map { "\(scalar($0.key)): \(flow($0.value))" }.joined(separator: ", ") + "}"
        case .array(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
        case .string(let text): scalar(text)
        default: value.text
        }
    }

    /// Plain where YAML takes it for the same text whatever stands around it, else quoted. JSON strings are YAML strings.
    static func scalar(_ text: String) -> String {
        let isWord = text.wholeMatch(of: /[A-Za-z][A-Za-z0-9_.\/-]*( [A-Za-z][A-Za-z0-9_.\/-]*)*/) != nil
        let isPlace = text.wholeMatch(of: /(env|file):[A-Za-z0-9_.\/-]+/) != nil
        let special = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        return (isWord || isPlace) && !special.contains(text.lowercased()) ? text : JSON.string(text).text
    }
}
