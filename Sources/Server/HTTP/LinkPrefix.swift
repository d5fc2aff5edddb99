import Foundation

/// Puts a path before the links of documents in their JSON text, and before nothing else.
enum LinkPrefix {
    private static let key = Array("\"Links\":".utf8)
    private static let brace = Int32(UInt8(ascii: "{"))
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
    private static let slash = UInt8(ascii: "/")

    /// Every answer to a client behind a front door comes through here, so what is no link is searched and copied in
    /// large pieces.
    ///
    /// - Parameter json: as ``JSON/bytes`` writes it, without blanks.
    static func applied(_ prefix: String, to json: [UInt8]) -> [UInt8] {
        json.withUnsafeBytes { applied(Array(prefix.utf8), to: $0) }
    }

    private static func applied(_ prefix: [UInt8], to json: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(json.count + json.count / 4)
        var copied = 0
        var index = 0
        while let start = nextLinks(json, index) {
            index = start
            forEachPath(json, &index) { position in
                result.append(contentsOf: json[copied..<position])
                result.append(contentsOf: prefix)
                copied = position
            }
        }
        result.append(contentsOf: json[copied...])
        return result
    }

    /// Behind the opening brace of the next object that is called `Links`.
    ///
    /// Inside a string the quotes of this name would be escaped, and a name that merely ends like it has its first quote
    /// escaped.
    private static func nextLinks(_ json: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var index = start
        while index < json.count, let found = memchr(json.baseAddress! + index, brace, json.count - index) {
            let position = UnsafeRawPointer(found) - json.baseAddress!
            index = position + 1
            guard position >= key.count, json[position - key.count..<position].elementsEqual(key) else { continue }
            if position == key.count || json[position - key.count - 1] != backslash { return index }
        }
        return nil
    }

    /// Visits where the values begin that are paths, from behind the opening brace to behind the closing one.
    private static func forEachPath(_ json: UnsafeRawBufferPointer, _ index: inout Int, _ visit: (Int) -> Void) {
        var depth = 1
        var isValue = false
        while index < json.count, depth > 0 {
            switch json[index] {
            case quote:
                if isValue, index + 1 < json.count, json[index + 1] == slash { visit(index + 1) }
                isValue = false
                skipString(json, &index)
                continue
            case UInt8(ascii: ":"): isValue = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            index += 1
        }
    }

    /// From the opening quote to behind the closing one.
    private static func skipString(_ json: UnsafeRawBufferPointer, _ index: inout Int) {
        index += 1
        while index < json.count, json[index] != quote { index += json[index] == backslash ? 2 : 1 }
        index = min(index + 1, json.count)
    }
}
