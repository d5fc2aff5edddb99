import Catalog

/// Finds the variable names that a text with `#{…}` expressions refers to.
///
/// Not an evaluator: it reads as much of the language as is needed to know which variables have to exist. Where a text
/// is not valid, what can be recognised still counts.
public struct VariableReferences {
    /// The names as written, trimmed, with literal indices (`Step[web].Url`); a name ends before an index that is
    /// itself a variable. Loop variables are left out.
    public static func names(in text: String) -> [String] {
        var text = text
        // Nearly all values have no expression: do not copy those.
        guard text.withUTF8({ hasExpression($0) }) else { return [] }
        var scanner = VariableReferences(Array(text.utf8))
        scanner.scan()
        return scanner.found
    }

    private static let mostNesting = 32

    private let bytes: [UInt8]
    private let nesting: Int
    private var found: [String] = []
    /// The variables of the loops around the current place, folded.
    private var loopVariables: [String]

    private init(_ bytes: [UInt8], loopVariables: [String] = [], nesting: Int = 0) {
        self.bytes = bytes
        self.loopVariables = loopVariables
        self.nesting = nesting
    }

    private static func hasExpression(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count > 2 else { return false }
        var index = 0
        while index < bytes.count - 1 {
            if bytes[index] == UInt8(ascii: "#"), bytes[index + 1] == UInt8(ascii: "{") { return true }
            index += 1
        }
        return false
    }

    private mutating func scan() {
        var index = 0
        while index + 1 < bytes.count {
            guard bytes[index] == UInt8(ascii: "#") else {
                index += 1
                continue
            }
            if bytes[index + 1] == UInt8(ascii: "{") {
                if let end = plainSymbol(from: index + 2) {
                    index = end + 1
                    continue
                }
                guard let end = endOfTag(from: index + 2) else { return }
                tag(String(decoding: bytes[index + 2..<end], as: UTF8.self))
                index = end + 1
            } else if bytes[index + 1] == UInt8(ascii: "#"), index + 2 < bytes.count,
                bytes[index + 2] == UInt8(ascii: "{")
            {
                // An escaped opening.
                index += 3
            } else {
                // Two characters at once, so that hashes before an opening count in pairs.
                index += 2
            }
        }
    }

