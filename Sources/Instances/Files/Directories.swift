package import Foundation

/// Making, comparing and removing directories.
package enum Directories {
    /// Makes a directory and those above it. An existing one keeps its mode.
    package static func make(_ path: String, mode: mode_t) throws(InstanceError) {
        if !isDirectory(path) { CrashPoint.pass() }
        if mkdir(path, mode) == 0 {
            guard chmod(path, mode) == 0 else { throw .file(path, "make") }
            return
        }
        switch errno {
        case EEXIST:
            guard isDirectory(path) else {
                throw .fileProblem(
                    path: path,
                    action: "make the directory",
                    reason: "a file of that name is in the way"
                )
            }
        case ENOENT where path != "/" && !DurableFile.exists(DurableFile.directory(of: path)):
            try make(DurableFile.directory(of: path), mode: 0o755)
            try make(path, mode: mode)
        default: throw .file(path, "make the directory")
        }
    }

    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory, sorted; none when it does not exist.
    package static func names(in path: String) throws(InstanceError) -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw .file(path, "list")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a directory and all in it, not following links; nothing when it does not exist.
    package static func removeAll(_ path: String) throws(InstanceError) {
        guard DurableFile.exists(path) else { return }
        CrashPoint.pass()
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .fileProblem(path: path, action: "remove", reason: "\(error.localizedDescription)")
        }
    }

    /// Renames a file or directory within a file system; nothing when that was done before.
    package static func move(_ from: String, to target: String) throws(InstanceError) {
        guard DurableFile.exists(from) else { return }
        CrashPoint.pass()
        // An empty directory of the new name is no obstacle; anything else in the way is an error.
        guard rename(from, target) == 0 else { throw .file(from, "move to \(target)") }
    }

    /// Removes a directory if it is empty.
    package static func removeEmpty(_ path: String) { rmdir(path) }

    /// The path without links, also of something that does not exist yet.
    package static func resolved(_ path: String) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        guard path != "/", path.hasPrefix("/") else { return path }
        let above = resolved(DurableFile.directory(of: path))
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return above == "/" ? "/\(name)" : "\(above)/\(name)"
    }

    /// Whether two paths are one file, links of both sorts resolved; neither has to exist.
    package static func areSame(_ left: String, _ right: String) -> Bool {
        var one = stat()
        var other = stat()
        if stat(left, &one) == 0, stat(right, &other) == 0 {
            return one.st_dev == other.st_dev && one.st_ino == other.st_ino
        }
        return resolved(left) == resolved(right)
    }

    /// Whether one of two paths is the other or lies in it, links resolved.
    package static func overlap(_ left: String, _ right: String) -> Bool {
        let left = resolved(left) + "/"
        let right = resolved(right) + "/"
        return left.hasPrefix(right) || right.hasPrefix(left)
    }

    /// The name of the user that owns a file.
    package static func owner(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        guard let entry = getpwuid(status.st_uid) else { return String(status.st_uid) }
        return String(cString: entry.pointee.pw_name)
    }
}

/// An absolute path without `.`, `..`, doubled or trailing slashes.
///
/// - Throws: ``InstanceError/badSetting(setting:problem:)`` for a relative or empty path.
package func absolutePath(_ text: String, setting: String) throws(InstanceError) -> String {
    guard text.hasPrefix("/"), !text.utf8.contains(0), text.utf8.count < 4_096 else {
        throw .badSetting(
            setting: setting,
            problem: "\"\(text.prefix(200))\" must be an absolute path, like /srv/skerry."
        )
    }
    var parts: [Substring] = []
    for part in text.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}
