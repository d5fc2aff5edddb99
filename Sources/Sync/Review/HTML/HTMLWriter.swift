/// Writes HTML. Whatever came from a server or a file goes through `text`; everything else is a literal of this
/// program, which `StaticString` makes sure of.
struct HTMLWriter {
    private(set) var html = ""

    var count: Int { html.utf8.count }

    mutating func raw(_ literal: StaticString) { html += literal.description }

    /// Pieces that another writer has made.
    mutating func append(_ other: HTMLWriter) { html += other.html }

    /// Text of unknown origin, for the content of an element or for a quoted attribute.
    mutating func text(_ text: some StringProtocol) { html += Self.escaped(text) }

    mutating func number(_ number: Int) { html += String(number) }

    /// An element with text in it.
    mutating func element(_ name: StaticString, class className: StaticString? = nil, _ text: some StringProtocol) {
        html += "<\(name.description)"
        if let className { html += " class=\"\(className.description)\"" }
        html += ">"
        self.text(text)
        html += "</\(name.description)>"
    }

    mutating func attribute(_ name: StaticString, _ value: some StringProtocol) {
        html += " \(name.description)=\"\(Self.escaped(value))\""
    }

    /// Markup characters become entities. Characters that a reader cannot see but that change what is seen (controls,
    /// marks that turn the direction of writing, blanks without width) become visible signs: a plan must not look like
    /// another one.
    static func escaped(_ text: some StringProtocol) -> String {
        if text.utf8.allSatisfy(isPlain) { return String(text) }
        var result = ""
        result.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "`": result += "&#96;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default:
                if let sign = VisibleSigns.sign(for: scalar) {
                    result += sign
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20...0x7E:
            byte != UInt8(ascii: "&") && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
                && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "'") && byte != UInt8(ascii: "`")
        default: byte == 0x0A || byte == 0x09
        }
    }
}

/// Signs for characters that are not seen.
enum VisibleSigns {
    /// Nil for a character that shows itself.
    static func sign(for scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x0A, 0x09: nil
        // Unicode has a picture of each control character.
        case 0x00...0x1F: String(Unicode.Scalar(0x2400 + scalar.value).map(Character.init) ?? "?")
        case 0x7F: "␡"
        case 0x80...0x9F, 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            "⟦U+\(hexadecimal(scalar.value))⟧"
        default: nil
        }
    }

    /// The text with every such character made visible.
    static func showing(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x0A || $0 == 0x09 }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if let sign = sign(for: scalar) { result += sign } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
