import Catalog
import NIOCore

/// What an answer means: JSON, or which error.
struct AnswerReading {
    let server: String
    let request: String
    let options: ClientOptions

    func json(of response: Transport.Response) throws(APIError) -> JSON {
        try check(response)
        return try parse(response)
    }

    /// - Throws: what an answer other than of success means.
    func check(_ response: Transport.Response) throws(APIError) {
        switch response.status {
        case 200..<300: return
        case 300..<400:
            let place = response.location.map { " to \($0.prefix(200))" } ?? ""
            throw .notASkerryOrOctopusServer(server: server, found: "it redirects\(place); use the final address")
        case 401: throw .unauthorized(server: server)
        case 403: throw .forbidden(server: server, request: request, message: problem(in: response).message)
        case 404 where !isPage(response):
            throw .notFound(server: server, request: request, message: problem(in: response).message)
        default:
            if isPage(response), response.status < 500 { throw page() }
            let (message, errors) = problem(in: response)
            throw .refused(
                server: server,
                request: request,
                status: response.status,
                message: message,
                errors: errors
            )
        }
    }

    private func parse(_ response: Transport.Response) throws(APIError) -> JSON {
        guard response.body.readableBytes > 0 else { return .null }
        if isPage(response) { throw page() }
        do {
            return try response.body.json(limit: options.responseLimit)
        } catch {
            throw .badResponse(server: server, request: request, problem: error.description)
        }
    }

    private func page() -> APIError {
        .notASkerryOrOctopusServer(server: server, found: "it answers \(request) with an HTML page")
    }

    private func isPage(_ response: Transport.Response) -> Bool {
        if response.contentType.lowercased().hasPrefix("text/html") { return true }
        let first = response.body.readableBytesView.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        return first == UInt8(ascii: "<")
    }

    /// The error body of the contract; anything else by its first characters.
    private func problem(in response: Transport.Response) -> (message: String, errors: [String]) {
        if let body = try? response.body.json(limit: 1 << 20), let message = body["ErrorMessage"]?.stringValue {
            return (message, body["Errors"]?.stringsValue ?? [])
        }
        let start = String(decoding: response.body.readableBytesView.prefix(200), as: UTF8.self)
        return (start.isEmpty ? "without an explanation" : start, [])
    }
}

extension ByteBuffer {
    func json(limit: Int) throws(JSONError) -> JSON {
        var result: Result<JSON, JSONError>?
        withUnsafeReadableBytes { bytes in
            do throws(JSONError) {
                result = .success(try JSON.parse(bytes, limits: JSONLimits(bytes: limit)))
            } catch {
                result = .failure(error)
            }
        }
        guard let result else { return .null }
        return try result.get()
    }
}
