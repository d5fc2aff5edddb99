/// How much of a JSON text is accepted. Texts come from outside: each limit exists so that a small request cannot
/// cost much memory, time or stack.
public struct JSONLimits: Sendable {
    /// Bytes of the whole text.
    public var bytes: Int
    /// Arrays and objects inside one another.
    public var depth: Int
    /// Values in the whole text, members and elements included.
    public var values: Int

    public init(bytes: Int = 64 << 20, depth: Int = 64, values: Int = 4_000_000) {
        self.bytes = bytes
        self.depth = depth
        self.values = values
    }

    public static let standard = JSONLimits()
}

/// Why a text is not accepted as JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        case tooManyBytes(limit: Int)
        case tooDeep(limit: Int)
        case tooManyValues(limit: Int)
        case unexpectedEnd
        case unexpected(String)
        case badEscape
        case badNumber
        case badUTF8
    }

    public var reason: Reason
    /// Both count from 1; the column counts bytes.
    public var line: Int
    public var column: Int

    public var description: String {
        let what =
            switch reason {
            case .tooManyBytes(let limit): "the text is longer than \(limit) bytes"
            case .tooDeep(let limit): "arrays and objects are nested more than \(limit) deep"
            case .tooManyValues(let limit): "there are more than \(limit) values"
            case .unexpectedEnd: "the text ends too early"
            case .unexpected(let found): "\(found) is not expected here"
            case .badEscape: "this escape sequence is not valid"
            case .badNumber: "this number is not valid"
            case .badUTF8: "this text is not valid UTF-8"
            }
        return "not valid JSON at line \(line), column \(column): \(what)"
    }
}

extension JSON {
    /// Reads one JSON text (RFC 8259) and nothing after it but white space.
    public static func parse(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) -> JSON {
        var result: Result<JSON, JSONError>?
        bytes.withUnsafeBufferPointer { result = Self.parseResult($0, limits) }
        return try result!.get()
    }

    public static func parse(_ text: String, limits: JSONLimits = .standard) throws(JSONError) -> JSON {
        var text = text
        var result: Result<JSON, JSONError>?
        text.withUTF8 { result = Self.parseResult($0, limits) }
        return try result!.get()
    }

    /// For callers that hold the bytes in a buffer of another library.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer,
        limits: JSONLimits = .standard
    ) throws(JSONError) -> JSON {
        try parseResult(bytes.bindMemory(to: UInt8.self), limits).get()
    }

    private static func parseResult(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ limits: JSONLimits
    ) -> Result<JSON, JSONError> {
        var parser = JSONParser(bytes: bytes, limits: limits)
        do {
            return .success(try parser.document())
        } catch {
            return .failure(error)
        }
    }
}

