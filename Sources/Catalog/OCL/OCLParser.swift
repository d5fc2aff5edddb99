extension OCLBody {
    /// Reads a text: nothing in it is skipped but white space and comments.
    ///
    /// - Throws: ``OCLError`` with line and column.
    public static func parse(_ bytes: [UInt8], limits: OCLLimits = .standard) throws(OCLError) -> OCLBody {
        guard bytes.count <= limits.bytes else {
            throw OCLError("the text is longer than \(limits.bytes) bytes", line: 1, column: 1)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw OCLError("the text is not valid UTF-8", line: 1, column: 1)
        }
        var parser = OCLParser(bytes: bytes, limits: limits)
        return try parser.document()
    }
}

/// Reads from left to right, one byte ahead.
private struct OCLParser {
    let bytes: [UInt8]
    let limits: OCLLimits
    var position = 0
    var line = 1
    var lineStart = 0
    var items = 0

    init(bytes: [UInt8], limits: OCLLimits) {
        self.bytes = bytes
        self.limits = limits
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func document() throws(OCLError) -> OCLBody { try body(depth: 0) }

    // MARK: Blocks and attributes

    private mutating func body(depth: Int) throws(OCLError) -> OCLBody {
        guard depth <= limits.depth else { throw failure("blocks are nested more than \(limits.depth) deep") }
        var result = OCLBody()
        var names = Set<String>()
        while true {
            try skipSpace(lines: true)
            guard let byte = current else {
                if depth > 0 { throw failure("the text ends inside of a block; a \"}\" is missing") }
                return result
            }
            if byte == UInt8(ascii: "}"), depth > 0 { return result }
            let start = (line, position - lineStart + 1)
            let name = try self.name("the name of an attribute or a block")
            try count()
            try skipSpace(lines: false)
            if current == UInt8(ascii: "=") {
                guard names.insert(name).inserted else {
                    throw OCLError("\"\(name)\" is given twice", line: start.0, column: start.1)
                }
                result.attributes.append(OCLAttribute(name, try assigned(isElement: false)))
            } else {
                result.blocks.append(try block(name, depth))
            }
            try endOfLine(depth)
        }
    }

    /// What follows `name`, from `=`.
    private mutating func assigned(isElement: Bool) throws(OCLError) -> OCLValue {
        position += 1
        try skipSpace(lines: false)
        return try value(isElement: isElement)
    }

    private mutating func block(_ name: String, _ depth: Int) throws(OCLError) -> OCLBlock {
        var block = OCLBlock(name)
        if current == UInt8(ascii: "\"") {
            block.label = try quoted()
            try skipSpace(lines: false)
        }
        guard current == UInt8(ascii: "{") else { throw failure("expected \"=\" or \"{\" after \"\(name)\"") }
        position += 1
        block.body = try body(depth: depth + 1)
        position += 1
        return block
    }

    /// After an attribute or a block its line ends, or the block around it.
    private mutating func endOfLine(_ depth: Int) throws(OCLError) {
        try skipSpace(lines: false)
        guard let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "}") || depth == 0 else { return }
        throw failure("expected the end of the line")
    }

