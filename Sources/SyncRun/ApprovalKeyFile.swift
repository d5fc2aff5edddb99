import Foundation
public import Sync

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Approvers' keys on the disk.
public enum ApprovalKeyFile {
    /// - Throws: `SyncRunError.credential` for a file that cannot be read, that others can read, or that holds no key.
    public static func read(_ path: String) throws(SyncRunError) -> ApprovalKey {
        let text: String
        do {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            guard (mode?.intValue ?? 0) & 0o077 == 0 else {
                throw SyncRunError.credential(
                    problem: "the key \(path) is open to other users of this machine; close it: chmod 600 \(path)"
                )
            }
            guard let handle = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileReadNoPermission) }
            defer { try? handle.close() }
            text = String(decoding: try handle.read(upToCount: 1000) ?? Data(), as: UTF8.self)
        } catch let error as SyncRunError {
            throw error
        } catch {
            throw .credential(problem: "the key \(path) cannot be read; `skerry sync keygen` makes one")
        }
        guard let key = ApprovalKey(secretText: text) else {
            throw .credential(problem: "\(path) holds no approval key; `skerry sync keygen` makes one")
        }
        return key
    }

    /// Writes a new file that only its owner can read. An existing file is never replaced.
    public static func write(_ key: ApprovalKey, to path: String) throws(SyncRunError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .credential(problem: "\(path) cannot be written: \(String(cString: strerror(errno)).lowercased())")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data((key.secretText + "\n").utf8))
            try handle.synchronize()
            try handle.close()
        } catch {
            throw .credential(problem: "\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
