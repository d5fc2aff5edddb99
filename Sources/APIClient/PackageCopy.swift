import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Which file of a source's built-in feed is meant.
public struct PackageFile: Sendable, Hashable {
    /// As the source calls it: `packages-Acme.Web.1.2.3`
    public var id: String
    /// `Acme.Web.1.2.3.zip`
    public var fileName: String
    /// Bytes; 0 when the source does not say.
    public var size: Int

    public init(id: String, fileName: String, size: Int) {
        self.id = id
        self.fileName = fileName
        self.size = size
    }
}

/// Sees everything that goes by, and says at the end whether it was what it should be.
public protocol StreamCheck: Sendable {
    mutating func take(_ bytes: UnsafeRawBufferPointer)
    /// - Throws: what makes the destination drop the file.
    mutating func finish() throws
}

extension DestinationClient {
    /// Streams one package from a source's feed into this one's: nothing is kept in between, and no more is in memory
    /// than is on its way. Where the destination has the package, nothing changes.
    ///
    /// - Throws: `APIError`, and what `check` throws; then the destination has no part of the file.
    public func copyPackage(_ file: PackageFile, from source: SourceClient, check: some StreamCheck) async throws {
        let download = Transport.Request(
            method: .get,
            endpoint: try .packageFile(file.id, space: source.identity.spaceID)
        )
        let answer = try await source.transport.opened(download)
        let form = MultipartForm(fileName: file.fileName, contentType: "application/octet-stream")
        let body = FormStream(form: form, file: answer.body, size: file.size, check: check)
        let request = Transport.Request(
            method: .post,
            endpoint: try .packageUpload(space: identity.spaceID),
            query: [("overwriteMode", "IgnoreIfExists")]
        )
        try await transport.stream(body, as: form.contentType, length: body.length, to: request)
    }
}

extension Transport {
    /// The answer to a request, of success, with its body still on the way.
    fileprivate func opened(_ request: Request) async throws -> HTTPClientResponse {
        let prepared = prepare(request)
        do {
            let response = try await noted(prepared, request)
            guard !(200..<300).contains(Int(response.status.code)) else { return response }
            try await check(response, request)
            return response
        } catch {
            throw error is APIError ? error : failure(error, request)
        }
    }

    fileprivate func stream<Body: AsyncSequence & Sendable>(
        _ body: Body,
        as contentType: String,
        length: Int?,
        to request: Request
    ) async throws where Body.Element == ByteBuffer {
        var prepared = prepare(request)
        prepared.headers.replaceOrAdd(name: "Content-Type", value: contentType)
        prepared.body = .stream(body, length: length.map { .known(Int64($0)) } ?? .unknown)
        do {
            try await check(try await noted(prepared, request), request)
        } catch {
            throw error is APIError || error is any StreamProblem ? error : failure(error, request)
        }
    }

    /// The body is still on its way then.
    private func noted(_ prepared: HTTPClientRequest, _ request: Request) async throws -> HTTPClientResponse {
        let (start, clock) = (Date(), ContinuousClock())
        let begin = clock.now
        do {
            let response = try await Self.session.execute(prepared, deadline: .distantFuture)
            note(request, since: start, took: clock.now - begin, status: Int(response.status.code))
            return response
        } catch {
            note(request, since: start, took: clock.now - begin, status: nil, problem: failure(error, request))
            throw error
        }
    }

    private func check(_ response: HTTPClientResponse, _ request: Request) async throws {
        let answer = Response(
            status: Int(response.status.code),
            contentType: response.headers.first(name: "Content-Type") ?? "",
            retryAfter: nil,
            location: response.headers.first(name: "Location"),
            body: try await response.body.collect(upTo: options.responseLimit)
        )
        try AnswerReading(server: address.base, request: request.description, options: options).check(answer)
    }
}

/// An error that a `StreamCheck` throws, told from those of the network.
public protocol StreamProblem: Error {}

/// The form around a file that comes from elsewhere.
private struct FormStream<Base: AsyncSequence & Sendable, Check: StreamCheck>: AsyncSequence, Sendable
where Base.Element == ByteBuffer {
    let form: MultipartForm
    let file: Base
    /// Bytes of the file; 0 when unknown.
    let size: Int
    let check: Check

    var length: Int? { size > 0 ? form.head.count + size + form.tail.count : nil }

    struct Iterator: AsyncIteratorProtocol {
        private enum Part { case head, file, done }

        private let form: MultipartForm
        private var file: Base.AsyncIterator
        private var check: Check
        private var part = Part.head

        init(_ stream: FormStream) {
            form = stream.form
            file = stream.file.makeAsyncIterator()
            check = stream.check
        }

        mutating func next() async throws -> ByteBuffer? {
            switch part {
            case .head:
                part = .file
                return ByteBuffer(bytes: form.head)
            case .file:
                if let chunk = try await file.next() {
                    chunk.withUnsafeReadableBytes { check.take($0) }
                    return chunk
                }
                part = .done
                // Without the end of the form the destination keeps nothing.
                try check.finish()
                return ByteBuffer(bytes: form.tail)
            case .done: return nil
            }
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(self) }
}
