package import Foundation

/// Files that are whole or not there, whatever happens while they are written.
package enum DurableFile {
    package static let largest = 1 << 20

    /// Replaces a file: a temporary one beside it is written, flushed and renamed, then the directory is flushed.
    package static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(InstanceError) {
        CrashPoint.pass()
        let temporary = try writeTemporary(bytes, beside: path, mode: mode)
        CrashPoint.pass()
        guard rename(temporary, path) == 0 else {
            let problem = InstanceError.file(path, "write")
            unlink(temporary)
            throw problem
        }
        try flushDirectory(of: path)
    }

    /// Makes a file unless it exists; an existing one is never touched, also when two processes do this at once.
    package static func createOnce(_ bytes: [UInt8], at path: String, mode: mode_t) throws(InstanceError) {
        guard !exists(path) else { return }
        CrashPoint.pass()
        let temporary = try writeTemporary(bytes, beside: path, mode: mode)
        defer { unlink(temporary) }
        guard link(temporary, path) == 0 || errno == EEXIST else { throw .file(path, "write") }
        try flushDirectory(of: path)
    }

    /// Whether a file of this name is what a killed process left of one that it was about to write.
    package static func isLeftover(_ name: String, of path: String) -> Bool {
        name.hasPrefix(".\(self.name(of: path)).") && name.hasSuffix(temporarySuffix)
    }

    private static let temporarySuffix = ".tmp"

    private static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }

    /// - Returns: nil when there is no such file.
    package static func read(_ path: String) throws(InstanceError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .file(path, "read")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .file(path, "read")
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= largest else {
                throw .fileProblem(path: path, action: "read", reason: "it is longer than \(largest) bytes")
            }
        }
    }

    /// Removes a file if it is there.
    package static func remove(_ path: String) throws(InstanceError) {
        if exists(path) { CrashPoint.pass() }
        guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else { throw .file(path, "remove") }
        if exists(directory(of: path)) { try flushDirectory(of: path) }
    }

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    package static func directory(of path: String) -> String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    private static func writeTemporary(
        _ bytes: [UInt8],
        beside path: String,
        mode: mode_t
    ) throws(InstanceError) -> String {
        let unique = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = "\(directory(of: path))/.\(name(of: path)).\(unique)\(temporarySuffix)"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .file(path, "write") }
        defer { close(descriptor) }
        // The mode again, past the mask of the process.
        guard bytes.withUnsafeBytes({ writeAll($0, to: descriptor) }), fchmod(descriptor, mode) == 0,
            fsync(descriptor) == 0
        else {
            let problem = InstanceError.file(path, "write")
            unlink(temporary)
            throw problem
        }
        return temporary
    }

    package static func flushDirectory(of path: String) throws(InstanceError) {
        let directory = directory(of: path)
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(directory, "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(directory, "write") }
    }
}

extension InstanceError {
    /// The error that `errno` tells of, just after a call failed.
    package static func file(_ path: String, _ action: String) -> InstanceError {
        let number = errno
        if number == EACCES || number == EPERM {
            return .noPermission(path: path, action: action, user: owner(of: path))
        }
        return .fileProblem(path: path, action: action, reason: String(cString: strerror(number)).lowercased())
    }

    /// The name of the user that a file, or else the directory that hides it, belongs to; nil when neither can be seen.
    private static func owner(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 || stat(DurableFile.directory(of: path), &status) == 0 else { return nil }
        guard let entry = getpwuid(status.st_uid) else { return String(status.st_uid) }
        return String(cString: entry.pointee.pw_name)
    }
}
