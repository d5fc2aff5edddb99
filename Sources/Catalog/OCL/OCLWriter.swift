extension OCLBody {
    /// The text, with a line for each attribute; equal bodies have equal texts.
    ///
    /// - Throws: ``OCLError`` for a name, label or key that no text can hold, such as one with a quotation mark.
    public func text() throws(OCLError) -> String {
        var writer = OCLWriter()
        try writer.write(self, depth: 0)
        return writer.text
    }
}

private struct OCLWriter {
    var text = ""

    mutating func write(_ body: OCLBody, depth: Int) throws(OCLError) {
        let margin = String(repeating: "    ", count: depth)
        for attribute in body.attributes {
            guard OCLBody.isBareName(attribute.name) else {
                throw OCLError("\"\(attribute.name.prefix(100))\" cannot be the name of an attribute")
            }
            text += "\(margin)\(attribute.name) = "
            try write(attribute.value, depth: depth)
            text += "\n"
        }
        for (index, block) in body.blocks.enumerated() {
            guard OCLBody.isBareName(block.name) else {
                throw OCLError("\"\(block.name.prefix(100))\" cannot be the name of a block")
            }
            if index > 0 || !body.attributes.isEmpty { text += "\n" }
            text += margin + block.name
            if let label = block.label { text += " \(try Self.quoted(label, "the label of a block"))" }
            text += " {\n"
            try write(block.body, depth: depth + 1)
            text += "\(margin)}\n"
        }
    }

    private mutating func write(_ value: OCLValue, depth: Int) throws(OCLError) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .int(let number): text += String(number)
        case .decimal(let number): text += number
        case .string(let string): write(string, depth: depth)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += text.last == "\n" ? "" : ", " }
                try write(element, depth: depth)
                if Self.isLong(element) { text += index + 1 < elements.count ? ",\n" : "\n" }
            }
            text += "]"
        case .dictionary(let members):
            let margin = String(repeating: "    ", count: depth + 1)
            text += "{\n"
            for member in members {
                let key = OCLBody.isBareName(member.name) ? member.name : try Self.quoted(member.name, "a key")
                text += "\(margin)\(key) = "
                try write(member.value, depth: depth + 1)
                text += "\n"
            }
            text += String(repeating: "    ", count: depth) + "}"
        }
    }

    private static func isLong(_ value: OCLValue) -> Bool {
        if case .string(let text) = value { isLong(text) } else { false }
    }

    private static func isLong(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") }
    }

    private static func quoted(_ text: String, _ what: String) throws(OCLError) -> String {
        guard !isLong(text) else {
            throw OCLError(
                "\"\(text.prefix(100))\" cannot be \(what): it holds a quotation mark or a line break. Rename it"
            )
        }
        return "\"\(text)\""
    }

    private mutating func write(_ string: String, depth: Int) {
        guard Self.isLong(string) else {
            text += "\"\(string)\""
            return
        }
        let lines = string.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let tag = Self.tag(lines)
        let isIndented = Self.canBeIndented(lines)
        let margin = isIndented ? String(repeating: "    ", count: depth + 1) : ""
        text += isIndented ? "<<-\(tag)\n" : "<<\(tag)\n"
        for line in lines { text += line.isEmpty ? "\n" : "\(margin)\(line)\n" }
        text += "\(margin)\(tag)"
    }

    /// Readers take away what all lines have in common, so one of them has to begin at the margin.
    private static func canBeIndented(_ lines: [String]) -> Bool {
        var hasLineAtMargin = false
        for line in lines where !line.isEmpty {
            if line.utf8.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { return false }
            if line.utf8.first != UInt8(ascii: " "), line.utf8.first != UInt8(ascii: "\t") { hasLineAtMargin = true }
        }
        return hasLineAtMargin
    }

    private static func tag(_ lines: [String]) -> String {
        var number = 0
        while true {
            let tag = number == 0 ? "EOT" : "EOT\(number)"
            if !lines.contains(where: { $0.contains(tag) }) { return tag }
            number += 1
        }
    }
}
