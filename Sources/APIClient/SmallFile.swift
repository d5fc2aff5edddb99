import NIOCore

/// A file that fits into memory: a logo.
public struct SmallFile: Sendable, Hashable {
    /// Bytes of the largest logo that is taken.
    static let limit = 8 << 20

    public var bytes: [UInt8]
    /// `image/png`
    public var contentType: String

    public init(bytes: [UInt8], contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
    }
}

extension Transport {
    func file(at endpoint: @autoclosure () throws -> Endpoint) async throws -> SmallFile {
        let request = Request(method: .get, endpoint: try endpoint())
        let response = try await response(to: request)
        try AnswerReading(server: address.base, request: request.description, options: options).check(response)
        guard response.body.readableBytes <= SmallFile.limit else {
            throw APIError.tooLarge(server: address.base, request: request.description, limit: SmallFile.limit)
        }
        return SmallFile(bytes: Array(response.body.readableBytesView), contentType: response.contentType)
    }

    /// As the only part of a form, like a browser does.
    func upload(_ file: SmallFile, to endpoint: @autoclosure () throws -> Endpoint) async throws {
        let form = MultipartForm(fileName: "logo", contentType: file.contentType)
        let content = form.head + file.bytes + form.tail
        _ = try await send(Request(method: .post, endpoint: try endpoint(), bytes: (content, form.contentType)))
    }
}

/// What stands around the one file of a `multipart/form-data` body.
struct MultipartForm: Sendable {
    let contentType: String
    let head: [UInt8]
    let tail: [UInt8]

    /// - Parameter fileName: letters, digits and a few marks; anything else becomes `_`.
    init(fileName: String, contentType: String) {
        let boundary = "skerry-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let name = String(fileName.map { $0.isLetter || $0.isNumber || ".-_+".contains($0) ? $0 : "_" })
        let type = contentType.allSatisfy { $0.isASCII && !$0.isNewline } ? contentType : "application/octet-stream"
        self.contentType = "multipart/form-data; boundary=\(boundary)"
        head = Array(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\nContent-Type: \(type)\r\n\r\n"
                .utf8
        )
        tail = Array("\r\n--\(boundary)--\r\n".utf8)
    }
}
