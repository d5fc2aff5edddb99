/// The parameters of a query, by their names without case.
struct Query: Sendable, Hashable {
    /// `spelled` is the name as it was sent.
    private(set) var pairs: [(name: String, spelled: String, value: String)] = []

    static let empty = Query()

    static func == (left: Query, right: Query) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0.name == $1.name && $0.value == $1.value }
    }

    func hash(into hasher: inout Hasher) {
        for pair in pairs {
            hasher.combine(pair.name)
            hasher.combine(pair.value)
        }
    }

    init() {}

    /// - Parameter text: what stands behind the `?`, still encoded.
    init(parsing text: some StringProtocol) {
        for part in text.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let spelled = PercentCoding.decode(halves[0], plusIsSpace: true)
            let value = halves.count > 1 ? PercentCoding.decode(halves[1], plusIsSpace: true) : ""
            if !spelled.isEmpty { pairs.append((spelled.lowercased(), spelled, value)) }
        }
    }

    /// The first value of this name; an empty value counts as absent.
    subscript(name: String) -> String? {
        let folded = name.lowercased()
        return pairs.first { $0.name == folded && !$0.value.isEmpty }?.value
    }

    /// A list: repeated parameters and comma-separated values; nil when the parameter is absent.
    func list(_ name: String) -> [String]? {
        let folded = name.lowercased()
        let values = pairs.filter { $0.name == folded && !$0.value.isEmpty }.map(\.value)
        guard !values.isEmpty else { return nil }
        return values.flatMap { $0.split(separator: ",").map { $0.trimmingSpaces } }.filter { !$0.isEmpty }
    }

    /// Nil when absent; anything but true and false is refused.
    func bool(_ name: String) throws -> Bool? {
        guard let value = self[name] else { return nil }
        switch value.lowercased() {
        case "true": return true
        case "false": return false
        default: throw APIProblem.invalid("The query parameter '\(name)' must be true or false.")
        }
    }

    func int(_ name: String) throws -> Int? {
        guard let value = self[name] else { return nil }
        guard let number = Int(value), number >= 0 else {
            throw APIProblem.invalid("The query parameter '\(name)' must be a whole number, 0 or more.")
        }
        return number
    }
}

extension StringProtocol {
    /// Without spaces, tabs and line ends at both ends.
    var trimmingSpaces: String {
        let isSpace: (Character) -> Bool = { $0.isWhitespace }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}

/// `%2F` and `+`.
enum PercentCoding {
    static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(hexDigit),
                let low = rest.dropFirst().first.flatMap(hexDigit)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Everything but unreserved characters is encoded; `keeping` lists bytes that also stay.
    static func encode(_ text: String, keeping: String = "") -> String {
        var result = ""
        let kept = Set(keeping.utf8)
        for byte in text.utf8 {
            let isUnreserved =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._~".utf8.contains(byte)
                || kept.contains(byte)
            if isUnreserved {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                result += "%" + (hex.count == 1 ? "0" : "") + hex
            }
        }
        return result
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
