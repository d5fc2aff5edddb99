public import Catalog

/// Puts single rules into the text of a policy, and leaves every other character as it is.
public enum PolicyEditing {
    /// Why the text was not changed.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        public var description: String
    }

    /// Writes `conflicts: {"project.Description": source}`, in the style that the file has.
    ///
    /// - Parameters:
    ///   - key: `projects.Description`, `variable.value`
    ///   - strategy: one of the words of `conflicts`.
    /// - Returns: the new text, which was read again and says what it should and nothing else new.
    public static func addingConflictRule(
        _ key: String,
        _ strategy: Policy.ConflictStrategy,
        to text: String,
        catalog: Catalog = .standard
    ) throws(Problem) -> String {
        try adding(key, strategy.rawValue, to: "conflicts", text, catalog) { policy in
            let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
            return policy.conflictRules.last {
                [parts[0], parts[0] + "s"].contains($0.kind) && $0.field == parts.last && $0.strategy == strategy
            } != nil
        }
    }

    /// Writes `normalisations: {"projects.Description": trimmed}`, as `addingConflictRule` does its rule.
    public static func adding(
        _ rule: Normalisation,
        to text: String,
        catalog: Catalog = .standard
    ) throws(Problem) -> String {
        try adding(rule.key, rule.form.rawValue, to: "normalisations", text, catalog) { policy in
            policy.normalisations.contains { $0.key == rule.key && $0.form == rule.form }
        }
    }

    private static func adding(
        _ key: String,
        _ value: String,
        to name: String,
        _ text: String,
        _ catalog: Catalog,
        isThere: (Policy) -> Bool
    ) throws(Problem) -> String {
        let entry = "\"\(key)\": \(value)"
        let byHand = "; add it by hand: \(name): {\(entry)}"
        let edited: String
        if let block = Block(named: name, in: text) {
            guard let result = block.setting(key, value) else {
                throw Problem(description: "the block '\(name)' is written in a way that cannot be added to" + byHand)
            }
            edited = result
        } else {
            edited = text + (text.hasSuffix("\n") || text.isEmpty ? "" : "\n") + "\(name):\n  \(entry)\n"
        }
        do {
            let old = try PolicyFile.parse(text, catalog: catalog)
            let new = try PolicyFile.parse(edited, catalog: catalog)
            guard isThere(new), differOnlyInRules(old, new) else {
                throw Problem(description: "the rule could not be put into the policy" + byHand)
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(description: "with the rule, the policy could not be read any more (\(error))" + byHand)
        }
        return edited
    }

    /// Lines move when text is added; what the policy says does not.
    private static func differOnlyInRules(_ old: Policy, _ new: Policy) -> Bool {
        old.environments.map(\.pattern) == new.environments.map(\.pattern) && old.onConflict == new.onConflict
            && old.types == new.types && old.variables == new.variables && old.deletes == new.deletes
            && old.source == new.source && old.destination == new.destination
            && old.ownership.count == new.ownership.count && old.stepRules.count == new.stepRules.count
            && old.conflictRules.allSatisfy { rule in
                new.conflictRules.contains { $0.kind == rule.kind && $0.field == rule.field }
            }
            && old.normalisations.allSatisfy { rule in new.normalisations.contains { $0.key == rule.key } }
    }

    /// One top-level block of a YAML text.
    struct Block {
        private let lines: [Substring]
        /// The line with the name.
        private let first: Int
        /// Behind the last line that belongs to it.
        private let end: Int

        init?(named name: String, in text: String) {
            lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let names = ["\(name):", "\"\(name)\":", "'\(name)':"]
            guard let first = lines.firstIndex(where: { line in names.contains { line.hasPrefix($0) } }) else {
                return nil
            }
            self.first = first
            var end = first + 1
            for (position, line) in lines.enumerated().dropFirst(first + 1) {
                let isBlank = line.allSatisfy(\.isWhitespace)
                guard isBlank || line.first == " " || line.first == "#" || line.first == "}" else { break }
                // Comments and blank lines at the left edge may belong to what follows.
                if !isBlank, line.first != "#" { end = position + 1 }
            }
            self.end = end
        }

        func setting(_ key: String, _ value: String) -> String? {
            let head = lines[first].drop { $0 != ":" }.dropFirst()
            let content = head.drop(while: \.isWhitespace)
            if content.isEmpty || content.hasPrefix("#") { return settingInBlock(key, value) }
            return content.hasPrefix("{") ? settingInFlow(key, value) : nil
        }

        private func settingInBlock(_ key: String, _ value: String) -> String? {
            var result = lines
            var indentation = "  "
            for position in (first + 1)..<max(end, first + 1) {
                let line = lines[position]
                let text = line.drop { $0 == " " }
                if text.isEmpty || text.hasPrefix("#") { continue }
                indentation = String(line.prefix { $0 == " " })
                guard Self.name(of: text) == key else { continue }
                // The rule is there already: its word changes, and a comment behind it stays.
                guard let colon = Self.colon(in: text) else { return nil }
                let rest = text[text.index(after: colon)...]
                let comment = Self.comment(behind: rest)
                result[position] = "\(indentation)\(text[...colon]) \(value)\(comment)"[...]
                return result.joined(separator: "\n")
            }
            result.insert("\(indentation)\"\(key)\": \(value)", at: end)
            return result.joined(separator: "\n")
        }

        /// With the blanks before it, so that columns of comments stay columns.
        private static func comment(behind value: Substring) -> Substring {
            guard let mark = value.firstRange(of: " #") else { return "" }
            let start = value[..<mark.lowerBound].lastIndex { $0 != " " }.map(value.index(after:))
            return value[(start ?? mark.lowerBound)...]
        }

        private static func name(of text: Substring) -> String? {
            guard let colon = colon(in: text) else { return nil }
            return String(text[..<colon]).trimmingCharacters { $0 == "\"" || $0 == "'" || $0 == " " }
        }

        /// The colon behind the key, which may be quoted.
        private static func colon(in text: Substring) -> Substring.Index? {
            guard let quote = text.first, quote == "\"" || quote == "'" else { return text.firstIndex(of: ":") }
            guard let close = text.dropFirst().firstIndex(of: quote) else { return nil }
            return text[close...].firstIndex(of: ":")
        }

        /// `{default: stop, "a.b": source}`, on one line or several.
        private func settingInFlow(_ key: String, _ value: String) -> String? {
            let text = lines.joined(separator: "\n")
            let start = lines[..<first].reduce(0) { $0 + $1.count + 1 }
            var position = text.index(text.startIndex, offsetBy: start)
            var quote: Character?
            var depth = 0
            var last: Character = "{"
            var found: Range<String.Index>?
            while position < text.endIndex {
                let character = text[position]
                if let open = quote {
                    if character == open { quote = nil }
                } else if character == "\"" || character == "'" {
                    for form in ["\"\(key)\"", "'\(key)'"] where depth == 1 && text[position...].hasPrefix(form) {
                        found = position..<text.index(position, offsetBy: form.count)
                    }
                    quote = character
                } else if character == "#" {
                    // A comment inside braces: its quotes and braces mean nothing.
                    while position < text.endIndex, text[position] != "\n" { position = text.index(after: position) }
                    continue
                } else if character == "{" || character == "[" {
                    depth += 1
                } else if character == "}" || character == "]" {
                    depth -= 1
                    if depth == 0 { break }
                }
                if !character.isWhitespace { last = character }
                position = text.index(after: position)
            }
            guard position < text.endIndex else { return nil }
            if let found { return replacing(valueBehind: found, with: value, in: text) }
            var before = position
            while before > text.startIndex, text[text.index(before: before)].isWhitespace {
                before = text.index(before: before)
            }
            let comma = last == "{" || last == "," ? "" : ", "
            return text[..<before] + "\(comma)\"\(key)\": \(value)" + text[before...]
        }

        private func replacing(valueBehind key: Range<String.Index>, with value: String, in text: String) -> String? {
            guard let colon = text[key.upperBound...].firstIndex(of: ":") else { return nil }
            let rest = text[text.index(after: colon)...]
            guard let end = rest.firstIndex(where: { ",}\n".contains($0) }) else { return nil }
            return text[...colon] + " \(value)" + text[end...]
        }
    }
}

extension String {
    fileprivate func trimmingCharacters(_ isDropped: (Character) -> Bool) -> String {
        String(drop(while: isDropped).reversed().drop(while: isDropped).reversed())
    }
}
