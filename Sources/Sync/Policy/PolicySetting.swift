public import Catalog
internal import Yams

/// One setting of a policy file, described once. Reading, the refusal of what is unknown, the JSON schema, the tables
/// of the documentation and `skerry sync decisions` are all made from this.
public struct PolicySetting: Sendable {
    /// One of the words that a setting may be.
    public struct Word: Sendable, Hashable {
        public var text: String
        public var meaning: String
        /// False: the format names it, and this version refuses it.
        public var isSupported: Bool
    }

    public enum Form: Sendable {
        case words([Word])
        case number(ClosedRange<Int>)
        case flag
        /// A text that is not empty.
        case text
        /// A list of texts, or one text.
        case names
        /// Anything else: its JSON schema, and how a person writes it.
        case other(schema: JSON, written: String)
    }

    /// The parts of the documentation.
    public enum Topic: String, Sendable, CaseIterable {
        case servers, environments, selection, types, steps, variables, differences, applying
    }

    /// `variables.overwrite`
    public let path: String
    /// The same for all types that share a setting (`types.<type>.mode`); else `path`.
    public let shownAs: String
    public let topic: Topic
    /// One sentence without a full stop.
    public let meaning: String
    public let form: Form
    /// Requirements and questions of the seed that this setting answers: `S-124`.
    public let answers: [String]
    public let isRequired: Bool
    /// The first version of Skerry that does it; nil where no choice but the default is supported.
    public let since: String?
    /// What the setting is in a policy.
    public let value: @Sendable (Policy) -> JSON
    /// Takes what the file says into a policy, or adds a problem.
    let read: @Sendable (PolicyValue, inout Policy) -> Void

    init(
        _ path: String,
        _ topic: Topic,
        _ meaning: String,
        _ form: Form,
        answers: [String] = [],
        isRequired: Bool = false,
        since: String? = "0.1",
        shownAs: String? = nil,
        value: @escaping @Sendable (Policy) -> JSON,
        read: @escaping @Sendable (PolicyValue, inout Policy) -> Void
    ) {
        self.path = path
        self.topic = topic
        self.meaning = meaning
        self.form = form
        self.answers = answers
        self.isRequired = isRequired
        self.since = since
        self.shownAs = shownAs ?? path
        self.value = value
        self.read = read
    }
}

extension PolicySetting {
    /// One of an enumeration's words.
    ///
    /// - Parameter later: words that the format names and this version refuses, with their meanings.
    static func choice<T>(
        _ path: String,
        _ topic: Topic,
        _ meaning: String,
        _ place: any WritableKeyPath<Policy, T> & Sendable,
        _ words: KeyValuePairs<T, String>,
        later: KeyValuePairs<String, String> = [:],
        answers: String...
    ) -> PolicySetting where T: RawRepresentable & CaseIterable & Sendable, T.RawValue == String {
        let all =
            words.map { Word(text: $0.key.rawValue, meaning: $0.value, isSupported: true) }
            + later.map { Word(text: $0.key, meaning: $0.value, isSupported: false) }
        return PolicySetting(
            path,
            topic,
            meaning,
            .words(all),
            answers: answers,
            value: { .string($0[keyPath: place].rawValue) },
            read: { value, policy in
                guard let word = value.word(of: all) else { return }
                if let choice = T(rawValue: word) { policy[keyPath: place] = choice }
            }
        )
    }

    /// A setting of which only the default is supported so far.
    static func fixed(
        _ path: String,
        _ topic: Topic,
        _ meaning: String,
        _ standard: (String, String),
        later: KeyValuePairs<String, String>,
        answers: String...
    ) -> PolicySetting {
        let all =
            [Word(text: standard.0, meaning: standard.1, isSupported: true)]
            + later.map { Word(text: $0.key, meaning: $0.value, isSupported: false) }
        let word = standard.0
        return PolicySetting(
            path,
            topic,
            meaning,
            .words(all),
            answers: answers,
            since: nil,
            value: { _ in .string(word) },
            read: { value, _ in _ = value.word(of: all) }
        )
    }

