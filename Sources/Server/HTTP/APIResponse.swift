import Catalog
import HTTPTypes
import NIOCore

/// What a route answers. `Content-Length` is always known.
struct APIResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        case buffer(ByteBuffer)
        /// Sent as it is read from the disk.
        case file(path: String, size: Int)
    }

    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: Body

    init(
        _ status: HTTPResponse.Status = .ok,
        bytes: [UInt8],
        contentType: String = APIResponse.jsonType,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.headers = headers
        self.headers[.contentType] = contentType
        body = .bytes(bytes)
    }

    init(_ status: HTTPResponse.Status = .ok, buffer: ByteBuffer) {
        self.status = status
        headers = Self.jsonHeaders
        body = .buffer(buffer)
    }

    init(file path: String, size: Int, headers: HTTPFields) {
        status = .ok
        self.headers = headers
        body = .file(path: path, size: size)
    }

    static let jsonType = "application/json; charset=utf-8"
    private static let jsonHeaders: HTTPFields = [.contentType: jsonType]

    static func json(_ value: JSON, _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> APIResponse {
        APIResponse(status, bytes: value.bytes, headers: headers)
    }

    /// Nil, or the kinds that the answer was made from and nothing else: then it may be kept until one of them changes.
    var cachedWith: [KindName]?

    var byteCount: Int {
        switch body {
        case .bytes(let bytes): bytes.count
        case .buffer(let buffer): buffer.readableBytes
        case .file(_, let size): size
        }
    }

    /// The body as the buffer that goes to the socket; empty for a file, which has none.
    var buffer: ByteBuffer {
        switch body {
        case .bytes(let bytes): ByteBuffer(bytes: bytes)
        case .buffer(let buffer): buffer
        case .file: ByteBuffer()
        }
    }

    /// The same with everything made that every sending would make anew.
    var prepared: APIResponse {
        var copy = self
        copy.body = .buffer(buffer)
        copy.headers[.contentLength] = String(byteCount)
        return copy
    }

    /// `{}`, as deletes and most actions answer.
    static let empty = APIResponse(bytes: Array("{}".utf8))

    static func created(_ value: JSON) -> APIResponse {
        var response = json(value, .created)
        if let location = value["Links"]?["Self"]?.stringValue { response.headers[.location] = location }
        return response
    }
}
