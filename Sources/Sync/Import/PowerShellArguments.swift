/// The parameters of a PowerShell command, as far as a command line, a script that holds one, or a hashtable for
/// splatting show them. Nothing is run.
struct PowerShellArguments {
    struct Argument: Equatable {
        var name: String
        /// Nil for a switch.
        var value: String?
        /// The value is an expression (`$apiKey`) whose result is not known.
        var isExpression = false
    }

    private(set) var all: [Argument] = []

    init(_ text: String) {
        let tokens = Self.tokens(text)
        var position = 0
        while position < tokens.count {
            let token = tokens[position]
            position += 1
            if !token.isQuoted, let name = Self.parameter(token.text) {
                take(name, tokens, &position)
            } else if !token.isQuoted, position + 1 < tokens.count, tokens[position].text == "=",
                Self.isName(token.text)
            {
                let value = tokens[position + 1]
                all.append(Argument(name: token.text, value: value.text, isExpression: value.isExpression))
                position += 2
            }
        }
    }

    /// `-Name value`, `-Name:value`, `-Name` alone.
    private mutating func take(_ name: String, _ tokens: [Token], _ position: inout Int) {
        if let colon = name.firstIndex(of: ":") {
            let value = Self.fixed(String(name[name.index(after: colon)...]))
            let argument = String(name[..<colon])
            if value.isEmpty, position < tokens.count {
                all.append(
                    Argument(name: argument, value: tokens[position].text, isExpression: tokens[position].isExpression)
                )
                position += 1
            } else {
                all.append(Argument(name: argument, value: value, isExpression: value.hasPrefix("$")))
            }
            return
        }
        guard position < tokens.count, tokens[position].isValue else {
            all.append(Argument(name: name, value: nil))
            return
        }
        all.append(Argument(name: name, value: tokens[position].text, isExpression: tokens[position].isExpression))
        position += 1
    }

    // MARK: - Tokens

    private struct Token {
        var text: String
        var isQuoted: Bool
        var isBreak = false

        /// `$true` and `$false` are values, other variables are not known. Quotes may hold variables too.
        var isExpression: Bool {
            text.hasPrefix("$") || text.hasPrefix("(") || text.contains("$(") || text.contains("${")
        }
        var isValue: Bool { !isBreak && (isQuoted || PowerShellArguments.parameter(text) == nil) }
    }

    private static func parameter(_ text: String) -> String? {
        guard text.hasPrefix("-"), let second = text.dropFirst().first, second.isLetter else { return nil }
        return String(text.dropFirst())
    }

    private static func isName(_ text: String) -> Bool {
        text.allSatisfy { $0.isLetter || $0.isNumber } && !text.isEmpty
    }

    private static func tokens(_ text: String) -> [Token] {
        var result: [Token] = []
        var word = ""
        let characters = Array(text.replacing("\r\n", with: "\n"))
        var index = 0
        func flush() {
            if !word.isEmpty { result.append(Token(text: fixed(word), isQuoted: false)) }
            word = ""
        }
        while index < characters.count {
            let character = characters[index]
            index += 1
            switch character {
            case "\"", "'":
                let quoted = quoted(characters, &index, character)
                // `-Name:"value"` is one word.
                if word.hasSuffix(":") {
                    word += quoted
                } else {
                    flush()
                    result.append(Token(text: quoted, isQuoted: true))
                }
            case "`":
                // The end of the line is escaped: the command goes on.
                if index < characters.count, characters[index] == "\n" { index += 1 }
                flush()
            case "#" where word.isEmpty:
                while index < characters.count, characters[index] != "\n" { index += 1 }
            case "\n", ";", "{", "}":
                flush()
                result.append(Token(text: "", isQuoted: false, isBreak: true))
            case "=":
                flush()
                result.append(Token(text: "=", isQuoted: false))
            case " ", "\t", "@": flush()
            default: word.append(character)
            }
        }
        flush()
        return result
    }

    private static func fixed(_ word: String) -> String {
        switch word.lowercased() {
        case "$true": "true"
        case "$false": "false"
        default: word
        }
    }

    private static func quoted(_ characters: [Character], _ index: inout Int, _ quote: Character) -> String {
        var text = ""
        while index < characters.count {
            let character = characters[index]
            index += 1
            if character == quote {
                // Doubled, it stands for itself.
                guard index < characters.count, characters[index] == quote else { return text }
                index += 1
            } else if character == "`", quote == "\"", index < characters.count {
                text.append(characters[index])
                index += 1
                continue
            }
            text.append(character)
        }
        return text
    }
}
