internal import Yams

/// One mapping of a policy file while it is read: knows which of its keys were asked for, so that the rest are errors.
///
/// Problems are collected in the file's list instead of thrown, so that a person sees all of them at once.
final class PolicySection {
    let path: String
    let line: Int
    private let entries: [(key: String, value: Node)]
    private var asked: Set<String> = []
    private let problems: PolicyProblems

    init?(_ node: Node, path: String, problems: PolicyProblems) {
        guard let mapping = node.mapping else {
            problems.add(node, path, "a block of settings is expected here")
            return nil
        }
        self.path = path
        line = node.mark?.line ?? 0
        self.problems = problems
        var entries: [(key: String, value: Node)] = []
        for (key, value) in mapping {
            let name = key.string ?? ""
            if entries.contains(where: { $0.key == name }) { problems.add(key, path, "'\(name)' occurs twice") }
            entries.append((name, value))
        }
        self.entries = entries
    }

    /// All keys, for mappings whose keys are names.
    var names: [(key: String, value: Node)] {
        asked.formUnion(entries.map(\.key))
        return entries
    }

    func node(_ key: String) -> Node? {
        asked.insert(key)
        return entries.first { $0.key == key }?.value
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func section(_ key: String) -> PolicySection? {
        node(key).flatMap { PolicySection($0, path: path(of: key), problems: problems) }
    }

    func string(_ key: String) -> String? {
        guard let node = node(key) else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else {
            problems.add(node, path(of: key), "a text is expected here")
            return nil
        }
        return text
    }

    /// A list of texts, or one text.
    func strings(_ key: String) -> [String]? {
        guard let node = node(key) else { return nil }
        if let text = node.scalar?.string { return [text] }
        guard let sequence = node.sequence, sequence.allSatisfy({ $0.scalar != nil }) else {
            problems.add(node, path(of: key), "a list of names is expected here")
            return nil
        }
        return sequence.compactMap { $0.scalar?.string }
    }

    /// One of the words of an enumeration. Words that are documented but not done yet are refused as such.
    func choice<T: RawRepresentable & CaseIterable>(
        _ key: String,
        _ type: T.Type,
        later: [String] = []
    ) -> T? where T.RawValue == String {
        guard let node = node(key) else { return nil }
        return choice(node, path(of: key), type, later: later)
    }

    func choice<T: RawRepresentable & CaseIterable>(
        _ node: Node,
        _ path: String,
        _ type: T.Type,
        later: [String] = []
    ) -> T? where T.RawValue == String {
        let text = node.scalar?.string ?? ""
        if let value = T(rawValue: text) { return value }
        let words = T.allCases.map(\.rawValue)
        if later.contains(text) {
            problems.add(node, path, "'\(text)' is not supported yet; use \(words.joined(separator: ", "))")
        } else {
            problems.add(
                node,
                path,
                "'\(text)' is none of \(words.joined(separator: ", "))\(Suggestion.text(for: text, in: words))"
            )
        }
        return nil
    }

    func problem(_ node: Node, _ path: String, _ message: String) { problems.add(node, path, message) }

    func problem(_ key: String, _ message: String) {
        if let node = node(key) {
            problems.add(node, path(of: key), message)
        } else {
            problems.add(line, path, message)
        }
    }

    /// Reports every key that nothing asked for.
    func finish() {
        for (key, value) in entries where !asked.contains(key) {
            problems.add(
                value,
                path(of: key),
                "there is no such setting\(Suggestion.text(for: key, in: asked.sorted()))"
            )
        }
    }
}

/// The problems of one file while it is read. Used by one reader on one thread.
final class PolicyProblems {
    private var found: [PolicyProblem] = []

    /// In the order of the file.
    var all: [PolicyProblem] { found.sorted { ($0.line, $0.path) < ($1.line, $1.path) } }

    func add(_ node: Node, _ path: String, _ message: String) { add(node.mark?.line ?? 0, path, message) }

    func add(_ line: Int, _ path: String, _ message: String) {
        found.append(PolicyProblem(line: line, path: path, message: message))
    }
}

/// "did you mean": the word that is fewest edits away.
enum Suggestion {
    static func text(for word: String, in candidates: [String]) -> String {
        let limit = max(1, word.count / 3)
        let best = candidates.map { ($0, distance(word.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
        guard let best, best.1 <= limit else { return "" }
        return "; did you mean '\(best.0)'?"
    }

    /// Edits from one word to the other; two letters in the wrong order are one.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var rows = [Array(0...right.count)]
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var best = min(rows[i][j] + (left[i] == right[j] ? 0 : 1), row[j] + 1, rows[i][j + 1] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
