/// A name with `*` for any run of characters and `?` for any one, compared without case.
public struct NamePattern: Sendable {
    public let text: String
    private let pattern: [Character]

    public init(_ text: String) {
        self.text = text
        pattern = Array(EntityKey.folded(text))
    }

    public func matches(_ name: String) -> Bool {
        let name = Array(EntityKey.folded(name))
        var (position, place) = (0, 0)
        // Where the last star was, and what it has swallowed so far.
        var star: (pattern: Int, name: Int)?
        while place < name.count {
            if position < pattern.count, pattern[position] == "*" {
                star = (position, place)
                position += 1
            } else if position < pattern.count, pattern[position] == "?" || pattern[position] == name[place] {
                position += 1
                place += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                position = last.pattern + 1
                place = last.name + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == "*" }
    }
}

/// A list of patterns of which those with a leading `!` exclude.
public struct NameSelection: Sendable {
    public enum Answer: Sendable, Equatable {
        case included
        /// No pattern includes it.
        case unmatched
        /// This pattern excludes it.
        case excluded(String)
    }

    private let including: [NamePattern]
    private let excluding: [NamePattern]

    public init(_ patterns: [String]) {
        including = patterns.filter { !$0.hasPrefix("!") }.map(NamePattern.init)
        excluding = patterns.filter { $0.hasPrefix("!") }.map { NamePattern(String($0.dropFirst())) }
    }

    var isUnlimited: Bool { including.isEmpty && excluding.isEmpty }

    public func answer(_ name: String) -> Answer {
        if let pattern = excluding.first(where: { $0.matches(name) }) { return .excluded("!" + pattern.text) }
        return including.isEmpty || including.contains { $0.matches(name) } ? .included : .unmatched
    }
}