    /// Nearly all tags are a name of plain letters and nothing else. Takes it and gives the position of the brace that
    /// ends it; nil when the tag needs a closer look.
    private mutating func plainSymbol(from start: Int) -> Int? {
        guard loopVariables.isEmpty else { return nil }
        var end = start
        while end < bytes.count, Self.isPlain[Int(bytes[end])] { end += 1 }
        guard end > start, end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return nil }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        if name == "else" { return nil }
        found.append(name)
        return end
    }

    private static let isPlain: [Bool] = (0..<256).map {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2E
            || $0 == 0x5F
    }

    /// The position of the brace that closes a tag; braces inside and quoted texts are skipped.
    private func endOfTag(from start: Int) -> Int? {
        var depth = 0
        var isQuoted = false
        for index in start..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "{") where !isQuoted: depth += 1
            case UInt8(ascii: "}") where !isQuoted:
                if depth == 0 { return index }
                depth -= 1
            default: break
            }
        }
        // An odd quote: take the first brace, as a reader would.
        return isQuoted ? bytes[start...].firstIndex(of: UInt8(ascii: "}")) : nil
    }

    private mutating func tag(_ text: String) {
        let content = Self.trim(text[...])
        if content.hasPrefix("/") {
            if content == "/each", !loopVariables.isEmpty { loopVariables.removeLast() }
        } else if content == "else" || content.isEmpty {
            return
        } else if let condition = Self.after(["if", "unless", "elseif"], content) {
            for side in Self.split(condition, at: ["==", "!="]) { expression(side) }
        } else if let loop = Self.after(["each"], content) {
            repetition(loop)
        } else if let sum = Self.after(["calc"], content) {
            calculation(sum)
        } else {
            expression(content)
        }
    }

    private mutating func repetition(_ text: Substring) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let place = words.firstIndex(of: "in"), place > 0, place + 1 < words.count else { return }
        symbol(text[words[place + 1].startIndex...])
        loopVariables.append(VariableName.fold(words[..<place].joined(separator: " ")))
    }

    private mutating func calculation(_ text: Substring) {
        for operand in text.split(whereSeparator: { "+*(){}".contains($0) }) {
            // A minus or a slash is part of a name unless it stands alone.
            for word in operand.split(separator: " ") where word != "-" && word != "/" && Double(word) == nil {
                symbol(word)
            }
        }
    }

    /// A symbol with its filters, whose options may hold expressions of their own.
    private mutating func expression(_ text: Substring) {
        let parts = Self.split(text, at: ["|"])
        if let first = parts.first { symbol(first) }
        for filter in parts.dropFirst() { nested(filter) }
    }

    private mutating func nested(_ text: Substring) {
        guard nesting < Self.mostNesting else { return }
        var inner = VariableReferences(Array(text.utf8), loopVariables: loopVariables, nesting: nesting + 1)
        inner.scan()
        found += inner.found
    }

    private mutating func symbol(_ text: Substring) {
        var name = Self.trim(text)
        guard !name.isEmpty, !name.hasPrefix("\"") else { return }
        if let dynamic = name.firstIndex(of: "#") {
            nested(name[dynamic...])
            let fixed = name[..<dynamic]
            name = fixed[..<(fixed.lastIndex(of: "[") ?? fixed.endIndex)]
        }
        let root = name.prefix { $0 != "." && $0 != "[" }
        let folded = VariableName.fold(String(root))
        guard !folded.isEmpty, !loopVariables.contains(folded) else { return }
        found.append(name.split(separator: ".", omittingEmptySubsequences: false).map(Self.trim).joined(separator: "."))
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// What follows one of these words and a blank.
    private static func after(_ words: [String], _ text: Substring) -> Substring? {
        guard let blank = text.firstIndex(where: \.isWhitespace) else { return nil }
        return words.contains(text[..<blank].lowercased()) ? trim(text[blank...]) : nil
    }

    /// Splits outside of quoted texts and of expressions inside.
    private static func split(_ text: Substring, at separators: [String]) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var index = start
        var depth = 0
        var isQuoted = false
        while index < text.endIndex {
            switch text[index] {
            case "\"": isQuoted.toggle()
            case "{" where !isQuoted: depth += 1
            case "}" where !isQuoted: depth -= 1
            default:
                if !isQuoted, depth == 0, let separator = separators.first(where: { text[index...].hasPrefix($0) }) {
                    parts.append(text[start..<index])
                    index = text.index(index, offsetBy: separator.count)
                    start = index
                    continue
                }
            }
            index = text.index(after: index)
        }
        parts.append(text[start...])
        return parts
    }
}

/// The names that something can be found under: variables by name, and the paths that lead to them.
struct ResolvableNames {
    private let names: Set<String>
    /// `a` and `a.b` when there is a variable `a.b.c`. Made when first needed: most references are names.
    private var paths: Set<String>?

    /// - Parameter names: folded.
    init(_ names: Set<String>) { self.names = names }

    /// A path resolves to a variable, to a part of the structured value of one, or to a group of them.
    ///
    /// - Parameter path: folded.
    mutating func resolves(_ path: String) -> Bool {
        if names.contains(path) || Self.isSystem(path) { return true }
        if Self.parents(path).contains(where: names.contains) { return true }
        if let paths { return paths.contains(path) }
        let made = Set(names.lazy.flatMap(Self.parents))
        paths = made
        return made.contains(path)
    }

    /// What the server itself provides.
    private static func isSystem(_ path: String) -> Bool {
        path == "octopus" || path.hasPrefix("octopus.") || path.hasPrefix("env:")
    }

    /// `a.b[c].d` has the parents `a.b[c]`, `a.b` and `a`.
    static func parents(_ path: String) -> [String] {
        var parents: [String] = []
        var path = path[...]
        while let cut = path.utf8.lastIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }) {
            path = path[..<cut]
            parents.append(String(path))
        }
        return parents
    }
}

/// The names that one value refers to, as written and folded.
struct ReferencedNames {
    let written: [String]
    let folded: [String]

    init(_ value: VariableValue) {
        written = value.value.stringValue.map(VariableReferences.names) ?? []
        folded = written.map(VariableName.fold)
    }
}
