import HTTPTypes
import NIOCore

/// Where a request came from, as far as the answer depends on it.
struct Arrival: Sendable {
    /// Of the client.
    var address: String
    var isSecure: Bool
    /// Empty, or the path below which the client sees this server: `/group1`.
    var basePath: String

    init(address: String, isSecure: Bool, basePath: String) {
        self.address = address
        self.isSecure = isSecure
        self.basePath = basePath
    }

    /// What a front door says. Only for requests that came by its socket: others could say anything.
    init(forwarded headers: HTTPFields) {
        address = headers[.forwardedFor]?.split(separator: ",").last.map { String($0.trimmingSpaces) } ?? "local"
        isSecure = headers[.forwardedProto] == "https"
        basePath = headers[.forwardedPrefix] ?? ""
        let isPath =
            basePath.hasPrefix("/") && basePath.utf8.count <= 200
            && basePath.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"\\;,<>".utf8.contains($0) }
        if !isPath { basePath = "" }
    }

    /// What is left of a request's path below the base path.
    func ownPath(_ path: String?) -> String? {
        guard let path, path.hasPrefix(basePath) else { return path }
        let rest = path.dropFirst(basePath.count)
        guard let first = rest.first else { return "/" }
        return first == "/" ? String(rest) : first == "?" ? "/\(rest)" : path
    }
}

extension HTTPField.Name {
    fileprivate static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    fileprivate static let forwardedProto = HTTPField.Name("X-Forwarded-Proto")!
    fileprivate static let forwardedPrefix = HTTPField.Name("X-Forwarded-Prefix")!
}

extension APIResponse {
    /// The same for a client that sees the server below a path: its links, and where it sends the client, begin with it.
    func moved(below basePath: String) -> APIResponse {
        var copy = self
        if let location = headers[.location], location.hasPrefix("/") { copy.headers[.location] = basePath + location }
        guard headers[.contentType]?.hasPrefix("application/json") == true else { return copy }
        switch body {
        case .file: return copy
        case .bytes(let bytes): copy.body = .bytes(LinkPrefix.applied(basePath, to: bytes))
        case .buffer(let buffer):
            copy.body = .buffer(ByteBuffer(bytes: LinkPrefix.applied(basePath, to: Array(buffer.readableBytesView))))
        }
        if headers[.contentLength] != nil { copy.headers[.contentLength] = String(copy.byteCount) }
        return copy
    }
}

/// Puts a path before the links of documents in their JSON text, and before nothing else.
enum LinkPrefix {
    private static let key = Array("\"Links\":{".utf8)
    private static let quote = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")

    /// - Parameter json: as ``JSON/bytes`` writes it, without blanks.
    static func applied(_ prefix: String, to json: [UInt8]) -> [UInt8] {
        let prefix = Array(prefix.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(json.count + json.count / 4)
        var index = 0
        while index < json.count {
            let byte = json[index]
            guard byte == quote else {
                result.append(byte)
                index += 1
                continue
            }
            // A key of that name with an object: inside a string its quotes would be escaped.
            if json[index...].starts(with: key) {
                result += key
                index = links(json, index + key.count, prefix, &result)
            } else {
                index = string(json, index, &result)
            }
        }
        return result
    }

    /// From behind the opening brace to behind the closing one: values that are paths get the prefix.
    private static func links(_ json: [UInt8], _ start: Int, _ prefix: [UInt8], _ result: inout [UInt8]) -> Int {
        var index = start
        var depth = 1
        var isValue = false
        while index < json.count, depth > 0 {
            let byte = json[index]
            if byte == quote {
                if isValue, index + 1 < json.count, json[index + 1] == UInt8(ascii: "/") {
                    result.append(quote)
                    result += prefix
                    var rest: [UInt8] = []
                    index = string(json, index, &rest)
                    result += rest.dropFirst()
                } else {
                    index = string(json, index, &result)
                }
                isValue = false
                continue
            }
            switch byte {
            case UInt8(ascii: ":"): isValue = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            result.append(byte)
            index += 1
        }
        return index
    }

    /// From the opening quote to behind the closing one, copied.
    private static func string(_ json: [UInt8], _ start: Int, _ result: inout [UInt8]) -> Int {
        var index = start + 1
        while index < json.count, json[index] != quote { index += json[index] == backslash ? 2 : 1 }
        index = min(index + 1, json.count)
        result += json[start..<index]
        return index
    }
}
