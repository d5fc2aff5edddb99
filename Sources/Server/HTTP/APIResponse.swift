import Catalog
import HTTPTypes
import NIOCore

/// What a route answers. Bodies are whole, so that `Content-Length` is always known.
struct APIResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        case buffer(ByteBuffer)
    }

    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: Body

    init(
        _ status: HTTPResponse.Status = .ok, bytes: [UInt8], contentType: String = APIResponse.jsonType,
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

    static let jsonType = "application/json; charset=utf-8"
    private static let jsonHeaders: HTTPFields = [.contentType: jsonType]

    static func json(_ value: JSON, _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> APIResponse {
        APIResponse(status, bytes: value.bytes, headers: headers)
    }

    /// `{}`, as deletes and most actions answer.
    static let empty = APIResponse(bytes: Array("{}".utf8))

    static func created(_ value: JSON) -> APIResponse {
        var response = json(value, .created)
        if let location = value["Links"]?["Self"]?.stringValue { response.headers[.location] = location }
        return response
    }
}
