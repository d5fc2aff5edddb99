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
