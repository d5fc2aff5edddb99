import CArchive
import Crypto
import Foundation
import Instances

/// Reads an archive that ``ArchiveWriter`` made.
struct ArchiveReader {
    static let mostEntries = 10_000_000

    let path: String

    /// Reads the whole file once and compares it with its checksum: a flipped byte anywhere is found.
    ///
    /// - Returns: the checksum, lower-case hexadecimal.
    /// - Throws: ``BackupError/damaged(path:reason:)``.
    @discardableResult
    func check() throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fileError(path, "read") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BackupError.damaged(path: path, reason: "it is no file")
        }
        guard Int(status.st_size) > ArchiveWriter.trailerLength else {
            throw BackupError.damaged(path: path, reason: "it is too short to be a backup")
        }
        var hash = SHA256()
        var left = Int(status.st_size) - ArchiveWriter.trailerLength
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while left > 0 {
            let count = read(descriptor, &buffer, min(buffer.count, left))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupError.damaged(path: path, reason: "it cannot be read to its end") }
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            left -= count
        }
        var trailer = [UInt8](repeating: 0, count: ArchiveWriter.trailerLength)
        guard read(descriptor, &trailer, trailer.count) == trailer.count,
            trailer.starts(with: ArchiveWriter.trailerMark)
        else { throw BackupError.damaged(path: path, reason: "it is no backup of Skerry's, or it was cut off") }
        let digest = Array(hash.finalize())
        guard digest.elementsEqual(trailer[ArchiveWriter.trailerMark.count...]) else {
            throw BackupError.damaged(path: path, reason: "its bytes are not those that were written (checksum)")
        }
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// One file of the archive, at its turn.
    struct Entry {
        let name: String
        let size: Int
        let mode: mode_t
        fileprivate let archive: OpaquePointer

        /// The whole content of a small file.
        func bytes(limit: Int = 16 << 20) throws -> [UInt8] {
            guard size <= limit else {
                throw BackupError.damaged(path: name, reason: "it is larger than \(limit) bytes")
            }
            var bytes: [UInt8] = []
            try read { bytes += $0 }
            return bytes
        }

        /// Writes the content to a new file. It is the caller's business that it gets to the disk.
        func write(to path: String) throws {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw fileError(path, "write") }
            defer { close(descriptor) }
            try read { bytes in
                guard writeAll(bytes, to: descriptor) else { throw fileError(path, "write") }
            }
            guard fchmod(descriptor, mode & 0o777) == 0 else { throw fileError(path, "write") }
        }

        private func read(_ use: (UnsafeRawBufferPointer) throws -> Void) throws {
            let length = 1 << 20
            let buffer = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 16)
            defer { buffer.deallocate() }
            while true {
                let count = archive_read_data(archive, buffer, length)
                guard count >= 0 else {
                    throw BackupError.damaged(path: name, reason: "its content cannot be read")
                }
                if count == 0 { return }
                try use(UnsafeRawBufferPointer(start: buffer, count: count))
            }
        }
    }

    /// Hands over the files one after the other. Names are relative and lead nowhere above the archive's root; there is
    /// nothing but plain files.
    func visit(_ use: (Entry) throws -> Void) throws {
        guard let archive = archive_read_new() else { return }
        defer { archive_read_free(archive) }
        archive_read_support_format_tar(archive)
        archive_read_support_filter_none(archive)
        guard archive_read_open_filename(archive, path, 1 << 20) == ARCHIVE_OK else {
            throw BackupError.damaged(path: path, reason: "it is no archive")
        }
        for _ in 0..<Self.mostEntries {
            var entry: OpaquePointer?
            let code = archive_read_next_header(archive, &entry)
            if code == ARCHIVE_EOF { return }
            guard code == ARCHIVE_OK, let entry, let name = archive_entry_pathname(entry) else {
                throw BackupError.damaged(path: path, reason: "it cannot be read to its end")
            }
            let text = String(cString: name)
            guard archive_entry_filetype(entry) == UInt32(S_IFREG as mode_t), archive_entry_hardlink(entry) == nil,
                Self.isHarmless(text)
            else {
                throw BackupError.damaged(path: path, reason: "it holds \"\(text.prefix(200))\", which no backup holds")
            }
            try use(
                Entry(
                    name: text,
                    size: Int(archive_entry_size(entry)),
                    mode: archive_entry_perm(entry),
                    archive: archive
                )
            )
        }
        throw BackupError.damaged(path: path, reason: "it holds more than \(Self.mostEntries) files")
    }

    static func isHarmless(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return name.utf8.count < 4_096 && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }
}
