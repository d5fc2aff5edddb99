import Foundation
import HummingbirdCore
import NIOCore

/// A file as the body of an answer, a chunk at a time: the next is read when the client has taken the one before.
enum FileBody {
    private static let chunk = 128 << 10

    static func body(of path: String, size: Int) -> ResponseBody {
        ResponseBody(contentLength: size) { writer in
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw PackageFileProblem(doing: "open", path) }
            defer { close(descriptor) }
            var rest = size
            while rest > 0 {
                var buffer = ByteBufferAllocator().buffer(capacity: min(chunk, rest))
                let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: min(chunk, rest)) { bytes in
                    max(0, read(descriptor, bytes.baseAddress, min(bytes.count, rest)))
                }
                // Shorter than it should be: the connection ends early, which the client sees.
                guard count > 0 else { throw PackageFileProblem(doing: "read", path) }
                rest -= count
                try await writer.write(buffer)
            }
            try await writer.finish(nil)
        }
    }
}