    static func number(
        _ path: String,
        _ topic: Topic,
        _ meaning: String,
        _ place: any WritableKeyPath<Policy, Int> & Sendable,
        in range: ClosedRange<Int>,
        answers: String...
    ) -> PolicySetting {
        PolicySetting(
            path,
            topic,
            meaning,
            .number(range),
            answers: answers,
            value: { .int($0[keyPath: place]) },
            read: { value, policy in if let number = value.int(in: range) { policy[keyPath: place] = number } }
        )
    }

    static func flag(
        _ path: String,
        _ topic: Topic,
        _ meaning: String,
        _ place: any WritableKeyPath<Policy, Bool> & Sendable,
        answers: String...
    ) -> PolicySetting {
        PolicySetting(
            path,
            topic,
            meaning,
            .flag,
            answers: answers,
            value: { .bool($0[keyPath: place]) },
            read: { value, policy in if let flag = value.bool() { policy[keyPath: place] = flag } }
        )
    }

    static func text(
        _ path: String,
        _ topic: Topic,
        _ meaning: String,
        _ place: any WritableKeyPath<Policy, String> & Sendable,
        answers: String...
    ) -> PolicySetting {
        PolicySetting(
            path,
            topic,
            meaning,
            .text,
            answers: answers,
            value: { .string($0[keyPath: place]) },
            read: { value, policy in if let text = value.text() { policy[keyPath: place] = text } }
        )
    }

    static func names(
        _ path: String,
        _ topic: Topic,
        _ meaning: String,
        _ place: any WritableKeyPath<Policy, [String]> & Sendable,
        answers: String...
    ) -> PolicySetting {
        PolicySetting(
            path,
            topic,
            meaning,
            .names,
            answers: answers,
            value: { JSON($0[keyPath: place]) },
            read: { value, policy in if let names = value.names() { policy[keyPath: place] = names } }
        )
    }
}

/// The value of one setting while its file is read.
struct PolicyValue {
    let node: Node
    /// The key, where a setting has keys that people make up; else empty.
    let key: String
    /// As the person wrote it: `destinations[0].url`.
    let path: String
    let origin: PolicyOrigin
    let problems: PolicyProblems

    /// For rules of their own in the policy; 0 in a preset.
    var line: Int { origin.line }

    func problem(_ message: String) { problems.add(node, path, message) }

    func text() -> String? {
        guard let text = node.scalar?.string, !text.isEmpty else {
            problem("a text is expected here")
            return nil
        }
        return text
    }

    func int(in range: ClosedRange<Int>) -> Int? {
        guard let value = node.int, range.contains(value) else {
            problem("a number from \(range.lowerBound) to \(range.upperBound) is expected here")
            return nil
        }
        return value
    }

    func bool() -> Bool? {
        guard let value = node.bool else {
            problem("true or false is expected here")
            return nil
        }
        return value
    }

    func names() -> [String]? {
        if let text = node.scalar?.string { return [text] }
        guard let sequence = node.sequence, sequence.allSatisfy({ $0.scalar != nil }) else {
            problem("a list of names is expected here")
            return nil
        }
        return sequence.compactMap { $0.scalar?.string }
    }

    /// A word that this version supports. Words that are only named by the format are refused as such.
    func word(of words: [PolicySetting.Word]) -> String? {
        let text = node.scalar?.string ?? ""
        let supported = words.filter(\.isSupported).map(\.text)
        switch words.first(where: { $0.text == text })?.isSupported {
        case true: return text
        case false:
            problem("'\(text)' is not supported yet; use \(supported.joined(separator: ", "))")
        default:
            let hint = Suggestion.text(for: text, in: supported)
            problem("'\(text)' is none of \(supported.joined(separator: ", "))\(hint)")
        }
        return nil
    }

    func section() -> PolicySection? { PolicySection(node, path: path, problems: problems) }
}

extension PolicyOrigin {
    /// 0 where no line of the file is meant.
    var line: Int { if case .line(let line) = self { line } else { 0 } }
}
