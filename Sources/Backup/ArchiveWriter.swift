import CArchive
import Crypto
import Foundation
import Instances

/// Writes one archive: a tar file with the SHA-256 of all its bytes behind it.
///
/// The file has its name only once it is whole and on the disk; before that it ends in `.partial`.
final class ArchiveWriter {
    private let path: String
    private let sink: Sink
    private let archive: OpaquePointer

    private var partial: String { "\(path).partial" }

    /// What stands behind the tar file.
    static let trailerMark = Array("SKERRY-BACKUP-1\n".utf8)
    static let trailerLength = trailerMark.count + SHA256.byteCount

    init(path: String) throws {
        self.path = path
        sink = try Sink(path: "\(path).partial")
        archive = archive_write_new()
        archive_write_set_format_pax_restricted(archive)
        archive_write_add_filter_none(archive)
        archive_write_set_bytes_per_block(archive, 1 << 20)
        archive_write_set_bytes_in_last_block(archive, 1)
        let opened = archive_write_open2(
            archive,
            Unmanaged.passUnretained(sink).toOpaque(),
            nil,
            { _, context, bytes, count in
                guard let context, let bytes else { return -1 }
                let sink = Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
                return sink.write(UnsafeRawBufferPointer(start: bytes, count: count))
            },
            nil,
            nil
        )
        try check(opened)
    }

    deinit { archive_write_free(archive) }

    func add(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws {
        try header(name, size: bytes.count, mode: mode, modified: time(nil))
        try data(bytes[...])
    }

    /// Adds a file as it is now.
    ///
    /// - Returns: its size, or nil when it is gone.
    /// - Throws: ``BackupError/file(path:action:reason:)`` also when it got shorter meanwhile.
    func add(_ name: String, file: String, buffer: inout [UInt8]) throws -> Int? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw problem(file, "read")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw problem(file, "read") }
        let size = Int(status.st_size)
        try header(name, size: size, mode: status.st_mode & 0o777, modified: status.st_mtim.tv_sec)
        var left = size
        while left > 0 {
            let count = read(descriptor, &buffer, min(buffer.count, left))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw problem(file, "read") }
            guard count > 0 else {
                throw BackupError.file(path: file, action: "back up", reason: "it became shorter while it was read")
            }
            try data(buffer[..<count])
            left -= count
        }
        return size
    }

    /// Completes the file and gives it its name.
    ///
    /// - Returns: its SHA-256, lower-case hexadecimal.
    func finish() throws -> String {
        try check(archive_write_close(archive))
        let digest = try sink.finish()
        guard rename(partial, path) == 0 else { throw problem(path, "write") }
        try DurableFile.flushDirectory(of: path)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Removes what was written, after a failure.
    func discard() { unlink(partial) }

    private func header(_ name: String, size: Int, mode: mode_t, modified: time_t) throws {
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname_utf8(entry, name)
        archive_entry_set_size(entry, Int64(size))
        archive_entry_set_filetype(entry, UInt32(S_IFREG))
        archive_entry_set_perm(entry, mode)
        archive_entry_set_mtime(entry, modified, 0)
        try check(archive_write_header(archive, entry))
    }

    private func data(_ bytes: ArraySlice<UInt8>) throws {
        let written = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        guard written == bytes.count else { throw failure() }
    }

    private func check(_ code: Int32) throws {
        guard code >= ARCHIVE_WARN else { throw failure() }
    }

    private func failure() -> BackupError {
        if let number = sink.failure {
            return .file(path: path, action: "write", reason: String(cString: strerror(number)).lowercased())
        }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
        return .file(path: path, action: "write", reason: reason)
    }

    private func problem(_ path: String, _ action: String) -> BackupError {
        .file(path: path, action: action, reason: String(cString: strerror(errno)).lowercased())
    }

    /// The file that the archive goes to, hashed on the way.
    private final class Sink {
        private let descriptor: Int32
        private var hash = SHA256()
        private(set) var failure: Int32?

        init(path: String) throws {
            descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                let reason = String(cString: strerror(errno)).lowercased()
                throw BackupError.file(path: path, action: "write", reason: reason)
            }
        }

        deinit { close(descriptor) }

        func write(_ bytes: UnsafeRawBufferPointer) -> Int {
            hash.update(bufferPointer: bytes)
            return put(bytes) ? bytes.count : -1
        }

        private func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    failure = errno
                    return false
                }
                written += count
            }
            return true
        }

        func finish() throws -> [UInt8] {
            let digest = Array(hash.finalize())
            let trailer = ArchiveWriter.trailerMark + digest
            guard trailer.withUnsafeBytes(put), fsync(descriptor) == 0 else {
                let reason = String(cString: strerror(failure ?? errno)).lowercased()
                throw BackupError.file(path: "the backup", action: "write", reason: reason)
            }
            return digest
        }
    }
}
