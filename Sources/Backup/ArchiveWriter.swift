import CArchive
import Crypto
import Foundation
import Instances

/// Writes one archive: a tar file with the SHA-256 of all its bytes behind it.
///
/// Nothing is kept in memory but one block; a file of any size goes through it.
final class ArchiveWriter {
    private let path: String
    private let sink: Sink
    private let archive: OpaquePointer
    private var buffer = [UInt8](repeating: 0, count: ArchiveWriter.block)

    /// Small enough to stay in the processor's cache on its way from the file through the hash to the archive: with a
    /// megabyte the system spent twice the time on copying.
    private static let block = 64 << 10

    /// What stands behind the tar file, before its SHA-256.
    static let trailerMark = Array("SKERRY-BACKUP-1\n".utf8)
    static let trailerLength = trailerMark.count + SHA256.byteCount

    /// - Parameter path: the file to make, for its owner only.
    init(path: String) throws {
        self.path = path
        sink = try Sink(path: path)
        archive = archive_write_new()
        archive_write_set_format_pax_restricted(archive)
        archive_write_add_filter_none(archive)
        archive_write_set_options(archive, "hdrcharset=BINARY")
        archive_write_set_bytes_per_block(archive, Int32(Self.block))
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
    /// - Returns: its size.
    /// - Throws: ``BackupError/file(path:action:reason:)`` also when it got shorter meanwhile.
    func add(_ name: String, file: String) throws -> Int {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw fileError(file, "read") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fileError(file, "read") }
        let size = Int(status.st_size)
        try header(name, size: size, mode: status.st_mode & 0o777, modified: status.st_mtim.tv_sec)
        var left = size
        while left > 0 {
            let count = read(descriptor, &buffer, min(buffer.count, left))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw fileError(file, "read") }
            guard count > 0 else {
                throw BackupError.file(path: file, action: "back up", reason: "it became shorter while it was read")
            }
            try data(buffer[..<count])
            left -= count
        }
        return size
    }

    /// Completes the file; when this returns it is on the disk.
    func finish() throws {
        try check(archive_write_close(archive))
        guard sink.finish() else { throw failure() }
    }

    private func header(_ name: String, size: Int, mode: mode_t, modified: time_t) throws {
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_size(entry, Int64(size))
        archive_entry_set_filetype(entry, UInt32(S_IFREG as mode_t))
        archive_entry_set_perm(entry, mode)
        archive_entry_set_mtime(entry, modified, 0)
        try check(archive_write_header(archive, entry))
    }

    private func data(_ bytes: ArraySlice<UInt8>) throws {
        let written = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        guard written == bytes.count else { throw failure() }
    }

    private func check(_ code: Int32) throws {
        guard code == ARCHIVE_OK else { throw failure() }
    }

    private func failure() -> BackupError {
        if let number = sink.failure {
            return .file(path: path, action: "write", reason: String(cString: strerror(number)).lowercased())
        }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
        return .file(path: path, action: "write", reason: reason)
    }

    /// The file that the archive goes to, hashed on the way.
    private final class Sink {
        private let descriptor: Int32
        private var hash = SHA256()
        private(set) var failure: Int32?

        init(path: String) throws {
            descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw fileError(path, "write") }
        }

        deinit { close(descriptor) }

        func write(_ bytes: UnsafeRawBufferPointer) -> Int {
            hash.update(bufferPointer: bytes)
            return put(bytes) ? bytes.count : -1
        }

        private func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
            guard writeAll(bytes, to: descriptor) else {
                failure = errno
                return false
            }
            return true
        }

        func finish() -> Bool {
            let trailer = ArchiveWriter.trailerMark + Array(hash.finalize())
            guard trailer.withUnsafeBytes(put) else { return false }
            guard fsync(descriptor) == 0 else {
                failure = errno
                return false
            }
            return true
        }
    }
}