/// One pass over the bytes; strings without escapes are made straight from them.
private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var position = 0
    var depth = 0
    var values = 0
    var recent: RecentStrings

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
        recent = RecentStrings(textLength: bytes.count)
    }

    mutating func document() throws(JSONError) -> JSON {
        guard bytes.count <= limits.bytes else { throw error(.tooManyBytes(limit: limits.bytes)) }
        skipSpace()
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw unexpected() }
        return value
    }

    mutating func value() throws(JSONError) -> JSON {
        values += 1
        guard values <= limits.values else { throw error(.tooManyValues(limit: limits.values)) }
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        switch bytes[position] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw unexpected()
        }
    }

    mutating func object() throws(JSONError) -> JSON {
        try enter()
        var object = JSONObject()
        if !closes(UInt8(ascii: "}")) {
            repeat {
                skipSpace()
                guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw unexpected() }
                let key = try string()
                skipSpace()
                try expect(UInt8(ascii: ":"))
                skipSpace()
                object[key] = try value()
            } while try continues(UInt8(ascii: "}"))
        }
        depth -= 1
        return .object(object)
    }

    mutating func array() throws(JSONError) -> JSON {
        try enter()
        var elements: [JSON] = []
        if !closes(UInt8(ascii: "]")) {
            repeat {
                skipSpace()
                elements.append(try value())
            } while try continues(UInt8(ascii: "]"))
        }
        depth -= 1
        return .array(elements)
    }

    mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
        position += 1
    }

    /// True when the container that was just opened closes at once.
    mutating func closes(_ end: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == end else { return false }
        position += 1
        return true
    }

    /// True after a comma, false after the end of the container.
    mutating func continues(_ end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        let byte = bytes[position]
        guard byte == UInt8(ascii: ",") || byte == end else { throw unexpected() }
        position += 1
        return byte != end
    }

    mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let length = text.utf8CodeUnitCount
        guard position + length <= bytes.count else { throw error(.unexpectedEnd) }
        for offset in 0..<length where bytes[position + offset] != text.utf8Start[offset] { throw unexpected() }
        position += length
        return value
    }

    mutating func number() throws(JSONError) -> JSON {
        let start = position
        let negative = bytes[position] == UInt8(ascii: "-")
        if negative { position += 1 }
        let firstDigit = position
        var magnitude = 0
        while position < bytes.count, let digit = digit(at: position) {
            // Eighteen digits always fit.
            if position - firstDigit < 18 { magnitude = magnitude * 10 + digit }
            position += 1
        }
        let digits = position - firstDigit
        guard digits > 0, digits == 1 || bytes[firstDigit] != UInt8(ascii: "0") else { throw error(.badNumber) }
        let isInteger = try !skipFractionAndExponent()
        if isInteger, digits <= 18, !(negative && magnitude == 0) { return .int(negative ? -magnitude : magnitude) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        // Nineteen digits may fit: an Int that was written must come back as one.
        if isInteger, digits == 19, let value = Int(text) { return .int(value) }
        return .decimal(text)
    }

    mutating func skipFractionAndExponent() throws(JSONError) -> Bool {
        var found = false
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            found = true
            position += 1
            try skipDigits()
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            found = true
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            try skipDigits()
        }
        return found
    }

    mutating func skipDigits() throws(JSONError) {
        let start = position
        while position < bytes.count, digit(at: position) != nil { position += 1 }
        guard position > start else { throw error(.badNumber) }
    }

    func digit(at position: Int) -> Int? {
        let value = bytes[position] &- UInt8(ascii: "0")
        return value <= 9 ? Int(value) : nil
    }

    mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try text(start..<position)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw unexpected() }
            position += 1
        }
        throw error(.unexpectedEnd)
    }

    mutating func text(_ range: Range<Int>) throws(JSONError) -> String {
        guard let text = recent.string(UnsafeBufferPointer(rebasing: bytes[range])) else { throw error(.badUTF8) }
        return text
    }

    mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var buffer = [UInt8](bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: buffer, as: UTF8.self) else { throw error(.badUTF8) }
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &buffer)
            case 0..<0x20:
                throw unexpected()
            default:
                buffer.append(byte)
                position += 1
            }
        }
        throw error(.unexpectedEnd)
    }

    mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"): buffer.append(contentsOf: UTF8.encode(try scalar())!)
        default: throw error(.badEscape)
        }
    }

    /// The scalar of a `\u` escape, or of a pair of them. A lone surrogate becomes U+FFFD, as in other parsers.
    mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let unit = try hexUnit()
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        let before = position
        position += 2
        let trail = try hexUnit()
        guard UTF16.isTrailSurrogate(trail) else {
            position = before
            return "\u{FFFD}"
        }
        let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(trail) - 0xDC00)
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    mutating func hexUnit() throws(JSONError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw error(.unexpectedEnd) }
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let byte = bytes[position]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error(.badEscape)
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard position < bytes.count else { throw error(.unexpectedEnd) }
        guard bytes[position] == byte else { throw unexpected() }
        position += 1
    }

    func unexpected() -> JSONError {
        guard position < bytes.count else { return error(.unexpectedEnd) }
        let byte = bytes[position]
        let shown =
            (0x21...0x7E).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(String(byte, radix: 16, uppercase: true))"
        return error(.unexpected(shown))
    }

    func error(_ reason: JSONError.Reason) -> JSONError {
        let read = bytes[..<min(position, bytes.count)]
        let line = read.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        let column = read.count - (read.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return JSONError(reason: reason, line: line, column: column)
    }
}

/// The strings of a text that came last, by their bytes. Documents repeat the names of their members, and many values:
/// one object for all of them takes less memory and less time to make, and comparing it with itself takes none.
private struct RecentStrings {
    /// Shorter ones are not objects; longer ones are rarely the same.
    private static let lengths = 16...80

    private var slots: [String]
    private let mask: Int

    init(textLength: Int) {
        var count = 16
        while count < 1024, count < textLength / 64 { count *= 2 }
        slots = []
        mask = count - 1
    }

    /// Nil for bytes that are not UTF-8.
    mutating func string(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard Self.lengths.contains(bytes.count) else { return String(validating: bytes, as: UTF8.self) }
        if slots.isEmpty { slots = Array(repeating: "", count: mask + 1) }
        let slot = place(of: bytes)
        if Self.holds(slots[slot], bytes) { return slots[slot] }
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        slots[slot] = text
        return text
    }

    /// By the last sixteen bytes and the length: names differ at their end rather than at their beginning.
    private func place(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let end = UnsafeRawPointer(bytes.baseAddress! + bytes.count)
        let last = (end - 8).loadUnaligned(as: UInt64.self)
        let first = (end - 16).loadUnaligned(as: UInt64.self)
        let mixed = (last &* 0x9E37_79B9_7F4A_7C15) ^ (first &* 0xC2B2_AE3D_27D4_EB4F) ^ UInt64(bytes.count)
        return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) >> 40) & mask
    }

    private static func holds(_ text: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { known in
            known.count == bytes.count && known.elementsEqual(bytes)
        } ?? false
    }
}
