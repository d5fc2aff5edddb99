import Foundation

/// Sees to it that what was copied is on the disk.
enum FlushedTree {
    /// Flushes every file below a directory, and the directories.
    static func flush(_ path: String) throws {
        try flushOne(path)
        guard let names = FileManager.default.enumerator(atPath: path) else { return }
        for case let name as String in names
        where names.fileAttributes?[.type] as? FileAttributeType != .typeSymbolicLink {
            try flushOne("\(path)/\(name)")
        }
    }

    private static func flushOne(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw UpgradeError.step("read \(path)", reason: String(cString: strerror(errno)).lowercased())
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw UpgradeError.step("write \(path)", reason: String(cString: strerror(errno)).lowercased())
        }
    }
}