    private mutating func name(_ what: String) throws(OCLError) -> String {
        let start = position
        while let byte = current, Self.isNameByte(byte) { position += 1 }
        guard position > start else { throw failure("expected \(what)") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    // MARK: Values

    private mutating func value(isElement: Bool) throws(OCLError) -> OCLValue {
        try count()
        switch current {
        case UInt8(ascii: "\""): return .string(try quoted())
        case UInt8(ascii: "<"): return .string(try heredoc())
        case UInt8(ascii: "["):
            if isElement { throw failure("arrays and dictionaries cannot be inside of one another") }
            return .array(try array())
        case UInt8(ascii: "{"):
            if isElement { throw failure("arrays and dictionaries cannot be inside of one another") }
            return .dictionary(try dictionary())
        default: return try word()
        }
    }

    private mutating func word() throws(OCLError) -> OCLValue {
        let start = position
        while let byte = current, Self.isNameByte(byte) || byte == UInt8(ascii: "+") { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        default:
            if let number = Int(text), text == String(number) { return .int(number) }
            if Self.isNumber(text) { return .decimal(text) }
            position = start
            throw failure("expected a value: a string in quotes, a number, true, false, null, [ or {")
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        guard text.utf8.count <= 64, let first = text.utf8.first, text.utf8.last.map(isDigit) == true else {
            return false
        }
        return (isDigit(first) || first == UInt8(ascii: "-")) && Double(text)?.isFinite == true
            && text.utf8.allSatisfy { isDigit($0) || "+-.eE".utf8.contains($0) }
    }

    /// Without escapes: a backslash is a backslash, and a quote ends the string.
    private mutating func quoted() throws(OCLError) -> String {
        position += 1
        let start = position
        while let byte = current, byte != UInt8(ascii: "\"") {
            guard byte != UInt8(ascii: "\n") else {
                throw failure("a string in quotes has to end on its line; use <<-EOT for text of several lines")
            }
            position += 1
        }
        guard current != nil else { throw failure("the text ends inside of a string") }
        defer { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func array() throws(OCLError) -> [OCLValue] {
        position += 1
        var result: [OCLValue] = []
        while true {
            try skipSpace(lines: true)
            if current == UInt8(ascii: "]") { break }
            result.append(try value(isElement: true))
            try skipSpace(lines: true)
            if current == UInt8(ascii: ",") {
                position += 1
            } else if current != UInt8(ascii: "]") {
                throw failure("expected \",\" or \"]\"")
            }
        }
        position += 1
        return result
    }

    private mutating func dictionary() throws(OCLError) -> [OCLAttribute] {
        position += 1
        var result: [OCLAttribute] = []
        var keys = Set<String>()
        while true {
            try skipSpace(lines: true)
            if current == UInt8(ascii: "}") { break }
            let start = (line, position - lineStart + 1)
            let key = current == UInt8(ascii: "\"") ? try quoted() : try name("a key or \"}\"")
            guard keys.insert(key).inserted else {
                throw OCLError("the key \"\(key)\" is given twice", line: start.0, column: start.1)
            }
            try skipSpace(lines: false)
            guard current == UInt8(ascii: "=") else { throw failure("expected \"=\" after the key \"\(key)\"") }
            result.append(OCLAttribute(key, try assigned(isElement: true)))
            try skipSpace(lines: false)
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "\n"), UInt8(ascii: "}"): break
            default: throw failure("expected the end of the line")
            }
        }
        position += 1
        return result
    }

    // MARK: Text of several lines

    /// `<<TAG` and `<<-TAG`: the lines up to one that holds the tag alone.
    private mutating func heredoc() throws(OCLError) -> String {
        let start = (line, position - lineStart + 1)
        guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "<") else {
            throw failure("expected << before the tag of a text of several lines")
        }
        position += 2
        let isIndented = current == UInt8(ascii: "-")
        if isIndented { position += 1 }
        let tag = Array(try name("a tag like EOT").utf8)
        if current == UInt8(ascii: "\r") { position += 1 }
        guard current == UInt8(ascii: "\n") else { throw failure("expected the end of the line after the tag") }
        advanceLine()
        var lines: [ArraySlice<UInt8>] = []
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            if let after = endOfTag(tag, end) {
                position = after
                return Self.text(lines, isIndented: isIndented)
            }
            lines.append(bytes[position..<end])
            position = end
            if current == nil { break }
            advanceLine()
        }
        throw OCLError(
            "the text that begins here has no line with \"\(String(decoding: tag, as: UTF8.self))\" alone",
            line: start.0,
            column: start.1
        )
    }

    /// Where the tag ends, when the line holds nothing before it and at most what continues an array after it.
    private func endOfTag(_ tag: [UInt8], _ end: Int) -> Int? {
        var place = position
        while place < end, bytes[place] == UInt8(ascii: " ") || bytes[place] == UInt8(ascii: "\t") { place += 1 }
        guard bytes[place..<end].starts(with: tag) else { return nil }
        let after = place + tag.count
        let rest = bytes[after..<end].filter { !" \t\r".utf8.contains($0) }
        return rest.isEmpty || rest == [UInt8(ascii: ",")] || rest == [UInt8(ascii: "]")] ? after : nil
    }

    private static func text(_ lines: [ArraySlice<UInt8>], isIndented: Bool) -> String {
        let blank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let indentation =
            !isIndented
            ? 0 : lines.filter { !$0.allSatisfy(blank) }.map { $0.prefix(while: blank).count }.min() ?? 0
        return lines.map { line in
            let dropped = line.prefix(indentation).prefix(while: blank).count
            return String(decoding: line.dropFirst(dropped), as: UTF8.self)
        }.joined(separator: "\n")
    }

    // MARK: Bytes

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace(lines: Bool) throws(OCLError) {
        while let byte = current {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): position += 1
            case UInt8(ascii: "\n") where lines: advanceLine()
            case UInt8(ascii: "#"): skipComment()
            case UInt8(ascii: "/") where position + 1 < bytes.count && bytes[position + 1] == byte: skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() {
        while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
    }

    private mutating func advanceLine() {
        position += 1
        line += 1
        lineStart = position
    }

    private mutating func count() throws(OCLError) {
        items += 1
        if items > limits.items { throw failure("there are more than \(limits.items) attributes, blocks and values") }
    }

    private func failure(_ message: String) -> OCLError {
        OCLError(message, line: line, column: position - lineStart + 1)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isNameByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte >= 0x80
            || "_-.".utf8.contains(byte)
    }
}

extension OCLBody {
    /// Whether a key can stand without quotes.
    static func isBareName(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(OCLParser.isNameByte) }
}
