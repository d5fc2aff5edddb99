import Foundation
import NIOCore

/// Takes the one file out of a `multipart/form-data` body while the body arrives. Holds no more than a chunk of it.
///
/// As lenient as `Multipart`: unquoted parameters, a line end before the first boundary, any name of the part. Parts
/// without a file name are passed over.
struct MultipartFileReader {
    private enum Stage {
        case before
        case headers
        case passingOver
        case content
        case done
    }

    /// Of the headers of one part, and of what may stand before the first boundary.
    private static let headerLimit = 16 << 10

    private let boundary: [UInt8]
    private let delimiter: [UInt8]
    private var stage = Stage.before
    private var pending: [UInt8] = []
    /// Known as soon as the headers of the file's part have come.
    private(set) var fileName: String?

    /// - Parameter contentType: the header of the request.
    /// - Returns: nil when that is no form.
    init?(contentType: String) {
        guard let boundary = Multipart.boundary(of: contentType) else { return nil }
        self.boundary = Array("--\(boundary)".utf8)
        delimiter = [13, 10] + self.boundary
    }

    /// The boundary after the file has come: the file is whole.
    var isComplete: Bool { stage == .done }

    /// - Parameter sink: gets the bytes of the file, in their order.
    /// - Throws: `APIProblem` when the form cannot be read; what `sink` throws.
    mutating func take(_ chunk: ByteBuffer, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard stage != .done else { return }
        pending.append(contentsOf: chunk.readableBytesView)
        while try step(sink) {}
    }

    /// - Returns: false when more bytes are needed.
    private mutating func step(_ sink: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        switch stage {
        case .before:
            guard let place = find(boundary) else { return try wait(keeping: boundary.count, limit: Self.headerLimit) }
            pending.removeFirst(place + boundary.count)
            stage = .headers
        case .headers:
            guard let end = find([13, 10, 13, 10]) else { return try wait(keeping: nil, limit: Self.headerLimit) }
            fileName = Self.fileName(in: String(decoding: pending[..<end], as: UTF8.self))
            pending.removeFirst(end + 4)
            stage = fileName == nil ? .passingOver : .content
        case .passingOver:
            guard let place = find(delimiter) else { return try wait(keeping: delimiter.count, limit: nil) }
            pending.removeFirst(place + delimiter.count)
            stage = .headers
        case .content:
            if let place = find(delimiter) {
                try pending[..<place].withUnsafeBytes(sink)
                pending = []
                stage = .done
                return false
            }
            let safe = pending.count - delimiter.count + 1
            guard safe > 0 else { return false }
            try pending[..<safe].withUnsafeBytes(sink)
            pending.removeFirst(safe)
            return false
        case .done: return false
        }
        return true
    }

    /// Keeps what may be the beginning of what is looked for.
    private mutating func wait(keeping length: Int?, limit: Int?) throws -> Bool {
        if let limit, pending.count > limit { throw APIProblem.invalid("The form cannot be read.") }
        if let length, limit == nil, pending.count > length { pending.removeFirst(pending.count - length) }
        return false
    }

    private func find(_ pattern: [UInt8]) -> Int? {
        pending.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let first = pattern.first else { return nil }
            var start = 0
            while bytes.count - start >= pattern.count {
                // Looking for one byte costs next to nothing, and a line end is rare in a package.
                guard let found = memchr(base + start, Int32(first), bytes.count - start - pattern.count + 1) else {
                    return nil
                }
                let place = UnsafeRawPointer(found) - base
                if memcmp(base + place, pattern, pattern.count) == 0 { return place }
                start = place + 1
            }
            return nil
        }
    }

    /// `filename="Web.1.0.zip"`, quoted or not; without folders.
    private static func fileName(in headers: String) -> String? {
        for line in headers.split(whereSeparator: \.isNewline) {
            guard line.lowercased().hasPrefix("content-disposition:") else { continue }
            for parameter in line.split(separator: ";") {
                let text = parameter.trimmingSpaces
                guard text.lowercased().hasPrefix("filename=") else { continue }
                let name = text.dropFirst("filename=".count).filter { $0 != "\"" }
                return name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init)
            }
        }
        return nil
    }
}
