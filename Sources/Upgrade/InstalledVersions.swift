import Foundation
import Instances

/// The versions of Skerry on this machine, side by side: `/opt/skerry/2026.1.0/bin/skerry`, and the link
/// `/opt/skerry/current` to the one that runs.
struct InstalledVersions: Sendable {
    let root: String

    /// In a version that an upgrade has put there, and may remove.
    private static let mark = ".installed-by-upgrade"
    private static let incoming = ".incoming"

    var link: String { "\(root)/current" }

    func directory(_ version: String) -> String { "\(root)/\(version)" }

    func program(_ version: String) -> String { "\(directory(version))/bin/skerry" }

    /// What the link names; nil on a machine without one.
    var current: String? {
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return nil }
        return target.split(separator: "/").last.map(String.init)
    }

    /// A version becomes the name of a directory.
    static func isName(_ version: String) -> Bool {
        (1...64).contains(version.utf8.count) && version != "current"
            && version.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2E || byte == 0x2D || byte == 0x5F
            } && version.first?.isNumber == true
    }

    /// Copies a version in. It has its name only when all of it is on the disk.
    func install(_ version: String, from source: String) throws {
        let staging = "\(root)/\(Self.incoming)"
        try Directories.make(root, mode: 0o755)
        try Directories.removeAll(staging)
        try CopiedTree.copy(source, to: staging)
        try DurableFile.write([], to: "\(staging)/\(Self.mark)", mode: 0o644)
        try FlushedTree.flush(staging)
        try Directories.removeAll(directory(version))
        try Directories.move(staging, to: directory(version))
        try DurableFile.flushDirectory(of: directory(version))
    }

    /// Removes a version again, and what an interrupted copy left.
    func remove(_ version: String) throws {
        try Directories.removeAll("\(root)/\(Self.incoming)")
        guard version != current, DurableFile.exists("\(directory(version))/\(Self.mark)") else { return }
        try Directories.removeAll(directory(version))
    }

    /// Lets the link name another version: one moment it is the old one, the next the new one.
    func activate(_ version: String?) throws {
        guard let version else { return try DurableFile.remove(link) }
        guard current != version else { return }
        let next = "\(root)/.current"
        unlink(next)
        guard symlink(version, next) == 0, rename(next, link) == 0 else {
            throw UpgradeError.step("switch \(link)", reason: String(cString: strerror(errno)).lowercased())
        }
        try DurableFile.flushDirectory(of: link)
    }

    /// Removes versions that earlier upgrades left, but for these.
    func prune(keeping kept: Set<String>) throws {
        for name in try Directories.names(in: root) where Self.isName(name) && !kept.contains(name) { try remove(name) }
    }
}
