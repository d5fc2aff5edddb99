import Foundation

/// Sees to it that what was written below a directory is on the disk, and waits for nothing that others write.
package enum FlushedTree {
    /// Flushes a file, or every file and directory below a directory.
    package static func flush(_ path: String) throws(InstanceError) {
        if let names = FileManager.default.enumerator(atPath: path) {
            for case let name as String in names {
                guard names.fileAttributes?[.type] as? FileAttributeType != .typeSymbolicLink else { continue }
                try flushOne("\(path)/\(name)")
            }
        }
        try flushOne(path)
    }

    private static func flushOne(_ path: String) throws(InstanceError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path, "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(path, "write") }
    }
}
